/** What a window of a tiny prior is told, by the rules of spec 3.1 and 5.2 once more, for lyrics longer than a window. */
import type { LevelSize } from "../../src/inference/level.ts";
import type { PriorSize } from "../../src/model/prior.ts";
import { timingBins } from "../../src/music/timing.ts";
import { ints } from "../../src/onnx/session.ts";
import type { LevelPart } from "../../src/song/song.ts";

export const sampleRate = 44_100;
export const hop = 16;

/** A level that starts windows so many codes apart. */
export const levelOf = ({ nCtx }: PriorSize, apart: number): LevelSize => ({
  level: 2,
  hop,
  hopFraction: (apart + 0.5) / nCtx,
  sampleRate,
});

/** Index of the first lyric token that a window from this code on is told. */
export function lyricsFrom(start: number, size: PriorSize, { lyrics = [], totalSeconds }: LevelPart): number {
  const { tokens } = size.lyrics!;
  const share = (start * hop + (size.nCtx * hop) / 2) / Math.round(totalSeconds * sampleRate);
  const middle = Math.min(Math.max(Math.trunc(lyrics.length * share), tokens / 2), lyrics.length - tokens / 2);
  return middle - tokens / 2;
}

/** All else that it is told. */
export function feedsAt(start: number, { labels, timing, lyrics, nCtx }: PriorSize, told: LevelPart, tokens: number[]) {
  const total = Math.round(told.totalSeconds * sampleRate);
  const bins = timingBins(timing!, nCtx, { sampleRate, total, offset: start * hop, window: nCtx * hop });
  const genres = Int32Array.from({ length: labels!.maxGenres }, (_, slot) => told.genres[slot] ?? -1);
  return {
    artist: ints(Int32Array.of(told.artist), [1]),
    genres: ints(genres, [1, genres.length]),
    total: ints(Int32Array.of(bins.total), [1]),
    absolute: ints(bins.absolute, [1, nCtx]),
    relative: ints(bins.relative, [1, nCtx]),
    ...(lyrics!.encoder && { tokens: ints(Int32Array.from(tokens), [1, tokens.length]) }),
  };
}

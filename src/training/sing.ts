/** A prior in the making sings songs' labels: the beginning of a song from nothing, or what lies below a stretch of its codes. */

import type { CodedSong } from "../dataset/coded-corpus.ts";
import { CodeBuffer } from "../inference/code-buffer.ts";
import { fill, type LevelJob } from "../inference/level.ts";
import type { Prior } from "../inference/prior-sampler.ts";
import type { LevelPart } from "../song/song.ts";
import { type Place, strideOf } from "./windows.ts";

/** How a level is sampled. */
export interface Manner {
  readonly place: Place;
  readonly hopFraction: number;
  readonly temperature: number;
  readonly seed: number;
  readonly stopped: () => boolean;
}

/** As many codes of the level, as a song with these labels would begin; what is there of them when it is stopped. */
export function singBeginning(prior: Prior, song: CodedSong, count: number, manner: Manner): Promise<Uint16Array> {
  const samples = Math.max(song.samples, count * manner.place.hop); // of a shorter song, its beginning made longer
  const job = { labels: labelsOf({ ...song, samples }, prior, manner), total: count, prompt: 0 };
  return sung(prior, job, new CodeBuffer(count), manner);
}

/** Codes of the level. */
export interface Stretch {
  /** A multiple of the codes for one of the level above. */
  readonly start: number;
  readonly count: number;
}

/** What an upsampler makes of a stretch of a song below the song's own codes, behind what the song has before it. */
export async function singBelow(
  prior: Prior,
  song: CodedSong,
  { start, count }: Stretch,
  manner: Manner,
): Promise<Uint16Array> {
  const { level } = manner.place;
  const line = new CodeBuffer(start + count, song.codes[level]!.subarray(0, start));
  const above = song.codes[level + 1]!.subarray(0, Math.ceil((start + count) / strideOf(prior.size)));
  const job = { labels: labelsOf(song, prior, manner), total: start + count, prompt: start };
  const codes = await sung(prior, job, line, manner, new CodeBuffer(above.length, above));
  return codes.subarray(start);
}

async function sung(
  prior: Prior,
  job: Pick<LevelJob, "labels" | "total" | "prompt">,
  line: CodeBuffer,
  { place, hopFraction, temperature, seed, stopped }: Manner,
  upper?: CodeBuffer,
): Promise<Uint16Array> {
  const known = line.codes.slice(0, job.prompt);
  await fill(prior, { ...place, hopFraction }, { ...job, known, seed, sampling: { temperature } }, line, {
    stopped,
    made: breathe,
    ...(upper && { upper }),
  });
  return line.codes.subarray(0, line.made);
}

/** Lets signals be heard. */
const breathe = (): Promise<void> => new Promise((go) => setImmediate(go));

function labelsOf(
  { artist, genre, samples, metre }: CodedSong,
  { size: { timing } }: Prior,
  { place: { sampleRate } }: Manner,
): LevelPart {
  const longest = timing ? timing.maxSeconds - 1 : Number.POSITIVE_INFINITY;
  const totalSeconds = Math.min(samples / sampleRate, longest);
  return { artist, genres: [genre], totalSeconds, ...(metre && { metre }) };
}

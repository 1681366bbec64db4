/** Excerpts of corpus songs, and clips that the engine generates: what an evaluation looks at. */

import { type CorpusSong, readSamples } from "../dataset/corpus-files.ts";
import type { Codes, Engine } from "../inference/engine.ts";
import { songRequest } from "../inference/song-request.ts";
import { labelsFor } from "../song/labels-for.ts";
import type { Labels, Song } from "../song/song.ts";
import { songFrom } from "../song/song-from.ts";
import type { Labelled } from "./accuracy.ts";

export interface Stretch extends Labelled {
  readonly song: string;
  readonly sound: Float32Array;
}

/** As many stretches of each song, from its first sample to its last, one song after another. */
export function* stretchesOf(
  folder: string,
  songs: readonly CorpusSong[],
  { samples, each }: { readonly samples: number; readonly each: number },
): Generator<Stretch> {
  for (const song of songs) {
    if (song.samples < samples) throw new Error(`${song.id} is shorter than a stretch`);
    for (let index = 0; index < each; index++) {
      const from = Math.floor(((song.samples - samples) * (index + 0.5)) / each);
      const { id, artist, genre, mood } = song;
      const sound = readSamples(folder, song, from, samples);
      yield { song: id, artist, genre, ...(mood && { mood }), sound };
    }
  }
}

/** So many songs, spread over all labels: one of each pair in turn. */
export function chosen<Song extends CorpusSong>(songs: readonly Song[], count: number): Song[] {
  const pairs = [...Map.groupBy(songs, ({ artist, genre }) => `${artist}\n${genre}`).values()];
  const longest = Math.max(0, ...pairs.map(({ length }) => length));
  const turns = Array.from({ length: longest }, (_, turn) => pairs.flatMap((pair) => pair[turn] ?? []));
  return turns.flat().slice(0, count);
}

export interface ClipCodes extends Labelled {
  /** What was asked for. */
  readonly song: Song;
  readonly labels: Labels;
  readonly codes: Codes;
}

export interface ClipPlan {
  /** Clips of each pair. */
  readonly clips: number;
  readonly seconds: number;
  readonly firstSeed: number;
  /** Lyrics for the song of this pair and seed, if it has any. */
  readonly lyrics?: (pair: Labelled, seed: number) => string | undefined;
}

/**
 * Clips of each pair with seeds of their own, whole short songs at the model's own temperature. Where the model knows moods,
 * they take turns over all clips, each with the tempo and in the keys that the band has in it.
 */
export async function* generateClips(
  engine: Engine,
  pairs: readonly Labelled[],
  { clips, seconds, firstSeed, lyrics = () => undefined }: ClipPlan,
): AsyncGenerator<ClipCodes> {
  const { model } = engine;
  const moods = model.metre?.moods ?? [];
  for (const [index, pair] of pairs.entries()) {
    for (let clip = 0; clip < clips; clip++) {
      const { artist, genre } = pair;
      const seed = firstSeed + 100 * index + clip;
      const wanted = moods[(index * clips + clip) % moods.length];
      const song = songFrom({ artist, genre, seconds, seed, mood: wanted, lyrics: lyrics(pair, seed) }, model);
      const labels = labelsFor(song, model);
      const generation = engine.generate(songRequest({ song }, { model, labels }));
      const codes = engine.codesIn(seconds).map((count) => new Uint16Array(count));
      for await (const event of generation)
        if (event.type === "codes") codes[event.level]!.set(event.codes, event.from);
      yield { artist, genre, ...(song.mood !== undefined && { mood: song.mood }), song, labels, codes };
    }
  }
}

/** Stretches of corpus songs, and clips that the engine sings: what is listened to. */
import type { Codes, Engine } from "../../inference/engine.ts";
import { samplingFor } from "../../labels/sampling.ts";
import { labelsFor, songFrom } from "../../labels/song.ts";
import { type CorpusSong, readSamples } from "../corpus/files.ts";
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
      const { id, artist, genre } = song;
      yield { song: id, artist, genre, sound: readSamples(folder, song, from, samples) };
    }
  }
}

/** So many songs, spread over all labels: one of each pair in turn. */
export function chosen(songs: readonly CorpusSong[], count: number): CorpusSong[] {
  const pairs = [...Map.groupBy(songs, ({ artist, genre }) => `${artist}\n${genre}`).values()];
  const longest = Math.max(0, ...pairs.map(({ length }) => length));
  const turns = Array.from({ length: longest }, (_, turn) => pairs.flatMap((pair) => pair[turn] ?? []));
  return turns.flat().slice(0, count);
}

export interface SungClip extends Labelled {
  readonly seed: number;
  readonly codes: Codes;
}

/** Clips of each pair with seeds of their own, whole short songs at the model's own temperature. */
export async function* sing(
  engine: Engine,
  pairs: readonly Labelled[],
  { clips, seconds, firstSeed }: { readonly clips: number; readonly seconds: number; readonly firstSeed: number },
): AsyncGenerator<SungClip> {
  for (const [index, { artist, genre }] of pairs.entries()) {
    for (let clip = 0; clip < clips; clip++) {
      const song = songFrom({ artist, genre, seconds, seed: firstSeed + 100 * index + clip }, engine.model);
      const levels = engine.model.hops.length;
      const generation = engine.generate({
        ...song,
        labels: labelsFor(song, engine.model),
        sampling: samplingFor(song, levels),
      });
      const codes = engine.codesIn(seconds).map((count) => new Uint16Array(count));
      for await (const event of generation)
        if (event.type === "codes") codes[event.level]!.set(event.codes, event.from);
      yield { artist, genre, seed: song.seed, codes };
    }
  }
}

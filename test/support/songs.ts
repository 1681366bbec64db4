/** Songs of the tiny model: what is asked for, what comes of it, and how its codes sound. */
import { openDecoder } from "../../src/inference/decode.ts";
import type { Codes, Engine, GenerateOptions, SongEvent, SongRequest } from "../../src/inference/engine.ts";
import { openModelFolder } from "../../src/model/folder.ts";
import { floatsOf, ints } from "../../src/onnx/session.ts";
import type { Labels } from "../../src/song/song.ts";
import { tinyConfig } from "./model.ts";

/** The same artist and genre at each level. */
export const labels = (artist: number, genre: number, totalSeconds: number): Labels => ({
  levels: tinyConfig.priors.map(() => ({ artist, genres: [genre] })),
  totalSeconds,
});

/** Four seconds, unless told otherwise. */
export const request = (changes: Partial<SongRequest> = {}): SongRequest => ({
  labels: labels(1, 1, 4),
  seconds: 4,
  seed: 7,
  sampling: [{ temperature: 1 }, { temperature: 1 }, { temperature: 1 }],
  ...changes,
});

/** All events of a song, and its new codes by level. */
export async function sing(
  engine: Engine,
  song: SongRequest,
  options: GenerateOptions = {},
): Promise<{ events: SongEvent[]; codes: Uint16Array[] }> {
  const events: SongEvent[] = [];
  for await (const event of engine.generate(song, options)) events.push(event);
  return { events, codes: codesOf(events) };
}

export const codesOf = (events: readonly SongEvent[]): Uint16Array[] =>
  tinyConfig.priors.map((_, level) =>
    Uint16Array.from(
      events.flatMap((event) => (event.type === "codes" && event.level === level ? [...event.codes] : [])),
    ),
  );

/** The codes of a level decoded in one run. */
export async function wholeSound(folder: string, codes: Codes, level: number): Promise<Float32Array> {
  const { config, store } = await openModelFolder(folder, "vqvae");
  const { session } = await openDecoder(store, level, config.vqvae, {});
  const line = Int32Array.from(codes[level]!);
  const sound = floatsOf(await session.run({ codes: ints(line, [1, line.length]) }), "sound");
  await session.close();
  return sound;
}

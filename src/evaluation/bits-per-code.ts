/** Bits per code that a prior takes on songs. */

import type { CodedSong } from "../dataset/coded-corpus.ts";
import { priorLoss } from "../model/captures.ts";
import type { PriorSize } from "../model/prior.ts";
import { type Bits, type Store, stored } from "../model/weights.ts";
import { Graph } from "../onnx/graph.ts";
import { floatsOf, openSession } from "../onnx/session.ts";
import { createRandom } from "../random.ts";
import { asItIs, batchOf, type Place, strideOf, type Window, windowAt } from "../training/windows.ts";

export interface BitsOptions {
  readonly size: PriorSize;
  readonly place: Place;
  /** The prior's, under its released names. */
  readonly store: Store;
  /** Of the dense layers; 32 if left out. */
  readonly bits?: Bits;
  /** At most so many windows, at equal distances over the songs. */
  readonly windows: number;
  readonly threads: number;
}

export interface BitsPerCode {
  /** Bits per code. */
  readonly bits: number;
  /** Half of the 95 % confidence interval, by the spread over songs; unknown for one song. */
  readonly margin?: number;
  readonly songs: number;
  readonly windows: number;
}

/** Mean over windows that do not overlap; the first code of each knows only what it is conditioned on. */
export async function bitsPerCode(songs: readonly CodedSong[], options: BitsOptions): Promise<BitsPerCode> {
  const { size, store, bits = 32, threads } = options;
  const graph = new Graph();
  graph.output("music", priorLoss(stored(graph, store, bits), size, 1).music);
  const session = await openSession(graph, { threads });
  const found: { readonly song: CodedSong; readonly bits: number }[] = [];
  for (const { song, window } of spread(songs, options))
    found.push({ song, bits: floatsOf(await session.run(batchOf([window])), "music")[0]! });
  await session.close();
  if (found.length === 0) throw new Error("no song is as long as a window");
  const means = [...Map.groupBy(found, ({ song }) => song).values()].map((some) => mean(some.map(({ bits }) => bits)));
  const deviation = Math.sqrt(mean(means.map((one) => (one - mean(means)) ** 2)));
  return {
    bits: mean(found.map(({ bits }) => bits)),
    ...(means.length > 1 && { margin: (1.96 * deviation) / Math.sqrt(means.length - 1) }),
    songs: means.length,
    windows: found.length,
  };
}

function spread(
  songs: readonly CodedSong[],
  { size, place, windows }: BitsOptions,
): { readonly song: CodedSong; readonly window: Window }[] {
  const random = createRandom(1); // `asItIs` leaves nothing to chance
  const step = Math.ceil(size.nCtx / strideOf(size)) * strideOf(size);
  const all = songs.flatMap((song) => {
    const count = Math.floor((song.codes[place.level]!.length - size.nCtx) / step) + 1;
    return Array.from({ length: Math.max(0, count) }, (_, index) => ({ song, start: index * step }));
  });
  const count = Math.min(windows, all.length);
  return Array.from({ length: count }, (_, index) => {
    const { song, start } = all[Math.floor(((index + 0.5) * all.length) / count)]!;
    return { song, window: windowAt(song, start, size, place, asItIs, random) };
  });
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

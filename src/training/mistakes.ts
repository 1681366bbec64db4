/** What a prior makes where songs have something else: an upsampler that has seen such mistakes does not believe every code above it. */

import type { CodedSong } from "../dataset/coded-corpus.ts";
import { priorLoss } from "../model/captures.ts";
import type { PriorSize } from "../model/prior.ts";
import { type Store, stored } from "../model/weights.ts";
import { Graph } from "../onnx/graph.ts";
import { floatsOf, openSession } from "../onnx/session.ts";
import { createRandom, type Random } from "../random.ts";
import { asItIs, batchOf, drawWindow, type Mistakes, type Place } from "./windows.ts";

export interface MistakesOptions {
  readonly size: PriorSize;
  readonly place: Place;
  /** The prior's, under its released names. */
  readonly store: Store;
  readonly songs: readonly CodedSong[];
  readonly windows: number;
  readonly seed: number;
  readonly threads: number;
}

/**
 * As often as this prior does it: behind what songs really have, it draws a code for each place of some windows. Places that
 * have the same code are taken together, so what was before it and beside it is not heeded.
 */
export async function mistakesOf(options: MistakesOptions): Promise<Mistakes> {
  const { size, place, store, songs, windows, seed, threads } = options;
  const graph = new Graph();
  graph.output("logits", priorLoss(stored(graph, store), size, 1).logits);
  const session = await openSession(graph, { threads });
  const random = createRandom(seed);
  const made = Array.from({ length: size.bins }, (): number[] => []);
  for (let index = 0; index < windows; index++) {
    const window = drawWindow(songs, size, place, asItIs, random);
    const logits = floatsOf(await session.run(batchOf([window])), "logits");
    for (const [at, code] of window.codes.entries())
      made[code]!.push(drawn(logits.subarray(at * size.bins, (at + 1) * size.bins), random));
  }
  await session.close();
  return (code, random) => (made[code]!.length > 0 ? random.pick(made[code]!) : code);
}

/** By the softmax of the logits. */
function drawn(logits: Float32Array, random: Random): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) highest = Math.max(highest, logit);
  const shares = Float64Array.from(logits, (logit) => Math.exp(logit - highest));
  let left = random.next() * shares.reduce((sum, share) => sum + share, 0);
  for (const [code, share] of shares.entries()) {
    left -= share;
    if (left < 0) return code;
  }
  return shares.length - 1; // rounding
}

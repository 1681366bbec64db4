/** The golden priors: their sizes, what they are conditioned on, and how a greedy sequence is drawn from one (spec 10.3). */
import assert from "node:assert/strict";
import type { Prior, Window } from "../../src/inference/prior-sampler.ts";
import { decoderSize, type PriorSize } from "../../src/model/prior.ts";
import { timingBins } from "../../src/music/timing.ts";
import { ints, type Tensors } from "../../src/onnx/session.ts";
import type { GoldenPrior } from "../golden/weights.ts";

const common = { mAttn: 0.25, mMlp: 1, bins: 16, width: 16, blocks: 4, heads: 2 };
const timing = (bins: number) => ({ bins, minSeconds: 0.01, maxSeconds: 0.1 });

/** One of each kind. */
export const goldenPriors: readonly { readonly name: string; readonly size: PriorSize }[] = [
  {
    name: "upsampler",
    size: {
      ...common,
      nCtx: 32,
      depth: 4,
      attnOrder: 2,
      addCondition: true,
      tied: true,
      labels: { artists: 7, genres: 5, maxGenres: 3 },
      upper: { bins: 16, width: 8, depth: 4, dilationGrowth: 3, dilationCycle: 2, resScale: true, strides: [2] },
    },
  },
  {
    name: "sep_enc_dec",
    size: {
      ...common,
      nCtx: 32,
      depth: 8,
      attnOrder: 6,
      addCondition: false,
      tied: false,
      labels: { artists: 7, genres: 5, maxGenres: 3 },
      timing: timing(16),
      lyrics: {
        tokens: 8,
        vocabulary: 11,
        lossFraction: 0.4,
        encoder: { width: 8, depth: 3, heads: 2, attnOrder: 2, blocks: 2 },
      },
      alignment: { layer: 3, head: 1 },
    },
  },
  {
    name: "single_enc_dec",
    size: {
      ...common,
      nCtx: 26,
      depth: 48,
      attnOrder: 12,
      addCondition: true,
      tied: true,
      labels: { artists: 7, genres: 5, maxGenres: 1 },
      timing: timing(8),
      lyrics: { tokens: 6, vocabulary: 11, lossFraction: 0.4 },
      alignment: { layer: 15, head: 0 },
    },
  },
];

/** The most likely ids behind the known ones, of which the first are prefilled; with those in front. */
export async function greedy(prior: Prior, window: Window, known: Int32Array, prefilled: number): Promise<number[]> {
  if (prefilled > 0) await window.prefill(known.slice(0, prefilled));
  const ids = [...known.slice(0, prefilled)];
  while (ids.length < decoderSize(prior.size).length) {
    const forced = Int32Array.from({ length: prior.block }, (_, at) => known[ids.length + at] ?? -1);
    ids.push(...(await window.row({ uniform: new Float32Array(prior.block).fill(0.5), forced, temperature: 0 })));
  }
  return ids;
}

/** The golden inputs of a window. */
export function conditions(
  { labels, timing, upper, lyrics, nCtx }: PriorSize,
  { y, z_cond, lyrics: tokens }: GoldenPrior,
): Tensors {
  const [total, offset, window, artist] = y as [number, number, number, number];
  const bins = timing && timingBins(timing, nCtx, { sampleRate: 44100, total, offset, window });
  return {
    ...(labels && {
      artist: ints(Int32Array.of(artist), [1]),
      genres: ints(Int32Array.from(y.slice(4, 4 + labels.maxGenres)), [1, labels.maxGenres]),
    }),
    ...(bins && {
      total: ints(Int32Array.of(bins.total), [1]),
      absolute: ints(bins.absolute, [1, nCtx]),
      relative: ints(bins.relative, [1, nCtx]),
    }),
    ...(upper && { upper: ints(Int32Array.from(z_cond!), [1, z_cond!.length]) }),
    ...(lyrics?.encoder && { tokens: ints(Int32Array.from(tokens!), [1, tokens!.length]) }),
  };
}

/** Within 1e-4 of the largest magnitude. */
export function close(actual: ArrayLike<number>, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i]! - value) <= 1e-4 * scale, `${i}: ${actual[i]} is not ${value}`);
  });
}

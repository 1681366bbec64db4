/** The three kinds of prior against the golden numbers, through every capture (spec 10.3). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPrior, type Prior, type Window } from "../../src/inference/prior.ts";
import { timingBins } from "../../src/labels/timing.ts";
import { priorLoss } from "../../src/model/captures.ts";
import { wholeSequence } from "../../src/model/memory.ts";
import { classes, decoderSize, firstMusicId, lead, type PriorSize } from "../../src/model/prior.ts";
import { stored } from "../../src/model/weights.ts";
import { Graph, type Value } from "../../src/onnx/graph.ts";
import { floatsOf, ints, openSession, type Tensors } from "../../src/onnx/session.ts";
import { type GoldenPrior, golden, goldenStore, hash } from "../golden/weights.ts";

const common = { mAttn: 0.25, mMlp: 1, bins: 16, width: 16, blocks: 4, heads: 2 };
const timing = (bins: number) => ({ bins, minSeconds: 0.01, maxSeconds: 0.1 });

const models: { name: string; size: PriorSize }[] = [
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
    },
  },
];

for (const { name, size } of models) {
  const entry = golden<GoldenPrior>(name);
  const store = goldenStore(entry.shapes, size.tied);
  const ids = Int32Array.from([...entry.z].map((code) => code + firstMusicId(size)));
  const sequence = lead(size) > 0 ? Int32Array.from([...entry.lyrics!, ...ids]) : ids;

  test(`${name}: the whole sequence gives the golden logits and losses`, async () => {
    const graph = new Graph();
    const seen: Value[] = [];
    const memory = wholeSequence(1, (_, weights) => seen.push(weights));
    const { loss, music, lyrics, logits } = priorLoss(stored(graph, store), size, 1, memory);
    for (const [key, value] of Object.entries({ loss, music, logits, ...(lyrics && { lyrics }) }))
      graph.output(key, value);
    graph.output("attention", seen[entry.attn_layer3_head1_rows_0_31 ? 3 : Math.min(15, seen.length - 1)]!);
    const results = await (await openSession(graph)).run({
      codes: ints(sequence, [1, sequence.length]),
      ...conditions(size, entry),
    });
    close(floatsOf(results, "logits"), entry.logits.flat());
    close(floatsOf(results, "music"), [entry.gen_loss_bits]);
    if (entry.total_loss) close(floatsOf(results, "loss"), [entry.total_loss]);
    if (entry.prime_loss_bits) close(floatsOf(results, "lyrics"), [entry.prime_loss_bits]);
    checkAttention(entry, floatsOf(results, "attention"), size);
  });

  test(`${name}: prefilled rows give the golden logits`, async () => {
    const prior = await openPrior(store, size);
    const window = await prior.begin(conditions(size, entry));
    const rows = 3 * prior.block;
    close(await window.prefill(sequence.slice(0, rows)), entry.logits.slice(0, rows).flat());
    await prior.close();
  });

  for (const [from, expected] of [
    [0, entry.greedy_merged ?? entry.greedy],
    [10, entry.greedy_merged_from_first10 ?? entry.greedy_from_first10],
  ] as const) {
    test(`${name}: the row loop is greedy as in the golden file, from ${from} known codes`, async () => {
      const prior = await openPrior(store, size, { musicOnly: false });
      const known = sequence.slice(0, lead(size) + from);
      for (const prefilled of [0, Math.floor(known.length / prior.block) * prior.block]) {
        const window = await prior.begin(conditions(size, entry));
        assert.deepEqual(await greedy(prior, window, known, prefilled), expected, `${prefilled} prefilled`);
      }
      await prior.close();
    });
  }

  test(`${name}: with lyric ids forbidden, only music is drawn`, async () => {
    const prior = await openPrior(store, size);
    const window = await prior.begin(conditions(size, entry));
    const drawn = await greedy(prior, window, sequence.slice(0, lead(size)), 0);
    assert.ok(drawn.slice(lead(size)).every((id) => id >= firstMusicId(size) && id < classes(size)));
    await prior.close();
  });
}

test("the weight rule gives the spec's three values", () => {
  assert.equal(hash(0, 0).toFixed(8), (-0.06187369185).toFixed(8));
  assert.equal(hash(3, 7).toFixed(8), (0.27066457178).toFixed(8));
  assert.equal(hash(100, 1000).toFixed(8), (0.28796050348).toFixed(8));
});

async function greedy(prior: Prior, window: Window, known: Int32Array, prefilled: number): Promise<number[]> {
  if (prefilled > 0) await window.prefill(known.slice(0, prefilled));
  const ids = [...known.slice(0, prefilled)];
  while (ids.length < decoderSize(prior.size).length) {
    const forced = Int32Array.from({ length: prior.block }, (_, at) => known[ids.length + at] ?? -1);
    ids.push(...(await window.row({ uniform: new Float32Array(prior.block).fill(0.5), forced, temperature: 0 })));
  }
  return ids;
}

function conditions(
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

function checkAttention(entry: GoldenPrior, weights: Float32Array, size: PriorSize): void {
  const { length, prime } = decoderSize(size);
  if (entry.attn_layer3_head1_rows_0_31) {
    const tokens = size.lyrics!.tokens;
    const row = (i: number): Float32Array => weights.subarray((length + i) * tokens, (length + i + 1) * tokens); // head 1
    close([...row(0), ...row(31)], entry.attn_layer3_head1_rows_0_31.flat());
  }
  if (entry.attn_layer15_head0_music_query0_and_25_lyric_keys) {
    const row = (i: number): Float32Array => weights.subarray(i * prime, i * prime + size.lyrics!.tokens); // head 0
    close(
      [...row(lead(size)), ...row(lead(size) + 25)],
      entry.attn_layer15_head0_music_query0_and_25_lyric_keys.flat(),
    );
  }
}

/** Within 1e-4 of the largest magnitude. */
function close(actual: ArrayLike<number>, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i]! - value) <= 1e-4 * scale, `${i}: ${actual[i]} is not ${value}`);
  });
}

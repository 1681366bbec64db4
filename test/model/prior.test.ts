/** The three kinds of prior against the golden numbers, through every capture (spec 10.3). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPrior } from "../../src/inference/prior-sampler.ts";
import { lyricAttention, priorLoss } from "../../src/model/captures.ts";
import { wholeSequence } from "../../src/model/memory.ts";
import { classes, firstMusicId, lead, type PriorSize } from "../../src/model/prior.ts";
import { type Store, stored } from "../../src/model/weights.ts";
import { Graph, type Value } from "../../src/onnx/graph.ts";
import { floats, floatsOf, ints, openSession, type Tensors } from "../../src/onnx/session.ts";
import { type GoldenPrior, golden, goldenStore, hash } from "../golden/weights.ts";
import { slowDraw, slowProbabilities } from "../oracle/draw.ts";
import { close, conditions, goldenPriors, greedy } from "../support/golden-priors.ts";
import { seeded } from "../support/random.ts";

for (const { name, size } of goldenPriors) {
  const entry = golden<GoldenPrior>(name);
  const store = goldenStore(entry.shapes, size.tied);
  const ids = Int32Array.from([...entry.z].map((code) => code + firstMusicId(size)));
  const sequence = lead(size) > 0 ? Int32Array.from([...entry.lyrics!, ...ids]) : ids;

  test(`${name}: the whole sequence gives the golden logits and losses`, async () => {
    const graph = new Graph();
    const seen: Value[] = [];
    const watch = lyricAttention(size, (rows) => seen.push(rows));
    const { loss, music, lyrics, logits } = priorLoss(stored(graph, store), size, 1, wholeSequence(1, watch));
    const attention = seen[0];
    for (const [key, value] of Object.entries({
      loss,
      music,
      logits,
      ...(lyrics && { lyrics }),
      ...(attention && { attention }),
    }))
      graph.output(key, value);
    const results = await (await openSession(graph)).run({
      codes: ints(sequence, [1, sequence.length]),
      ...conditions(size, entry),
    });
    close(floatsOf(results, "logits"), entry.logits.flat());
    close(floatsOf(results, "music"), [entry.gen_loss_bits]);
    if (entry.total_loss) close(floatsOf(results, "loss"), [entry.total_loss]);
    if (entry.prime_loss_bits) close(floatsOf(results, "lyrics"), [entry.prime_loss_bits]);
    assert.equal(attention !== undefined, size.lyrics !== undefined);
    if (attention) checkAttention(entry, floatsOf(results, "attention"), size);
  });

  test(`${name}: where numbers to draw with are given, the codes read are those the prior draws behind the given ones`, async () => {
    const graph = new Graph();
    const { logits, music } = priorLoss(stored(graph, store), size, 1, wholeSequence(1), { heard: true, slips: true });
    graph.output("logits", logits);
    graph.output("music", music);
    const session = await openSession(graph);
    const random = seeded(4);
    const numbers = Float32Array.from(sequence, (_, at) =>
      at >= lead(size) && random() < 0.4 ? Math.fround(random()) : -1,
    );
    const read = (heard: Int32Array, slips: Float32Array): Promise<Tensors> => {
      const codes = { codes: ints(sequence, [1, sequence.length]), heard: ints(heard, [1, sequence.length]) };
      return session.run({ ...codes, slips: floats(slips, [1, sequence.length]), ...conditions(size, entry) });
    };
    const asGiven = sequence.map((code, at) => (at % 7 === 3 && at >= lead(size) ? firstMusicId(size) : code));
    const none = new Float32Array(sequence.length).fill(-1);
    const before = Float64Array.from(floatsOf(await read(asGiven, none), "logits"));
    const asDrawn = asGiven.map((code, at) => {
      if (numbers[at]! < 0) return code;
      const row = before.subarray(at * classes(size), (at + 1) * classes(size));
      const { id, margin } = slowDraw(slowProbabilities(row, { temperature: 1 }).probabilities, numbers[at]!);
      assert.ok(margin > 1e-5, `place ${at} may be drawn either way`);
      return id;
    });
    assert.notDeepEqual(asDrawn, asGiven);
    const [slipped, plainly] = [await read(asGiven, numbers), await read(asDrawn, none)];
    for (const output of ["logits", "music"]) close(floatsOf(slipped, output), [...floatsOf(plainly, output)]);
    await session.close();
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
      const all = Int32Array.from(expected!).subarray(0, -prior.block);
      const last = await prior.begin(conditions(size, entry));
      assert.deepEqual(await greedy(prior, last, all, all.length), expected, "all but the last row prefilled");
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

const { size: plain } = goldenPriors.find(({ name }) => name === "upsampler")!;
const upsampler = golden<GoldenPrior>("upsampler");

/** What is told at every position: the condition told, and the same but for its beginning or one label. */
interface Told {
  readonly size: PriorSize;
  readonly store: Store;
  readonly told: Tensors;
  readonly otherwise: Tensors;
}

const told: Readonly<Record<string, () => Told>> = {
  "labels told everywhere": () => {
    const size: PriorSize = { ...plain, labelsEverywhere: true };
    const changed = { ...upsampler, y: upsampler.y.map((value, at) => (at === 3 ? 5 : value)) };
    const store = goldenStore(upsampler.shapes, true);
    return { size, store, told: conditions(size, upsampler), otherwise: conditions(size, changed) };
  },
  "moments told": () => {
    const size: PriorSize = { ...plain, moments: [{ name: "tick", rows: 5 }] };
    const random = seeded(4);
    const table = {
      shape: [5, plain.width],
      data: Float32Array.from({ length: 5 * plain.width }, () => random() - 0.5),
    };
    const ticks = (first: number): Tensors => ({
      ...conditions(plain, upsampler),
      "moment.tick": ints(
        Int32Array.from({ length: plain.nCtx }, (_, at) => (first + at) % 5),
        [1, plain.nCtx],
      ),
    });
    const store = new Map([...goldenStore(upsampler.shapes, true), ["y_emb.moment.tick.emb.weight", table]]);
    return { size, store, told: ticks(0), otherwise: ticks(1) };
  },
};

for (const [name, make] of Object.entries(told))
  test(`${name} reach every capture: each agrees with the whole sequence, and they change late positions`, async () => {
    const { size, store, told, otherwise } = make();
    const whole = async (conditioned: Tensors, codes: Int32Array): Promise<Float32Array> => {
      const graph = new Graph();
      graph.output("logits", priorLoss(stored(graph, store), size, 1).logits);
      const session = await openSession(graph);
      return floatsOf(await session.run({ codes: ints(codes, [1, codes.length]), ...conditioned }), "logits");
    };
    const z = Int32Array.from(upsampler.z);
    const logits = await whole(told, z);
    const prior = await openPrior(store, size);
    const drawn = await greedy(prior, await prior.begin(told), z.slice(0, 10), 8);
    await prior.close();
    const after = await whole(told, Int32Array.from(drawn));
    const best = (i: number): number =>
      after.subarray(16 * i, 16 * i + 16).reduce((top, x, at, row) => (x > row[top]! ? at : top), 0);
    assert.deepEqual(
      drawn.slice(10),
      drawn.slice(10).map((_, i) => best(i + 10)),
    );
    const other = await whole(otherwise, z);
    assert.ok(Math.abs(other.at(-1)! - logits.at(-1)!) > 0.01);
  });
for (const { name, size } of goldenPriors.filter(({ size }) => size.alignment)) {
  const entry = golden<GoldenPrior>(name);
  const store = goldenStore(entry.shapes, size.tied);
  const sequence = Int32Array.from([
    ...(lead(size) > 0 ? entry.lyrics! : []),
    ...entry.z.map((code) => code + firstMusicId(size)),
  ]);

  test(`${name}: prefill and row loop see the whole sequence's attention to the lyrics`, async () => {
    const graph = new Graph();
    const watch = lyricAttention(size, (rows) => graph.output("attention", rows));
    priorLoss(stored(graph, store), size, 1, wholeSequence(1, watch));
    const feeds = { codes: ints(sequence, [1, sequence.length]), ...conditions(size, entry) };
    const whole = floatsOf(await (await openSession(graph)).run(feeds), "attention");
    const { tokens } = size.lyrics!;
    const prior = await openPrior(store, size);
    for (const rows of [0, 1, Math.ceil((lead(size) + 1) / prior.block), size.blocks - 1]) {
      const seen: number[] = [];
      const window = await prior.begin(conditions(size, entry), (from, weights) => {
        assert.equal(seen.length, from * tokens);
        seen.push(...weights);
      });
      const prefilled = rows * prior.block;
      assert.deepEqual(await greedy(prior, window, sequence, prefilled), [...sequence]);
      close(seen, [...whole]);
      checkAttention(entry, Float32Array.from(seen), size);
    }
    await prior.close();
  });
}

test("a guided prior draws from what the names change, times the guidance, by whole sequences", async () => {
  const store = goldenStore(upsampler.shapes, true);
  const size: PriorSize = { ...plain, labelsEverywhere: true };
  const told = conditions(size, upsampler);
  const free = conditions(size, { ...upsampler, y: upsampler.y.map((value, at) => (at === 3 ? 0 : value)) });
  const graph = new Graph();
  graph.output("logits", priorLoss(stored(graph, store), size, 1).logits);
  const session = await openSession(graph);
  const logitsOf = async (conditioned: Tensors, ids: readonly number[]): Promise<Float32Array> =>
    floatsOf(await session.run({ codes: ints(Int32Array.from(ids), [1, ids.length]), ...conditioned }), "logits");
  const prior = await openPrior(store, size, { guidance: 4 });
  const known = Int32Array.from(upsampler.z.slice(0, 10));
  const window = await prior.begin(told, undefined, free);
  const ids = await greedy(prior, window, known, 8);
  await prior.close();
  const [with_, without] = [await logitsOf(told, ids), await logitsOf(free, ids)];
  const guided = without.map((logit, at) => logit + 4 * (with_[at]! - logit));
  const best = (logits: Float32Array, i: number): number => {
    const row = logits.subarray(16 * i, 16 * i + 16);
    return row.indexOf(Math.max(...row));
  };
  assert.deepEqual(
    ids.slice(10),
    ids.slice(10).map((_, i) => best(guided, i + 10)),
  );
  assert.notDeepEqual(
    ids.slice(10),
    ids.slice(10).map((_, i) => best(with_, i + 10)),
  );
  await assert.rejects(async () => prior.begin(told), /told a window twice/);
});

test("a window ends when the next one begins, which knows nothing of it", async () => {
  const { size } = goldenPriors.find(({ name }) => name === "upsampler")!;
  const entry = golden<GoldenPrior>("upsampler");
  const prior = await openPrior(goldenStore(entry.shapes, true), size);
  const first = await prior.begin(conditions(size, entry));
  await first.prefill(new Int32Array(size.nCtx - prior.block).fill(3));
  const second = await prior.begin(conditions(size, entry));
  await assert.rejects(first.prefill(new Int32Array(prior.block)), /a window ends when the next one begins/);
  assert.deepEqual(await greedy(prior, second, new Int32Array(0), 0), entry.greedy);
  await prior.close();
});

test("codes that are never to be drawn are not drawn, and the others are as before", async () => {
  const { size } = goldenPriors.find(({ name }) => name === "upsampler")!;
  const entry = golden<GoldenPrior>("upsampler");
  const favourite = entry.greedy![0]!;
  const prior = await openPrior(goldenStore(entry.shapes, true), { ...size, never: [favourite] });
  const drawn = await greedy(prior, await prior.begin(conditions(size, entry)), new Int32Array(0), 0);
  assert.ok(!drawn.includes(favourite));
  const best = entry.logits[0]!.map((logit, code) => (code === favourite ? Number.NEGATIVE_INFINITY : logit));
  assert.equal(drawn[0], best.indexOf(Math.max(...best)));
  await prior.close();
});

test("the weight rule gives the spec's three values", () => {
  assert.equal(hash(0, 0).toFixed(8), (-0.06187369185).toFixed(8));
  assert.equal(hash(3, 7).toFixed(8), (0.27066457178).toFixed(8));
  assert.equal(hash(100, 1000).toFixed(8), (0.28796050348).toFixed(8));
});

function checkAttention(entry: GoldenPrior, weights: Float32Array, size: PriorSize): void {
  const { tokens } = size.lyrics!;
  const music = lead(size);
  const row = (i: number): Float32Array => weights.subarray((music + i) * tokens, (music + i + 1) * tokens);
  const { attn_layer3_head1_rows_0_31: separate, attn_layer15_head0_music_query0_and_25_lyric_keys: merged } = entry;
  assert.ok(separate ?? merged);
  if (separate) close([...row(0), ...row(31)], separate.flat());
  if (merged) close([...row(0), ...row(25)], merged.flat());
}

/** Checks of the specification's section 10.1 that need no weights of anybody's; the others stand beside what they check. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Network, PARTS, type PartName } from "../../src/import/released.ts";
import { openPrior } from "../../src/inference/prior-sampler.ts";
import { type Attention, type Func, patterns } from "../../src/model/attention.ts";
import { priorLoss } from "../../src/model/captures.ts";
import { wholeSequence } from "../../src/model/memory.ts";
import { conditionInputs, decoderSize, lead, type PriorSize, positionCondition } from "../../src/model/prior.ts";
import { priorShapes } from "../../src/model/shapes.ts";
import { attentionKinds } from "../../src/model/transformer.ts";
import { declared, type Store, stored } from "../../src/model/weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { add, concat, quickGelu } from "../../src/onnx/ops.ts";
import { matmul } from "../../src/onnx/products.ts";
import { floats, floatsOf, ints, openSession, type Tensors } from "../../src/onnx/session.ts";
import { hash } from "../golden/weights.ts";
import { greedy } from "../support/golden-priors.ts";
import { noise, seeded } from "../support/random.ts";

function sizeOf(part: PartName): PriorSize {
  const network: Network = PARTS[part].network;
  assert.ok(network.kind === "prior");
  return network.size;
}

test("10.1, check 5: the conditioner makes 8,192 positions of 1,920 numbers from 2,048 codes", () => {
  const graph = new Graph();
  const size = sizeOf("upsampler_level_1");
  const inputs = conditionInputs(graph, size, 2);
  assert.deepEqual(inputs.upper!.shape, [2, 2048]);
  const condition = positionCondition(inputs, declared(graph, new Map()), size, 2);
  assert.deepEqual(condition!.shape, [2 * 8192, 1920]);
});

const [LENGTH, WIDTH, BLOCK] = [24, 4, 6];
const kindOf = (func: Func): Attention => ({ func, width: WIDTH, heads: 2, block: BLOCK, prime: 9 });

/** x plus what one attention of this kind sees: [LENGTH, WIDTH] of `x`, keys and values from `seen`. */
async function attended(func: Func): Promise<(x: Float32Array, seen?: Float32Array) => Promise<Float32Array>> {
  const graph = new Graph();
  const random = seeded(func + 1);
  const [q, k, v] = ["q", "k", "v"].map((name) =>
    graph.initializer(name, "float32", [WIDTH, WIDTH], noise(WIDTH * WIDTH, random)),
  );
  const x = graph.input("x", "float32", [LENGTH, WIDTH]);
  const seen = func === 6 ? graph.input("seen", "float32", [LENGTH, WIDTH]) : x;
  const [queries, keys, values] = [matmul(x, q!), matmul(seen, k!), matmul(seen, v!)];
  const memory = wholeSequence(1);
  const a =
    func === 6
      ? memory(0, kindOf(func), queries, () => [keys, values])
      : memory(0, kindOf(func), concat([queries, keys, values], 1));
  graph.output("attended", a);
  graph.output("whole", add(x, a));
  const session = await openSession(graph);
  return async (numbers, others = numbers) => {
    const feeds = { x: floats(numbers, [LENGTH, WIDTH]), ...(func === 6 && { seen: floats(others, [LENGTH, WIDTH]) }) };
    return floatsOf(await session.run(feeds), func === 3 && others !== numbers ? "attended" : "whole");
  };
}

for (const func of [0, 1, 2, 3, 6, 7] as const)
  test(`10.1, check 6: with func ${func}, a position hears just the positions it may`, async () => {
    const run = await attended(func);
    const x = noise(LENGTH * WIDTH, seeded(20));
    const encoder = noise(LENGTH * WIDTH, seeded(21));
    const before = await run(x, func === 6 ? encoder : x);
    for (let j = 0; j < LENGTH; j++) {
      const touched = (numbers: Float32Array): Float32Array =>
        numbers.map((value, at) => (Math.floor(at / WIDTH) === j ? value + 1 : value));
      const changed = func === 6 ? x : touched(x);
      const after = await run(changed, func === 6 ? touched(encoder) : changed);
      for (let i = 0; i < LENGTH; i++) {
        const row = [0, 1, 2, 3].map((at) => i * WIDTH + at);
        const differs = row.some((at) => after[at] !== before[at]);
        assert.equal(differs, patterns[func].sees(i, j, kindOf(func)) || (func !== 6 && i === j), `${j} → ${i}`);
      }
    }
  });

test("10.1, check 7: in the first row, the attention to the row before is nothing, to the last bit", async () => {
  const run = await attended(3);
  const x = noise(LENGTH * WIDTH, seeded(22));
  const a = await run(x, x.slice());
  assert.deepEqual(a.slice(0, BLOCK * WIDTH), new Float32Array(BLOCK * WIDTH));
  assert.ok(a.slice(BLOCK * WIDTH).every((value) => value !== 0));
});

/** A prior of every func with weights by the golden rule. */
function priorOf(attnOrder: number, depth: number, lyrics?: PriorSize["lyrics"]): { size: PriorSize; store: Store } {
  const common = { mAttn: 0.5, mMlp: 1, bins: 16, width: 16, blocks: 4, heads: 2, nCtx: lyrics?.encoder ? 32 : 26 };
  const size: PriorSize = { ...common, attnOrder, depth, addCondition: false, tied: false, ...(lyrics && { lyrics }) };
  const whole = lyrics ? size : { ...size, nCtx: 32 };
  const store = new Map(
    [...priorShapes(whole)].map(([name, shape], n) => {
      const count = shape.reduce((all, dim) => all * dim, 1);
      const data = Float32Array.from({ length: count }, (_, i) => (/ln_?\d?\.weight$/.test(name) ? 1 : 2 * hash(n, i)));
      return [name, { shape, data }] as const;
    }),
  );
  return { size: whole, store };
}

const encoder = { width: 8, depth: 3, heads: 2, attnOrder: 2, blocks: 2 };
const everyFunc = [
  { funcs: "0", ...priorOf(0, 3) },
  { funcs: "1, 2 and 3", ...priorOf(2, 6) },
  { funcs: "1, 2, 3 and 6", ...priorOf(6, 8, { tokens: 8, vocabulary: 11, lossFraction: 0.4, encoder }) },
  { funcs: "1, 2, 3 and 7", ...priorOf(12, 16, { tokens: 6, vocabulary: 11, lossFraction: 0.4 }) },
];

for (const { funcs, size, store } of everyFunc)
  test(`10.1, check 8: token by token is the full pass, with func ${funcs}, from prefixes of any length`, async () => {
    const { length } = decoderSize(size);
    const given: Tensors = size.lyrics?.encoder ? { tokens: ints(Int32Array.of(1, 5, 3, 9, 0, 2, 7, 4), [1, 8]) } : {};
    const graph = new Graph();
    graph.output("logits", priorLoss(stored(graph, store), size, 1).logits);
    const whole = await openSession(graph);
    const prior = await openPrior(store, size, { musicOnly: false });
    const random = seeded(30);
    const known = Int32Array.from({ length }, () => Math.floor(random() * 11));
    const row = prior.block;
    for (const prefix of new Set([0, 1, 3, row, row + 1, 2 * row, 3 * row - 1])) {
      const rows = Math.floor(prefix / row) * row;
      const ids = await greedy(prior, await prior.begin(given), known.slice(0, prefix), rows);
      const logits = floatsOf(await whole.run({ codes: ints(Int32Array.from(ids), [1, length]), ...given }), "logits");
      const classes = logits.length / length;
      for (let i = prefix; i < length; i++) {
        const here = logits.subarray(i * classes, (i + 1) * classes);
        assert.equal(ids[i], here.indexOf(Math.max(...here)), `position ${i} from ${prefix}`);
      }
    }
    await prior.close();
    await whole.close();
  });

for (const [lyrics, bits] of [
  [undefined, 11],
  [{ tokens: 6, vocabulary: 79, lossFraction: 0.4 }, Math.log2(2127)],
] as const)
  test(`10.1, check 9: knowing nothing takes ${bits.toFixed(4)} bits`, async () => {
    const common = { nCtx: 26, blocks: 4, width: 4, depth: 1, heads: 1, attnOrder: 2, mAttn: 1, mMlp: 1, bins: 2048 };
    const nCtx = lyrics ? 26 : 32;
    const size: PriorSize = { ...common, nCtx, addCondition: false, tied: true, ...(lyrics && { lyrics }) };
    const nothing = new Map(
      [...priorShapes(size)].map(([name, shape]) => {
        const data = new Float32Array(shape.reduce((all, dim) => all * dim, 1));
        return [name, { shape, data }] as const;
      }),
    );
    const graph = new Graph();
    graph.output("music", priorLoss(stored(graph, nothing), size, 1).music);
    const codes = new Int32Array(lead(size) + nCtx).fill(5);
    const out = await (await openSession(graph)).run({ codes: ints(codes, [1, codes.length]) });
    assert.ok(Math.abs(floatsOf(out, "music")[0]! - bits) < 1e-5);
  });

test("10.1, check 10: quick_gelu at 1 and at -1", async () => {
  const graph = new Graph();
  graph.output("y", quickGelu(graph.input("x", "float32", [2])));
  const out = await (await openSession(graph)).run({ x: floats(Float32Array.of(1, -1), [2]) });
  assert.deepEqual(
    [...floatsOf(out, "y")].map((value) => value.toFixed(7)),
    ["0.8457958", "-0.1542042"],
  );
});

/** Positions whose keys and values a one-token step needs (spec 6.6). */
function cached({ func, block, prime }: Attention, length: number, tokens: number): number {
  const positions: Readonly<Record<Func, number>> = {
    0: length,
    1: block,
    2: length,
    3: 2 * block,
    6: tokens,
    7: prime,
  };
  return positions[func];
}

test("10.1, check 16: keys and values of one song in 16 bits take the released models' bytes", () => {
  const bytes = (part: PartName): number => {
    const size = sizeOf(part);
    const decoder = decoderSize(size);
    const tokens = size.lyrics?.encoder ? size.lyrics.tokens : 0;
    return attentionKinds(decoder).reduce(
      (all, kind) => all + cached(kind, decoder.length, tokens) * kind.width * 2 * 2,
      0,
    );
  };
  assert.equal(bytes("prior_1b_lyrics"), 337_821_696);
  assert.equal(bytes("prior_5b"), 965_836_800);
  assert.equal(bytes("prior_5b_lyrics"), 983_040_000);
  assert.equal(bytes("upsampler_level_1"), 386_334_720);
});

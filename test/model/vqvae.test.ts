/** The VQ-VAE against the golden numbers, the released model's shapes, and its own chunks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { lookup, nearest, rowsOf } from "../../src/model/frames.ts";
import {
  commitLoss,
  type Reconstruction,
  reconstructionLoss,
  type Spectrum,
  spectralLoss,
} from "../../src/model/losses.ts";
import { codebook, decode, decoderReach, encode, hopsOf, type VqvaeSize } from "../../src/model/vqvae.ts";
import { declared, type Store, stored } from "../../src/model/weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { reshape } from "../../src/onnx/ops.ts";
import { floats, floatsOf, ints, openSession } from "../../src/onnx/session.ts";
import { goldenStore } from "../golden/weights.ts";
import { goldenVqvae as entry, goldenVqvaeSize } from "../support/golden-vqvae.ts";
import { seeded } from "../support/random.ts";

const { config, losses: expected } = entry;
const RELEASED: VqvaeSize = {
  ...goldenVqvaeSize,
  downsT: [3, 2, 2],
  stridesT: [2, 2, 2],
  embWidth: 64,
  lBins: [2048, 2048, 2048],
  width: 32,
  depth: 4,
};
const store: Store = goldenStore(entry.shapes);
const LOSS: Reconstruction = { lmixL2: config.lmix_l2, lmixLinf: config.lmix_linf, linfK: config.linf_k };
const SPECTRA: Spectrum[] = config.multispec_n_fft.map((nFft, at) => ({
  nFft,
  hop: config.multispec_hop[at]!,
  window: config.multispec_win[at]!,
}));
const SAMPLES = 2048;
const sound = Float32Array.from({ length: SAMPLES }, (_, i) => 0.6 * Math.sin(0.05 * i) + 0.3 * Math.sin(0.31 * i + 1));

/** Every number, to 1e-4 of the largest. */
function assertClose(got: ArrayLike<number>, wanted: ArrayLike<number>, tolerance = 1e-4): void {
  const largest = Math.max(...Array.from(wanted, Math.abs));
  assert.equal(got.length, wanted.length);
  for (let at = 0; at < got.length; at++)
    assert.ok(Math.abs(got[at]! - wanted[at]!) <= tolerance * largest, `at ${at}: ${got[at]}, not ${wanted[at]}`);
}

for (const level of [0, 1, 2])
  for (const batch of [1, 2])
    test(`level ${level} makes the golden codes, sound and losses, batch of ${batch}`, async () => {
      const out = await wholePass(level, batch);
      const codes = out.codes as Int32Array;
      const one = codes.subarray(codes.length - codes.length / batch); // the last of the batch
      assert.deepEqual([...one.subarray(0, 64)], entry.codes_first64[level]);
      assert.equal(
        one.reduce((sum, code) => sum + code, 0),
        entry.codes_sum[level],
      );
      const copy = out.copy as Float32Array;
      assert.equal(copy.length, batch * SAMPLES);
      assertClose(copy.subarray((batch - 1) * SAMPLES).subarray(0, 16), entry.decoded_first16[level]!);
      const losses = expected.per_level[level]!;
      for (const name of ["recons", "multispectral", "commit"] as const) assertClose(out[name]!, [losses[name]]);
    });

test("the latents of level 0 begin with the golden ones", async () => {
  const { latents } = await wholePass(0, 1);
  const count = SAMPLES / hopsOf(goldenVqvaeSize)[0]!;
  assertClose(
    Array.from({ length: goldenVqvaeSize.embWidth }, (_, at) => latents![at * count]!),
    entry.latent_level0_t0,
  );
});

test("the three levels' losses add up to the golden total", async () => {
  let total = 0;
  for (const level of [0, 1, 2]) {
    const out = await wholePass(level, 1);
    total += out.recons![0]! + config.multispectral * out.multispectral![0]! + config.commit * out.commit![0]!;
  }
  assertClose([total], [expected.total]);
});

/** Sound to codes to sound, with all losses, on a batch of copies. */
async function wholePass(level: number, batch: number): Promise<Record<string, Float32Array | Int32Array>> {
  const graph = new Graph();
  const weights = stored(graph, store);
  const input = graph.input("sound", "float32", [batch, 1, SAMPLES]);
  const k = codebook(level, weights, goldenVqvaeSize);
  const latents = encode(level, input, weights, goldenVqvaeSize);
  const rows = rowsOf(latents);
  const codes = nearest(rows, k);
  const perClip = reshape(codes, [batch, -1]);
  const copy = decode(level, lookup(perClip, k), weights, goldenVqvaeSize);
  const [x, y] = [input, copy].map((one) => reshape(one, [batch, SAMPLES]));
  graph.output("latents", latents);
  graph.output("codes", codes);
  graph.output("copy", copy);
  graph.output("recons", reshape(reconstructionLoss(x!, y!, LOSS, config.bandwidth), [1]));
  graph.output("multispectral", reshape(spectralLoss(x!, y!, SPECTRA, config.bandwidth), [1]));
  graph.output("commit", reshape(commitLoss(rows, rowsOf(lookup(perClip, k))), [1]));
  const session = await openSession(graph);
  const all = Float32Array.from({ length: batch * SAMPLES }, (_, at) => sound[at % SAMPLES]!);
  const out = await session.run({ sound: floats(all, [batch, 1, SAMPLES]) });
  await session.close();
  return Object.fromEntries(Object.entries(out).map(([name, { data }]) => [name, data as Float32Array]));
}

test("10.1, check 4: the released VQ-VAE has its tensors, its numbers and its rates", () => {
  const graph = new Graph();
  const declaredShapes = new Map<string, readonly number[]>();
  const weights = declared(graph, declaredShapes);
  for (const [level, count] of [131_072, 32_768, 8_192].entries()) {
    const input = graph.input(`sound.${level}`, "float32", [1, 1, 1_048_576]);
    const latents = encode(level, input, weights, RELEASED);
    assert.deepEqual(latents.shape, [1, 64, count]);
    assert.deepEqual(decode(level, latents, weights, RELEASED).shape, [1, 1, 1_048_576]);
    codebook(level, weights, RELEASED);
  }
  const size = (names: RegExp): number =>
    [...declaredShapes].reduce(
      (sum, [name, shape]) => sum + (names.test(name) ? shape.reduce((a, b) => a * b, 1) : 0),
      0,
    );
  assert.equal(declaredShapes.size, 669);
  assert.equal(size(/coders/), 1_485_763);
  assert.equal(size(/bottleneck/), 393_216);
  assert.deepEqual(hopsOf(RELEASED), [8, 32, 128]);
});

test("sound that is no whole number of codes, and an odd stride, are refused", () => {
  const build = (samples: number, size: VqvaeSize) => () => {
    const graph = new Graph();
    encode(0, graph.input("sound", "float32", [1, 1, samples]), declared(graph, new Map()), size);
  };
  assert.throws(build(1001, goldenVqvaeSize), /1001 samples are no multiple of the hop, 4/);
  assert.throws(build(999, { ...goldenVqvaeSize, stridesT: [3, 2, 2] }), /must be even, not 3/);
});

/** Strides of 16, as our own models have. */
const WIDE: VqvaeSize = { ...goldenVqvaeSize, downsT: [1, 1, 1], stridesT: [16, 4, 2], multipliers: [1, 1, 1] };

for (const [name, size] of [
  ["golden", goldenVqvaeSize],
  ["wide-stride", WIDE],
] as const)
  for (const level of [0, 1, 2])
    test(`the ${name} decoder of level ${level} says the same in chunks that overlap by its reach`, async () => {
      const hop = hopsOf(size)[level]!;
      const weights = weightsFor(size);
      const reach = decoderReach(level, size) / hop;
      const count = 3 * reach + 7;
      const random = seeded(level);
      const codes = Int32Array.from({ length: count }, () => Math.floor(random() * size.lBins[level]!));
      const whole = await decoded(level, size, weights, codes);
      const [from, to] = [reach + 2, reach + 6];
      const part = await decoded(level, size, weights, codes.subarray(from - reach, to + reach));
      assertClose(part.subarray(reach * hop, (reach + to - from) * hop), whole.subarray(from * hop, to * hop));
      const short = await decoded(level, size, weights, codes.subarray(from, to));
      assert.throws(() => assertClose(short, whole.subarray(from * hop, to * hop)), "without overlap it would differ");
      const start = await decoded(level, size, weights, codes.subarray(0, 5 + reach));
      assertClose(start.subarray(0, 5 * hop), whole.subarray(0, 5 * hop));
    });

function weightsFor(size: VqvaeSize): Store {
  const graph = new Graph();
  const declaredShapes = new Map<string, readonly number[]>();
  const weights = declared(graph, declaredShapes);
  for (const level of [0, 1, 2]) {
    const latents = encode(level, graph.input(`sound.${level}`, "float32", [1, 1, 1024]), weights, size);
    decode(level, latents, weights, size);
    codebook(level, weights, size);
  }
  return goldenStore(Object.fromEntries(declaredShapes));
}

async function decoded(level: number, size: VqvaeSize, weights: Store, codes: Int32Array): Promise<Float32Array> {
  const graph = new Graph();
  const source = stored(graph, weights);
  const input = graph.input("codes", "int32", [1, codes.length]);
  graph.output("sound", decode(level, lookup(input, codebook(level, source, size)), source, size));
  const session = await openSession(graph);
  const out = await session.run({ codes: ints(codes, [1, codes.length]) });
  await session.close();
  return floatsOf(out, "sound");
}

/** A decoder learns on alone: closer in decibels, under codes that stay as they were. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readCorpus, readSamples } from "../../src/dataset/corpus-files.ts";
import { encodeCorpus } from "../../src/dataset/encode-corpus.ts";
import { openCodec } from "../../src/inference/codec.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
import type { Store } from "../../src/model/weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { floats, floatsOf, openSession } from "../../src/onnx/session.ts";
import { type DecoderTraining, trainDecoder } from "../../src/training/decoder.ts";
import { type DecoderPlan, melDifference } from "../../src/training/decoder-graph.ts";
import { trainVqvae } from "../../src/training/vqvae.ts";
import { slowMagnitudes } from "../oracle/spectrum.ts";
import { stopAfter } from "../support/abort.ts";
import { temporaryFolder } from "../support/folder.ts";
import { glidingCorpus, SAMPLE_RATE, SIZE } from "../support/gliding.ts";
import { noise, seeded } from "../support/random.ts";

async function difference(sound: Float32Array, copy: Float32Array): Promise<number> {
  const graph = new Graph();
  const shape = [1, sound.length];
  const [x, y] = [graph.input("sound", "float32", shape), graph.input("copy", "float32", shape)];
  graph.output("decibels", melDifference(x, y, SAMPLE_RATE));
  const session = await openSession(graph);
  const out = await session.run({ sound: floats(sound, shape), copy: floats(copy, shape) });
  await session.close();
  return floatsOf(out, "decibels")[0]!;
}

/** Decibels of triangular mel bands [frames · bands], in plain loops. */
function slowDecibels(sound: Float32Array, nFft: number, bands: number): number[] {
  const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
  const step = (mel(SAMPLE_RATE / 2) - mel(40)) / (bands + 1);
  const edge = (index: number): number => ((700 * (10 ** ((mel(40) + step * index) / 2595) - 1)) / SAMPLE_RATE) * nFft;
  return slowMagnitudes(sound, { nFft, hop: nFft / 4, window: nFft }).flatMap((frame) =>
    Array.from({ length: bands }, (_, band) => {
      const [left, top, right] = [edge(band), edge(band + 1), edge(band + 2)];
      const weights = frame.map((_, bin) =>
        Math.max(0, Math.min((bin - left) / (top - left), (right - bin) / (right - top))),
      );
      if (!weights.some((weight) => weight > 0)) weights[Math.round(top)] = 1;
      const power = frame.reduce((sum, one, bin) => sum + weights[bin]! * one * one, 0);
      return 10 * Math.log10(Math.max(power, 1e-11 * nFft ** 2));
    }),
  );
}

test("sounds differ by the decibels of their mel bands, and nothing is softer than silence", async () => {
  const random = seeded(3);
  const [one, other] = [noise(4096, random), noise(4096, random).map((sample, at) => (sample * at) / 4096)];
  const slow = [
    [2048, 80],
    [1024, 40],
    [256, 12],
  ].map(([nFft, bands]) => {
    const [a, b] = [one, other].map((sound) => slowDecibels(sound, nFft!, bands!)) as [number[], number[]];
    return a.reduce((sum, level, at) => sum + Math.hypot(level - b[at]!, 0.01), 0) / a.length;
  });
  const expected = slow.reduce((sum, part) => sum + part / 3, 0);
  assert.ok(Math.abs((await difference(one, other)) - expected) < 1e-3 * expected);
  const tenth = one.map((sample) => sample / 10);
  assert.ok(Math.abs((await difference(one, tenth)) - 20) < 0.01);
  const silence = new Float32Array(4096);
  assert.ok(
    (await difference(
      silence,
      silence.map((_, at) => 1e-7 * Math.sin(at)),
    )) < 0.02,
  );
});

const PLAN: DecoderPlan = {
  seed: 6,
  batch: 2,
  samples: 2048,
  steps: 120,
  rate: 3e-3,
  emphasis: 0.5,
  spectra: [{ nFft: 256, hop: 50, window: 240 }],
  decibel: 0.05,
};
const LEVEL = 1;

/** A level that has learned a little, and the corpus as its codes. */
async function learned(folder: string): Promise<Omit<DecoderTraining, "checkpoint" | "weights">> {
  glidingCorpus(folder);
  const common = { level: LEVEL, size: SIZE, sampleRate: SAMPLE_RATE, corpus: folder };
  const weights = join(folder, "vqvae.safetensors");
  const plan = { ...PLAN, commit: 0.25, spectral: 1, lmixL2: 1, lmixLinf: 0.02, linfK: 64, mu: 0.99 };
  await trainVqvae({ ...common, plan, checkpoint: join(folder, "vqvae.checkpoint.safetensors"), weights });
  const { store: from } = readSafetensors(weights);
  const codes = join(folder, "codes");
  await encodeCorpus({ level: LEVEL, size: SIZE, store: from, corpus: folder, out: codes });
  return { ...common, plan: PLAN, from, codes };
}

test("the copies of a decoder that learned on are closer to songs left out, and their codes are the same", async (t) => {
  const folder = temporaryFolder(t);
  const training = await learned(folder);
  const paths = { checkpoint: join(folder, "checkpoint.safetensors"), weights: join(folder, "decoder.safetensors") };
  await trainDecoder({ ...training, ...paths });
  const { store } = readSafetensors(paths.weights);
  assert.ok(store.size > 0 && [...store.keys()].every((name) => name.startsWith(`decoders.${LEVEL}.`)));
  const left = readCorpus(folder).find(({ split }) => split === "valid")!;
  const sound = readSamples(folder, left, 0, 2 * SAMPLE_RATE);
  const copied = async (weights: Store): Promise<Float32Array> => {
    const codec = await openCodec(LEVEL, { size: SIZE, store: weights, threads: 1 });
    const copy = await codec.reconstruct(sound);
    await codec.close();
    return copy;
  };
  const [before, after] = [await copied(training.from), await copied(new Map([...training.from, ...store]))];
  const [far, near] = [await difference(sound, before), await difference(sound, after)];
  assert.ok(near < 0.9 * far, `${far} dB, then ${near} dB`);
});

test("a decoder stopped halfway goes on bit-identically", async (t) => {
  const folder = temporaryFolder(t);
  const training = await learned(folder);
  const run = async (name: string, signal?: AbortSignal): Promise<Store> => {
    const [checkpoint, weights] = ["checkpoint", "decoder"].map((part) => join(folder, name, `${part}.safetensors`));
    const paths = { checkpoint: checkpoint!, weights: weights! };
    const run = trainDecoder({ ...training, plan: { ...PLAN, steps: 20 }, ...paths, ...(signal && { signal }) });
    if (signal) await assert.rejects(run, /abort/);
    else await run;
    return readSafetensors(paths.weights).store;
  };
  const whole = await run("whole");
  await run("halves", stopAfter(8));
  assert.ok(Number(readSafetensors(join(folder, "halves", "checkpoint.safetensors")).notes.steps) < 20);
  assert.deepEqual(await run("halves"), whole);
});

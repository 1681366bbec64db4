/** A decoder learns on alone: closer in decibels, under codes that stay as they were. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readCorpus, readSamples } from "../../src/dataset/corpus-files.ts";
import { encodeCorpus } from "../../src/dataset/encode-corpus.ts";
import { openCodec } from "../../src/inference/codec.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
import type { Store } from "../../src/model/weights.ts";
import { type DecoderTraining, trainDecoder } from "../../src/training/decoder.ts";
import type { DecoderPlan } from "../../src/training/decoder-graph.ts";
import { trainVqvae } from "../../src/training/vqvae.ts";
import { stopAfter } from "../support/abort.ts";
import { comparedSounds } from "../support/compared.ts";
import { temporaryFolder } from "../support/folder.ts";
import { glidingCorpus, SAMPLE_RATE, SIZE } from "../support/gliding.ts";

const PLAN: DecoderPlan = {
  seed: 6,
  batch: 2,
  samples: 2048,
  steps: 120,
  rate: 3e-3,
  comparison: { spectra: 0.3, bands: 0, decibels: 0.1, waves: 0 },
};
const LEVEL = 1;

/** By mel bands. */
const decibelsApart = async (sound: Float32Array, copy: Float32Array): Promise<number> =>
  (await comparedSounds(sound, copy, SAMPLE_RATE)).decibels!;

/** A level that has learned a little, and the corpus as its codes. */
async function learned(folder: string): Promise<Omit<DecoderTraining, "checkpoint" | "weights">> {
  glidingCorpus(folder);
  const common = { level: LEVEL, size: SIZE, sampleRate: SAMPLE_RATE, corpus: folder };
  const weights = join(folder, "vqvae.safetensors");
  const comparison = { spectra: 1, bands: 0, decibels: 0, waves: 0 };
  const plan = { ...PLAN, comparison, rate: 1e-2, commit: 0.25, mu: 0.99 };
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
  const [far, near] = [await decibelsApart(sound, before), await decibelsApart(sound, after)];
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

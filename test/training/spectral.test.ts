/** A level of spectra learns its codes by what it hears alone, and its sound from these codes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readCorpus, readSamples } from "../../src/dataset/corpus-files.ts";
import { encodeCorpus } from "../../src/dataset/encode-corpus.ts";
import { openCodec } from "../../src/inference/codec.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
import { codesOf, spectraOfLevel, type VqvaeSize, vectorsOf } from "../../src/model/vqvae.ts";
import { type Store, stored } from "../../src/model/weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { reshape } from "../../src/onnx/ops.ts";
import { floats, floatsOf, openSession } from "../../src/onnx/session.ts";
import { compareSpectra } from "../../src/training/comparison.ts";
import { trainDecoder } from "../../src/training/decoder.ts";
import { trainVqvae, type VqvaeTraining } from "../../src/training/vqvae.ts";
import { stopAfter } from "../support/abort.ts";
import { comparedSounds } from "../support/compared.ts";
import { temporaryFolder } from "../support/folder.ts";
import { glidingCorpus, SAMPLE_RATE, SIZE } from "../support/gliding.ts";

const SPECTRAL: VqvaeSize = {
  ...SIZE,
  downsT: [2, 0],
  stridesT: [[16, 8], []],
  codesPerFrame: [3, 1],
  spectral: [{ sampleRate: SAMPLE_RATE, width: 16, fineWidth: 8, depth: 2 }, null],
};
const PLAN = {
  seed: 4,
  batch: 2,
  samples: 4096,
  steps: 80,
  rate: 5e-3,
  comparison: { spectra: 1, bands: 0, decibels: 0.1, waves: 0 },
  commit: 0.1,
  mu: 0.99,
};

const trainingIn = (folder: string, name: string, steps: number): VqvaeTraining => ({
  level: 0,
  size: SPECTRAL,
  plan: { ...PLAN, steps },
  sampleRate: SAMPLE_RATE,
  corpus: folder,
  checkpoint: join(folder, `${name}.checkpoint.safetensors`),
  weights: join(folder, `${name}.safetensors`),
});

/** Of a stretch of the song left out. */
function leftOut(folder: string): Float32Array {
  const song = readCorpus(folder).find(({ split }) => split === "valid")!;
  return readSamples(folder, song, 8192, 16_384);
}

/** How far the spectra that codes tell are from those heard. */
async function errorOf(weights: Store, samples: Float32Array): Promise<number> {
  const graph = new Graph();
  const held = stored(graph, weights);
  const sound = graph.input("sound", "float32", [1, 1, samples.length]);
  const codes = reshape(codesOf(0, sound, held, SPECTRAL), [1, -1]);
  const vectors = vectorsOf(0, codes, held, SPECTRAL);
  const { heard, told } = spectraOfLevel(0, { sound, vectors }, held, SPECTRAL);
  graph.output("loss", compareSpectra(heard, told).loss);
  const session = await openSession(graph);
  const out = await session.run({ sound: floats(samples, [1, 1, samples.length]) });
  await session.close();
  return floatsOf(out, "loss")[0]!;
}

async function decibelsApart(weights: Store, sound: Float32Array): Promise<number> {
  const codec = await openCodec(0, { size: SPECTRAL, store: weights, threads: 1 });
  const copy = await codec.reconstruct(sound);
  await codec.close();
  return (await comparedSounds(sound, copy, SAMPLE_RATE)).decibels!;
}

test("spectra come closer through codes, then the sound that is made of them; codes stay as they were", async (t) => {
  const folder = temporaryFolder(t);
  glidingCorpus(folder);
  const [early, late] = [trainingIn(folder, "early", 2), trainingIn(folder, "late", 80)];
  await trainVqvae(early);
  await trainVqvae(late);
  const [first, from] = [readSafetensors(early.weights).store, readSafetensors(late.weights).store];
  const sound = leftOut(folder);
  const [far, near] = [await errorOf(first, sound), await errorOf(from, sound)];
  assert.ok(near < 0.6 * far, `${far}, then ${near}`);

  const codes = join(folder, "codes");
  await encodeCorpus({ level: 0, size: SPECTRAL, store: from, corpus: folder, out: codes });
  const { plan, ...common } = late;
  const paths = {
    checkpoint: join(folder, "sound.checkpoint.safetensors"),
    weights: join(folder, "sound.safetensors"),
  };
  await trainDecoder({ ...common, ...paths, plan: { ...plan, steps: 40 }, from, codes });
  const decoder = readSafetensors(paths.weights).store;
  assert.ok([...decoder.keys()].every((name) => name.startsWith("decoders.0.")));
  const [before, after] = [
    await decibelsApart(from, sound),
    await decibelsApart(new Map([...from, ...decoder]), sound),
  ];
  assert.ok(after < 0.9 * before, `${before} dB, then ${after} dB`);
});

test("a training of spectra stopped halfway goes on bit-identically", async (t) => {
  const folder = temporaryFolder(t);
  glidingCorpus(folder);
  const [whole, halves] = [trainingIn(folder, "whole", 12), trainingIn(folder, "halves", 12)];
  await trainVqvae(whole);
  await assert.rejects(trainVqvae({ ...halves, signal: stopAfter(5) }), /abort/);
  await trainVqvae(halves);
  assert.deepEqual(readSafetensors(halves.weights).store, readSafetensors(whole.weights).store);
});

/** Priors that are a minute old: they learn what follows from what, and resume to the last bit. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { CodedSong } from "../../src/dataset/coded-corpus.ts";
import type { PriorSize } from "../../src/model/prior.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
import { loadCheckpoint, saveCheckpoint } from "../../src/training/checkpoint.ts";
import { type PriorTraining, trainPrior } from "../../src/training/train-prior.ts";
import { temporaryFolder } from "../support/folder.ts";
import { seeded } from "../support/random.ts";

const BINS = 16;
const common = { nCtx: 32, blocks: 4, depth: 3, heads: 2, attnOrder: 2, mAttn: 1, mMlp: 1, bins: BINS, tied: false };
const labels = { artists: 3, genres: 3, maxGenres: 1 };
const upper = { bins: BINS, width: 16, depth: 2, dilationGrowth: 3, dilationCycle: 2, resScale: true, strides: [2] };
const timing = { bins: 8, minSeconds: 0.1, maxSeconds: 10 };
const top: PriorSize = { ...common, width: 24, labels, timing, addCondition: false };
const below: PriorSize = { ...common, width: 24, labels, upper, addCondition: true };

/** Level 1 wanders; level 0 says each code of level 1 twice, the second time plus 1. */
function songs(count: number, seed: number): CodedSong[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => {
    const coarse = new Uint16Array(300);
    for (let i = 1; i < coarse.length; i++)
      coarse[i] = random() < 0.8 ? (coarse[i - 1]! + 3) % BINS : Math.floor(random() * BINS);
    const fine = Uint16Array.from({ length: 600 }, (_, i) => (coarse[i >> 1]! + (i % 2)) % BINS);
    return { artist: 1, genre: 2, samples: 600 * 4, codes: [fine, coarse] };
  });
}

function training(size: PriorSize, level: number, checkpoint: string, steps: number): PriorTraining {
  return {
    recipe: {
      size,
      place: { level, hop: level === 0 ? 4 : 8, sampleRate: 1000 },
      batch: 2,
      rate: 1e-2,
      adam: { beta1: 0.9, beta2: 0.98, decay: 0.01, warmup: 5 },
      variety: {
        dropLabels: 0.1,
        dropMoments: 0.1,
        noise: 0.02,
        mistakes: 0,
        ownNoise: 0.02,
        slips: 0.3,
        stretch: 0.5,
      },
      seed: 5,
    },
    budget: { steps },
    train: songs(12, 1),
    valid: songs(4, 2),
    checkpoint,
    averaging: 0.9,
  };
}

test("an upsampler learns to read the codes above", async (t) => {
  const { validationBits, baselines, steps } = await trainPrior(
    training(below, 0, join(temporaryFolder(t), "prior"), 150),
  );
  assert.equal(steps, 150);
  assert.ok(validationBits < 0.5 * baselines.bigram, `${validationBits}, and the bigram takes ${baselines.bigram}`);
});

test("songs that are known by heart are told from what is known of others", async (t) => {
  const random = seeded(3);
  const noise = (): CodedSong => {
    const codes = Uint16Array.from({ length: 40 }, () => Math.floor(random() * BINS));
    return { artist: 1, genre: 2, samples: 40 * 8, codes: [codes, codes] };
  };
  const reported: string[] = [];
  const { validationBits, trainingBits } = await trainPrior({
    ...training(top, 1, join(temporaryFolder(t), "prior"), 150),
    train: [noise()],
    valid: [noise()],
    report: (line) => reported.push(line),
  });
  assert.ok(validationBits > 4 && trainingBits < 2, `${validationBits} and ${trainingBits}`); // of noise nothing is to be known but by heart
  assert.ok(reported.at(-1)!.includes(`${validationBits.toFixed(3)} (training songs ${trainingBits.toFixed(3)})`));
});

test("a training that was stopped goes on to the same weights, bit for bit", async (t) => {
  const folder = temporaryFolder(t);
  const whole = await trainPrior(training(top, 1, join(folder, "whole"), 12));
  const path = join(folder, "stopped");
  const stop = new AbortController();
  let reported = 0;
  const report = (): void => {
    if (++reported === 1) stop.abort(); // told before the first step: one step is made and kept
  };
  await assert.rejects(trainPrior({ ...training(top, 1, path, 12), report, signal: stop.signal }), /abort/);
  const resumed = await trainPrior(training(top, 1, path, 99)); // the end was set at the start
  assert.equal(resumed.steps, 12);
  assert.deepEqual([...resumed.weights.keys()].sort(), [...whole.weights.keys()].sort());
  for (const [name, { data }] of whole.weights) assert.deepEqual(resumed.weights.get(name)!.data, data, name);
  assert.equal(resumed.validationBits, whole.validationBits);
  const [one, other] = [join(folder, "whole"), path].map((file) => readSafetensors(file).store as Map<string, unknown>);
  for (const store of [one!, other!]) store.delete("clock"); // which holds the seconds it took
  assert.deepEqual(other, one);
});

test("what is returned is the average of the weights; a checkpoint from before there was one is gone on with", async (t) => {
  const path = join(temporaryFolder(t), "prior");
  const { weights } = await trainPrior(training(top, 1, path, 3));
  const { steps, store } = loadCheckpoint(path, training(top, 1, path, 3).recipe)!;
  const name = "prior.x_emb.weight";
  assert.deepEqual(store.get(`average.${name}`)!.data, weights.get(name)!.data);
  assert.notDeepEqual(store.get(name)!.data, weights.get(name)!.data);
  const old = new Map([...store].filter(([name]) => !name.startsWith("average.")));
  saveCheckpoint(path, { steps, store: old }, training(top, 1, path, 3).recipe);
  const again = await trainPrior(training(top, 1, path, 3));
  assert.deepEqual(again.weights.get(name)!.data, store.get(name)!.data);
});

test("a training that is over is not trained again", async (t) => {
  const path = join(temporaryFolder(t), "prior");
  const first = await trainPrior(training(top, 1, path, 3));
  const again = await trainPrior(training(top, 1, path, 3));
  assert.equal(again.steps, 3);
  for (const [name, { data }] of first.weights) assert.deepEqual(again.weights.get(name)!.data, data, name);
});

test("a prior that starts from another knows at once what that one learned, and has room for new artists", async (t) => {
  const folder = temporaryFolder(t);
  const first = await trainPrior(training(top, 1, join(folder, "first"), 60));
  const grown: PriorSize = { ...top, labels: { ...labels, artists: 5 } };
  const next = await trainPrior({ ...training(grown, 1, join(folder, "next"), 0), from: async () => first.weights });
  assert.equal(next.validationBits, first.validationBits);
  const table = "y_emb.artist_emb.emb.weight";
  const [before, after] = [first.weights.get(table)!, next.weights.get(table)!];
  assert.deepEqual(after.shape, [5, 24]);
  assert.deepEqual(after.data.slice(0, before.data.length), before.data);
  assert.ok(after.data.slice(before.data.length).some((weight) => weight !== 0));
});

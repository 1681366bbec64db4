/** A tiny level learns gliding tones, is judged on one left out, stops when told, and goes on bit-identically. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createWav } from "../../src/audio/wav.ts";
import { type CorpusSong, readIndex } from "../../src/dataset/corpus-files.ts";
import { createCrops } from "../../src/dataset/crops.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
import { codebook, codebookName, decode, encode } from "../../src/model/vqvae.ts";
import { declared } from "../../src/model/weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { openValidator } from "../../src/training/validation.ts";
import { trainVqvae, type VqvaeTraining } from "../../src/training/vqvae.ts";
import type { VqvaePlan } from "../../src/training/vqvae-graph.ts";
import { stopAfter } from "../support/abort.ts";
import { temporaryFolder } from "../support/folder.ts";
import { glidingCorpus, SAMPLE_RATE, SIZE } from "../support/gliding.ts";
import { seeded } from "../support/random.ts";

const PLAN: VqvaePlan = {
  seed: 4,
  batch: 2,
  samples: 2048,
  steps: 60,
  rate: 1e-2,
  comparison: { spectra: 1, bands: 0, decibels: 0, waves: 0 },
  commit: 0.25,
  mu: 0.99,
};

const trainingIn = (corpus: string, work: string, extra: Partial<VqvaeTraining> = {}): VqvaeTraining => ({
  level: 1,
  size: SIZE,
  plan: PLAN,
  sampleRate: SAMPLE_RATE,
  corpus,
  checkpoint: join(work, "checkpoint.safetensors"),
  weights: join(work, "weights.safetensors"),
  ...extra,
});

test("a level learns gliding tones: its copies of one left out get closer", async (t) => {
  const folder = temporaryFolder(t);
  glidingCorpus(folder);
  const early = await trainVqvae(trainingIn(folder, join(folder, "early"), { plan: { ...PLAN, steps: 2 } }));
  const late = await trainVqvae(trainingIn(folder, join(folder, "late"), { plan: { ...PLAN, steps: 250 } }));
  assert.ok(late.whole < early.whole - 3, `${early.whole} dB, then ${late.whole} dB`);
  assert.ok(late.used > 1 && late.entropyBits <= 5);
  assert.equal(late.bands.length, 4);
});

/** What a file holds but for the seconds that the training took. */
function timeless(path: string): unknown {
  const { store, notes } = readSafetensors(path);
  return { notes, store: new Map([...store].filter(([name]) => name !== "clock")) };
}

test("a training stopped halfway goes on bit-identically, and writes its weights", async (t) => {
  const folder = temporaryFolder(t);
  glidingCorpus(folder);
  await trainVqvae(trainingIn(folder, join(folder, "whole")));
  const halves = trainingIn(folder, join(folder, "halves"));
  await assert.rejects(trainVqvae({ ...halves, signal: stopAfter(25) }), /abort/);
  const first = readSafetensors(halves.checkpoint);
  assert.ok(Number(first.notes.steps) < PLAN.steps, "it was not stopped");
  await trainVqvae(halves);
  for (const name of ["checkpoint.safetensors", "weights.safetensors"])
    assert.deepEqual(timeless(join(folder, "halves", name)), timeless(join(folder, "whole", name)));
  assert.notDeepEqual(first.store, readSafetensors(halves.checkpoint).store);
});

const FRAMED = { ...SIZE, readsAbove: [true, false] };

test("a level that reads the one above learns what that one leaves: the more codes a frame, the closer its copies", async (t) => {
  const folder = temporaryFolder(t);
  glidingCorpus(folder);
  const coarse = trainingIn(folder, join(folder, "coarse"), { size: FRAMED, plan: { ...PLAN, steps: 60 } });
  const above = await trainVqvae(coarse);
  const { store } = readSafetensors(coarse.weights);
  const fine = (codes: number): VqvaeTraining =>
    trainingIn(folder, join(folder, `fine ${codes}`), {
      level: 0,
      size: { ...FRAMED, codesPerFrame: [codes, 1] },
      plan: { ...PLAN, steps: 60 },
      above: store,
    });
  const [one, three] = [await trainVqvae(fine(1)), await trainVqvae(fine(3))];
  assert.ok(one.whole < above.whole - 1, `${above.whole} dB, then ${one.whole} dB`);
  assert.ok(three.whole < one.whole, `${one.whole} dB with one code, ${three.whole} dB with three`);
  assert.ok(three.used > 32 && three.used <= 96);
  const written = readSafetensors(fine(3).weights).store;
  assert.deepEqual(written.get(codebookName(0))!.shape, [96, 8]);
  assert.ok([...written.keys()].every((name) => /^((en|de)coders|bottleneck\.level_blocks)\.0\./.test(name)));
  const halves = fine(3);
  const again = { ...halves, checkpoint: join(folder, "again.safetensors") };
  await assert.rejects(trainVqvae({ ...again, signal: stopAfter(25) }), /abort/);
  await trainVqvae(again);
  assert.deepEqual(readSafetensors(again.weights).store, written);
});

test("crops follow from seed and step, and lie anywhere in any long enough song", (t) => {
  const folder = temporaryFolder(t);
  const songs = [100, 20, 60].map((samples, index): CorpusSong => {
    const wav = createWav(join(folder, `${index}.wav`), SAMPLE_RATE);
    wav.write(new Float32Array(samples).fill((index + 1) / 8));
    wav.close();
    return {
      id: `${index}`,
      file: `${index}.wav`,
      artist: "A",
      genre: "jazz",
      split: "train",
      seconds: 0,
      samples,
      bpm: 1,
      tempo: 6,
      key: "C",
      sections: [{ name: "end", bars: 1 }],
      seed: 0,
    };
  });
  const crops = createCrops(folder, songs, { batch: 4, samples: 30 }, 7);
  assert.deepEqual(crops(3), crops(3));
  assert.notDeepEqual(crops(3), crops(4));
  const heard = new Map<number, number>();
  for (let step = 0; step < 100; step++)
    for (let clip = 0; clip < 4; clip++) {
      const clipped = crops(step).subarray(clip * 30, clip * 30 + 30);
      assert.ok(
        clipped.every((one) => one === clipped[0]),
        "a crop crosses songs",
      );
      heard.set(Math.round(clipped[0]! * 8), (heard.get(Math.round(clipped[0]! * 8)) ?? 0) + 1);
    }
  assert.deepEqual([...heard.keys()].sort(), [1, 3]); // the song of 20 samples is too short
  assert.ok(heard.get(1)! > 1.5 * heard.get(3)!); // 71 places against 31
});

test("crops that may be quieter are those that may not, each times one gain within bounds, of either sign", (t) => {
  const folder = temporaryFolder(t);
  glidingCorpus(folder);
  const { songs } = readIndex(folder)!;
  const size = { batch: 1, samples: 256 };
  const plain = createCrops(folder, songs, size, 7);
  const varied = createCrops(folder, songs, { ...size, quieter: 6 }, 7);
  const gains = Array.from({ length: 60 }, (_, step) => {
    const [as, varies] = [plain(step), varied(step)];
    const loudest = as.reduce((best, one, at) => (Math.abs(one) > Math.abs(as[best]!) ? at : best), 0);
    const gain = varies[loudest]! / as[loudest]!;
    for (const [at, one] of as.entries()) assert.ok(Math.abs(varies[at]! - gain * one) < 1e-6);
    assert.deepEqual(varied(step), varies);
    return gain;
  });
  assert.ok(gains.every((gain) => Math.abs(gain) <= 1 && Math.abs(gain) > 10 ** (-6.001 / 20)));
  for (const sign of [-1, 1]) assert.ok(gains.filter((gain) => Math.sign(gain) === sign).length > 15);
  assert.ok(Math.min(...gains.map(Math.abs)) < 0.6 && Math.max(...gains.map(Math.abs)) > 0.9);
});

test("silence copied from noise is judged at 0 dB, in every band", async () => {
  const shapes = shapesOfLevel0();
  const zeros = new Map(
    [...shapes].map(([name, shape]) => [name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }]),
  );
  const random = seeded(2);
  const crop = { batch: 2, samples: 4096 };
  const sounds = Float32Array.from({ length: 8192 }, () => random() - 0.5);
  const listener = await openValidator(sounds, crop, { level: 0, size: SIZE, sampleRate: 22_050 });
  const verdict = await listener.judge(zeros); // all weights zero: the copy is silent
  await listener.close();
  assert.ok(Math.abs(verdict.whole) < 1e-3 && verdict.bands.every((band) => Math.abs(band) < 1e-3));
  assert.deepEqual([verdict.used, verdict.entropyBits], [1, 0]);
});

function shapesOfLevel0(): Map<string, readonly number[]> {
  const graph = new Graph();
  const shapes = new Map<string, readonly number[]>();
  const weights = declared(graph, shapes);
  decode(0, encode(0, graph.input("sound", "float32", [1, 1, 64]), weights, SIZE), weights, SIZE);
  codebook(0, weights, SIZE);
  return shapes;
}

/** Samples of a model in the making: the same weights at the same step sound the same, and old files stay. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createWav, openWav } from "../../src/audio/wav.ts";
import type { CodedSong } from "../../src/dataset/coded-corpus.ts";
import { writeIndex } from "../../src/dataset/corpus-files.ts";
import type { PriorSize } from "../../src/model/prior.ts";
import { codebook, decode, encode } from "../../src/model/vqvae.ts";
import { declared, type Store } from "../../src/model/weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { initialValues } from "../../src/training/initial.ts";
import { presets } from "../../src/training/presets.ts";
import { createSampler, reconstructionsOf, type Singing, songsOf } from "../../src/training/samples.ts";
import { trainingGraph } from "../../src/training/train-prior.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noise, seeded } from "../support/random.ts";

const { vqvae, sampleRate, priors } = presets.tiny!;
const { size: own, batch, rate, adam, variety } = priors[0]!;
const HOPS = [16, 64, 128];

/** A level's part of a VQ-VAE that has not learned anything. */
function codecOf(level: number): Store {
  const graph = new Graph();
  const shapes = new Map<string, readonly number[]>();
  const weights = declared(graph, shapes);
  decode(level, encode(level, graph.input("sound", "float32", [1, 1, 1024]), weights, vqvae), weights, vqvae);
  const k = codebook(level, weights, vqvae).name;
  const shape = shapes.get(k)!;
  shapes.delete(k);
  const data = noise(shape[0]! * shape[1]!, seeded(3));
  return new Map([...initialValues(shapes, { seed: 1 }), [k, { shape, data }]]);
}

function priorOf(size: PriorSize, level: number): Store {
  const place = { level, hop: HOPS[level]!, sampleRate };
  const { shapes } = trainingGraph({ size, place, batch, rate, adam, variety, seed: 1 });
  return initialValues(shapes, { seed: 1, scale: 20 });
}

/** Two songs left out that are as long as 4096 samples, of codes at random. */
function songs(): CodedSong[] {
  const random = seeded(8);
  const codes = () => HOPS.map((hop) => Uint16Array.from({ length: 4096 / hop }, () => Math.floor(random() * 32)));
  return [1, 2].map((artist) => ({ artist, genre: 1, samples: 4096, codes: codes() }));
}

const common: PriorSize = {
  ...own,
  bins: 32,
  labels: { artists: 3, genres: 3, maxGenres: 1 },
  tied: false,
  labelsEverywhere: true,
  addCondition: false,
};
const top: PriorSize = { ...common, timing: { bins: 8, minSeconds: 0.1, maxSeconds: 31 } };
const upper = { bins: 32, width: 8, depth: 2, dilationGrowth: 3, dilationCycle: 2, resScale: true, strides: [2] };
const below: PriorSize = { ...common, upper, addCondition: true };

const singing = (folder: string, size: PriorSize, level: number): Singing => ({
  folder,
  sampleRate,
  vqvae,
  seconds: 0.1,
  size,
  place: { level, hop: HOPS[level]!, sampleRate },
  hopFraction: 0.5,
  temperature: 1,
  songs: songs(),
  codec: codecOf(level),
});

const files = (folder: string): Record<string, Buffer> =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name))]),
  );

test("the same weights sing the same, each seed another song, and files of earlier steps stay", async (t) => {
  const [folder, other] = [temporaryFolder(t), temporaryFolder(t)];
  const weights = priorOf(top, 2);
  await songsOf(singing(folder, top, 2))(weights, 12);
  await songsOf(singing(other, top, 2))(weights, 12);
  const first = files(folder);
  assert.deepEqual(Object.keys(first), ["prior.2 step 000012 seed 1.wav", "prior.2 step 000012 seed 2.wav"]);
  assert.deepEqual(files(other), first);
  const [one, two] = Object.values(first);
  assert.notDeepEqual(one, two);
  await songsOf(singing(folder, top, 2))(weights, 24);
  const later = files(folder);
  assert.equal(Object.keys(later).length, 4);
  assert.deepEqual(later["prior.2 step 000024 seed 1.wav"], one);
  const wav = openWav(join(folder, "prior.2 step 000012 seed 1.wav"));
  assert.equal(wav.samples, Math.ceil((0.1 * sampleRate) / 128) * 128);
});

test("of a single song left out, both seeds are sung", async (t) => {
  const folder = temporaryFolder(t);
  const alone = { ...singing(folder, top, 2), songs: songs().slice(0, 1) };
  await songsOf(alone)(priorOf(top, 2), 1);
  const [one, two] = Object.values(files(folder));
  assert.notDeepEqual(one, two);
});

test("an upsampler sings what lies below a stretch of a song left out", async (t) => {
  const folder = temporaryFolder(t);
  await songsOf(singing(folder, below, 1))(priorOf(below, 1), 3);
  const made = files(folder);
  assert.deepEqual(Object.keys(made), ["prior.1 step 000003 seed 1.wav", "prior.1 step 000003 seed 2.wav"]);
  const { samples } = openWav(join(folder, "prior.1 step 000003 seed 2.wav"));
  assert.equal(samples, Math.ceil((0.1 * sampleRate) / 128) * 128); // all of the codes above
});

test("a training that was told to stop leaves no half a song", async (t) => {
  const folder = temporaryFolder(t);
  const stopped = { ...singing(folder, top, 2), signal: AbortSignal.abort() };
  await songsOf(stopped)(priorOf(top, 2), 1);
  assert.deepEqual(readdirSync(folder), []);
});

test("a level copies stretches of songs left out, which lie beside the copies once", async (t) => {
  const [corpus, folder] = [temporaryFolder(t), temporaryFolder(t)];
  const names = ["a", "b", "c"];
  const list = names.map((id, index) => {
    const wav = createWav(join(corpus, `${id}.wav`), sampleRate);
    wav.write(Float32Array.from({ length: 8192 }, (_, at) => 0.5 * Math.sin((at * (index + 1)) / 20)));
    wav.close();
    const split = index === 0 ? ("train" as const) : ("valid" as const);
    const sections = [{ name: "end", bars: 1 }];
    const song = { id, file: `${id}.wav`, artist: "A", genre: "jazz" as const, split, seconds: 1, samples: 8192 };
    return { ...song, bpm: 60, tempo: 6, key: "C", sections, seed: index };
  });
  writeIndex(corpus, { version: 1, plan: { seed: 1, songs: 3, secondsPerSong: 1 }, sampleRate, songs: list });
  const make = reconstructionsOf(1, corpus, { folder, sampleRate, vqvae, seconds: 0.1 });
  await make(codecOf(1), 5);
  const first = files(folder);
  const copies = ["vqvae.1 step 000005 copy 1.wav", "vqvae.1 step 000005 copy 2.wav"];
  assert.deepEqual(Object.keys(first), ["original 1.wav", "original 2.wav", ...copies]);
  const original = openWav(join(folder, "original 1.wav")).read(0, 2176); // 17 whole codes of the coarsest level
  assert.deepEqual(original, openWav(join(corpus, "b.wav")).read(2048, 2176));
  assert.equal(openWav(join(folder, copies[0]!)).samples, 2176);
  await make(codecOf(1), 5);
  assert.deepEqual(files(folder), first);
});

test("samples are made when their time has come, and of the last weights in any case", async () => {
  const made: number[] = [];
  const make = async (_: Store, step: number): Promise<void> => void made.push(step);
  const seldom = createSampler(10, make);
  await seldom.after(new Map(), 1);
  await seldom.last(new Map(), 2);
  const always = createSampler(0, make);
  await always.after(new Map(), 3);
  assert.deepEqual(made, [2, 3]);
});

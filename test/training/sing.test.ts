/** Singing below a stretch of a song is going on with it: the same beat, the same codes above, the same numbers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CodedSong } from "../../src/dataset/coded-corpus.ts";
import { openPrior } from "../../src/inference/prior-sampler.ts";
import type { PriorSize } from "../../src/model/prior.ts";
import { priorShapes } from "../../src/model/shapes.ts";
import { initialValues } from "../../src/training/initial.ts";
import { type Manner, singBeginning, singBelow } from "../../src/training/sing.ts";
import { seeded } from "../support/random.ts";

const bins = 24;
const size: PriorSize = {
  nCtx: 64,
  width: 16,
  depth: 3,
  heads: 2,
  attnOrder: 2,
  blocks: 8,
  mAttn: 0.5,
  mMlp: 1,
  bins,
  labels: { artists: 2, genres: 2, maxGenres: 1 },
  tied: false,
  labelsEverywhere: true,
  moments: [{ name: "tick", rows: 9 }],
  addCondition: true,
  upper: { bins, width: 8, depth: 2, dilationGrowth: 3, dilationCycle: 2, resScale: true, strides: [4] },
};
const place = { level: 0, hop: 4, sampleRate: 1000 };
const metre = { ticksPerBar: 8, samplesPerTick: 10, grain: 1, tempo: 1, key: 1, sections: [] };

function songOf(codes: Uint16Array): CodedSong {
  const random = seeded(5);
  const above = Uint16Array.from({ length: 16 }, () => Math.floor(random() * bins));
  return { artist: 1, genre: 1, samples: 256, metre, codes: [codes, above] };
}

test("behind the first half of what it would sing, a prior sings the second half, and of its moments", async () => {
  const store = initialValues(priorShapes(size), { seed: 2, scale: 30 });
  const prior = await openPrior(store, size);
  const manner: Manner = { place, hopFraction: 0.5, temperature: 1, seed: 7, stopped: () => false };
  const whole = await singBelow(prior, songOf(new Uint16Array(64)), { start: 0, count: 64 }, manner);
  assert.ok(new Set(whole).size > 5);
  const second = await singBelow(prior, songOf(whole), { start: 28, count: 36 }, manner);
  assert.deepEqual(second, whole.subarray(28));
  const shifted = { ...songOf(whole), metre: { ...metre, samplesPerTick: 17 } };
  assert.notDeepEqual(await singBelow(prior, shifted, { start: 28, count: 36 }, manner), second);
  const other = { ...manner, seed: 8 };
  assert.notDeepEqual(await singBelow(prior, songOf(whole), { start: 28, count: 36 }, other), second);
  await prior.close();
});

test("what is sung of a stretch ends where it is stopped", async () => {
  const { upper: _, ...rest } = size;
  const alone = { ...rest, addCondition: false };
  const prior = await openPrior(initialValues(priorShapes(alone), { seed: 2, scale: 30 }), alone);
  const manner = { place, hopFraction: 0.5, temperature: 1, seed: 7 };
  const song = songOf(new Uint16Array(64));
  const all = await singBeginning(prior, song, 100, { ...manner, stopped: () => false });
  assert.equal(all.length, 100);
  let rows = 0;
  const some = await singBeginning(prior, song, 100, { ...manner, stopped: () => ++rows > 8 });
  assert.ok(some.length > 0 && some.length < 100, `${some.length}`);
  assert.deepEqual(some, all.subarray(0, some.length));
  await prior.close();
});

/** Held-out bits where they can be told beforehand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CodedSong } from "../../src/dataset/coded-corpus.ts";
import { bitsPerCode } from "../../src/evaluation/bits-per-code.ts";
import { priorShapes } from "../../src/model/shapes.ts";
import { initialValues } from "../../src/training/initial.ts";
import { tinyConfig } from "../support/model.ts";
import { seeded } from "../support/random.ts";

const size = tinyConfig.priors[1]!;
const place = { level: 1, hop: 64, sampleRate: 22_050 };
const song = (seed: number, codes: number): CodedSong => {
  const random = seeded(seed);
  const of = (count: number): Uint16Array => Uint16Array.from({ length: count }, () => random() * 32);
  return { artist: 1, genre: 2, samples: codes * 64, codes: [of(4 * codes), of(codes), of(codes / 2)] };
};
const values = initialValues(priorShapes(size), { seed: 3 });

test("a prior that holds all codes for equally likely takes as many bits as they have", async () => {
  const store = new Map(
    [...values].map(([name, one]) =>
      name === "prior.x_emb.weight" ? [name, { ...one, data: one.data.map(() => 0) }] : [name, one],
    ),
  );
  const found = await bitsPerCode([song(1, 400), song(2, 300)], { size, place, store, windows: 10, threads: 1 });
  assert.ok(Math.abs(found.bits - 5) < 1e-5);
  assert.deepEqual([found.songs, found.windows], [2, 5], "three whole windows of 128 codes, and two");
  assert.ok(found.margin! < 1e-5);
});

test("windows are spread over the songs, those too short are left out, and bits are of the windows taken", async () => {
  const songs = [song(1, 400), song(5, 100), song(2, 300)];
  const options = { size, place, store: values, threads: 1 };
  const [all, two] = [
    await bitsPerCode(songs, { ...options, windows: 9 }),
    await bitsPerCode(songs, { ...options, windows: 2 }),
  ];
  assert.deepEqual([all.songs, two.songs, two.windows], [2, 2, 2]);
  const alone = await bitsPerCode([songs[2]!], { ...options, windows: 1 });
  assert.equal(alone.margin, undefined);
  assert.ok(all.bits > 4.5 && all.bits < 6, `${all.bits}`);
  await assert.rejects(bitsPerCode([songs[1]!], { ...options, windows: 2 }), /no song is as long/);
});

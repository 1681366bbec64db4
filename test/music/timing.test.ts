/**
 * Bins of the timing embeddings, compared with the specification's (spec 3.3; 10.1, item 15), and refused song lengths.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import { timingBins } from "../../src/music/timing.ts";

const total = 7_938_000; // 180 s
const sizes = {
  "5b": { bins: 128, minSeconds: 60, maxSeconds: 600, positions: 8192 },
  "5b_lyrics": { bins: 128, minSeconds: 23.8, maxSeconds: 600, positions: 8192 },
  "1b_lyrics": { bins: 64, minSeconds: 17.84, maxSeconds: 600, positions: 6144 },
};

function binsOf(model: keyof typeof sizes, where: { total?: number; offset?: number } = {}) {
  const { positions, ...size } = sizes[model];
  return timingBins(size, positions, { sampleRate: 44_100, total, offset: 0, window: positions * 128, ...where });
}

/** Positions at which the bin changes. */
const changes = (bins: Int32Array): number[] => [...bins.keys()].filter((at) => at > 0 && bins[at] !== bins[at - 1]);
const ends = (bins: Int32Array): (number | undefined)[] => [bins[0], bins.at(-1)];

test("the bins of 5b_lyrics are the spec's (10.1, item 15)", () => {
  const begin = binsOf("5b_lyrics");
  assert.equal(begin.total, 34);
  assert.deepEqual(ends(begin.absolute), [0, 5]);
  assert.deepEqual(changes(begin.absolute), [1615, 3230, 4845, 6460, 8075]);
  assert.deepEqual(ends(begin.relative), [0, 16]);
  assert.deepEqual(changes(begin.relative).slice(0, 3), [485, 969, 1454]);
  const later = binsOf("5b_lyrics", { offset: 60 * 44_100 });
  assert.deepEqual(
    [ends(later.absolute), ends(later.relative)],
    [
      [12, 17],
      [42, 59],
    ],
  );
});

test("the bins of 5b and 1b_lyrics are the spec's (10.1, item 15)", () => {
  assert.equal(binsOf("5b").total, 28);
  const { total: bin, absolute, relative } = binsOf("1b_lyrics");
  assert.equal(bin, 17);
  assert.deepEqual([ends(absolute), changes(absolute)], [[0, 1], [3230]]);
  assert.deepEqual(
    [ends(relative), changes(relative)],
    [
      [0, 6],
      [969, 1938, 2907, 3876, 4845, 5814],
    ],
  );
});

test("relative positions of a window that exceeds the song end at the song's end", () => {
  const { relative } = binsOf("1b_lyrics", { total: 786_744, offset: 400_000 });
  assert.deepEqual(ends(relative), [32, 63]);
});

test("song lengths outside a model's trained range are refused, to the sample (spec 3.3)", () => {
  const ranges = {
    "5b": [2_646_000, 26_459_999],
    "5b_lyrics": [1_049_580, 26_459_999],
    "1b_lyrics": [786_744, 26_459_999],
  };
  for (const model of ["5b", "5b_lyrics", "1b_lyrics"] as const) {
    const [least, most] = ranges[model] as [number, number];
    const offset = 0;
    for (const good of [least, most]) assert.ok(binsOf(model, { total: good, offset }).total >= 0);
    for (const bad of [least - 1, most + 1]) assert.throws(() => binsOf(model, { total: bad, offset }), UserError);
  }
});

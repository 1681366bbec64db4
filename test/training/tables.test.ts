/** Counts of codes and pairs, against plain loops. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { baselines, countCodes, logBigram, unigram } from "../../src/training/bigram.ts";
import { seeded } from "../support/random.ts";

const BINS = 5;

/** Each code is followed by the next one in 3 of 4 cases, else by any. */
function chain(length: number, random: () => number): Uint16Array {
  const codes = new Uint16Array(length);
  for (let i = 1; i < length; i++)
    codes[i] = random() < 0.75 ? (codes[i - 1]! + 1) % BINS : Math.floor(random() * BINS);
  return codes;
}

test("codes and pairs are counted within songs, never across", () => {
  const { singles, pairs } = countCodes([Uint16Array.of(0, 1, 1, 4), Uint16Array.of(2, 1, 1)], BINS);
  assert.deepEqual([...singles], [1, 4, 1, 0, 1]);
  const seen = [...pairs].flatMap((count, at) => (count > 0 ? [[Math.floor(at / BINS), at % BINS, count]] : []));
  assert.deepEqual(seen, [
    [0, 1, 1],
    [1, 1, 2],
    [1, 4, 1],
    [2, 1, 1],
  ]);
});

test("each row of the bigram is a distribution, and an unknown code is followed like any", () => {
  const counts = countCodes([Uint16Array.of(0, 1, 1, 2)], BINS);
  const table = logBigram(counts, 3).map(Math.exp);
  for (let row = 0; row < BINS; row++) {
    const sum = table.slice(row * BINS, (row + 1) * BINS).reduce((all, p) => all + p, 0);
    assert.ok(Math.abs(sum - 1) < 1e-6);
  }
  unigram(counts).forEach((p, code) => {
    assert.ok(Math.abs(table[4 * BINS + code]! - p) < 1e-6);
  });
});

test("on a long chain the two tables take the bits that theory says", () => {
  const random = seeded(1);
  const known = baselines(countCodes([chain(200_000, random)], BINS), [chain(200_000, random)]);
  const next = 0.75 + 0.25 / BINS;
  const entropy = -next * Math.log2(next) - (1 - next) * Math.log2(0.25 / BINS);
  assert.ok(Math.abs(known.unigram - Math.log2(BINS)) < 0.01, `${known.unigram}`);
  assert.ok(Math.abs(known.bigram - entropy) < 0.01, `${known.bigram} is not ${entropy}`);
});

/** The numbers that decide a song. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { uniformAt } from "../../src/inference/random.ts";

const draws = (seed: number, level: number, count: number): number[] =>
  Array.from({ length: count }, (_, position) => uniformAt(seed, level, position));

test("a draw depends on seed, level and position alone", () => {
  assert.deepEqual(draws(7, 1, 5), [4, 3, 2, 1, 0].map((position) => uniformAt(7, 1, position)).reverse());
  assert.notDeepEqual(draws(7, 1, 5), draws(8, 1, 5));
  assert.notDeepEqual(draws(7, 1, 5), draws(7, 2, 5));
});

test("draws are even in [0, 1): 16 bins of 65,536, chi-squared, for small seeds that differ by one bit", () => {
  for (const seed of [0, 1, 2, 4, 0x80000000, 0xffffffff]) {
    for (const level of [0, 1, 2]) {
      const bins = new Float64Array(16);
      for (const u of draws(seed, level, 65_536)) {
        assert.ok(u >= 0 && u < 1);
        bins[Math.floor(u * 16)]!++;
      }
      const chi = bins.reduce((sum, count) => sum + (count - 4096) ** 2 / 4096, 0);
      assert.ok(chi < 45, `seed ${seed}, level ${level}: ${chi}`); // 15 degrees of freedom: 1 in 14,000 exceeds 45
    }
  }
});

test("neighbours do not move together", () => {
  for (const step of [1, 2, 64, 128]) {
    const u = draws(3, 0, 20_000);
    const v = draws(3, 0, 20_000 + step).slice(step);
    const covariance = u.reduce((sum, a, i) => sum + (a - 0.5) * (v[i]! - 0.5), 0) / u.length;
    assert.ok(Math.abs(covariance * 12) < 0.03, `step ${step}: ${covariance * 12}`); // 4 standard deviations of a correlation
  }
});

/** Progress and time left, from codes made. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createProgressEstimate } from "../../../src/bot/songs/progress.ts";

test("shares are told by level, what was known included", () => {
  const estimate = createProgressEstimate([400, 100, 50], [new Uint16Array(200), new Uint16Array(50)], () => 0);
  assert.deepEqual(estimate.progress().levels, [0.5, 0.5, 0]);
  estimate.made(2, 25);
  estimate.made(2, 10); // an older piece takes nothing back
  assert.deepEqual(estimate.progress("note"), { levels: [0.5, 0.5, 0.5], note: "note" });
  assert.equal(estimate.finished, false);
  for (const [level, total] of [400, 100, 50].entries()) estimate.made(level, total + 1);
  assert.equal(estimate.finished, true);
  assert.deepEqual(estimate.progress().levels, [1, 1, 1]);
});

test("the time left follows from the pace so far, without what was known", () => {
  let now = 0;
  const estimate = createProgressEstimate([100, 100], [new Uint16Array(100)], () => now);
  now = 500;
  estimate.made(1, 10);
  assert.equal(estimate.progress().secondsLeft, undefined, "too early to tell");
  now = 10_000;
  estimate.made(1, 25);
  assert.equal(estimate.progress().secondsLeft, 30);
  estimate.made(1, 100);
  assert.equal(estimate.progress().secondsLeft, undefined, "nothing is left");
});

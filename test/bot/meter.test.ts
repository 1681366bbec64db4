/** Progress and time left, from codes made. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMeter } from "../../src/bot/meter.ts";

test("shares are told by level, what was known included", () => {
  const meter = createMeter([400, 100, 50], [new Uint16Array(200), new Uint16Array(50)], () => 0);
  assert.deepEqual(meter.progress().levels, [0.5, 0.5, 0]);
  meter.made(2, 25);
  meter.made(2, 10); // an older piece takes nothing back
  assert.deepEqual(meter.progress("note"), { levels: [0.5, 0.5, 0.5], note: "note" });
  assert.equal(meter.finished, false);
  for (const [level, total] of [400, 100, 50].entries()) meter.made(level, total + 1);
  assert.equal(meter.finished, true);
  assert.deepEqual(meter.progress().levels, [1, 1, 1]);
});

test("the time left follows from the pace so far, without what was known", () => {
  let now = 0;
  const meter = createMeter([100, 100], [new Uint16Array(100)], () => now);
  now = 500;
  meter.made(1, 10);
  assert.equal(meter.progress().secondsLeft, undefined, "too early to tell");
  now = 10_000;
  meter.made(1, 25);
  assert.equal(meter.progress().secondsLeft, 30);
  meter.made(1, 100);
  assert.equal(meter.progress().secondsLeft, undefined, "nothing is left");
});

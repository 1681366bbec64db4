/** The rate's way down: straight, whole at the start, nothing at the end, and without a jump when the end moves. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClock, rateAt, replanned } from "../../src/training/schedule.ts";

test("the rate falls straight to 0, and stays there", () => {
  const slope = { from: 100, rate: 0.5, to: 200 };
  assert.deepEqual(
    [100, 150, 175, 200, 300].map((step) => rateAt(slope, step)),
    [0.5, 0.25, 0.125, 0, 0],
  );
});

test("a moved end changes the way down, not the rate of the moment", () => {
  const slope = replanned({ from: 0, rate: 0.5, to: 100 }, 50, 150);
  assert.deepEqual(slope, { from: 50, rate: 0.25, to: 200 });
  assert.equal(replanned(slope, 199, -5).to, 200);
});

test("a clock goes on from a checkpoint with the same rates and the same end", () => {
  const clock = createClock(undefined, 1e-3, { steps: 40 });
  const kept = clock.into({ steps: 30, store: new Map() });
  const again = createClock(kept, 1e-3, { steps: 99 });
  for (let step = 30; step <= 41; step++) {
    assert.equal(again.rate(step), clock.rate(step));
    assert.equal(again.over(step), step >= 40);
  }
  assert.ok(again.seconds() >= kept.store.get("clock")!.data[3]!);
});

test("before the speed is known, no step is said to be the last, and the minutes still end it", () => {
  const clock = createClock(undefined, 1e-3, { minutes: 10 });
  const { steps, seconds } = clock.left(3);
  assert.equal(steps, undefined);
  assert.ok(seconds > 590 && seconds <= 600, `${seconds} s left`);
  assert.equal(clock.over(3), false);
  assert.equal(createClock(undefined, 1e-3, { minutes: 0 }).over(3), true);
});

test("where the slow first steps end, the speed is still that of all steps so far", () => {
  const clock = createClock(undefined, 1e-3, { minutes: 10 });
  const until = performance.now() + 20;
  while (performance.now() < until);
  for (let step = 1; step <= 10; step++) clock.tick(step);
  assert.ok(clock.secondsPerStep(10) >= 0.002, `${clock.secondsPerStep(10)} s a step`);
});

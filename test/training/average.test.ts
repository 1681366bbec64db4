/** The average of a training's weights follows at once while it is young, and goes on from a checkpoint to the last bit. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createAverage, keptAt } from "../../src/training/average.ts";
import type { TrainingState } from "../../src/training/stepper.ts";
import { noise, seeded } from "../support/random.ts";

const NAMES = ["dense.w", "dense.b"];

/** Weights of a step, and a moment that is not to be averaged. */
function stateAt(steps: number): TrainingState {
  const random = seeded(steps + 1);
  const piece = (size: number) => ({ shape: [size], data: noise(size, random) });
  return {
    steps,
    store: new Map([
      ["dense.w", piece(6)],
      ["dense.b", piece(2)],
      ["dense.w.adam.m", piece(6)],
    ]),
  };
}

test("an average is the weighted sum of all weights so far, the first ones' share as small as that of any", () => {
  const average = createAverage(NAMES, stateAt(0), 0.9);
  const count = 120;
  for (let step = 1; step <= count; step++) average.follow(stateAt(step));
  const shares = Array.from({ length: count + 1 }, (_, step) => {
    const later = Array.from({ length: count - step }, (_, index) =>
      Math.min(0.9, (2 + step + index) / (11 + step + index)),
    );
    const own = step === 0 ? 1 : 1 - Math.min(0.9, (1 + step) / (10 + step));
    return later.reduce((product, kept) => product * kept, own);
  });
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share) - 1) < 1e-12);
  for (const name of NAMES) {
    const { data, shape } = average.weights.get(name)!;
    assert.deepEqual(shape, stateAt(0).store.get(name)!.shape);
    for (const [at, value] of data.entries()) {
      const wanted = shares.reduce((sum, share, step) => sum + share * stateAt(step).store.get(name)!.data[at]!, 0);
      assert.ok(Math.abs(value - wanted) < 1e-6, `${name} ${at}: ${value}, not ${wanted}`);
    }
  }
  assert.equal(average.weights.size, 2);
});

test("a young average keeps little: at first a fifth, and its whole share only late", () => {
  assert.equal(keptAt(0.999, 1), 2 / 11);
  assert.equal(keptAt(0.999, 90), 0.91);
  assert.equal(keptAt(0.999, 100_000), 0.999);
});

test("an average that stops and goes on from what was kept is the same to the last bit, and no weight's own number changes", () => {
  const whole = createAverage(NAMES, stateAt(0), 0.99);
  for (let step = 1; step <= 40; step++) whole.follow(stateAt(step));
  const first = createAverage(NAMES, stateAt(0), 0.99);
  for (let step = 1; step <= 17; step++) first.follow(stateAt(step));
  const kept = first.into(stateAt(17));
  for (const [name, value] of stateAt(17).store) assert.deepEqual(kept.store.get(name), value);
  const second = createAverage(NAMES, kept, 0.99);
  for (let step = 18; step <= 40; step++) second.follow(stateAt(step));
  assert.deepEqual(second.weights, whole.weights);
});

test("where no average was kept, it starts as the weights, and is a copy of its own", () => {
  const state = stateAt(500);
  const { weights } = createAverage(NAMES, state, 0.99);
  for (const name of NAMES) {
    assert.deepEqual(weights.get(name)!.data, state.store.get(name)!.data);
    assert.notEqual(weights.get(name)!.data, state.store.get(name)!.data);
  }
});

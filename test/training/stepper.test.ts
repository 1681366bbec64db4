/** Steps learn, skip what is not finite, and go on from a checkpoint to the last bit. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import { gradients } from "../../src/onnx/gradient.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { mean, mul, sub } from "../../src/onnx/ops.ts";
import { adam } from "../../src/onnx/optimizer.ts";
import { gemm } from "../../src/onnx/products.ts";
import { floats, type Tensors } from "../../src/onnx/session.ts";
import { loadCheckpoint, saveCheckpoint } from "../../src/training/checkpoint.ts";
import { initialValues } from "../../src/training/initial.ts";
import { createStepper, type TrainingState } from "../../src/training/stepper.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noise, seeded } from "../support/random.ts";

const SHAPES = new Map([
  ["dense.w", [3, 2]],
  ["dense.b", [2]],
]);
const PLAN = { seed: 1, width: 3 };
const start = (): TrainingState => ({ steps: 0, store: initialValues(SHAPES, { seed: 1 }) });

/** Learns y = x·w + b from pairs. */
function lineGraph(): Graph {
  const graph = new Graph();
  const [x, y] = [graph.input("x", "float32", [4, 3]), graph.input("y", "float32", [4, 2])];
  const [w, b] = [...SHAPES].map(([name, shape]) => graph.input(name, "float32", shape));
  const error = sub(gemm(x, w!, b!), y);
  const loss = mean(mul(error, error));
  const [dw, db] = gradients(loss, [w!, b!]);
  adam(graph, [
    { name: "dense.w", value: w!, gradient: dw! },
    { name: "dense.b", value: b!, gradient: db! },
  ]);
  graph.output("loss", loss);
  return graph;
}

/** What a step is fed follows from its number alone. */
function pairs(step: number): Tensors {
  const x = noise(12, seeded(step));
  const y = Float32Array.from(
    { length: 8 },
    (_, at) => x[Math.floor(at / 2) * 3 + (at % 2)]! - 2 * x[Math.floor(at / 2) * 3 + 2]! + 0.5,
  );
  return { x: floats(x, [4, 3]), y: floats(y, [4, 2]) };
}

async function train(state: TrainingState, until: number): Promise<{ state: TrainingState; losses: number[] }> {
  const stepper = await createStepper(lineGraph(), state);
  const losses: number[] = [];
  while (stepper.steps < until) losses.push((await stepper.step(pairs(stepper.steps), 0.05)).metrics.loss![0]!);
  await stepper.close();
  return { state: stepper.state(), losses };
}

test("a line is learned", async () => {
  const { losses } = await train(start(), 400);
  assert.ok(losses[0]! > 0.5 && losses.at(-1)! < 0.001, `from ${losses[0]} to ${losses.at(-1)}`);
});

test("a training that stops and goes on from its file ends bit-identical to one that never stopped", async (t) => {
  const path = join(temporaryFolder(t), "train", "line.safetensors");
  const whole = await train(start(), 50);
  const half = await train(start(), 23);
  saveCheckpoint(path, half.state, PLAN);
  const resumed = await train(loadCheckpoint(path, PLAN)!, 50);
  assert.deepEqual([...half.losses, ...resumed.losses], whole.losses);
  assert.deepEqual(resumed.state, whole.state);
});

test("there is no checkpoint where none was saved, and another plan's is refused", async (t) => {
  const path = join(temporaryFolder(t), "line.safetensors");
  assert.equal(loadCheckpoint(path, PLAN), undefined);
  saveCheckpoint(path, start(), PLAN);
  assert.throws(
    () => loadCheckpoint(path, { ...PLAN, width: 4 }),
    (error) => error instanceof UserError && /another plan: it was {"seed":1,"width":3}/.test(error.message),
  );
});

test("a step that is not finite is skipped: it counts, and changes nothing else", async () => {
  const stepper = await createStepper(lineGraph(), start());
  await stepper.step(pairs(0), 0.05);
  await stepper.step(pairs(1), 0.05);
  const before = structuredClone(stepper.state());
  const bad = { ...pairs(2), y: floats(new Float32Array(8).fill(Number.NaN), [4, 2]) };
  assert.equal((await stepper.step(bad, 0.05)).skipped, true);
  assert.deepEqual(stepper.state(), { ...before, steps: 3 });
  assert.equal((await stepper.step(pairs(3), 0.05)).skipped, false);
  assert.notDeepEqual(stepper.state().store, before.store);
  await stepper.close();
});

test("a training that stays broken stops with a sentence", async () => {
  const stepper = await createStepper(lineGraph(), start(), { patience: 2 });
  const bad = { ...pairs(0), x: floats(new Float32Array(12).fill(Number.POSITIVE_INFINITY), [4, 3]) };
  await stepper.step(bad, 1);
  await stepper.step(bad, 1);
  await assert.rejects(
    stepper.step(bad, 1),
    (error) =>
      error instanceof UserError && /not a finite number in 3 steps in a row, up to step 3/.test(error.message),
  );
  await stepper.close();
});

test("state that is missing or has another shape is refused by name", async () => {
  const { store } = start();
  const lacking = new Map([...store].filter(([name]) => name !== "dense.b"));
  await assert.rejects(createStepper(lineGraph(), { steps: 0, store: lacking }), /dense\.b has no value/);
  const odd = new Map([...store, ["dense.b", { shape: [3], data: new Float32Array(3) }] as const]);
  await assert.rejects(createStepper(lineGraph(), { steps: 0, store: odd }), /dense\.b is \[3\] .* \[2\] here/);
});

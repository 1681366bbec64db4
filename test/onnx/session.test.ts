/** Devices that can't be had are refused in words; a run writes where it is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { mul } from "../../src/onnx/ops.ts";
import { checkDevice, floats, floatsOf, openSession } from "../../src/onnx/session.ts";

const refusal =
  (...parts: RegExp[]) =>
  (error: unknown): boolean =>
    error instanceof UserError && parts.every((part) => part.test(error.message));

test("the CPU is always there", () => {
  assert.equal(checkDevice("cpu"), "cpu");
});

test("an unknown device is refused with the known ones", () => {
  assert.throws(() => checkDevice("abacus"), refusal(/"abacus"/, /cpu, cuda, webgpu, coreml, dml/));
});

test("a device of another system is refused with what was found and what to do", () => {
  const elsewhere = process.platform === "darwin" ? "dml" : "coreml";
  assert.throws(
    () => checkDevice(elsewhere),
    refusal(new RegExp(`"${elsewhere}"`), /this installation has .*cpu/, /DEVICE=cpu/),
  );
});

test("a session on a device that can't be had is refused by name, with what to do", async () => {
  const elsewhere = process.platform === "darwin" ? "dml" : "coreml";
  await assert.rejects(
    openSession(doubling(), { device: elsewhere }),
    refusal(new RegExp(`"${elsewhere}"`), /DEVICE=cpu/),
  );
});

test("results are written into the tensors that were handed in, and only those are made", async () => {
  const session = await openSession(doubling());
  const target = floats(new Float32Array(2), [2]);
  const out = await session.run({ x: floats(Float32Array.of(1, 2), [2]) }, { double: target });
  assert.deepEqual([...(target.data as Float32Array)], [2, 4]);
  assert.deepEqual(Object.keys(out), ["double"]);
  assert.throws(() => floatsOf(out, "triple"), /triple is missing/);
  await session.close();
});

function doubling(): Graph {
  const graph = new Graph();
  const x = graph.input("x", "float32", [2]);
  graph.output("double", mul(x, 2));
  graph.output("triple", mul(x, 3));
  return graph;
}

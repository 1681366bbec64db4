/** Sessions: refused devices, given output tensors, external data. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { add, cast, mul } from "../../src/onnx/ops.ts";
import { checkDevice, floats, floatsOf, openSession } from "../../src/onnx/session.ts";
import { temporaryFolder } from "../support/folder.ts";

const refusal =
  (...parts: RegExp[]) =>
  (error: unknown): boolean =>
    error instanceof UserError && parts.every((part) => part.test(error.message));

test("the CPU is always available", () => {
  assert.equal(checkDevice("cpu"), "cpu");
});

test("an unknown device is refused with a list of the known ones", () => {
  assert.throws(() => checkDevice("abacus"), refusal(/"abacus"/, /cpu, cuda, webgpu, coreml, dml/));
});

test("a device that is not installed is refused with the installed ones and with advice", () => {
  const elsewhere = process.platform === "darwin" ? "dml" : "coreml";
  assert.throws(
    () => checkDevice(elsewhere),
    refusal(new RegExp(`"${elsewhere}"`), /this installation has .*cpu/, /DEVICE=cpu/),
  );
});

test("opening a session on an unavailable device is refused with its name and with advice", async () => {
  const elsewhere = process.platform === "darwin" ? "dml" : "coreml";
  await assert.rejects(
    openSession(doubling(), { device: elsewhere }),
    refusal(new RegExp(`"${elsewhere}"`), /DEVICE=cpu/),
  );
});

test("results are written into the given tensors, and no other outputs are computed", async () => {
  const session = await openSession(doubling());
  const target = floats(new Float32Array(2), [2]);
  const out = await session.run({ x: floats(Float32Array.of(1, 2), [2]) }, { double: target });
  assert.deepEqual([...(target.data as Float32Array)], [2, 4]);
  assert.deepEqual(Object.keys(out), ["double"]);
  assert.throws(() => floatsOf(out, "triple"), /triple is missing/);
  await session.close();
});

test("external data is read from its file", async (t) => {
  const folder = temporaryFolder(t);
  const half = Float16Array.of(0.5, -3);
  writeFileSync(
    join(folder, "numbers"),
    Buffer.concat([Buffer.of(9, 9), Buffer.from(Float32Array.of(4, 5).buffer), Buffer.from(half.buffer)]),
  );
  const slice = (offset: number, length: number) => ({ folder, file: "numbers", offset, length });
  const graph = new Graph();
  const whole = graph.initializer("whole", "float32", [2], slice(2, 8));
  graph.output("sum", add(whole, cast(graph.initializer("half", "float16", [2], slice(10, 4)), "float32")));
  const session = await openSession(graph);
  assert.deepEqual([...floatsOf(await session.run({}), "sum")], [4.5, 2]);
  await session.close();
  assert.throws(() => graph.initializer("long", "float32", [3], slice(0, 8)), /long: 2 numbers for float32\[3\]/);
  graph.constant("float32", [2], { ...slice(2, 8), folder: join(folder, "other") });
  await assert.rejects(openSession(graph), { name: "GraphError", message: /several folders/ });
});

function doubling(): Graph {
  const graph = new Graph();
  const x = graph.input("x", "float32", [2]);
  graph.output("double", mul(x, 2));
  graph.output("triple", mul(x, 3));
  return graph;
}

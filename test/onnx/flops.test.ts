/** What products cost, counted by loops that do nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { flopsOf } from "../../src/onnx/flops.ts";
import { gradients } from "../../src/onnx/gradient.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { add, mul, sum } from "../../src/onnx/ops.ts";
import { conv, gemm, matmul } from "../../src/onnx/products.ts";

/** Multiplications and additions of a product of [rows, inner] and [inner, columns], by walking through it. */
function walked(rows: number, inner: number, columns: number): number {
  let flops = 0;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) for (let at = 0; at < inner; at++) flops += 2;
  return flops;
}

test("products are counted whichever way round they are taken, leading axes and all", () => {
  const graph = new Graph();
  const a = graph.input("a", "float32", [2, 3, 4, 5]);
  const b = graph.input("b", "float32", [3, 5, 6]);
  const c = graph.input("c", "float32", [2, 3, 4, 7]);
  graph.output("plain", matmul(a, b));
  graph.output("turned", matmul(a, c, { transA: true }));
  const [x, w] = [graph.input("x", "float32", [8, 5]), graph.input("w", "float32", [5, 9])];
  graph.output("rows", gemm(x, w));
  assert.equal(flopsOf(graph), 6 * walked(4, 5, 6) + 6 * walked(5, 4, 7) + walked(8, 5, 9));
});

test("a convolution costs its kernel and its channels for each result", () => {
  const graph = new Graph();
  const x = graph.input("x", "float32", [2, 3, 20]);
  graph.output("y", conv(x, graph.input("w", "float32", [5, 3, 4]), undefined, { dilation: 2 })); // [2, 5, 14]
  assert.equal(flopsOf(graph), 2 * walked(5, 3 * 4, 14));
});

test("what no output needs costs nothing, and gradients cost two products for each", () => {
  const graph = new Graph();
  const [x, w] = [graph.input("x", "float32", [4, 5]), graph.input("w", "float32", [5, 6])];
  const y = matmul(x, w);
  matmul(add(x, 1), w);
  const loss = sum(mul(y, y));
  for (const [name, slope] of ["dx", "dw"].map((name, index) => [name, gradients(loss, [x, w])[index]!] as const))
    graph.output(name, slope);
  graph.output("loss", loss);
  assert.equal(flopsOf(graph), 3 * walked(4, 5, 6));
});

test("what can't be counted is refused", () => {
  const graph = new Graph();
  graph.output("y", matmul(graph.input("x", "float32", ["time", 5]), graph.input("w", "float32", [5, 6])));
  assert.throws(() => flopsOf(graph), /a size is time/);
});

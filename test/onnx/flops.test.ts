/** Counted operations of products, compared with plain counting loops. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { flopsOf } from "../../src/onnx/flops.ts";
import { gradients } from "../../src/onnx/gradient.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { add, mul, sum } from "../../src/onnx/ops.ts";
import { conv, gemm, matmul } from "../../src/onnx/products.ts";

/** Multiplications and additions of a product of [rows, inner] and [inner, columns], counted one by one. */
function countFlops(rows: number, inner: number, columns: number): number {
  let flops = 0;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) for (let at = 0; at < inner; at++) flops += 2;
  return flops;
}

test("products are counted with transposed operands and with leading axes", () => {
  const graph = new Graph();
  const a = graph.input("a", "float32", [2, 3, 4, 5]);
  const b = graph.input("b", "float32", [3, 5, 6]);
  const c = graph.input("c", "float32", [2, 3, 4, 7]);
  graph.output("plain", matmul(a, b));
  graph.output("turned", matmul(a, c, { transA: true }));
  const [x, w] = [graph.input("x", "float32", [8, 5]), graph.input("w", "float32", [5, 9])];
  graph.output("rows", gemm(x, w));
  assert.equal(flopsOf(graph), 6 * countFlops(4, 5, 6) + 6 * countFlops(5, 4, 7) + countFlops(8, 5, 9));
});

test("a convolution costs kernel size times input channels per output", () => {
  const graph = new Graph();
  const x = graph.input("x", "float32", [2, 3, 20]);
  graph.output("y", conv(x, graph.input("w", "float32", [5, 3, 4]), undefined, { dilation: 2 })); // [2, 5, 14]
  assert.equal(flopsOf(graph), 2 * countFlops(5, 3 * 4, 14));
});

test("nodes that no output needs cost nothing, and the gradients of a product cost two products", () => {
  const graph = new Graph();
  const [x, w] = [graph.input("x", "float32", [4, 5]), graph.input("w", "float32", [5, 6])];
  const y = matmul(x, w);
  matmul(add(x, 1), w);
  const loss = sum(mul(y, y));
  for (const [name, slope] of ["dx", "dw"].map((name, index) => [name, gradients(loss, [x, w])[index]!] as const))
    graph.output(name, slope);
  graph.output("loss", loss);
  assert.equal(flopsOf(graph), 3 * countFlops(4, 5, 6));
});

test("unknown sizes are refused", () => {
  const graph = new Graph();
  graph.output("y", matmul(graph.input("x", "float32", ["time", 5]), graph.input("w", "float32", [5, 6])));
  assert.throws(() => flopsOf(graph), /the size "time" is known only when the graph runs/);
});

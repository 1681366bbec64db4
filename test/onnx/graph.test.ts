/** The graph builder: refused shapes, loops and branches. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { conditional } from "../../src/onnx/branch.ts";
import { Graph, GraphError } from "../../src/onnx/graph.ts";
import { loop } from "../../src/onnx/loop.ts";
import {
  add,
  argMin,
  concat,
  gather,
  layerNorm,
  mul,
  pad,
  reshape,
  slice,
  split,
  sum,
  topK,
  transpose,
  where,
} from "../../src/onnx/ops.ts";
import { conv, gemm, matmul } from "../../src/onnx/products.ts";
import { floats, floatsOf, openSession, tensor } from "../../src/onnx/session.ts";

const values = (): { graph: Graph; v: (...shape: (number | string)[]) => ReturnType<Graph["input"]> } => {
  const graph = new Graph();
  return { graph, v: (...shape) => graph.input(graph.fresh("v"), "float32", shape) };
};

type V = ReturnType<typeof values>["v"];
const refusals: readonly { readonly says: string; readonly build: (v: V) => unknown; readonly names: RegExp }[] = [
  { says: "a product", build: (v) => matmul(v(2, 8), v(7, 3)), names: /MatMul: .*\[2, 8\].*\[7, 3\]/ },
  { says: "a product's leading axes", build: (v) => matmul(v(2, 4, 8), v(3, 8, 5)), names: /\[2, 4, 8\].*\[3, 8, 5\]/ },
  { says: "a dense layer", build: (v) => gemm(v(2, 8), v(7, 3)), names: /Gemm: .*\[2, 8\].*\[7, 3\]/ },
  { says: "a dense layer's bias", build: (v) => gemm(v(2, 7), v(7, 3), v(4)), names: /\[7, 3\].*\[4\]/ },
  { says: "a sum", build: (v) => add(v(2, 3), v(2, 4)), names: /Add: .*\[2, 3\].*\[2, 4\]/ },
  { says: "a selection", build: (v) => where(v(3), v(3), v(4)), names: /Where: .*\[3\].*\[4\]/ },
  { says: "a convolution", build: (v) => conv(v(1, 3, 9), v(2, 4, 3)), names: /Conv: .*\[1, 3, 9\].*\[2, 4, 3\]/ },
  {
    says: "a kernel longer than its input",
    build: (v) => conv(v(1, 2, 4), v(2, 2, 3), undefined, { dilation: 3 }),
    names: /\[1, 2, 4\].*\[2, 2, 3\].* 3/,
  },
  { says: "a reshape", build: (v) => reshape(v(2, 5), [3, -1]), names: /Reshape: .*\[2, 5\].*\[3, -1\]/ },
  { says: "a transposition", build: (v) => transpose(v(2, 5), [0, 2, 1]), names: /\[2, 5\].*\[0, 2, 1\]/ },
  { says: "a slice", build: (v) => slice(v(2, 5), 1, 3, 6), names: /Slice: .*\[2, 5\].*3.*6/ },
  { says: "a split", build: (v) => split(v(2, 5), 1, [2, 2]), names: /Split: .*\[2, 5\].*\[2, 2\]/ },
  { says: "a concatenation", build: (v) => concat([v(2, 5), v(3, 5)], 1), names: /Concat: .*\[2, 5\].*\[3, 5\]/ },
  { says: "a norm", build: (v) => layerNorm(v(2, 5), v(4), v(4)), names: /\[2, 5\].*\[4\]/ },
];

for (const { says, build, names } of refusals)
  test(`${says} with shapes that don't fit is refused, and the error names the shapes`, () => {
    assert.throws(
      () => build(values().v),
      (error) => error instanceof GraphError && names.test(error.message),
    );
  });

test("operands of different types are refused", () => {
  const graph = new Graph();
  const [a, b] = [graph.input("a", "float32", [2]), graph.input("b", "int64", [2])];
  assert.throws(() => add(a, b), /types differ, float32\[2\] and int64\[2\]/);
});

test("a taken name is refused, for an input, an output and inside a loop", () => {
  const graph = new Graph();
  const logits = graph.input("logits", "float32", [2]);
  assert.throws(() => graph.input("logits", "float32", [3]), /the name logits is taken/);
  assert.throws(() => graph.output("logits", logits), /the name logits is taken/);
  assert.throws(() => new Graph(graph).input("logits", "float32", [2]), /the name logits is taken/);
});

test("another graph's value is refused", () => {
  const [one, other] = [new Graph(), new Graph()];
  assert.throws(
    () => add(one.input("a", "float32", [2]), other.input("b", "float32", [2])),
    /b belongs to another graph/,
  );
});

test("an initializer must have as many elements as its shape", () => {
  assert.throws(() => new Graph().constant("float32", [2, 2], new Float32Array(3)), /3 numbers for float32\[2, 2\]/);
});

test("operations compute the shapes of their results", () => {
  const { v } = values();
  assert.deepEqual(pad(v(2, 3), 1, 1, 2).shape, [2, 6]);
  assert.deepEqual(topK(v(2, 9), 4)[1].shape, [2, 4]);
  assert.deepEqual(argMin(v(2, 9, 3), 1).shape, [2, 3]);
  assert.deepEqual(sum(v(2, 9, 3), [-2], true).shape, [2, 1, 3]);
  assert.deepEqual(slice(v(2, 9), 1, -3).shape, [2, 3]);
  assert.deepEqual(conv(v(1, 2, "time"), v(5, 2, 3), undefined, { dilation: 3, padding: 3 }).shape, [1, 5, "time"]);
});

test("a loop can grow an axis of a carried value, use outer values, and collect a value per iteration", async () => {
  const graph = new Graph();
  const turns = graph.input("turns", "int64", []);
  const step = graph.input("step", "float32", [1]);
  const first = graph.input("first", "float32", [1]);
  const { carried, collected } = loop(
    turns,
    [{ value: first, shape: ["seen"] }, { value: step }],
    (_, [seen, last]) => {
      const next = add(mul(last!, 2), step); // the outer value
      return { carried: [concat([seen!, next], 0), next], collected: [sum(seen!)] };
    },
  );
  graph.output("seen", carried[0]!);
  graph.output("sums", collected[0]!);
  const session = await openSession(graph);
  const out = await session.run({
    turns: tensor("int64", BigInt64Array.of(3n), []),
    step: floats(Float32Array.of(1), [1]),
    first: floats(Float32Array.of(10), [1]),
  });
  assert.deepEqual([...floatsOf(out, "seen")], [10, 3, 7, 15]); // 1 → 3 → 7 → 15
  assert.deepEqual([...floatsOf(out, "sums")], [10, 13, 20]);
  await session.close();
});

test("a nested loop can use values of the outermost graph", async () => {
  const graph = new Graph();
  const turns = graph.input("turns", "int64", []);
  const step = graph.input("step", "float32", []);
  const { carried } = loop(turns, [{ value: step }], (_, [total]) => {
    const inner = loop(turns, [{ value: total! }], (_turn, [sofar]) => ({
      carried: [add(sofar!, step)],
      collected: [],
    }));
    return { carried: [inner.carried[0]!], collected: [] };
  });
  graph.output("total", carried[0]!);
  const session = await openSession(graph);
  const out = await session.run({
    turns: tensor("int64", BigInt64Array.of(3n), []),
    step: floats(Float32Array.of(2), []),
  });
  assert.deepEqual([...floatsOf(out, "total")], [20]); // 2 + 3 · 3 · 2
  await session.close();
});

test("only the branch that is taken is computed, also inside a loop", async () => {
  const graph = new Graph();
  const turns = graph.input("turns", "int64", []);
  const choice = graph.input("choice", "bool", []);
  const places = graph.input("places", "int64", [1]);
  const { carried } = loop(turns, [{ value: graph.input("x", "float32", [2]) }], (_, [x]) => ({
    carried: [
      conditional(
        choice,
        x!,
        (one) => mul(one, 3),
        (one) => add(one, reshape(gather(one, places), [])), // an index out of range would make the run fail
      ),
    ],
    collected: [],
  }));
  graph.output("y", carried[0]!);
  const session = await openSession(graph);
  const run = async (yes: boolean, place: bigint) =>
    floatsOf(
      await session.run({
        turns: tensor("int64", BigInt64Array.of(2n), []),
        choice: tensor("bool", Uint8Array.of(yes ? 1 : 0), []),
        places: tensor("int64", BigInt64Array.of(place), [1]),
        x: floats(Float32Array.of(1, 2), [2]),
      }),
      "y",
    );
  assert.deepEqual([...(await run(true, 9n))], [9, 18]);
  assert.deepEqual([...(await run(false, 1n))], [7, 8]);
  await session.close();
});

test("branches with results of different shapes are refused", () => {
  const graph = new Graph();
  const [choice, x] = [graph.input("choice", "bool", []), graph.input("x", "float32", [2])];
  const build = () =>
    conditional(
      choice,
      x,
      (one) => one,
      (one) => sum(one),
    );
  assert.throws(build, /If: the branches give float32\[2\] and float32\[\]/);
});

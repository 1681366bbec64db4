/** Every gradient rule, compared with central differences of the forward graph, both run in ONNX Runtime. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { differentiable, gradients } from "../../src/onnx/gradient.ts";
import { Graph, type Value } from "../../src/onnx/graph.ts";
import {
  add,
  concat,
  cos,
  div,
  exp,
  expand,
  gather,
  gatherElements,
  layerNorm,
  log,
  logSoftmax,
  max,
  mean,
  min,
  mul,
  neg,
  pad,
  quickGelu,
  relu,
  reshape,
  scatterAdd,
  sigmoid,
  sin,
  slice,
  softmax,
  split,
  sqrt,
  stopGradient,
  sub,
  sum,
  topK,
  transpose,
  where,
} from "../../src/onnx/ops.ts";
import { conv, gemm, matmul } from "../../src/onnx/products.ts";
import { floats, floatsOf, openSession } from "../../src/onnx/session.ts";
import { seeded } from "../support/random.ts";

interface Case {
  readonly rule: string;
  readonly says: string;
  readonly shapes: readonly (readonly number[])[];
  /** Maps 0 … 1 to inputs at which the function is smooth; left out: −1 … 1. */
  readonly range?: (u: number) => number;
  readonly build: (...inputs: Value[]) => Value;
}

const positive = (u: number): number => 0.5 + 2 * u;
/** Avoids 0, where the function may have a kink: −1.2 … −0.2 and 0.2 … 1.2. */
const apart = (u: number): number => (u < 0.5 ? -1.2 + 2 * u : -0.8 + 2 * u);
const indices = (graph: Graph, shape: readonly number[], list: number[]): Value =>
  graph.constant("int64", shape, BigInt64Array.from(list, BigInt));

const cases: readonly Case[] = [
  { rule: "Add", says: "a row is stretched", shapes: [[2, 3], [3]], build: (a, b) => add(a!, b!) },
  {
    rule: "Sub",
    says: "a column is stretched",
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: (a, b) => sub(a!, b!),
  },
  {
    rule: "Mul",
    says: "both are stretched",
    shapes: [
      [2, 1],
      [1, 3],
    ],
    build: (a, b) => mul(a!, b!),
  },
  { rule: "Mul", says: "of a value with itself", shapes: [[4]], build: (a) => mul(a!, a!) },
  { rule: "Div", says: "by positive numbers", shapes: [[2, 3], [3]], range: positive, build: (a, b) => div(a!, b!) },
  { rule: "Max", says: "of two", shapes: [[12]], range: apart, build: (a) => max(a!, mul(a!, -0.5)) },
  { rule: "Min", says: "of two", shapes: [[12]], range: apart, build: (a) => min(a!, mul(a!, -0.5)) },
  { rule: "Max", says: "of both sides", shapes: [[9], [9]], build: (a, b) => max(add(a!, 1), mul(b!, 3)) },
  { rule: "Neg", says: "", shapes: [[5]], build: (a) => neg(a!) },
  { rule: "Exp", says: "", shapes: [[5]], build: (a) => exp(a!) },
  { rule: "Cos", says: "", shapes: [[5]], build: (a) => cos(a!) },
  { rule: "Sin", says: "", shapes: [[5]], build: (a) => sin(a!) },
  { rule: "Log", says: "", shapes: [[5]], range: positive, build: (a) => log(a!) },
  { rule: "Sqrt", says: "", shapes: [[5]], range: positive, build: (a) => sqrt(a!) },
  { rule: "Relu", says: "away from the kink", shapes: [[9]], range: apart, build: (a) => relu(a!) },
  { rule: "Sigmoid", says: "", shapes: [[5]], build: (a) => sigmoid(a!) },
  { rule: "QuickGelu", says: "", shapes: [[7]], build: (a) => quickGelu(mul(a!, 2)) },
  {
    rule: "Where",
    says: "by a mask that is stretched",
    shapes: [
      [2, 4],
      [2, 4],
    ],
    build: (a, b) => where(a!.graph.constant("bool", [4], Uint8Array.of(1, 0, 0, 1)), a!, b!),
  },
  {
    rule: "MatMul",
    says: "plain",
    shapes: [
      [3, 4],
      [4, 2],
    ],
    build: (a, b) => matmul(a!, b!),
  },
  {
    rule: "MatMul",
    says: "a shared right side",
    shapes: [
      [2, 3, 4],
      [4, 2],
    ],
    build: (a, b) => matmul(a!, b!),
  },
  ...[false, true].flatMap((transA) =>
    [false, true].map((transB) => ({
      rule: "FusedMatMul",
      says: `transA ${transA}, transB ${transB}`,
      shapes: [transA ? [2, 4, 3] : [2, 3, 4], transB ? [2, 5, 4] : [2, 4, 5]],
      build: (a?: Value, b?: Value) => matmul(a!, b!, { transA, transB, alpha: 0.7 }),
    })),
  ),
  { rule: "Gemm", says: "with bias", shapes: [[3, 4], [4, 2], [2]], build: (x, w, b) => gemm(x!, w!, b!) },
  {
    rule: "Conv",
    says: "dilated and padded",
    shapes: [[2, 3, 9], [4, 3, 3], [4]],
    build: (x, w, b) => conv(x!, w!, b!, { dilation: 2, padding: 2 }),
  },
  {
    rule: "Conv",
    says: "an even kernel, no padding",
    shapes: [
      [1, 2, 6],
      [3, 2, 2],
    ],
    build: (x, w) => conv(x!, w!),
  },
  { rule: "Conv", says: "of one tap", shapes: [[2, 3, 5], [2, 3, 1], [2]], build: (x, w, b) => conv(x!, w!, b!) },
  { rule: "Softmax", says: "", shapes: [[3, 5]], build: (a) => softmax(mul(a!, 2)) },
  { rule: "LogSoftmax", says: "", shapes: [[3, 5]], build: (a) => logSoftmax(mul(a!, 2)) },
  {
    rule: "LayerNormalization",
    says: "over rows of rows",
    shapes: [[2, 3, 5], [5], [5]],
    build: (x, w, b) => layerNorm(x!, w!, b!),
  },
  {
    rule: "Gather",
    says: "rows, some twice",
    shapes: [[4, 3]],
    build: (a) => gather(a!, indices(a!.graph, [2, 2], [1, 3, 1, 0])),
  },
  {
    rule: "Gather",
    says: "along the last axis",
    shapes: [[2, 3, 4]],
    build: (a) => gather(a!, indices(a!.graph, [3], [3, 0, 3]), 2),
  },
  {
    rule: "GatherElements",
    says: "one a row, two of them the same",
    shapes: [[2, 3]],
    build: (a) => gatherElements(a!, indices(a!.graph, [2, 2], [2, 2, 0, 1]), 1),
  },
  {
    rule: "ScatterElements",
    says: "into data and from updates",
    shapes: [
      [2, 3],
      [2, 2],
    ],
    build: (a, b) => scatterAdd(a!, indices(a!.graph, [2, 2], [2, 2, 0, 1]), b!, 1),
  },
  { rule: "TopK", says: "of rows", shapes: [[2, 6]], build: (a) => topK(a!, 2)[0] },
  { rule: "Reshape", says: "", shapes: [[2, 6]], build: (a) => reshape(a!, [3, -1]) },
  { rule: "Transpose", says: "by a cycle", shapes: [[2, 3, 4]], build: (a) => transpose(a!, [1, 2, 0]) },
  { rule: "Slice", says: "the middle of an axis", shapes: [[2, 7]], build: (a) => slice(a!, 1, 2, -1) },
  { rule: "Pad", says: "both sides", shapes: [[2, 3, 2]], build: (a) => pad(a!, 1, 2, 1) },
  {
    rule: "Split",
    says: "one part unused",
    shapes: [[2, 6]],
    build: (a) => {
      const [first, , third] = split(a!, 1, [2, 1, 3]);
      return concat([mul(third!, 2), first!], 1);
    },
  },
  {
    rule: "Concat",
    says: "of one thing twice",
    shapes: [
      [2, 3],
      [2, 1],
    ],
    build: (a, b) => concat([a!, b!, a!], 1),
  },
  { rule: "Expand", says: "", shapes: [[1, 3]], build: (a) => expand(a!, [2, 4, 3]) },
  { rule: "ReduceSum", says: "over the middle, kept", shapes: [[2, 3, 4]], build: (a) => sum(a!, [1], true) },
  { rule: "ReduceMean", says: "over first and last", shapes: [[2, 3, 4]], build: (a) => mean(a!, [0, -1]) },
];

test("every differentiable operation has a test case", () => {
  const covered = new Set(cases.map(({ rule }) => rule));
  assert.deepEqual(
    differentiable().filter((rule) => !covered.has(rule)),
    [],
  );
});

for (const one of cases)
  test(`the gradient of ${one.rule} agrees with finite differences${one.says && `: ${one.says}`}`, async () => {
    const random = seeded(one.rule.length * 31 + one.says.length);
    const values = one.shapes.map((shape) => numbers(count(shape), () => (one.range ?? balanced)(random())));
    const { graph, found } = scalarGraph(one, random);
    assert.ok(
      graph.nodes.some(({ op }) => op === one.rule),
      `the case does not use ${one.rule}`,
    );
    const session = await openSession(graph);
    const run = (): Promise<Record<string, Float32Array>> => runWith(session, one, values);
    const exact = await run();
    for (const [index, name] of found.entries()) {
      const slope = await differences(values[index]!, async () => (await run()).loss![0]!);
      assertClose(exact[name]!, slope, `${one.rule}, input ${index}`);
    }
    await session.close();
  });

test("a stopped gradient is zero, and an unused value gets zeros", async () => {
  const graph = new Graph();
  const a = graph.input("a", "float32", [2]);
  const unused = graph.input("unused", "float32", [3]);
  const [da, none] = gradients(sum(mul(stopGradient(a), a)), [a, unused]);
  graph.output("da", da!);
  graph.output("none", none!);
  const session = await openSession(graph);
  const out = await session.run({ a: floats(Float32Array.of(3, -2), [2]), unused: floats(new Float32Array(3), [3]) });
  assert.deepEqual([...floatsOf(out, "da")], [3, -2]); // d(c·a)/da = c, where c = a is held fixed
  assert.deepEqual([...floatsOf(out, "none")], [0, 0, 0]);
  await session.close();
});

test("the gradients of a value that is used twice are added", async () => {
  const graph = new Graph();
  const a = graph.input("a", "float32", [2]);
  graph.output("da", gradients(sum(add(mul(a, 3), mul(a, a))), [a])[0]!);
  const session = await openSession(graph);
  const out = await session.run({ a: floats(Float32Array.of(1, -2), [2]) });
  assert.deepEqual([...floatsOf(out, "da")], [5, -1]);
  await session.close();
});

const balanced = (u: number): number => 2 * u - 1;
const count = (shape: readonly number[]): number => shape.reduce((all, size) => all * size, 1);
const numbers = (size: number, next: () => number): Float32Array => Float32Array.from({ length: size }, next);

/** loss = Σ weight · output with random weights, and its gradients. */
function scalarGraph({ shapes, build }: Case, random: () => number): { graph: Graph; found: string[] } {
  const graph = new Graph();
  const inputs = shapes.map((shape, index) => graph.input(`input.${index}`, "float32", shape));
  const result = build(...inputs);
  const shape = result.shape as number[];
  const weights = graph.constant(
    "float32",
    shape,
    numbers(count(shape), () => balanced(random())),
  );
  const loss = sum(mul(result, weights));
  graph.output("loss", loss);
  const found = gradients(loss, inputs).map((gradient, index) => {
    assert.deepEqual(gradient.shape, shapes[index]);
    graph.output(`gradient.${index}`, gradient);
    return `gradient.${index}`;
  });
  return { graph, found };
}

async function runWith(
  session: Awaited<ReturnType<typeof openSession>>,
  { shapes }: Case,
  values: readonly Float32Array[],
): Promise<Record<string, Float32Array>> {
  const feeds = Object.fromEntries(values.map((data, index) => [`input.${index}`, floats(data, shapes[index]!)]));
  const out = await session.run(feeds);
  return Object.fromEntries(Object.keys(out).map((name) => [name, floatsOf(out, name)]));
}

/** Central differences, one element at a time. */
async function differences(values: Float32Array, loss: () => Promise<number>): Promise<number[]> {
  const slopes: number[] = [];
  for (let at = 0; at < values.length; at++) {
    const middle = values[at]!;
    const side = async (step: number): Promise<number> => {
      values[at] = middle + step;
      return loss();
    };
    slopes.push(((await side(0.01)) - (await side(-0.01))) / 0.02);
    values[at] = middle;
  }
  return slopes;
}

function assertClose(exact: Float32Array, slopes: readonly number[], what: string): void {
  assert.equal(exact.length, slopes.length);
  const largest = Math.max(...slopes.map(Math.abs));
  assert.ok(largest > 0.01, `${what}: the gradient is zero`);
  slopes.forEach((slope, at) => {
    assert.ok(
      Math.abs(slope - exact[at]!) < 3e-3 * largest,
      `${what}[${at}]: ${exact[at]} by the rule, ${slope} by differences`,
    );
  });
}

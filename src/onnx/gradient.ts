/** Reverse-mode differentiation: a table with one rule an operation, and a walk that knows none of them by name. */
import { GraphError, type Node, type Value } from "./graph.ts";
import {
  add,
  concat,
  div,
  emit,
  exp,
  expand,
  gather,
  gatherElements,
  mul,
  neg,
  pad,
  reshape,
  scatterAdd,
  scatterRows,
  sigmoid,
  slice,
  split,
  sub,
  sum,
  transpose,
  where,
} from "./ops.ts";
import { conv, matmul } from "./products.ts";

interface Place {
  /** The operation's result, or its first one. */
  readonly y: Value;
  readonly node: Node;
  /** What flows into each result; nothing where a result is not used. */
  readonly flows: readonly (Value | undefined)[];
}

/** One gradient an input, built only if asked for; an input through which nothing flows has none. */
type Rule = (dy: Value, place: Place, ...inputs: Value[]) => readonly ((() => Value) | undefined)[];

/** Operations through which nothing flows. */
const blocked: Rule = () => [];

/** y = x · step, step 0 or 1: the fastest mask there is. */
const above = (x: Value): Value =>
  emit("HardSigmoid", [x], x.type, x.shape, { alpha: { float: 1e30 }, beta: { float: 0 } });
const numbers = (x: Value): number[] => x.shape as number[]; // training graphs know every size
const zeros = (like: Value): Value => {
  const zero = like.graph.constant(
    "float32",
    like.shape.map(() => 1),
    new Float32Array(1),
  );
  return expand(zero, like.shape);
};
const flag = (node: Node, name: string): boolean => node.attributes[name] === 1;
const alphaOf = (node: Node): number => (node.attributes.alpha as { float: number }).float;
const axisOf = (node: Node, rank: number): number => ((node.attributes.axis as number) + rank) % rank;

/** The rules; leading axes that were stretched are summed by the walk. */
export const rules: Readonly<Record<string, Rule>> = {
  Add: (dy) => [() => dy, () => dy],
  Sub: (dy) => [() => dy, () => neg(dy)],
  Mul: (dy, _, a, b) => [() => mul(dy, b!), () => mul(dy, a!)],
  Div: (dy, { y }, _a, b) => [() => div(dy, b!), () => neg(mul(dy, div(y, b!)))],
  Max: (dy, _, a, b) => [() => mul(dy, above(sub(a!, b!))), () => mul(dy, above(sub(b!, a!)))],
  Min: (dy, _, a, b) => [() => mul(dy, above(sub(b!, a!))), () => mul(dy, above(sub(a!, b!)))],
  Neg: (dy) => [() => neg(dy)],
  Exp: (dy, { y }) => [() => mul(dy, y)],
  Log: (dy, _, x) => [() => div(dy, x!)],
  Sqrt: (dy, { y }) => [() => div(mul(dy, 0.5), y)],
  Relu: (dy, { y }) => [() => mul(dy, above(y))],
  Sigmoid: (dy, { y }) => [() => mul(dy, mul(y, sub(1, y)))],
  QuickGelu: (dy, { y }, x) => [
    () => {
      const s = sigmoid(mul(x!, 1.702));
      return mul(dy, add(s, mul(mul(y, 1.702), sub(1, s))));
    },
  ],
  Where: (dy, _, condition) => [undefined, () => where(condition!, dy, 0), () => where(condition!, zeros(dy), dy)],

  MatMul: (dy, _, a, b) => [() => matmul(dy, b!, { transB: true }), () => matmul(a!, dy, { transA: true })],
  FusedMatMul: (dy, { node }, a, b) => {
    const [transA, transB, alpha] = [flag(node, "transA"), flag(node, "transB"), alphaOf(node)];
    return [
      () =>
        transA ? matmul(b!, dy, { transA: transB, transB: true, alpha }) : matmul(dy, b!, { transB: !transB, alpha }),
      () =>
        transB ? matmul(dy, a!, { transA: true, transB: transA, alpha }) : matmul(a!, dy, { transA: !transA, alpha }),
    ];
  },
  Gemm: (dy, _, x, w) => [
    () => matmul(dy, w!, { transB: true }),
    () => matmul(x!, dy, { transA: true }),
    () => sum(dy, [0]),
  ],
  Conv: (dy, { node }, x, w) => [
    () => convInput(dy, node, w!),
    () => convWeight(dy, node, x!, w!),
    () => sum(dy, [0, 2]),
  ],

  Softmax: (dy, { y }) => [() => mul(y, sub(dy, sum(mul(dy, y), [-1], true)))],
  LogSoftmax: (dy, { y }) => [() => sub(dy, mul(exp(y), sum(dy, [-1], true)))],
  LayerNormalization: (dy, { node }, x, w) => {
    const normal = (): Value => mul(sub(x!, node.outputs[1]!), node.outputs[2]!);
    const lead = x!.shape.slice(0, -1).map((_, axis) => axis);
    return [
      () => layerNormInput(mul(dy, w!), normal(), node.outputs[2]!),
      () => sum(mul(dy, normal()), lead),
      () => sum(dy, lead),
    ];
  },

  Gather: (dy, { node }, data, indices) => [() => gatherData(dy, data!, indices!, axisOf(node, data!.shape.length))],
  GatherElements: (dy, { node }, data, indices) => [
    () => scatterAdd(zeros(data!), indices!, dy, node.attributes.axis as number),
  ],
  ScatterElements: (dy, { node }, _, indices) => [
    () => dy,
    undefined,
    () => gatherElements(dy, indices!, node.attributes.axis as number),
  ],
  TopK: (dy, { node }, x) => [() => scatterAdd(zeros(x!), node.outputs[1]!, dy, x!.shape.length - 1)],

  Reshape: (dy, _, x) => [() => reshape(dy, numbers(x!))],
  Transpose: (dy, { node }) => {
    const order = node.attributes.perm as readonly number[];
    return [
      () =>
        transpose(
          dy,
          order.map((_, axis) => order.indexOf(axis)),
        ),
    ];
  },
  Slice: (dy, { y, node }, x) => [() => sliceInput(dy, y, x!, node)],
  Pad: (dy, { y, node }, x) => {
    const axis = numbers(y).findIndex((size, at) => size !== x!.shape[at]);
    const before = constantOf(node.inputs[1]!)[axis]!;
    return [() => slice(dy, axis, before, before + numbers(x!)[axis]!)];
  },
  Split: (_, { node, flows }) => [
    () =>
      concat(
        node.outputs.map((part, index) => flows[index] ?? zeros(part)),
        node.attributes.axis as number,
      ),
  ],
  Concat: (dy, { node }, ...parts) => {
    const axis = node.attributes.axis as number;
    let pieces: Value[] | undefined;
    return parts.map((_, index) => () => {
      pieces ??= split(
        dy,
        axis,
        parts.map((part) => numbers(part)[axis]!),
      );
      return pieces[index]!;
    });
  },
  Expand: (dy) => [() => dy],
  ReduceSum: (dy, place, x) => [() => spread(dy, place.node, x!)],
  ReduceMean: (dy, { y, node }, x) => [() => mul(spread(dy, node, x!), count(y) / count(x!))],

  Identity: blocked,
  Cast: blocked,
  Floor: blocked,
  Not: blocked,
  Less: blocked,
  Greater: blocked,
  GreaterOrEqual: blocked,
  And: blocked,
  ArgMin: blocked,
  Shape: blocked,
  Range: blocked,
};

const count = (x: Value): number => numbers(x).reduce((all, size) => all * size, 1);

/** The numbers behind a constant input, such as a Slice's bounds. */
function constantOf(value: Value): number[] {
  const found = value.graph.initializers.find((one) => one.value === value);
  if (!found) throw new GraphError(`${value.name} is not a constant`);
  return Array.from(found.data as BigInt64Array, Number);
}

function spread(dy: Value, node: Node, x: Value): Value {
  const axes = constantOf(node.inputs[1]!);
  return expand(
    reshape(
      dy,
      numbers(x).map((size, axis) => (axes.includes(axis) ? 1 : size)),
    ),
    x.shape,
  );
}

function sliceInput(dy: Value, y: Value, x: Value, node: Node): Value {
  const axis = constantOf(node.inputs[3]!)[0]!;
  const start = constantOf(node.inputs[1]!)[0]!;
  return pad(dy, axis, start, numbers(x)[axis]! - start - numbers(y)[axis]!);
}

function gatherData(dy: Value, data: Value, indices: Value, axis: number): Value {
  const rank = data.shape.length;
  if (axis === 0 && rank === 2) {
    const rows = count(indices);
    return scatterRows(reshape(dy, [rows, numbers(data)[1]!]), reshape(indices, [rows]), numbers(data)[0]!);
  }
  if (indices.shape.length !== 1) throw new GraphError("Gather: no gradient for this axis and indices of this shape");
  const places = expand(
    reshape(
      indices,
      data.shape.map((_, at) => (at === axis ? -1 : 1)),
    ),
    dy.shape,
  );
  return scatterAdd(zeros(data), places, dy, axis);
}

/** d · (normalised input) through mean and deviation. */
function layerNormInput(d: Value, normal: Value, inverseDeviation: Value): Value {
  const width = numbers(d).at(-1)!;
  const means = (x: Value): Value => mul(sum(x, [-1], true), 1 / width);
  return mul(sub(sub(d, means(d)), mul(normal, means(mul(d, normal)))), inverseDeviation);
}

const dilationOf = (node: Node): number => (node.attributes.dilations as number[])[0]!;
const paddingOf = (node: Node): number => (node.attributes.pads as number[])[0]!;

/** A convolution with the flipped kernel, inputs and outputs exchanged. */
function convInput(dy: Value, node: Node, w: Value): Value {
  const [, , kernel] = numbers(w) as [number, number, number];
  const swapped = transpose(w, [1, 0, 2]);
  const backwards = Int32Array.from({ length: kernel }, (_, tap) => kernel - 1 - tap);
  const flipped = kernel === 1 ? swapped : gather(swapped, w.graph.constant("int32", [kernel], backwards), 2);
  const dilation = dilationOf(node);
  return conv(dy, flipped, undefined, { dilation, padding: dilation * (kernel - 1) - paddingOf(node) });
}

/** One product a tap: what flows in against the input as that tap saw it. */
function convWeight(dy: Value, node: Node, x: Value, w: Value): Value {
  const [outputs, inputs, kernel] = numbers(w) as [number, number, number];
  const padded = pad(x, 2, paddingOf(node), paddingOf(node));
  const length = numbers(dy)[2]!;
  const taps = Array.from({ length: kernel }, (_, tap) => {
    const start = tap * dilationOf(node);
    const seen = slice(padded, 2, start, start + length);
    return reshape(sum(matmul(dy, seen, { transB: true }), [0]), [outputs, inputs, 1]);
  });
  return kernel === 1 ? taps[0]! : concat(taps, 2);
}

/** Gradients of a scalar with respect to values of its graph, appended to that graph. A value it doesn't depend on gets zeros. */
export function gradients(loss: Value, wanted: readonly Value[]): Value[] {
  const graph = loss.graph;
  if (loss.shape.length !== 0)
    throw new GraphError(`gradients: the loss must be one number, got [${loss.shape.join(", ")}]`);
  const nodes = graph.nodes.slice();
  const onPath = dependents(nodes, wanted);
  const flows = new Map<Value, Value>([[loss, graph.scalar(1)]]);
  for (const node of nodes.reverse()) {
    const arriving = node.outputs.map((output) => flows.get(output));
    if (arriving.every((flow) => flow === undefined) || !node.inputs.some((input) => input && onPath.has(input)))
      continue;
    sendBack(node, arriving, onPath, flows);
  }
  return wanted.map((value) => flows.get(value) ?? zeros(value));
}

function sendBack(
  node: Node,
  arriving: readonly (Value | undefined)[],
  onPath: ReadonlySet<Value>,
  flows: Map<Value, Value>,
): void {
  const rule = rules[node.op];
  if (!rule) throw new GraphError(`${node.op} has no gradient rule`);
  const inputs = node.inputs.filter((input) => input !== undefined);
  const parts = rule(
    arriving.find((flow) => flow !== undefined)!,
    { y: node.outputs[0]!, node, flows: arriving },
    ...inputs,
  );
  parts.forEach((part, index) => {
    const input = inputs[index]!;
    if (!part || !onPath.has(input)) return;
    const flow = shrink(part(), input);
    const known = flows.get(input);
    flows.set(input, known ? add(known, flow) : flow);
  });
}

/** Every value through which something can flow to the wanted ones, themselves included. */
function dependents(nodes: readonly Node[], wanted: readonly Value[]): Set<Value> {
  const found = new Set<Value>(wanted);
  for (const { op, inputs, outputs } of nodes) {
    if (rules[op] !== blocked && inputs.some((input) => input && found.has(input)))
      for (const output of outputs) found.add(output);
  }
  return found;
}

/** Sums over the axes that were stretched on the way forward. */
function shrink(flow: Value, like: Value): Value {
  const [from, to] = [numbers(flow), numbers(like)];
  const extra = from.length - to.length;
  const axes = from.flatMap((size, axis) => (axis < extra || (to[axis - extra] === 1 && size !== 1) ? [axis] : []));
  return axes.length === 0 ? flow : reshape(sum(flow, axes, true), to);
}

/** The operations whose rules let something through; the test that loops over them must know each. */
export const differentiable = (): string[] => Object.keys(rules).filter((op) => rules[op] !== blocked);

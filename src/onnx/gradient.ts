/** Reverse-mode differentiation of graphs: a table of rules per operation, and the backward pass. */
import { GraphError, type Node, type Value } from "./graph.ts";
import {
  add,
  concat,
  cos,
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
  sin,
  slice,
  split,
  sub,
  sum,
  transpose,
  where,
} from "./ops.ts";
import { conv, matmul } from "./products.ts";

interface RuleContext {
  /** The operation's first result. */
  readonly y: Value;
  readonly node: Node;
  /** The gradient of each result; undefined for unused results. */
  readonly outputGradients: readonly (Value | undefined)[];
}

/** Returns a function per input that builds its gradient when needed; undefined for inputs without a gradient. */
type Rule = (dy: Value, context: RuleContext, ...inputs: Value[]) => readonly ((() => Value) | undefined)[];

/** Operations that stop gradients. */
const nonDifferentiable: Rule = () => [];

/** 1 where x > 0, else 0: a steep HardSigmoid, which is faster than a comparison and a cast. */
const stepMask = (x: Value): Value =>
  emit("HardSigmoid", [x], x.type, x.shape, { alpha: { float: 1e30 }, beta: { float: 0 } });
const sizesOf = (x: Value): number[] => x.shape as number[]; // all sizes of training graphs are known
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

/** Gradient rules by operation. Sums over broadcast axes are added by the backward pass. */
export const rules: Readonly<Record<string, Rule>> = {
  Add: (dy) => [() => dy, () => dy],
  Sub: (dy) => [() => dy, () => neg(dy)],
  Mul: (dy, _, a, b) => [() => mul(dy, b!), () => mul(dy, a!)],
  Div: (dy, { y }, _a, b) => [() => div(dy, b!), () => neg(mul(dy, div(y, b!)))],
  Max: (dy, _, a, b) => [() => mul(dy, stepMask(sub(a!, b!))), () => mul(dy, stepMask(sub(b!, a!)))],
  Min: (dy, _, a, b) => [() => mul(dy, stepMask(sub(b!, a!))), () => mul(dy, stepMask(sub(a!, b!)))],
  Neg: (dy) => [() => neg(dy)],
  Exp: (dy, { y }) => [() => mul(dy, y)],
  Cos: (dy, _, x) => [() => neg(mul(dy, sin(x!)))],
  Sin: (dy, _, x) => [() => mul(dy, cos(x!))],
  Log: (dy, _, x) => [() => div(dy, x!)],
  Sqrt: (dy, { y }) => [() => div(mul(dy, 0.5), y)],
  Relu: (dy, { y }) => [() => mul(dy, stepMask(y))],
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

  Reshape: (dy, _, x) => [() => reshape(dy, sizesOf(x!))],
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
    const axis = sizesOf(y).findIndex((size, at) => size !== x!.shape[at]);
    const before = constantOf(node.inputs[1]!)[axis]!;
    return [() => slice(dy, axis, before, before + sizesOf(x!)[axis]!)];
  },
  Split: (_, { node, outputGradients }) => [
    () =>
      concat(
        node.outputs.map((part, index) => outputGradients[index] ?? zeros(part)),
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
        parts.map((part) => sizesOf(part)[axis]!),
      );
      return pieces[index]!;
    });
  },
  Expand: (dy) => [() => dy],
  ReduceSum: (dy, context, x) => [() => expandReduced(dy, context.node, x!)],
  ReduceMean: (dy, { y, node }, x) => [() => mul(expandReduced(dy, node, x!), count(y) / count(x!))],

  Identity: nonDifferentiable,
  Cast: nonDifferentiable,
  Floor: nonDifferentiable,
  Not: nonDifferentiable,
  Less: nonDifferentiable,
  Greater: nonDifferentiable,
  GreaterOrEqual: nonDifferentiable,
  And: nonDifferentiable,
  ArgMin: nonDifferentiable,
  Shape: nonDifferentiable,
  Range: nonDifferentiable,
};

const count = (x: Value): number => sizesOf(x).reduce((all, size) => all * size, 1);

/** The int64 values of a constant input, such as the bounds of Slice. */
function constantOf(value: Value): number[] {
  const found = value.graph.initializers.find((one) => one.value === value);
  if (!found) throw new GraphError(`${value.name} is not a constant`);
  return Array.from(found.data as BigInt64Array, Number);
}

function expandReduced(dy: Value, node: Node, x: Value): Value {
  const axes = constantOf(node.inputs[1]!);
  return expand(
    reshape(
      dy,
      sizesOf(x).map((size, axis) => (axes.includes(axis) ? 1 : size)),
    ),
    x.shape,
  );
}

function sliceInput(dy: Value, y: Value, x: Value, node: Node): Value {
  const axis = constantOf(node.inputs[3]!)[0]!;
  const start = constantOf(node.inputs[1]!)[0]!;
  return pad(dy, axis, start, sizesOf(x)[axis]! - start - sizesOf(y)[axis]!);
}

function gatherData(dy: Value, data: Value, indices: Value, axis: number): Value {
  const rank = data.shape.length;
  if (axis === 0 && rank === 2) {
    const rows = count(indices);
    return scatterRows(reshape(dy, [rows, sizesOf(data)[1]!]), reshape(indices, [rows]), sizesOf(data)[0]!);
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

/** Gradient through mean and standard deviation; `d` is the gradient of the normalised input `normal`. */
function layerNormInput(d: Value, normal: Value, inverseDeviation: Value): Value {
  const width = sizesOf(d).at(-1)!;
  const means = (x: Value): Value => mul(sum(x, [-1], true), 1 / width);
  return mul(sub(sub(d, means(d)), mul(normal, means(mul(d, normal)))), inverseDeviation);
}

const dilationOf = (node: Node): number => (node.attributes.dilations as number[])[0]!;
const paddingOf = (node: Node): number => (node.attributes.pads as number[])[0]!;

/** Gradient of a convolution's input: a convolution with the flipped kernel, channels transposed. */
function convInput(dy: Value, node: Node, w: Value): Value {
  const [, , kernel] = sizesOf(w) as [number, number, number];
  const swapped = transpose(w, [1, 0, 2]);
  const backwards = Int32Array.from({ length: kernel }, (_, tap) => kernel - 1 - tap);
  const flipped = kernel === 1 ? swapped : gather(swapped, w.graph.constant("int32", [kernel], backwards), 2);
  const dilation = dilationOf(node);
  return conv(dy, flipped, undefined, { dilation, padding: dilation * (kernel - 1) - paddingOf(node) });
}

/** Gradient of a convolution's weights: per tap, the product of output gradient and shifted input. */
function convWeight(dy: Value, node: Node, x: Value, w: Value): Value {
  const [outputs, inputs, kernel] = sizesOf(w) as [number, number, number];
  const padded = pad(x, 2, paddingOf(node), paddingOf(node));
  const length = sizesOf(dy)[2]!;
  const taps = Array.from({ length: kernel }, (_, tap) => {
    const start = tap * dilationOf(node);
    const seen = slice(padded, 2, start, start + length);
    return reshape(sum(matmul(dy, seen, { transB: true }), [0]), [outputs, inputs, 1]);
  });
  return kernel === 1 ? taps[0]! : concat(taps, 2);
}

/**
 * Gradients of a scalar with respect to values of its graph, each of its value's shape, appended to the graph. Values
 * that the loss does not depend on get zeros. Throws a GraphError for operations without a rule.
 */
export function gradients(loss: Value, targets: readonly Value[]): Value[] {
  const graph = loss.graph;
  if (loss.shape.length !== 0)
    throw new GraphError(`gradients: the loss must be a scalar, got [${loss.shape.join(", ")}]`);
  const nodes = graph.nodes.slice();
  const dependent = dependents(nodes, targets);
  const found = new Map<Value, Value>([[loss, graph.scalar(1)]]);
  for (const node of nodes.reverse()) {
    const outputGradients = node.outputs.map((output) => found.get(output));
    const reached = outputGradients.some((gradient) => gradient !== undefined);
    if (reached && node.inputs.some((input) => input && dependent.has(input)))
      propagate(node, outputGradients, dependent, found);
  }
  return targets.map((value) => found.get(value) ?? zeros(value));
}

/** Adds the gradients of a node's inputs to those found so far. */
function propagate(
  node: Node,
  outputGradients: readonly (Value | undefined)[],
  dependent: ReadonlySet<Value>,
  found: Map<Value, Value>,
): void {
  const rule = rules[node.op];
  if (!rule) throw new GraphError(`${node.op} has no gradient rule`);
  const inputs = node.inputs.filter((input) => input !== undefined);
  const parts = rule(
    outputGradients.find((gradient) => gradient !== undefined)!,
    { y: node.outputs[0]!, node, outputGradients },
    ...inputs,
  );
  parts.forEach((part, index) => {
    const input = inputs[index]!;
    if (!part || !dependent.has(input)) return;
    const gradient = sumBroadcast(part(), input);
    const known = found.get(input);
    found.set(input, known ? add(known, gradient) : gradient);
  });
}

/** All values that depend on the targets, themselves included. */
function dependents(nodes: readonly Node[], targets: readonly Value[]): Set<Value> {
  const found = new Set<Value>(targets);
  for (const { op, inputs, outputs } of nodes) {
    if (rules[op] !== nonDifferentiable && inputs.some((input) => input && found.has(input)))
      for (const output of outputs) found.add(output);
  }
  return found;
}

/** Sums a gradient over the axes along which the forward pass broadcast its value. */
function sumBroadcast(gradient: Value, like: Value): Value {
  const [from, to] = [sizesOf(gradient), sizesOf(like)];
  const extra = from.length - to.length;
  const axes = from.flatMap((size, axis) => (axis < extra || (to[axis - extra] === 1 && size !== 1) ? [axis] : []));
  return axes.length === 0 ? gradient : reshape(sum(gradient, axes, true), to);
}

/** The differentiable operations; the tests cover each. */
export const differentiable = (): string[] => Object.keys(rules).filter((op) => rules[op] !== nonDifferentiable);

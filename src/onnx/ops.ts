/** Operations, named as in the ONNX standard. Each throws a GraphError for shapes or types that don't fit. */
import {
  type Dim,
  type DType,
  describeType,
  fits,
  type Graph,
  GraphError,
  innermostGraph,
  type Node,
  type Shape,
  type Value,
} from "./graph.ts";
import { TYPE_CODES } from "./proto.ts";

/** A number stands for a scalar of the other operand's type. */
export type Operand = Value | number;

/** Adds an operation with one result of the given type and shape. */
export function emit(
  op: string,
  inputs: readonly (Value | undefined)[],
  type: DType,
  shape: Shape,
  attributes: Node["attributes"] = {},
  domain = "",
): Value {
  return innermostGraph(inputs).node(op, inputs, [{ type, shape }], attributes, domain)[0]!;
}

/** Domain of ONNX Runtime's contributed operations. */
export const MICROSOFT = "com.microsoft";

export const add = (a: Operand, b: Operand): Value => binary("Add", a, b);
export const sub = (a: Operand, b: Operand): Value => binary("Sub", a, b);
export const mul = (a: Operand, b: Operand): Value => binary("Mul", a, b);
export const div = (a: Operand, b: Operand): Value => binary("Div", a, b);
export const max = (a: Operand, b: Operand): Value => binary("Max", a, b);
export const min = (a: Operand, b: Operand): Value => binary("Min", a, b);
export const pow = (a: Operand, b: Operand): Value => binary("Pow", a, b);
export const less = (a: Operand, b: Operand): Value => binary("Less", a, b, "bool");
export const greater = (a: Operand, b: Operand): Value => binary("Greater", a, b, "bool");
export const lessOrEqual = (a: Operand, b: Operand): Value => binary("LessOrEqual", a, b, "bool");
export const greaterOrEqual = (a: Operand, b: Operand): Value => binary("GreaterOrEqual", a, b, "bool");
export const and = (a: Value, b: Value): Value => binary("And", a, b, "bool");

function binary(op: string, a: Operand, b: Operand, type?: DType): Value {
  const [x, y] = operands(a, b);
  if (x.type !== y.type) throw new GraphError(`${op}: types differ, ${describeType(x)} and ${describeType(y)}`);
  return emit(op, [x, y], type ?? x.type, broadcast(op, x, y));
}

/** Converts a number to a scalar of the other operand's type and graph. */
function operands(a: Operand, b: Operand): [Value, Value] {
  if (typeof a !== "number") return [a, typeof b === "number" ? a.graph.scalar(b, a.type) : b];
  if (typeof b === "number") throw new GraphError("an operation needs at least one value");
  return [b.graph.scalar(a, b.type), b];
}

/** The shape that two values broadcast to. */
export function broadcast(op: string, a: Value, b: Value): Shape {
  const rank = Math.max(a.shape.length, b.shape.length);
  const at = (shape: Shape, axis: number): Dim => shape[axis - (rank - shape.length)] ?? 1;
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [at(a.shape, axis), at(b.shape, axis)];
    if (!fits(x, y) && x !== 1 && y !== 1)
      throw new GraphError(`${op}: shapes don't fit, ${describeType(a)} and ${describeType(b)}`);
    return widest(x, y);
  });
}

/** The size that two compatible sizes broadcast to. */
export const widest = (a: Dim, b: Dim): Dim =>
  a === 1 || (typeof a === "string" && typeof b === "number" && b !== 1) ? b : a;

const unary = (op: string, x: Value, domain = ""): Value => emit(op, [x], x.type, x.shape, {}, domain);
export const neg = (x: Value): Value => unary("Neg", x);
export const exp = (x: Value): Value => unary("Exp", x);
export const log = (x: Value): Value => unary("Log", x);
export const cos = (x: Value): Value => unary("Cos", x);
export const sin = (x: Value): Value => unary("Sin", x);
export const sqrt = (x: Value): Value => unary("Sqrt", x);
export const relu = (x: Value): Value => unary("Relu", x);
export const sigmoid = (x: Value): Value => unary("Sigmoid", x);
export const floor = (x: Value): Value => unary("Floor", x);
export const not = (x: Value): Value => unary("Not", x);

/** x · sigmoid(1.702 x) (spec 3.6). */
export const quickGelu = (x: Value): Value =>
  emit("QuickGelu", [x], x.type, x.shape, { alpha: { float: 1.702 } }, MICROSOFT);

export const cast = (x: Value, type: DType): Value =>
  x.type === type ? x : emit("Cast", [x], type, x.shape, { to: TYPE_CODES[type] });

/** The same value without a gradient. */
export const stopGradient = (x: Value): Value => emit("Identity", [x], x.type, x.shape);

export const where = (condition: Value, a: Operand, b: Operand): Value => {
  const [x, y] = operands(a, b);
  const shape = broadcast("Where", condition, { ...x, shape: broadcast("Where", x, y) });
  return emit("Where", [condition, x, y], x.type, shape);
};

/** Over the last axis. */
export const softmax = (x: Value): Value => emit("Softmax", [x], x.type, x.shape, { axis: -1 });

/** log(softmax(x)) over the last axis, numerically stable. */
export const logSoftmax = (x: Value): Value => emit("LogSoftmax", [x], x.type, x.shape, { axis: -1 });

/** Layer normalisation over the last axis, biased variance, ε = 1e-5 (spec 0). */
export function layerNorm(x: Value, weight: Value, bias: Value): Value {
  const width = x.shape.at(-1)!;
  if (weight.shape[0] !== width || bias.shape[0] !== width)
    throw new GraphError(`LayerNormalization: ${describeType(x)} with ${describeType(weight)}`);
  const rows = [...x.shape.slice(0, -1), 1];
  const results = [x.shape, rows, rows].map((shape) => ({ type: x.type, shape }));
  return innermostGraph([x, weight]).node("LayerNormalization", [x, weight, bias], results, {
    axis: -1,
    epsilon: { float: 1e-5 },
  })[0]!;
}

/** Slices of `data` along an axis, chosen by int32 or int64 indices of any shape. */
export function gather(data: Value, indices: Value, axis = 0): Value {
  const shape = [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)];
  return emit("Gather", [data, indices], data.type, shape, { axis });
}

/** Of the shape of `indices`: out[i, j] = data[i, indices[i, j]] for axis 1 of two. */
export const gatherElements = (data: Value, indices: Value, axis: number): Value =>
  emit("GatherElements", [data, indices], data.type, indices.shape, { axis });

/** `data` with `updates` added at the positions that `gatherElements` would read. */
export const scatterAdd = (data: Value, indices: Value, updates: Value, axis: number): Value =>
  emit("ScatterElements", [data, indices, updates], data.type, data.shape, { axis, reduction: "add" });

/** `data` with `updates` at int64 indices `places`, whose last axis indexes the first axes of `data`. */
export const scatter = (data: Value, places: Value, updates: Value): Value =>
  emit("ScatterND", [data, places, updates], data.type, data.shape);

/** Zeros [rows, width] with `updates` [n, width] added at `indices` [n]. Deterministic for any number of threads. */
export function scatterRows(updates: Value, indices: Value, rows: number): Value {
  const [count, width] = updates.shape as [Dim, Dim];
  const zeros = updates.graph.constant("float32", [1], new Float32Array(1));
  const wide = expand(reshape(indices, [count as number, 1]), [count, width]);
  return scatterAdd(expand(reshape(zeros, [1, 1]), [rows, width]), wide, updates, 0);
}

/** Reshapes; one size may be −1 (inferred), and 0 keeps the size of that axis. */
export function reshape(x: Value, shape: readonly number[]): Value {
  const result: Dim[] = shape.map((dim, axis) => (dim === 0 ? (x.shape[axis] ?? 0) : dim));
  const open = result.indexOf(-1);
  const sizes = x.shape.every((dim) => typeof dim === "number") ? product(x.shape as number[]) : undefined;
  if (open >= 0) {
    const rest = result.filter((_, axis) => axis !== open);
    const known = sizes !== undefined && rest.every((dim) => typeof dim === "number");
    result[open] = known ? sizes / product(rest as number[]) : x.graph.fresh("size");
  }
  const whole =
    sizes === undefined || (result.every((dim) => Number.isInteger(dim)) && product(result as number[]) === sizes);
  if (!whole) throw new GraphError(`Reshape: ${describeType(x)} to [${shape.join(", ")}]`);
  return emit("Reshape", [x, integers(x.graph, shape)], x.type, result);
}

/** Reshapes to sizes of which some are int64 scalars, computed when the graph runs; one size may be −1. */
export function reshapeTo(x: Value, sizes: readonly (number | Value)[]): Value {
  const shape = sizes.map((size) => (typeof size === "number" && size >= 0 ? size : x.graph.fresh("size")));
  return emit("Reshape", [x, sizesOf(x.graph, sizes)], x.type, shape);
}

/** float32 zeros of a shape of which some sizes may be int64 scalars, computed when the graph runs. */
export function zeros(graph: Graph, sizes: readonly (number | Value)[]): Value {
  const shape = sizes.map((size) => (typeof size === "number" ? size : graph.fresh("size")));
  return emit("ConstantOfShape", [sizesOf(graph, sizes)], "float32", shape);
}

/** int64 [sizes]; computed in the innermost graph of the sizes, not at each use. */
function sizesOf(graph: Graph, sizes: readonly (number | Value)[]): Value {
  const values = sizes.filter((size) => typeof size !== "number");
  if (values.length === 0) return integers(graph, sizes as readonly number[]); // no size is a value
  const place = innermostGraph(values);
  return concat(
    sizes.map((size) => (typeof size === "number" ? integers(place, [size]) : reshape(size, [1]))),
    0,
  );
}

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);
const integers = (graph: Graph, list: readonly number[]): Value =>
  graph.constant("int64", [list.length], BigInt64Array.from(list, BigInt));

export function transpose(x: Value, order: readonly number[]): Value {
  if (order.length !== x.shape.length) throw new GraphError(`Transpose: ${describeType(x)} by [${order.join(", ")}]`);
  return emit(
    "Transpose",
    [x],
    x.type,
    order.map((axis) => x.shape[axis]!),
    { perm: order },
  );
}

/** `start` (inclusive) … `end` (exclusive; to the end if left out) of an axis. Negative numbers count from the end. */
export function slice(x: Value, axis: number, start: number, end?: number): Value {
  const size = x.shape[axis]!;
  const known = typeof size === "number";
  const from = known && start < 0 ? size + start : start;
  const to = known ? (end === undefined ? size : end < 0 ? size + end : end) : end;
  if (known && (from < 0 || to! > size || from > to!))
    throw new GraphError(`Slice: ${describeType(x)} from ${start} to ${end} on axis ${axis}`);
  const length = to !== undefined && from >= 0 && to >= 0 ? to - from : x.graph.fresh("size");
  const shape = x.shape.map((dim, at) => (at === axis ? length : dim));
  const g = x.graph;
  return emit(
    "Slice",
    [x, integers(g, [from]), integers(g, [to ?? Number.MAX_SAFE_INTEGER]), integers(g, [axis])],
    x.type,
    shape,
  );
}

/** The start of an axis up to `end`, an int64 scalar that may exceed its size. */
export function sliceTo(x: Value, axis: number, end: Value): Value {
  const shape = x.shape.map((dim, at) => (at === axis ? x.graph.fresh("size") : dim));
  const g = x.graph;
  return emit("Slice", [x, integers(g, [0]), reshape(end, [1]), integers(g, [axis])], x.type, shape);
}

/** Splits an axis into two parts of sizes `first` and `rest`, int64 scalars. */
export function splitAt(x: Value, axis: number, first: Value, rest: Value): [Value, Value] {
  const part = () => ({ type: x.type, shape: x.shape.map((dim, at) => (at === axis ? x.graph.fresh("size") : dim)) });
  const sizes = concat([reshape(first, [1]), reshape(rest, [1])], 0);
  const [before, behind] = x.graph.node("Split", [x, sizes], [part(), part()], { axis });
  return [before!, behind!];
}

/** Splits an axis into parts of the given sizes. */
export function split(x: Value, axis: number, sizes: readonly number[]): Value[] {
  if (x.shape[axis] !== sizes.reduce((a, b) => a + b, 0))
    throw new GraphError(`Split: ${describeType(x)} into [${sizes.join(", ")}] on axis ${axis}`);
  const results = sizes.map((size) => ({ type: x.type, shape: x.shape.map((dim, at) => (at === axis ? size : dim)) }));
  return x.graph.node("Split", [x, integers(x.graph, sizes)], results, { axis });
}

export function concat(values: readonly Value[], axis: number): Value {
  const first = values[0]!;
  const odd = values.find(
    ({ shape, type }) =>
      type !== first.type ||
      shape.length !== first.shape.length ||
      shape.some((dim, at) => at !== axis && !fits(dim, first.shape[at]!)),
  );
  if (odd) throw new GraphError(`Concat: ${describeType(first)} and ${describeType(odd)} on axis ${axis}`);
  const sizes = values.map(({ shape }) => shape[axis]!);
  const size = sizes.every((dim) => typeof dim === "number")
    ? sizes.reduce((a, b) => a + b, 0)
    : innermostGraph(values).fresh("size");
  return emit(
    "Concat",
    values,
    first.type,
    first.shape.map((dim, at) => (at === axis ? size : dim)),
    { axis },
  );
}

/** Pads one axis with zeros. */
export function pad(x: Value, axis: number, before: number, after: number): Value {
  if (before === 0 && after === 0) return x;
  const at = axis < 0 ? x.shape.length + axis : axis;
  const pads = [before, after].flatMap((size) => x.shape.map((_, one) => (one === at ? size : 0)));
  const size = x.shape[at]!;
  const result = typeof size === "number" ? size + before + after : x.graph.fresh("size");
  return emit(
    "Pad",
    [x, integers(x.graph, pads)],
    x.type,
    x.shape.map((dim, one) => (one === at ? result : dim)),
  );
}

/** Broadcasts to a shape whose sizes are known. */
export function expand(x: Value, shape: Shape): Value {
  const sizes = shape.map((dim) => {
    if (typeof dim !== "number") throw new GraphError(`Expand: ${describeType(x)} to a size known only later`);
    return dim;
  });
  return emit("Expand", [x, integers(x.graph, sizes)], x.type, shape);
}

export const sum = (x: Value, axes?: readonly number[], keep = false): Value => reduce("ReduceSum", x, axes, keep);
export const largest = (x: Value, axes?: readonly number[], keep = false): Value => reduce("ReduceMax", x, axes, keep);
export const mean = (x: Value, axes?: readonly number[], keep = false): Value => reduce("ReduceMean", x, axes, keep);

function reduce(op: string, x: Value, axes: readonly number[] | undefined, keep: boolean): Value {
  const all = (axes ?? x.shape.map((_, axis) => axis)).map((axis) => (axis < 0 ? x.shape.length + axis : axis));
  const shape = x.shape.flatMap((dim, axis) => (all.includes(axis) ? (keep ? [1] : []) : [dim]));
  return emit(op, [x, integers(x.graph, all)], x.type, shape, { keepdims: keep ? 1 : 0 });
}

/** Index of the smallest element along an axis, the lowest index on ties; int64. */
export const argMin = (x: Value, axis: number): Value =>
  emit(
    "ArgMin",
    [x],
    "int64",
    x.shape.filter((_, at) => at !== axis),
    { axis, keepdims: 0 },
  );

/**
 * The k largest elements along the last axis in descending order, the lower index first on ties: values, int64 indices.
 */
export function topK(x: Value, k: number | Value): [Value, Value] {
  const shape = [...x.shape.slice(0, -1), typeof k === "number" ? k : x.graph.fresh("size")];
  const [values, places] = x.graph.node(
    "TopK",
    [x, typeof k === "number" ? integers(x.graph, [k]) : reshape(k, [1])],
    [
      { type: x.type, shape },
      { type: "int64", shape },
    ],
    { axis: -1 },
  );
  return [values!, places!];
}

/** Cumulative sum along the last axis, including each element itself, or `exclusive`. */
export const cumulativeSum = (x: Value, { exclusive = false } = {}): Value =>
  emit("CumSum", [x, x.graph.scalar(x.shape.length - 1, "int64")], x.type, x.shape, { exclusive: exclusive ? 1 : 0 });

/** Size of an axis as an int64 scalar, computed when the graph runs. */
export function sizeOf(x: Value, axis: number): Value {
  return reshape(emit("Shape", [x], "int64", [1], { start: axis, end: axis + 1 }), []);
}

/** 0, 1, …, end − 1, int64, for an int64 scalar `end`. */
export const range = (end: Value): Value =>
  emit("Range", [end.graph.scalar(0, "int64"), end, end.graph.scalar(1, "int64")], "int64", [end.graph.fresh("size")]);

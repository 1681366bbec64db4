/** Matrix products and convolutions: the operations that take nearly all the time. */
import { type Dim, describe, fits, GraphError, home, type Value } from "./graph.ts";
import { emit, MICROSOFT, widest } from "./ops.ts";

export interface MatMulOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** The product is multiplied by this. */
  readonly alpha?: number;
}

/** Product of the last two axes, over broadcast leading axes; either side may be taken transposed. */
export function matmul(a: Value, b: Value, { transA = false, transB = false, alpha = 1 }: MatMulOptions = {}): Value {
  const [rows, innerA] = lastTwo(a, transA);
  const [innerB, columns] = lastTwo(b, transB);
  if (!fits(innerA, innerB)) throw new GraphError(`MatMul: inner sizes differ, ${describe(a)} × ${describe(b)}`);
  const rank = Math.max(a.shape.length, b.shape.length);
  const lead = Array.from({ length: rank - 2 }, (_, axis) => {
    const x = a.shape[axis - (rank - a.shape.length)] ?? 1;
    const y = b.shape[axis - (rank - b.shape.length)] ?? 1;
    if (!fits(x, y) && x !== 1 && y !== 1)
      throw new GraphError(`MatMul: leading sizes differ, ${describe(a)} × ${describe(b)}`);
    return widest(x, y);
  });
  const shape = [...lead, rows, columns];
  if (!transA && !transB && alpha === 1) return emit("MatMul", [a, b], a.type, shape);
  const attributes = { transA: Number(transA), transB: Number(transB), alpha: { float: alpha } };
  return emit("FusedMatMul", [a, b], a.type, shape, attributes, MICROSOFT);
}

function lastTwo(x: Value, transposed: boolean): [Dim, Dim] {
  if (x.shape.length < 2) throw new GraphError(`MatMul: needs two axes, got ${describe(x)}`);
  const [rows, columns] = x.shape.slice(-2) as [Dim, Dim];
  return transposed ? [columns, rows] : [rows, columns];
}

/** x·w + b on rows: x [rows, in], w [in, out], b [out]. */
export function gemm(x: Value, w: Value, b?: Value): Value {
  if (x.shape.length !== 2 || w.shape.length !== 2 || x.shape[1] !== w.shape[0])
    throw new GraphError(`Gemm: ${describe(x)} × ${describe(w)}`);
  if (b && b.shape[0] !== w.shape[1]) throw new GraphError(`Gemm: ${describe(w)} with bias ${describe(b)}`);
  return emit("Gemm", [x, w, b], x.type, [x.shape[0]!, w.shape[1]!]);
}

export interface Quantised {
  /** [out, blocks, blockBytes]: 8- or 4-bit numbers, packed along the input. */
  readonly packed: Value;
  /** [out · blocks] */
  readonly scales: Value;
  readonly bits: 4 | 8;
  readonly block: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** x·w + b with w in blocks of 4- or 8-bit numbers and a scale each (symmetric), x [.., in]. */
export function matmulNBits(
  x: Value,
  { packed, scales, bits, block, inputs, outputs }: Quantised,
  bias?: Value,
): Value {
  if (x.shape.at(-1) !== inputs) throw new GraphError(`MatMulNBits: ${describe(x)} with [${inputs}, ${outputs}]`);
  const attributes = { K: inputs, N: outputs, bits, block_size: block, accuracy_level: 4 };
  const shape = [...x.shape.slice(0, -1), outputs];
  return emit("MatMulNBits", [x, packed, scales, undefined, undefined, bias], x.type, shape, attributes, MICROSOFT);
}

export interface ConvOptions {
  readonly dilation?: number;
  /** Zeros on each side. */
  readonly padding?: number;
}

/** Convolution over time, stride 1: x [batch, in, time], w [out, in, kernel], b [out]. */
export function conv(x: Value, w: Value, b?: Value, { dilation = 1, padding = 0 }: ConvOptions = {}): Value {
  const [batch, channels, time] = x.shape as [Dim, Dim, Dim];
  const [outputs, inputs, kernel] = w.shape as [number, number, number];
  if (channels !== inputs || (b && b.shape[0] !== outputs))
    throw new GraphError(`Conv: ${describe(x)} with ${describe(w)}`);
  const shrink = dilation * (kernel - 1) - 2 * padding;
  const length = typeof time === "number" ? time - shrink : shrink === 0 ? time : home([x]).fresh("size");
  if (typeof length === "number" && length < 1)
    throw new GraphError(`Conv: ${describe(x)} is shorter than ${describe(w)} dilated by ${dilation}`);
  return emit("Conv", [x, w, b], x.type, [batch, outputs, length], {
    dilations: [dilation],
    pads: [padding, padding],
    kernel_shape: [kernel],
  });
}

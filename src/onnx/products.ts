/** Matrix products and convolutions, which take nearly all of the computing time. */
import { type Dim, describeType, fits, GraphError, innermostGraph, type Value } from "./graph.ts";
import { emit, MICROSOFT, widest } from "./ops.ts";

export interface MatMulOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** Factor on the product. */
  readonly alpha?: number;
}

/** Matrix product of the last two axes, broadcast over leading axes; each operand may be transposed. */
export function matmul(a: Value, b: Value, { transA = false, transB = false, alpha = 1 }: MatMulOptions = {}): Value {
  const [rows, innerA] = lastTwo(a, transA);
  const [innerB, columns] = lastTwo(b, transB);
  if (!fits(innerA, innerB))
    throw new GraphError(`MatMul: inner sizes differ, ${describeType(a)} × ${describeType(b)}`);
  const rank = Math.max(a.shape.length, b.shape.length);
  const lead = Array.from({ length: rank - 2 }, (_, axis) => {
    const x = a.shape[axis - (rank - a.shape.length)] ?? 1;
    const y = b.shape[axis - (rank - b.shape.length)] ?? 1;
    if (!fits(x, y) && x !== 1 && y !== 1)
      throw new GraphError(`MatMul: leading sizes differ, ${describeType(a)} × ${describeType(b)}`);
    return widest(x, y);
  });
  const shape = [...lead, rows, columns];
  if (!transA && !transB && alpha === 1) return emit("MatMul", [a, b], a.type, shape);
  const attributes = { transA: Number(transA), transB: Number(transB), alpha: { float: alpha } };
  return emit("FusedMatMul", [a, b], a.type, shape, attributes, MICROSOFT);
}

function lastTwo(x: Value, transposed: boolean): [Dim, Dim] {
  if (x.shape.length < 2) throw new GraphError(`MatMul: needs two axes, got ${describeType(x)}`);
  const [rows, columns] = x.shape.slice(-2) as [Dim, Dim];
  return transposed ? [columns, rows] : [rows, columns];
}

/** x·w + b: x [rows, in], w [in, out], b [out] → [rows, out]. */
export function gemm(x: Value, w: Value, b?: Value): Value {
  if (x.shape.length !== 2 || w.shape.length !== 2 || x.shape[1] !== w.shape[0])
    throw new GraphError(`Gemm: ${describeType(x)} × ${describeType(w)}`);
  if (b && b.shape[0] !== w.shape[1]) throw new GraphError(`Gemm: ${describeType(w)} with bias ${describeType(b)}`);
  return emit("Gemm", [x, w, b], x.type, [x.shape[0]!, w.shape[1]!]);
}

export interface Quantised {
  /** [out, blocks, blockBytes]: 8- or 4-bit integers, packed along the input axis. */
  readonly packed: Value;
  /** [out · blocks] */
  readonly scales: Value;
  readonly bits: 4 | 8;
  readonly block: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** x·w + b with w quantised symmetrically to 4 or 8 bits, one scale per block: x [.., in] → [.., out]. */
export function matmulNBits(
  x: Value,
  { packed, scales, bits, block, inputs, outputs }: Quantised,
  bias?: Value,
): Value {
  if (x.shape.at(-1) !== inputs) throw new GraphError(`MatMulNBits: ${describeType(x)} with [${inputs}, ${outputs}]`);
  const attributes = { K: inputs, N: outputs, bits, block_size: block, accuracy_level: 4 };
  const shape = [...x.shape.slice(0, -1), outputs];
  return emit("MatMulNBits", [x, packed, scales, undefined, undefined, bias], x.type, shape, attributes, MICROSOFT);
}

export interface ConvOptions {
  readonly dilation?: number;
  /** Zeros on either side. */
  readonly padding?: number;
}

/** 1-D convolution, stride 1: x [batch, in, time], w [out, in, kernel], b [out] → [batch, out, time]. */
export function conv(x: Value, w: Value, b?: Value, { dilation = 1, padding = 0 }: ConvOptions = {}): Value {
  const [batch, channels, time] = x.shape as [Dim, Dim, Dim];
  const [outputs, inputs, kernel] = w.shape as [number, number, number];
  if (channels !== inputs || (b && b.shape[0] !== outputs))
    throw new GraphError(`Conv: ${describeType(x)} with ${describeType(w)}`);
  const shrink = dilation * (kernel - 1) - 2 * padding;
  const length = typeof time === "number" ? time - shrink : shrink === 0 ? time : innermostGraph([x]).fresh("size");
  if (typeof length === "number" && length < 1)
    throw new GraphError(`Conv: ${describeType(x)} is shorter than ${describeType(w)} dilated by ${dilation}`);
  return emit("Conv", [x, w, b], x.type, [batch, outputs, length], {
    dilations: [dilation],
    pads: [padding, padding],
    kernel_shape: [kernel],
  });
}

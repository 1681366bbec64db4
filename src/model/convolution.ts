/** Convolutions over time as the VQ-VAE and the conditioner use them (spec 2.1): residual, halving and doubling. */
import type { Value } from "../onnx/graph.ts";
import { add, concat, mul, pad, relu, reshape, slice, transpose } from "../onnx/ops.ts";
import { conv } from "../onnx/products.ts";
import type { Weights } from "./weights.ts";

/** Kernel 3, same length: x [batch, inputs, time]. */
export function conv3(x: Value, w: Weights, inputs: number, outputs: number): Value {
  return conv(x, w.tensor("weight", [outputs, inputs, 3]), w.tensor("bias", [outputs]), { padding: 1 });
}

/** Kernel 2·stride, padding stride/2: time shrinks by the (even) stride. Same numbers as a strided convolution, faster. */
export function down(x: Value, w: Weights, inputs: number, outputs: number, stride: number): Value {
  const batch = x.shape[0] as number;
  const padded = reshape(pad(x, 2, stride / 2, stride / 2), [batch, inputs, -1, stride]);
  const folded = reshape(transpose(padded, [0, 1, 3, 2]), [batch, inputs * stride, -1]); // [batch, inputs·stride, T/stride + 1]
  const weight = reshape(w.tensor("weight", [outputs, inputs, 2 * stride]), [outputs, inputs, 2, stride]);
  const kernel = reshape(transpose(weight, [0, 1, 3, 2]), [outputs, inputs * stride, 2]);
  return conv(folded, kernel, w.tensor("bias", [outputs]));
}

/** Transposed convolution, kernel 2·stride, padding stride/2: time grows by the (even) stride. */
export function up(x: Value, w: Weights, inputs: number, outputs: number, stride: number): Value {
  const batch = x.shape[0] as number;
  const weight = reshape(w.tensor("weight", [inputs, outputs, 2 * stride]), [inputs, outputs, 2, stride]);
  const backwards = concat([slice(weight, 2, 1, 2), slice(weight, 2, 0, 1)], 2); // the tap on the code before comes first
  const kernel = reshape(transpose(backwards, [1, 3, 0, 2]), [outputs * stride, inputs, 2]);
  const phases = reshape(conv(x, kernel, undefined, { padding: 1 }), [batch, outputs, stride, -1]); // [.., stride, T + 1]
  const whole = reshape(transpose(phases, [0, 1, 3, 2]), [batch, outputs, -1]);
  const bias = reshape(w.tensor("bias", [outputs]), [1, outputs, 1]);
  return add(slice(whole, 2, stride / 2, -stride / 2), bias);
}

export interface ResnetSize {
  readonly width: number;
  readonly depth: number;
  readonly dilationGrowth: number;
  /** Dilations start anew after so many blocks. */
  readonly dilationCycle?: number;
  /** Largest dilation first. */
  readonly reversed?: boolean;
  /** What a block adds is multiplied by this. */
  readonly scale?: number;
  /** Width inside a block. */
  readonly hidden?: number;
}

/** x + s·conv1(relu(conv3(relu(x)))) for each block; names follow the order of execution: `<r>.model.1`, `<r>.model.3`. */
export function resnet(x: Value, w: Weights, size: ResnetSize): Value {
  return dilations(size).reduce(
    (all, dilation, index) => add(all, block(all, w.at(`${index}.model`), dilation, size)),
    x,
  );
}

/** Dilation of each block, in order of execution. */
export function dilations({ depth, dilationGrowth, dilationCycle = depth, reversed = false }: ResnetSize): number[] {
  const growing = Array.from({ length: depth }, (_, index) => dilationGrowth ** (index % dilationCycle));
  return reversed ? growing.reverse() : growing;
}

function block(x: Value, w: Weights, dilation: number, { width, hidden = width, scale = 1 }: ResnetSize): Value {
  const [wide, narrow] = [w.at("1"), w.at("3")];
  const inner = conv(relu(x), wide.tensor("weight", [hidden, width, 3]), wide.tensor("bias", [hidden]), {
    dilation,
    padding: dilation,
  });
  const outer = conv(relu(inner), narrow.tensor("weight", [width, hidden, 1]), narrow.tensor("bias", [width]));
  return scale === 1 ? outer : mul(outer, scale);
}

/** [batch, time, channels] ↔ [batch, channels, time] */
export const swapTime = (x: Value): Value => transpose(x, [0, 2, 1]);

/** The VQ-VAE (spec 2): one autoencoder a level, sound to codes and codes to sound. */
import { GraphError, type Value } from "../onnx/graph.ts";
import { add, argMin, cast, concat, gather, mul, pad, reshape, slice, sub, sum, transpose } from "../onnx/ops.ts";
import { conv, matmul } from "../onnx/products.ts";
import { conv3, down, type ResnetSize, resnet, swapTime, up } from "./convolution.ts";
import type { Weights } from "./weights.ts";

export interface VqvaeSize {
  /** How often block i halves (or divides by its stride), finest block first. */
  readonly downsT: readonly number[];
  /** Even numbers. */
  readonly stridesT: readonly number[];
  readonly embWidth: number;
  /** Codes by level, finest first. */
  readonly lBins: readonly number[];
  readonly width: number;
  readonly depth: number;
  /** Width and depth of a level's networks are multiplied by these. */
  readonly multipliers: readonly number[];
  readonly mConv: number;
  readonly dilationGrowthRate: number;
  readonly reverseDecoderDilation: boolean;
}

/** Samples a code, by level, finest first. */
export function hopsOf({ downsT, stridesT }: Pick<VqvaeSize, "downsT" | "stridesT">): number[] {
  let hop = 1;
  return downsT.map((times, block) => {
    hop *= stridesT[block]! ** times;
    return hop;
  });
}

/** Samples on each side that a decoded sample depends on, rounded up to whole codes of its level: how much chunks must overlap. */
export function decoderReach(level: number, size: VqvaeSize): number {
  const { depth } = levelSize(level, size);
  const dilated = (size.dilationGrowthRate ** depth - 1) / (size.dilationGrowthRate - 1);
  const hops = hopsOf(size);
  let [reach, step] = [0, hops[level]!];
  for (let block = level; block >= 0; block--) {
    reach += step;
    for (let time = 0; time < size.downsT[block]!; time++) {
      reach += dilated * step + step;
      step /= size.stridesT[block]!;
    }
  }
  return Math.ceil((reach + 1) / hops[level]!) * hops[level]!;
}

/** Samples on each side that a code hears beyond its own, rounded up to whole codes. */
export function encoderReach(level: number, size: VqvaeSize): number {
  const { depth } = levelSize(level, size);
  const dilated = (size.dilationGrowthRate ** depth - 1) / (size.dilationGrowthRate - 1);
  const hop = hopsOf(size)[level]!;
  let [reach, step] = [0, 1];
  for (let block = 0; block <= level; block++) {
    for (let time = 0; time < size.downsT[block]!; time++) {
      step *= size.stridesT[block]!;
      reach += step + dilated * step; // a strided kernel sticks out by half a stride
    }
    reach += step;
  }
  return Math.ceil(reach / hop) * hop;
}

/** Sound [batch, 1, samples] to latents [batch, embWidth, samples / hop]. */
export function encode(level: number, sound: Value, weights: Weights, size: VqvaeSize): Value {
  const hop = hopsOf(size)[level]!;
  const samples = sound.shape[2]!;
  if (typeof samples === "number" && samples % hop !== 0)
    throw new GraphError(`encode: ${samples} samples are no multiple of the hop, ${hop}`);
  const encoder = weights.at(`encoders.${level}`);
  let x = sound;
  for (let block = 0; block <= level; block++)
    x = encodeBlock(x, encoder.at(`level_blocks.${block}.model`), block, level, size);
  return x;
}

function encodeBlock(sound: Value, w: Weights, block: number, level: number, size: VqvaeSize): Value {
  const inner = levelSize(level, size);
  const times = size.downsT[block]!;
  let x = sound;
  for (let time = 0; time < times; time++) {
    const inputs = time > 0 ? inner.width : block > 0 ? size.embWidth : 1;
    x = down(x, w.at(`${time}.0`), inputs, inner.width, evenStride(size, block));
    x = resnet(x, w.at(`${time}.1.model`), inner);
  }
  return conv3(x, w.at(String(times)), inner.width, size.embWidth);
}

/** The codebook of a level [bins, embWidth]. */
export const codebook = (level: number, weights: Weights, size: VqvaeSize): Value =>
  weights.tensor(codebookName(level), [size.lBins[level]!, size.embWidth]);
export const codebookName = (level: number): string => `bottleneck.level_blocks.${level}.k`;

/** Latents as rows: [batch, embWidth, codes] to [batch · codes, embWidth]. */
export const rowsOf = (latents: Value): Value => reshape(swapTime(latents), [-1, latents.shape[1] as number]);

/** Index of the nearest row of the codebook for each row, the lowest on ties; int32 [rows]. |x|² is the same for all, and left out. */
export function nearest(rows: Value, k: Value): Value {
  const lengths = sum(mul(k, k), [1]); // [bins]
  return cast(argMin(add(matmul(rows, k, { transB: true, alpha: -2 }), lengths), 1), "int32");
}

/** Codes [batch, codes] to vectors [batch, embWidth, codes]. */
export const lookup = (codes: Value, k: Value): Value => swapTime(gather(k, codes));

/** Vectors [batch, embWidth, codes] to sound [batch, 1, codes · hop]. */
export function decode(level: number, vectors: Value, weights: Weights, size: VqvaeSize): Value {
  const decoder = weights.at(`decoders.${level}`);
  let x = vectors;
  for (let block = level; block >= 0; block--) x = decodeBlock(x, decoder, block, level, size);
  return x;
}

/** The last step of block 0 gives sound. */
function decodeBlock(vectors: Value, decoder: Weights, block: number, level: number, size: VqvaeSize): Value {
  const inner = levelSize(level, size);
  const w = decoder.at(`level_blocks.${block}.model`);
  const times = size.downsT[block]!;
  const stride = evenStride(size, block);
  let x = conv3(vectors, w.at("0"), size.embWidth, inner.width);
  for (let time = 1; time <= times; time++) {
    x = resnet(x, w.at(`${time}.0.model`), { ...inner, reversed: size.reverseDecoderDilation });
    const growing = w.at(`${time}.1`);
    if (time < times) x = up(x, growing, inner.width, inner.width, stride);
    else if (block > 0) x = up(x, growing, inner.width, size.embWidth, stride);
    else x = upToSound(x, { growing, out: decoder.at("out"), width: inner.width, embWidth: size.embWidth, stride });
  }
  return x;
}

interface Tail {
  readonly growing: Weights;
  readonly out: Weights;
  readonly width: number;
  readonly embWidth: number;
  readonly stride: number;
}

/**
 * The last transposed convolution and the closing one (kernel 3, to one channel). Nothing stands between them, so their kernels
 * are convolved first and embWidth channels at the full rate are never made: a tenth of the work, the same numbers.
 */
function upToSound(x: Value, { growing, out, width, embWidth, stride }: Tail): Value {
  const [w, b] = [growing.tensor("weight", [width, embWidth, 2 * stride]), growing.tensor("bias", [embWidth])];
  const [close, closeBias] = [out.tensor("weight", [1, embWidth, 3]), out.tensor("bias", [1])];
  const both = conv(w, close, undefined, { padding: 2 }); // [width, 1, 2·stride + 2]
  const taps = reshape(pad(both, 2, 0, stride - 2), [width, 3, stride]);
  const backwards = concat(
    [2, 1, 0].map((tap) => slice(taps, 1, tap, tap + 1)),
    1,
  ); // the oldest code's tap comes first
  const kernel = transpose(backwards, [2, 0, 1]); // [stride, width, 3]
  const phases = conv(x, kernel, undefined, { padding: 2 }); // [batch, stride, codes + 2]
  const whole = reshape(swapTime(phases), [x.shape[0] as number, 1, -1]);
  const before = stride / 2 + 1;
  const sound = slice(whole, 2, before, before - 2 * stride);
  const bias = add(sum(mul(close, reshape(b, [1, embWidth, 1]))), reshape(closeBias, [1, 1, 1]));
  const edge = (code: Value, tap: number, side: number): Value => {
    const outside = reshape(slice(w, 2, tap, tap + 1), [width, embWidth]); // what the first convolution has just beyond an end, where the second one sees a zero
    const closing = reshape(slice(close, 2, side, side + 1), [embWidth, 1]);
    const reached = matmul(reshape(code, [-1, width]), matmul(outside, closing)); // [batch, 1]
    return reshape(add(reached, matmul(reshape(b, [1, embWidth]), closing)), [-1, 1, 1]);
  };
  const first = sub(slice(sound, 2, 0, 1), edge(slice(x, 2, 0, 1), stride / 2 - 1, 0));
  const last = sub(slice(sound, 2, -1), edge(slice(x, 2, -1), stride + stride / 2, 2));
  return add(concat([first, slice(sound, 2, 1, -1), last], 2), bias);
}

function levelSize(level: number, size: VqvaeSize): ResnetSize {
  const multiplier = size.multipliers[level]!;
  const width = size.width * multiplier;
  return {
    width,
    depth: size.depth * multiplier,
    hidden: Math.trunc(size.mConv * width),
    dilationGrowth: size.dilationGrowthRate,
  };
}

function evenStride({ stridesT }: VqvaeSize, block: number): number {
  const stride = stridesT[block]!;
  if (stride < 2 || stride % 2 !== 0) throw new GraphError(`a stride must be even, not ${stride}`);
  return stride;
}

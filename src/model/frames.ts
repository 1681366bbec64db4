/** The codes of a frame: the nearest to what is left by those before it (spec 2.2; the paper's frames have one code). */
import type { Value } from "../onnx/graph.ts";
import { add, argMin, cast, concat, gather, mul, reshape, slice, stopGradient, sub, sum } from "../onnx/ops.ts";
import { matmul } from "../onnx/products.ts";
import { swapTime } from "./convolution.ts";

/** Latents as rows: [batch, embWidth, frames] to [batch · frames, embWidth]. */
export const rowsOf = (latents: Value): Value => reshape(swapTime(latents), [-1, latents.shape[1] as number]);

/** Index of the nearest row of the codebook for each row, the lowest on ties; int32 [rows]. |x|² is the same for all, and left out. */
export function nearest(rows: Value, k: Value): Value {
  const lengths = sum(mul(k, k), [1]); // [bins]
  return cast(argMin(add(matmul(rows, k, { transB: true, alpha: -2 }), lengths), 1), "int32");
}

/** One code of every frame: what it stands for, which it is, and the row of the codebook that it stands with. */
export interface CodeStage {
  /** What the codes before it leave [frames, embWidth]. */
  readonly rows: Value;
  /** int32 [frames] */
  readonly codes: Value;
  /** [frames, embWidth] */
  readonly vectors: Value;
}

/** Residual quantisation of rows [frames, embWidth]: each code is the nearest to what those before it leave. */
export function quantise(rows: Value, k: Value, perFrame: number): CodeStage[] {
  const bins = (k.shape[0] as number) / perFrame;
  const stages: CodeStage[] = [];
  for (let place = 0; place < perFrame; place++) {
    const before = stages.at(-1);
    const rest = before ? sub(before.rows, before.vectors) : rows;
    const book = perFrame === 1 ? k : slice(k, 0, place * bins, (place + 1) * bins);
    const codes = nearest(stopGradient(rest), book);
    stages.push({ rows: rest, codes, vectors: gather(book, codes) });
  }
  return stages;
}

/** Codes by their place in a frame [frames] as one line [frames · places]. */
export function interleaved(codes: readonly Value[]): Value {
  if (codes.length === 1) return codes[0]!;
  const columns = codes.map((one) => reshape(one, [-1, 1]));
  return reshape(concat(columns, 1), [-1]);
}

/** Codes [batch, frames · codes of a frame] to vectors [batch, embWidth, frames]: what a frame's codes stand for is added up. */
export function lookup(codes: Value, k: Value, perFrame = 1): Value {
  if (perFrame === 1) return swapTime(gather(k, codes));
  const bins = (k.shape[0] as number) / perFrame;
  const first = Int32Array.from({ length: perFrame }, (_, place) => place * bins);
  const frames = reshape(codes, [codes.shape[0] as number, -1, perFrame]);
  const places = add(frames, codes.graph.constant("int32", [1, 1, perFrame], first));
  return swapTime(sum(gather(k, places), [2]));
}

/** What the VQ-VAE is trained on (spec 2.3): squared error with its peaks, and the difference of spectra. */
import type { Graph, Value } from "../onnx/graph.ts";
import {
  add,
  concat,
  gather,
  max,
  mean,
  mul,
  pad,
  reshape,
  slice,
  sqrt,
  stopGradient,
  sub,
  sum,
  topK,
} from "../onnx/ops.ts";
import { matmul } from "../onnx/products.ts";

export interface Spectrum {
  readonly nFft: number;
  readonly hop: number;
  /** Even, at most nFft and as even as it. */
  readonly window: number;
}

/** Measured once on the training data: variance of the samples, and the mean norm of a clip's spectrum. */
export interface Bandwidth {
  readonly l2: number;
  readonly spec: number;
}

export interface Reconstruction {
  readonly lmixL2: number;
  readonly lmixLinf: number;
  /** How many of the largest errors of a clip count once more. */
  readonly linfK: number;
}

/** Squared error of sound [batch, samples], with the largest ones added once more. */
export function reconstructionLoss(sound: Value, copy: Value, loss: Reconstruction, { l2 }: Bandwidth): Value {
  const error = sub(copy, sound);
  const squares = mul(error, error);
  const all = mul(mean(squares), loss.lmixL2 / l2);
  if (loss.lmixLinf === 0) return all;
  return add(all, mul(mean(topK(squares, loss.linfK)[0]), loss.lmixLinf / l2));
}

/** Norm of the difference of magnitudes of each clip, averaged over clips and settings. */
export function spectralLoss(sound: Value, copy: Value, settings: readonly Spectrum[], { spec }: Bandwidth): Value {
  const differences = settings.map((setting) => {
    const difference = sub(magnitudes(copy, setting), magnitudes(sound, setting));
    return mean(norm(difference, [1, 2]));
  });
  return mul(differences.reduce(add), 1 / (spec * settings.length));
}

/** How far the latents are from the vectors they became; only the latents learn from it. */
export function commitLoss(rows: Value, vectors: Value): Value {
  const difference = sub(rows, stopGradient(vectors));
  return mean(mul(difference, difference));
}

/** Root of the sum of squares; nothing flows where it is zero. */
export const norm = (x: Value, axes: readonly number[]): Value => sqrt(max(sum(mul(x, x), axes), 1e-16));

/** x[t] − amount · x[t − 1] of sound [batch, samples]: lifts the treble, as both sides of a loss may be. */
export const emphasise = (sound: Value, amount: number): Value =>
  amount === 0 ? sound : sub(sound, mul(pad(slice(sound, 1, 0, -1), 1, 1, 0), amount));

/** Magnitudes of the short-time spectrum of [batch, samples]: [batch, 1 + samples // hop, nFft / 2 + 1]. */
export function magnitudes(sound: Value, setting: Spectrum): Value {
  const { re, im } = shortTimeSpectrum(sound, setting);
  return sqrt(max(add(mul(re, re), mul(im, im)), 1e-16));
}

/** Real and imaginary parts of the short-time spectrum of [batch, samples]: [batch, 1 + samples // hop, nFft / 2 + 1]. */
export function shortTimeSpectrum(sound: Value, setting: Spectrum): { readonly re: Value; readonly im: Value } {
  const { nFft, hop, window } = setting;
  const [batch, samples] = sound.shape as [number, number];
  const count = 1 + Math.floor(samples / hop);
  const frames = framesOf(reflected(sound, window / 2), batch, count, setting); // [batch · frames, window]
  const [re, im] = basis(sound.graph, setting, frames.shape[1] as number).map((waves) =>
    reshape(matmul(frames, waves), [batch, count, nFft / 2 + 1]),
  );
  return { re: re!, im: im! };
}

/** Only the window's own samples count for magnitudes, so the zeros around it up to nFft, and their reflection, are left out. */
function reflected(sound: Value, size: number): Value {
  const backwards = (part: Value): Value =>
    gather(
      part,
      sound.graph.constant(
        "int32",
        [size],
        Int32Array.from({ length: size }, (_, at) => size - 1 - at),
      ),
      1,
    );
  return concat([backwards(slice(sound, 1, 1, size + 1)), sound, backwards(slice(sound, 1, -size - 1, -1))], 1);
}

/** Frames as a few long pieces side by side: piece j holds samples j·hop … j·hop + hop of every frame. */
function framesOf(padded: Value, batch: number, count: number, { hop, window }: Spectrum): Value {
  const pieces = Math.ceil(window / hop);
  const missing = Math.max(0, (pieces - 1 + count) * hop - (padded.shape[1] as number));
  const long = pad(padded, 1, 0, missing);
  return concat(
    Array.from({ length: pieces }, (_, piece) =>
      reshape(slice(long, 1, piece * hop, (piece + count) * hop), [batch * count, hop]),
    ),
    1,
  );
}

const bases = new WeakMap<Graph, Map<string, readonly [Value, Value]>>();

/** Windowed cosines and sines [rows, bins], once a graph; rows beyond the window are zero. */
function basis(graph: Graph, { nFft, window }: Spectrum, rows: number): readonly [Value, Value] {
  const known = bases.get(graph) ?? new Map<string, readonly [Value, Value]>();
  bases.set(graph, known);
  const name = `${nFft} ${window} ${rows}`;
  const found = known.get(name) ?? waves(graph, nFft, window, rows);
  known.set(name, found);
  return found;
}

function waves(graph: Graph, nFft: number, window: number, rows: number): readonly [Value, Value] {
  const bins = nFft / 2 + 1;
  const table = (wave: (angle: number) => number): Value => {
    const data = new Float32Array(rows * bins);
    for (let at = 0; at < window; at++) {
      const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / window); // periodic
      for (let bin = 0; bin < bins; bin++)
        data[at * bins + bin] = hann * wave((2 * Math.PI * ((at * bin) % nFft)) / nFft);
    }
    return graph.constant("float32", [rows, bins], data);
  };
  return [table(Math.cos), table(Math.sin)];
}

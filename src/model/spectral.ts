/** A level of spectra (ours, not the paper's): its encoder hears no phases, and its decoder makes its own. */
import type { Value } from "../onnx/graph.ts";
import { add, concat, reshape } from "../onnx/ops.ts";
import { conv } from "../onnx/products.ts";
import { conv3, type ResnetSize, resnet, swapTime, up } from "./convolution.ts";
import { synthesise } from "./oscillators.ts";
import { PITCHES, SPECTRA_ROWS, spectraOf } from "./spectra.ts";
import type { Weights } from "./weights.ts";

export interface SpectralSize {
  readonly sampleRate: number;
  /** Of its networks, but of the last one at the finest rate. */
  readonly width: number;
  readonly fineWidth: number;
  /** Residual blocks of each of its networks. */
  readonly depth: number;
}

/** How a level of spectra fits into its VQ-VAE. */
export interface SpectralLevel extends SpectralSize {
  /** 128 or 256. */
  readonly hop: number;
  readonly embWidth: number;
}

const FINE = 16; // samples of a step of the last network
const FINE_GROWTH = 3;
const GROWTH = 2;

const stack = ({ width, depth }: SpectralSize): ResnetSize => ({ width, depth, dilationGrowth: GROWTH });
const backwards = (level: SpectralSize): ResnetSize => ({ ...stack(level), reversed: true });

/** Sound [batch, 1, samples] to latents [batch, embWidth, frames]; `above`: what is known of them [batch, channels, frames]. */
export function encodeSpectra(sound: Value, w: Weights, level: SpectralLevel, above?: Value): Value {
  const { width, embWidth } = level;
  let x = conv3(spectraOf(sound, level), w.at("in"), SPECTRA_ROWS, width);
  if (above) x = add(x, conv3(above, w.at("above"), above.shape[1] as number, width));
  return conv3(resnet(x, w.at("net"), stack(level)), w.at("out"), width, embWidth);
}

/** Vectors [batch, embWidth, frames] to the spectra that they stand for [batch, SPECTRA_ROWS, frames]. */
export function decodeSpectra(vectors: Value, w: Weights, level: SpectralLevel, above?: Value): Value {
  const { width, embWidth } = level;
  let x = conv3(vectors, w.at("in"), embWidth, width);
  if (above) x = add(x, conv3(above, w.at("above"), above.shape[1] as number, width));
  return conv3(resnet(x, w.at("net"), backwards(level)), w.at("out"), width, SPECTRA_ROWS);
}

/** Spectra to sound [batch, 1, frames · hop]; `at` int32 [1]: the first frame's place in the song. */
export function soundOf(spectra: Value, w: Weights, level: SpectralLevel, at: Value): Value {
  const { hop, width, sampleRate } = level;
  const batch = spectra.shape[0] as number;
  let x = resnet(conv3(spectra, w.at("in"), SPECTRA_ROWS, width), w.at("coarse"), stack(level));
  x = resnet(up(x, w.at("up"), width, width, 2), w.at("middle"), backwards(level));
  const steps = { hop: hop / 2, sampleRate, width };
  const rough = synthesise(x, twice(swapTime(spectra)), w, steps, add(at, at));
  return reshape(add(rough, refined(x, rough, w.at("fine"), level)), [batch, 1, -1]);
}

/** Every frame two times: [batch, frames, rows] to [batch · 2 · frames, rows]. */
function twice(frames: Value): Value {
  const rows = frames.shape[2] as number;
  const one = reshape(frames, [-1, 1, rows]);
  return reshape(concat([one, one], 1), [-1, rows]);
}

/** What strided convolutions add to a rough sound [batch, samples], from x [batch, width, steps of hop / 2]. */
function refined(x: Value, rough: Value, w: Weights, { hop, width, fineWidth, depth }: SpectralLevel): Value {
  const batch = rough.shape[0] as number;
  const y = add(
    up(x, w.at("up"), width, fineWidth, hop / 2 / FINE),
    conv3(swapTime(reshape(rough, [batch, -1, FINE])), w.at("rough"), FINE, fineWidth),
  );
  const net = resnet(y, w.at("net"), { width: fineWidth, depth, dilationGrowth: FINE_GROWTH, reversed: true });
  const out = w.at("out");
  const pieces = conv(net, out.tensor("weight", [FINE, fineWidth, 3]), out.tensor("bias", [FINE]), { padding: 1 });
  return reshape(swapTime(pieces), [batch, -1]);
}

const sums = (growth: number, depth: number): number => (growth ** depth - 1) / (growth - 1);

/** Samples on each side that a frame's codes depend on. */
export const spectralEncoderReach = ({ hop, depth }: SpectralLevel): number =>
  PITCHES.window / 2 + (sums(GROWTH, depth) + 2) * hop;

/** Frames on each side that a frame's sound depends on. */
export const spectralDecoderReach = ({ hop, depth }: SpectralLevel): number => {
  const codes = sums(GROWTH, depth) + 2; // to spectra
  const coarse = sums(GROWTH, depth) + 2;
  const middle = (sums(GROWTH, depth) + 4) / 2;
  const fine = ((sums(FINE_GROWTH, depth) + 4) * FINE) / hop;
  return Math.ceil(codes + coarse + middle + fine);
};

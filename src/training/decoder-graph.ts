/** One step of a level's decoder alone: codes to sound, how far it is from the song's, gradients and Adam. */
import { melFilters } from "../audio/spectrum.ts";
import { type Bandwidth, emphasise, magnitudes, type Spectrum, spectralLoss } from "../model/losses.ts";
import { codebook, decode, hopsOf, lookup, type VqvaeSize } from "../model/vqvae.ts";
import { declared, type Store, stored } from "../model/weights.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import { add, log, max, mean, mul, reshape, sqrt, sub } from "../onnx/ops.ts";
import { descend } from "../onnx/optimizer.ts";
import { matmul } from "../onnx/products.ts";
import type { CodecSchedule } from "./train-codec.ts";

/** How the decoder learns on when its codes are settled. */
export interface DecoderPlan extends CodecSchedule {
  readonly seed: number;
  /** Pre-emphasis of both sounds before their spectra are compared. */
  readonly emphasis: number;
  readonly spectra: readonly Spectrum[];
  /** How much a decibel of mel bands counts beside the difference of spectra, which a copy of silence makes 1. */
  readonly decibel: number;
}

/** Windows and their mel bands, from fine in pitch to fine in time. */
const BANDS = [
  { nFft: 2048, bands: 80 },
  { nFft: 1024, bands: 40 },
  { nFft: 256, bands: 12 },
];
const LOWEST = 40; // Hz
/** Power of a bin, over the square of the window, that counts as silence: 98 dB below a full sine. */
const SILENCE = 1e-11;

/** Feeds: `codes` int32 [batch, samples / hop] and `sound` [batch, samples]. The codebook is part of the graph. */
export function decoderGraph(
  { level, size, sampleRate, from }: { level: number; size: VqvaeSize; sampleRate: number; from: Store },
  plan: DecoderPlan,
  bandwidth: Bandwidth,
): { readonly graph: Graph; readonly shapes: ReadonlyMap<string, readonly number[]> } {
  const { batch, samples } = plan;
  const graph = new Graph();
  const shapes = new Map<string, readonly number[]>();
  const sound = graph.input("sound", "float32", [batch, samples]);
  const codes = graph.input("codes", "int32", [batch, samples / hopsOf(size)[level]!]);
  const vectors = lookup(codes, codebook(level, stored(graph, from), size));
  const copy = reshape(decode(level, vectors, declared(graph, shapes), size), [batch, samples]);

  const [x, y] = [emphasise(sound, plan.emphasis), emphasise(copy, plan.emphasis)];
  const spectral = spectralLoss(x, y, plan.spectra, bandwidth);
  const decibels = melDifference(sound, copy, sampleRate);
  const loss = add(spectral, mul(decibels, plan.decibel));

  descend(loss, shapes);
  for (const [name, value] of Object.entries({ loss, spectral, decibels })) graph.output(name, value);
  return { graph, shapes };
}

/** Mean difference of mel bands of sounds [batch, samples], in decibels, averaged over windows. */
export function melDifference(sound: Value, copy: Value, sampleRate: number): Value {
  const differences = BANDS.map(({ nFft, bands }) => {
    const heard = (one: Value): Value => decibelsOf(one, nFft, bands, sampleRate);
    const difference = sub(heard(copy), heard(sound));
    return mean(sqrt(add(mul(difference, difference), 1e-4)));
  });
  return mul(differences.reduce(add), 1 / BANDS.length);
}

/** [batch · frames, bands] */
function decibelsOf(sound: Value, nFft: number, bands: number, sampleRate: number): Value {
  const found = magnitudes(sound, { nFft, hop: nFft / 4, window: nFft });
  const bins = nFft / 2 + 1;
  const weights = new Float32Array(bins * bands);
  for (const [band, filter] of melFilters(bands, LOWEST, sampleRate, bins).entries())
    for (const [at, weight] of filter.weights.entries()) weights[(filter.from + at) * bands + band] = weight;
  const power = matmul(reshape(mul(found, found), [-1, bins]), sound.graph.constant("float32", [bins, bands], weights));
  return mul(log(max(power, SILENCE * nFft ** 2)), 10 / Math.LN10);
}

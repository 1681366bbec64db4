/** How well a level's copies sound: spectral convergence by bands, and how many codes are used, on songs never trained on. */
import { magnitudes, type Spectrum } from "../model/losses.ts";
import { codebook, decode, encode, lookup, nearest, rowsOf, type VqvaeSize } from "../model/vqvae.ts";
import { declared, type Store } from "../model/weights.ts";
import { Graph } from "../onnx/graph.ts";
import { cast, reshape } from "../onnx/ops.ts";
import { floats, floatsOf, openSession } from "../onnx/session.ts";
import type { CropSize } from "./crops.ts";

/** In decibel: 20·log10 of ‖|S(x)| − |S(x̂)|‖ / ‖|S(x)|‖ over all clips; lower is better. */
export interface Verdict {
  readonly whole: number;
  /** By the bands of `BAND_EDGES`. */
  readonly bands: readonly number[];
  /** Of all codes heard, and how many different ones there were. */
  readonly entropyBits: number;
  readonly used: number;
}

/** Bands in Hz: between each two of these. */
export const BAND_EDGES = [0, 250, 1000, 3000, 11_025] as const;
const SPECTRUM: Spectrum = { nFft: 2048, hop: 256, window: 1536 };

export interface Listener {
  /** Weights and codebook under their released names. */
  judge(store: Store): Promise<Verdict>;
  close(): Promise<void>;
}

export interface ListenerOptions {
  readonly level: number;
  readonly size: VqvaeSize;
  readonly sampleRate: number;
  readonly threads?: number;
}

/** Keeps the sounds [batch · samples] to judge by. */
export async function openListener(sounds: Float32Array, crop: CropSize, options: ListenerOptions): Promise<Listener> {
  const { level, size, sampleRate, threads = 1 } = options;
  const { batch, samples } = crop;
  const graph = new Graph();
  const shapes = new Map<string, readonly number[]>();
  const weights = declared(graph, shapes);
  const sound = graph.input("sound", "float32", [batch, 1, samples]);
  const k = codebook(level, weights, size);
  const codes = nearest(rowsOf(encode(level, sound, weights, size)), k);
  const copy = decode(level, lookup(reshape(codes, [batch, -1]), k), weights, size);
  graph.output("codes", cast(codes, "float32"));
  graph.output("heard", magnitudes(reshape(sound, [batch, samples]), SPECTRUM));
  graph.output("copied", magnitudes(reshape(copy, [batch, samples]), SPECTRUM));
  const session = await openSession(graph, { threads, memoryPattern: false });
  const feed = floats(sounds, [batch, 1, samples]);
  return {
    async judge(store) {
      const known = [...shapes].map(([name, shape]) => [name, floats(store.get(name)!.data, shape)] as const);
      const out = await session.run({ ...Object.fromEntries(known), sound: feed });
      return {
        ...convergence(floatsOf(out, "heard"), floatsOf(out, "copied"), sampleRate),
        ...usage(floatsOf(out, "codes"), size.lBins[level]!),
      };
    },
    close: () => session.close(),
  };
}

function convergence(heard: Float32Array, copied: Float32Array, sampleRate: number): Pick<Verdict, "whole" | "bands"> {
  const bins = SPECTRUM.nFft / 2 + 1;
  const [wrong, all] = [new Float64Array(bins), new Float64Array(bins)];
  for (let at = 0; at < heard.length; at++) {
    wrong[at % bins]! += (heard[at]! - copied[at]!) ** 2;
    all[at % bins]! += heard[at]! ** 2;
  }
  const binOf = (frequency: number): number => Math.min(bins, Math.ceil((frequency * SPECTRUM.nFft) / sampleRate));
  const decibels = (from: number, to: number): number => 10 * Math.log10(total(wrong, from, to) / total(all, from, to));
  return {
    whole: decibels(0, bins),
    bands: BAND_EDGES.slice(1).map((edge, band) =>
      decibels(binOf(BAND_EDGES[band]!), edge >= sampleRate / 2 ? bins : binOf(edge)),
    ),
  };
}

const total = (numbers: Float64Array, from: number, to: number): number =>
  numbers.subarray(from, to).reduce((sum, one) => sum + one, 1e-12);

function usage(codes: Float32Array, bins: number): Pick<Verdict, "entropyBits" | "used"> {
  const counts = new Float64Array(bins);
  for (const code of codes) counts[code]!++;
  const used = counts.filter((count) => count > 0);
  const entropyBits = used.reduce((sum, count) => sum - (count / codes.length) * Math.log2(count / codes.length), 0);
  return { entropyBits, used: used.length };
}

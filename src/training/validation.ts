/** How well a level's copies sound: spectral convergence by bands, and how many codes are used, on songs never trained on. */
import { CONVERGENCE_SPECTRUM, type Convergence, convergenceOf } from "../audio/convergence.ts";
import type { CropSize } from "../dataset/crops.ts";
import { magnitudes } from "../model/losses.ts";
import { codesOf, codesPerFrame, decode, type VqvaeSize, vectorsAbove, vectorsOf } from "../model/vqvae.ts";
import { declared, type Store } from "../model/weights.ts";
import { Graph } from "../onnx/graph.ts";
import { cast, reshape } from "../onnx/ops.ts";
import { floats, floatsOf, openSession } from "../onnx/session.ts";

/** Over all clips. */
export interface ValidationResult extends Convergence {
  /** Of a frame, by how often each of its codes was heard; and how many different ones there were. */
  readonly entropyBits: number;
  readonly used: number;
}

export interface Validator {
  /** Weights and codebook under their released names. */
  judge(store: Store): Promise<ValidationResult>;
  close(): Promise<void>;
}

export interface ValidatorOptions {
  readonly level: number;
  readonly size: VqvaeSize;
  readonly sampleRate: number;
  readonly threads?: number;
}

/** Keeps the sounds [batch · samples] to judge by. */
export async function openValidator(
  sounds: Float32Array,
  crop: CropSize,
  options: ValidatorOptions,
): Promise<Validator> {
  const { level, size, sampleRate, threads = 1 } = options;
  const { batch, samples } = crop;
  const graph = new Graph();
  const shapes = new Map<string, readonly number[]>();
  const weights = declared(graph, shapes);
  const sound = graph.input("sound", "float32", [batch, 1, samples]);
  const codes = codesOf(level, sound, weights, size);
  const vectors = vectorsOf(level, reshape(codes, [batch, -1]), weights, size);
  const copy = decode(level, vectors, weights, size, { above: vectorsAbove(level, sound, weights, size) });
  graph.output("codes", cast(codes, "float32"));
  graph.output("heard", magnitudes(reshape(sound, [batch, samples]), CONVERGENCE_SPECTRUM));
  graph.output("copied", magnitudes(reshape(copy, [batch, samples]), CONVERGENCE_SPECTRUM));
  const session = await openSession(graph, { threads, memoryPattern: false });
  const feed = floats(sounds, [batch, 1, samples]);
  return {
    async judge(store) {
      const known = [...shapes].map(([name, shape]) => [name, floats(store.get(name)!.data, shape)] as const);
      const out = await session.run({ ...Object.fromEntries(known), sound: feed });
      return {
        ...convergenceOf(floatsOf(out, "heard"), floatsOf(out, "copied"), sampleRate),
        ...usage(floatsOf(out, "codes"), size.lBins[level]!, codesPerFrame(level, size)),
      };
    },
    close: () => session.close(),
  };
}

/** Of all places of a frame together. */
function usage(codes: Float32Array, bins: number, perFrame: number): Pick<ValidationResult, "entropyBits" | "used"> {
  const counts = new Float64Array(bins * perFrame);
  for (const [at, code] of codes.entries()) counts[(at % perFrame) * bins + code]!++;
  const used = counts.filter((count) => count > 0);
  const frames = codes.length / perFrame;
  const entropyBits = used.reduce((sum, count) => sum - (count / frames) * Math.log2(count / frames), 0);
  return { entropyBits, used: used.length };
}

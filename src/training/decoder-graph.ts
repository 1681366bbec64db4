/** One step of a level's decoder alone: codes to sound, how far it is from the song's, gradients and Adam. */
import { aboveInput } from "../inference/decode.ts";
import { aboveOf, codesPerFrame, decode, hopsOf, isSpectral, vectorsOf } from "../model/vqvae.ts";
import { declared, type Store, stored } from "../model/weights.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import { reshape } from "../onnx/ops.ts";
import { type AdamOptions, descend } from "../onnx/optimizer.ts";
import { type ComparisonPlan, compare } from "./comparison.ts";
import type { CodecSchedule } from "./train-codec.ts";
import type { LevelTraining } from "./vqvae-graph.ts";

/** How the decoder learns on when its codes are settled. */
export interface DecoderPlan extends CodecSchedule {
  readonly seed: number;
  readonly comparison: ComparisonPlan;
  readonly adam?: AdamOptions;
}

/**
 * Feeds: `codes` int32 [batch, frames · codes of a frame] and `sound` [batch, samples]; `above.1` … where levels above are
 * read. The codebooks, of `from`, are part of the graph.
 */
export function decoderGraph(
  { level, size, sampleRate, from }: LevelTraining & { readonly from: Store },
  plan: DecoderPlan,
): { readonly graph: Graph; readonly shapes: ReadonlyMap<string, readonly number[]> } {
  const { batch, samples } = plan;
  const graph = new Graph();
  const shapes = new Map<string, readonly number[]>();
  const sound = graph.input("sound", "float32", [batch, samples]);
  const fixed = stored(graph, from);
  const read = (name: string, level: number): Value =>
    graph.input(name, "int32", [batch, (samples / hopsOf(size)[level]!) * codesPerFrame(level, size)]);
  const above = aboveOf(level, (upper) => read(aboveInput(upper - level), upper), fixed, size);
  const at = isSpectral(level, size) ? graph.input("at", "int32", [1]) : undefined;
  const decoded = decode(level, vectorsOf(level, read("codes", level), fixed, size), declared(graph, shapes), size, {
    above,
    at,
  });
  const { loss, parts } = compare(sound, reshape(decoded, [batch, samples]), plan.comparison, sampleRate);
  descend(loss, shapes, plan.adam);
  for (const [name, value] of Object.entries({ loss, ...parts })) graph.output(name, value);
  return { graph, shapes };
}

/** The tensors of a network, by name, as its own definition asks for them: for first values, counts and checks. */
import { Graph, type Value } from "../onnx/graph.ts";
import { priorLoss } from "./captures.ts";
import type { PriorSize } from "./prior.ts";
import { aboveOf, codesOf, codesPerFrame, decode, hopsOf, type VqvaeSize, vectorsOf } from "./vqvae.ts";
import { declared, type Uses } from "./weights.ts";

export type Shapes = ReadonlyMap<string, readonly number[]>;

/** Of one prior, under its released names. */
export function priorShapes(size: PriorSize): Shapes {
  const shapes = new Map<string, readonly number[]>();
  priorLoss(declared(new Graph(), shapes), size, 1);
  return shapes;
}

/** Which of a prior's tensors are matrices of dense layers, and which are used as they are. */
export function priorUses(size: PriorSize): Uses {
  const uses: Uses = { plain: new Set(), dense: new Map() };
  priorLoss(declared(new Graph(), new Map(), uses), size, 1);
  return uses;
}

/** Of all levels of a VQ-VAE. */
export function vqvaeShapes(size: VqvaeSize): Shapes {
  const shapes = new Map<string, readonly number[]>();
  const weights = declared(new Graph(), shapes);
  const { graph } = weights;
  const frames = (level: number): number => (4 * hopsOf(size).at(-1)!) / hopsOf(size)[level]!;
  const codesAt = (level: number): Value =>
    graph.input(graph.fresh("codes"), "int32", [1, frames(level) * codesPerFrame(level, size)]);
  hopsOf(size).forEach((hop, level) => {
    codesOf(level, graph.input(`sound.${level}`, "float32", [1, 1, frames(level) * hop]), weights, size);
    const above = aboveOf(level, codesAt, weights, size);
    decode(level, vectorsOf(level, codesAt(level), weights, size), weights, size, { above });
  });
  return shapes;
}

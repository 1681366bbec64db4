/** A VQ-VAE of two levels that encodes a second in no time, with weights made by a formula. */
import { codebook, encode, type VqvaeSize } from "../../src/model/vqvae.ts";
import { declared } from "../../src/model/weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { goldenStore } from "../golden/weights.ts";

export const smallVqvae: VqvaeSize = {
  downsT: [1, 1],
  stridesT: [16, 2],
  embWidth: 4,
  lBins: [64, 64],
  width: 4,
  depth: 2,
  multipliers: [1, 1],
  mConv: 1,
  dilationGrowthRate: 3,
  reverseDecoderDilation: true,
};

const graph = new Graph();
const shapes = new Map<string, readonly number[]>();
for (const level of [0, 1]) {
  encode(level, graph.input(`sound.${level}`, "float32", [1, 1, 1024]), declared(graph, shapes), smallVqvae);
  codebook(level, declared(graph, shapes), smallVqvae);
}
export const smallVqvaeStore = goldenStore(Object.fromEntries(shapes));

/** Lets a level's decoder learn on alone, when its codes are settled: then it can hear in decibels, as ears do. */

import { type CorpusSong, readCorpus, readSamples } from "../dataset/corpus-files.ts";
import { createCrops } from "../dataset/crops.ts";
import { readCodes } from "../dataset/encode-corpus.ts";
import { hopsOf } from "../model/vqvae.ts";
import type { Store } from "../model/weights.ts";
import { floats, ints, type Tensors } from "../onnx/session.ts";
import { createRandom, seedFor } from "../random.ts";
import { type DecoderPlan, decoderGraph } from "./decoder-graph.ts";
import { type CodecTraining, ofSplit, trainCodec } from "./train-codec.ts";
import type { ValidationResult } from "./validation.ts";
import { measureBandwidth } from "./vqvae.ts";

export interface DecoderTraining extends CodecTraining {
  readonly plan: DecoderPlan;
  /** The level's part of the VQ-VAE: its decoder is the first one, its encoder and its codebook stay. */
  readonly from: Store;
  /** Folder of the songs' codes. */
  readonly codes: string;
}

const AVERAGING = 0.999;

/**
 * While encoder and decoder learn together, the difference of spectra keeps codes few and the same for the same note; but to it
 * what is soft counts for nothing, so copies are never quite silent between notes. Writes the decoder alone.
 */
export async function trainDecoder(training: DecoderTraining): Promise<ValidationResult> {
  const { level, size, plan, corpus, from } = training;
  const songs = ofSplit(readCorpus(corpus), true);
  const bandwidth = await measureBandwidth(createCrops(corpus, songs, plan, plan.seed), plan);
  const { graph, shapes } = decoderGraph(training, plan, bandwidth);
  const own = (store: Store): Store => new Map([...store].filter(([name]) => shapes.has(name)));
  const long = songs.filter(({ samples }) => samples >= plan.samples);
  return trainCodec(
    {
      graph,
      schedule: plan,
      recipe: { level, size, plan },
      first: async () => own(from),
      feeds: (step) => feedsFor(step, long, training),
      averaging: { names: shapes.keys(), kept: AVERAGING },
      weights: own,
      fixed: from,
      parts: ["spectral", "decibels"],
    },
    training,
  );
}

/** Crops of songs, and their codes. */
function feedsFor(step: number, songs: readonly CorpusSong[], training: DecoderTraining): Tensors {
  const { level, size, plan, corpus, codes: folder } = training;
  const { batch, samples } = plan;
  const hop = hopsOf(size)[level]!;
  const count = samples / hop;
  const random = createRandom(seedFor(plan.seed + 1, step));
  const [sounds, all] = [new Float32Array(batch * samples), new Int32Array(batch * count)];
  for (let clip = 0; clip < batch; clip++) {
    const song = random.pick(songs);
    const codes = readCodes(folder, song, level);
    const at = random.whole(0, codes.length - count);
    all.set(codes.subarray(at, at + count), clip * count);
    sounds.set(readSamples(corpus, song, at * hop, samples), clip * samples);
  }
  return { codes: ints(all, [batch, count]), sound: floats(sounds, [batch, samples]) };
}

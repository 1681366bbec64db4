/** Lets a level's decoder learn on alone, when its codes are settled: then it can hear in decibels, as ears do. */

import { type CorpusSong, readCorpus, readSamples } from "../dataset/corpus-files.ts";
import { readSongCodes } from "../dataset/encode-corpus.ts";
import { aboveInput } from "../inference/decode.ts";
import { codesPerFrame, grainOf, hopsOf, isSpectral, levelsRead } from "../model/vqvae.ts";
import type { Store } from "../model/weights.ts";
import { floats, ints, type Tensors } from "../onnx/session.ts";
import { createRandom, seedFor } from "../random.ts";
import { type DecoderPlan, decoderGraph } from "./decoder-graph.ts";
import { type CodecTraining, ofSplit, trainCodec } from "./train-codec.ts";
import type { ValidationResult } from "./validation.ts";

export interface DecoderTraining extends CodecTraining {
  readonly plan: DecoderPlan;
  /** The level's part of the VQ-VAE, and those of the levels above that are read: its decoder is the first one, all else stays. */
  readonly from: Store;
  /** Folder of the songs' codes. */
  readonly codes: string;
}

const AVERAGING = 0.999;
const LATEST = 0; // frame that a crop is taken to begin at, at most: from anywhere, oscillators learn far slower

/**
 * While encoder and decoder learn together, the difference of spectra keeps codes few and the same for the same note; but to it
 * what is soft counts for nothing, so copies are never quite silent between notes. Writes the decoder alone.
 */
export async function trainDecoder(training: DecoderTraining): Promise<ValidationResult> {
  const { level, size, plan, corpus, from } = training;
  const songs = ofSplit(readCorpus(corpus), true);
  const { graph, shapes } = decoderGraph(training, plan);
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
      parts: ["spectra", "bands", "decibels", "waves"],
    },
    training,
  );
}

/** Crops of songs, and their codes. */
function feedsFor(step: number, songs: readonly CorpusSong[], training: DecoderTraining): Tensors {
  const { level, size, plan, corpus, codes: folder } = training;
  const { batch, samples } = plan;
  const grain = grainOf(level, size);
  const random = createRandom(seedFor(plan.seed + 1, step));
  const levels = [level, ...levelsRead(level, size)];
  const lines = levels.map((one) => ({
    one,
    all: new Int32Array((batch * samples * codesPerFrame(one, size)) / hopsOf(size)[one]!),
  }));
  const sounds = new Float32Array(batch * samples);
  for (let clip = 0; clip < batch; clip++) {
    const song = random.pick(songs);
    const at = grain * random.whole(0, Math.floor((song.samples - samples) / grain));
    for (const { one, all } of lines) {
      const codesIn = (samples: number): number => (samples * codesPerFrame(one, size)) / hopsOf(size)[one]!;
      all.set(readSongCodes(folder, song, one).subarray(codesIn(at), codesIn(at + samples)), codesIn(clip * samples));
    }
    sounds.set(readSamples(corpus, song, at, samples), clip * samples);
  }
  const inputs = lines.map(({ one, all }) => {
    const name = one === level ? "codes" : aboveInput(one - level);
    return [name, ints(all, [batch, all.length / batch])] as const;
  });
  const at = isSpectral(level, size) && { at: ints(Int32Array.of(random.whole(0, LATEST)), [1]) };
  return { ...Object.fromEntries(inputs), ...at, sound: floats(sounds, [batch, samples]) };
}

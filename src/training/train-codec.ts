/** What training a VQ-VAE level and training its decoder alone have in common: files, validation, throughput. */
import { BAND_EDGES } from "../audio/convergence.ts";
import { type CorpusSong, readCorpus } from "../dataset/corpus-files.ts";
import { evenCrops } from "../dataset/crops.ts";
import { writeSafetensors } from "../model/safetensors.ts";
import { grainOf, hopsOf, type VqvaeSize } from "../model/vqvae.ts";
import type { Store } from "../model/weights.ts";
import { type TrainingOptions, type TrainingPlan, trainLoop, type Validation } from "./loop.ts";
import { openValidator, type ValidationResult } from "./validation.ts";

/** What is trained, and where. */
export interface CodecTraining extends TrainingOptions {
  readonly level: number;
  readonly size: VqvaeSize;
  readonly sampleRate: number;
  /** Folder of the corpus. */
  readonly corpus: string;
  /** File of the weights alone, written at every checkpoint. */
  readonly weights: string;
}

/** How long a codec is trained, and on what. */
export interface CodecSchedule {
  readonly steps: number;
  readonly rate: number;
  /** Crops a step, and samples a crop. */
  readonly batch: number;
  readonly samples: number;
}

type CodecPlan = Pick<TrainingPlan<ValidationResult>, "graph" | "recipe" | "first" | "feeds" | "weights" | "parts"> & {
  readonly schedule: CodecSchedule;
  readonly averaging?: TrainingPlan<ValidationResult>["averaging"];
  readonly bins?: number;
  /** Weights that stay as they are, beside which the trained ones are validated. */
  readonly fixed?: Store;
};

/** Trains a codec, or goes on; returns its last validation. Throws the signal's reason when stopped. */
export async function trainCodec(plan: CodecPlan, training: CodecTraining): Promise<ValidationResult> {
  const { schedule, averaging = { names: [], kept: 0 }, fixed } = plan;
  const { batch, samples, rate, steps } = schedule;
  const { level, size, sampleRate, sampler } = training;
  const complete = (weights: Store): Store => new Map([...(fixed ?? []), ...weights]);
  const { result } = await trainLoop(
    {
      ...plan,
      rate,
      budget: { steps },
      averaging,
      save: (weights, steps) => writeSafetensors(training.weights, weights, { notes: { steps: String(steps) } }),
      validation: await openValidation(training, complete),
      throughput: { codes: (batch * samples) / hopsOf(size)[level]!, seconds: (batch * samples) / sampleRate },
    },
    {
      ...training,
      ...(sampler && {
        sampler: {
          after: (weights, step) => sampler.after(complete(weights), step),
          last: (weights, step) => sampler.last(complete(weights), step),
        },
      }),
    },
  );
  return result;
}

export const ofSplit = (songs: readonly CorpusSong[], train: boolean): CorpusSong[] =>
  songs.filter(({ split }) => (split === "train") === train);

const VALIDATED = { batch: 12, seconds: 5 };

async function openValidation(
  { level, size, corpus, sampleRate }: CodecTraining,
  complete: (weights: Store) => Store,
): Promise<Validation<ValidationResult>> {
  const songs = readCorpus(corpus);
  const grain = grainOf(level, size);
  const crop = { batch: VALIDATED.batch, samples: Math.floor((VALIDATED.seconds * sampleRate) / grain) * grain };
  const validation = ofSplit(songs, false);
  const crops = evenCrops(corpus, validation.length > 0 ? validation : songs, crop);
  const validator = await openValidator(crops, crop, { level, size, sampleRate });
  return {
    of: (weights) => validator.judge(complete(weights)),
    describe,
    numbers: ({ whole, used }) => ({ decibels: whole, used }),
    close: () => validator.close(),
  };
}

function describe({ whole, bands, entropyBits, used }: ValidationResult): string {
  const parts = bands.map((band, index) => `${BAND_EDGES[index]}–${BAND_EDGES[index + 1]} Hz ${band.toFixed(1)}`);
  return `${whole.toFixed(2)} dB (${parts.join(", ")}; ${used} codes used, ${entropyBits.toFixed(2)} bits)`;
}

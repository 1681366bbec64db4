/** What all stages of a training share: what is made, where it lies, and how its progress is shown. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawCurves, panelsOf } from "../curves.ts";
import type { Preset } from "../presets.ts";
import { createSampler, type Sample, type SampleOptions, type Sampler } from "../samples.ts";
import { pace } from "../schedule.ts";

export interface Workshop {
  readonly preset: Preset;
  /** The model's folder. */
  readonly out: string;
  readonly corpus: string;
  /** Folder of a user's own songs, which the corpus is made of instead of composed ones. */
  readonly data?: string;
  /** Folder of checkpoints and codes. */
  readonly work: string;
  /** Folder of the model to start from: its codes are kept, and its decoders and priors learn on. */
  readonly from?: string;
  /** Folder of the model whose weights all networks begin with instead of random ones; names and codes are new. */
  readonly begin?: string;
  /** All budgets are multiplied by this. */
  readonly scale: number;
  readonly seed: number;
  readonly threads: number;
  /** Minutes from one sample of what is learned to the next; 0 for none. */
  readonly samples: number;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

export const vqvaeWeights = (work: string, level: number): string => join(work, `vqvae.${level}.safetensors`);
export const decoderWeights = (work: string, level: number): string => join(work, `decoder.${level}.safetensors`);
export const priorWeights = (work: string, level: number): string => join(work, `prior.${level}.safetensors`);
export const codesFolder = (work: string): string => join(work, "codes");

const DRAW_SECONDS = 60;

/** Tells what a stage tells, and draws its curves now and then. */
export function drawing(shop: Workshop): (line: string) => void {
  const due = pace(DRAW_SECONDS);
  return (line) => {
    shop.tell(line);
    if (due()) drawProgress(shop);
  };
}

/** Draws the curves of all stages so far, as `curves.png` beside the checkpoints. */
export function drawProgress({ work, preset }: Workshop): void {
  writeFileSync(join(work, "curves.png"), drawCurves(panelsOf(work, preset.priors.length)));
}

/** Makes samples now and then, where they are wanted. */
export const sampling = ({ samples }: Workshop, make: () => Sample): { readonly sampler?: Sampler } =>
  samples > 0 ? { sampler: createSampler(samples, make()) } : {};

export const sampleOptions = ({ preset, work, threads, signal }: Workshop): SampleOptions => {
  const { sampleRate, vqvae } = preset;
  return { folder: join(work, "samples"), sampleRate, vqvae, threads, signal };
};

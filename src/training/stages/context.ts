/** What all stages of a training share: what is made, where it lies, and how its progress is shown. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "../../model/safetensors.ts";
import { readsAbove, type VqvaeSize } from "../../model/vqvae.ts";
import type { Store } from "../../model/weights.ts";
import { drawCurves, panelsOf } from "../curves.ts";
import type { Preset } from "../presets.ts";
import { createSampler, reconstructionsOf, type Sample, type SampleOptions, type Sampler } from "../samples.ts";
import { pace } from "../schedule.ts";
import type { CodecTraining } from "../train-codec.ts";

export interface TrainingContext {
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
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

export const vqvaeWeights = (work: string, level: number): string => join(work, `vqvae.${level}.safetensors`);
export const priorWeights = (work: string, level: number): string => join(work, `prior.${level}.safetensors`);
export const codesFolder = (work: string): string => join(work, "codes");

const decoderWeights = (work: string, level: number): string => join(work, `decoder.${level}.safetensors`);

/** A level of the VQ-VAE as it will be heard: with the decoder that learned on alone, if it has, and with what it reads of the level above. */
export function codecStore(work: string, level: number, size: VqvaeSize): Store {
  const decoder = decoderWeights(work, level);
  const own = levelStore(work, level, size);
  return existsSync(decoder) ? new Map([...own, ...readSafetensors(decoder).store]) : own;
}

/** A level as its VQ-VAE learned it, with what it reads of the level above. */
export function levelStore(work: string, level: number, size: VqvaeSize): Store {
  const { store } = readSafetensors(vqvaeWeights(work, level));
  return new Map([...(aboveStore(work, level, size) ?? []), ...store]);
}

/** The level above, if this one reads it. */
export const aboveStore = (work: string, level: number, size: VqvaeSize): Store | undefined =>
  readsAbove(level, size) ? levelStore(work, level + 1, size) : undefined;

const DRAW_SECONDS = 60;

/** Tells what a stage tells, and draws its curves now and then. */
export function drawing(context: TrainingContext): (line: string) => void {
  const due = pace(DRAW_SECONDS);
  return (line) => {
    context.report(line);
    if (due()) drawProgress(context);
  };
}

/** Draws the curves of all stages so far, as `curves.png` beside the checkpoints. */
export function drawProgress({ work, preset }: TrainingContext): void {
  writeFileSync(join(work, "curves.png"), drawCurves(panelsOf(work, preset.priors.length)));
}

/** Makes samples now and then, where they are wanted. */
export const sampling = ({ samples }: TrainingContext, make: () => Sample): { readonly sampler?: Sampler } =>
  samples > 0 ? { sampler: createSampler(samples, make()) } : {};

/** What the training of a level's VQ-VAE, and that of its decoder alone, are told. */
export function codecTraining(context: TrainingContext, level: number, part: "vqvae" | "decoder"): CodecTraining {
  const { preset, corpus, work, threads, signal } = context;
  return {
    level,
    size: preset.vqvae,
    sampleRate: preset.sampleRate,
    corpus,
    ...sampling(context, () => reconstructionsOf(level, corpus, sampleOptions(context), part)),
    checkpoint: join(work, `${part}.${level}.checkpoint.safetensors`),
    weights: part === "vqvae" ? vqvaeWeights(work, level) : decoderWeights(work, level),
    threads,
    report: drawing(context),
    signal,
  };
}

export const sampleOptions = ({ preset, work, threads, signal }: TrainingContext): SampleOptions => {
  const { sampleRate, vqvae } = preset;
  return { folder: join(work, "samples"), sampleRate, vqvae, threads, signal };
};

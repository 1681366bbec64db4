/** Models by name: sizes, and how long and how each part is trained. Everything that makes one model another. */

import type { PriorSize } from "../model/prior.ts";
import type { VqvaeSize } from "../model/vqvae.ts";
import type { TimingSize } from "../music/timing.ts";
import type { DecoderPlan } from "./decoder-graph.ts";
import type { Budget } from "./schedule.ts";
import type { PriorRecipe } from "./train-prior.ts";
import type { VqvaePlan } from "./vqvae-graph.ts";
import type { Augmentation } from "./windows.ts";

/** A prior's size but for what follows from the corpus (labels) and from the VQ-VAE (bins, strides). */
type OwnSize = Pick<PriorSize, "nCtx" | "attnOrder" | "blocks" | "width" | "depth" | "heads" | "mAttn" | "mMlp">;

export interface PriorPreset extends Pick<PriorRecipe, "batch" | "rate" | "adam"> {
  readonly size: OwnSize;
  readonly variety: Augmentation;
  readonly budget: Budget;
  /** How much of the average of the weights stays each step: at 0.999, it is about the last thousand. */
  readonly averaging: number;
  /** Share of a window from one start to the next when sampling. */
  readonly hopFraction: number;
  /** What the asked temperature is multiplied by when sampling. */
  readonly temperature: number;
  /** How many times what labels and moments change is counted when sampling; once if left out. */
  readonly guidance?: number;
}

export interface Preset {
  /** What its model is called: clips of a model of another name are not gone on with. */
  readonly name?: string;
  readonly sampleRate: number;
  readonly corpus: { readonly songs: number; readonly secondsPerSong: number };
  /** Lengths of songs that may be asked for. */
  readonly seconds: { readonly min: number; readonly max: number };
  readonly vqvae: VqvaeSize;
  /** By level, finest first. */
  readonly vqvaePlans: readonly Omit<VqvaePlan, "seed">[];
  readonly priors: readonly PriorPreset[];
  /** By level: how its decoder learns on when its codes are settled. */
  readonly decoderPlans: readonly Omit<DecoderPlan, "seed">[];
  /** What the top prior is told of lengths and places; its longest song is longer than any that may be asked for. */
  readonly timing: TimingSize;
  /** The network that reads the codes above. */
  readonly conditioner: { readonly width: number; readonly depth: number };
  /** What all budgets together take on two cores: asking for other minutes scales each of them. */
  readonly minutes: number;
}

/** What copies are compared by: words and melody count as much as the bass, what is soft as much as what is loud. */
const learning = {
  batch: 4,
  samples: 22_016,
  comparison: { spectra: 0.3, bands: 0.7, decibels: 0.2, waves: 0.3 },
  adam: { beta2: 0.99 },
};
const vqvaePlan = { ...learning, rate: 8e-4, mu: 0.99, commit: 0.1, steps: 6000 };
/** Decoders learn on from crops like those their VQ-VAE heard. */
const decoderPlan = { ...learning, rate: 5e-4, steps: 3000 };

const adam = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, decay: 0.01, clip: 1, warmup: 100 };
const averaging = 0.999;
/** No slips: an hour of them made level 0 neither less hazy nor better judged, and a step takes a third longer with them. */
const upsampling: Augmentation = {
  dropLabels: 0.05,
  dropMoments: 0.05,
  noise: 0.02,
  mistakes: 0.6,
  ownNoise: 0.1,
  slips: 0,
  stretch: 0,
};

/** Our own model: a garage band, 22.05 kHz, planned for three hours and a half on two free cores. */
const garage: Preset = {
  name: "garage 3",
  sampleRate: 22_050,
  corpus: { songs: 1200, secondsPerSong: 60 },
  seconds: { min: 2, max: 240 },
  vqvae: {
    downsT: [1, 1, 1],
    stridesT: [16, 4, 2],
    embWidth: 64,
    lBins: [2048, 2048, 2048],
    width: 64,
    depth: 4,
    multipliers: [1, 1, 1],
    mConv: 1,
    dilationGrowthRate: 3,
    reverseDecoderDilation: true,
  },
  vqvaePlans: [vqvaePlan, vqvaePlan, vqvaePlan],
  decoderPlans: [decoderPlan, decoderPlan, decoderPlan],
  priors: [
    {
      size: { nCtx: 1024, attnOrder: 2, blocks: 16, width: 192, depth: 6, heads: 4, mAttn: 0.5, mMlp: 2 },
      batch: 2,
      rate: 1.5e-3,
      adam,
      variety: upsampling,
      budget: { minutes: 30 },
      averaging,
      hopFraction: 0.5,
      temperature: 0.85,
    },
    {
      size: { nCtx: 512, attnOrder: 2, blocks: 8, width: 256, depth: 6, heads: 4, mAttn: 0.5, mMlp: 2 },
      batch: 4,
      rate: 1.5e-3,
      adam,
      variety: upsampling,
      budget: { minutes: 25 },
      averaging,
      hopFraction: 0.25,
      temperature: 0.8,
    },
    {
      size: { nCtx: 1024, attnOrder: 9, blocks: 16, width: 256, depth: 8, heads: 4, mAttn: 0.5, mMlp: 2 },
      batch: 2,
      rate: 1.5e-3,
      adam,
      variety: {
        dropLabels: 0.1,
        dropMoments: 0.08,
        noise: 0,
        mistakes: 0,
        ownNoise: 0.07,
        slips: 0.3,
        stretch: 0.5,
      },
      budget: { minutes: 85 },
      averaging,
      hopFraction: 0.25,
      temperature: 0.8,
      guidance: 3,
    },
  ],
  timing: { bins: 128, minSeconds: 10, maxSeconds: 241 },
  conditioner: { width: 128, depth: 4 },
  minutes: 210,
};

const short = { batch: 2, samples: 4096, rate: 1e-3, steps: 6 };
const tinyPlan = { ...vqvaePlan, ...short, quieter: 6 };
const tinyDecoder = { ...decoderPlan, ...short };

const tinyPrior: PriorPreset = {
  size: { nCtx: 64, attnOrder: 2, blocks: 8, width: 16, depth: 3, heads: 2, mAttn: 0.5, mMlp: 1 },
  batch: 2,
  rate: 2e-3,
  adam: { ...adam, warmup: 5 },
  variety: upsampling,
  budget: { steps: 12 },
  averaging,
  hopFraction: 0.5,
  temperature: 1,
};

/** The same house at a scale for tests: seconds from nothing to a model that sings noise. */
const tiny: Preset = {
  sampleRate: 22_050,
  corpus: { songs: 16, secondsPerSong: 8 },
  seconds: { min: 1, max: 30 },
  vqvae: { ...garage.vqvae, lBins: [32, 32, 32], embWidth: 8, width: 8, depth: 2 },
  vqvaePlans: [tinyPlan, tinyPlan, tinyPlan],
  decoderPlans: [tinyDecoder, tinyDecoder, tinyDecoder],
  priors: [
    tinyPrior,
    tinyPrior,
    { ...tinyPrior, variety: { ...upsampling, noise: 0, mistakes: 0, slips: 0.3, stretch: 0.5 } },
  ],
  timing: { bins: 8, minSeconds: 1, maxSeconds: 31 },
  conditioner: { width: 8, depth: 2 },
  minutes: 1,
};

export const presets: Readonly<Record<string, Preset>> = { garage, tiny };

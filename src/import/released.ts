/** The released networks: sizes (spec 1), and files with their known sizes and checksums (spec 7.1). */
import type { PriorSize } from "../model/prior.ts";
import { priorShapes, type Shapes, vqvaeShapes } from "../model/shapes.ts";
import type { VqvaeSize } from "../model/vqvae.ts";

export type Network =
  | { readonly kind: "vqvae"; readonly size: VqvaeSize }
  | { readonly kind: "prior"; readonly level: number; readonly size: PriorSize };

export interface ReleasedPart {
  readonly network: Network;
  /** Path below the download address. */
  readonly path: string;
  /** If published. */
  readonly bytes?: number;
  readonly sha256?: string;
  /** Which of the two sets of artist and genre lists its labels use. */
  readonly lists?: "v2" | "v3";
}

const vqvae: VqvaeSize = {
  downsT: [3, 2, 2],
  stridesT: [2, 2, 2],
  embWidth: 64,
  lBins: [2048, 2048, 2048],
  width: 32,
  depth: 4,
  multipliers: [2, 1, 1],
  mConv: 1,
  dilationGrowthRate: 3,
  reverseDecoderDilation: true,
};

const common = { nCtx: 8192, attnOrder: 2, blocks: 128, mAttn: 0.25, mMlp: 1, bins: 2048 };
const labels = { artists: 4111, genres: 120, maxGenres: 5 };

const upsampler = (resScale: boolean): PriorSize => ({
  ...common,
  width: 1920,
  depth: 72,
  heads: 1,
  labels,
  upper: { bins: 2048, width: 1024, depth: 16, dilationGrowth: 3, dilationCycle: 8, resScale, strides: [2, 2] },
  addCondition: true,
  tied: true,
});

const prior5b: PriorSize = {
  ...common,
  width: 4800,
  depth: 72,
  heads: 8,
  labels,
  timing: { bins: 128, minSeconds: 60, maxSeconds: 600 },
  addCondition: false,
  tied: false,
};

const prior5bLyrics: PriorSize = {
  ...prior5b,
  depth: 79,
  attnOrder: 10,
  timing: { bins: 128, minSeconds: 23.8, maxSeconds: 600 },
  lyrics: {
    tokens: 512,
    vocabulary: 80,
    lossFraction: 0.4,
    encoder: { width: 1280, depth: 18, heads: 4, attnOrder: 2, blocks: 32 },
  },
  alignment: { layer: 68, head: 2 },
};

const prior1bLyrics: PriorSize = {
  ...common,
  nCtx: 6144,
  width: 2048,
  depth: 72,
  heads: 2,
  attnOrder: 12,
  blocks: 64,
  labels: { artists: 7898, genres: 604, maxGenres: 1 },
  timing: { bins: 64, minSeconds: 17.84, maxSeconds: 600 },
  lyrics: { tokens: 384, vocabulary: 79, lossFraction: 0.4 },
  alignment: { layer: 63, head: 0 },
  addCondition: true,
  tied: true,
};

const priorPart = (level: number, size: PriorSize, folder: string, lists: "v2" | "v3" = "v2"): ReleasedPart => ({
  network: { kind: "prior", level, size },
  path: `jukebox/models/${folder}/prior_level_${level}.pth.tar`,
  lists,
});

/** By name, as for `--as`. */
export const PARTS = {
  vqvae: {
    network: { kind: "vqvae", size: vqvae },
    path: "jukebox/models/5b/vqvae.pth.tar",
    sha256: "69745413a48e887f8a3fe91b972a6f7f434021a1ce911a99187b331eb48c059a",
  },
  upsampler_level_0: priorPart(0, upsampler(false), "5b"),
  upsampler_level_1: priorPart(1, upsampler(true), "5b"),
  prior_5b: {
    ...priorPart(2, prior5b, "5b"),
    bytes: 10_288_727_721,
    sha256: "89a1dd14f5b2f9b16b3e73b53fa2138cc89fd96bb13249b4267fea471de92672",
  },
  prior_5b_lyrics: priorPart(2, prior5bLyrics, "5b_lyrics"),
  prior_1b_lyrics: priorPart(2, prior1bLyrics, "1b_lyrics", "v3"),
} as const satisfies Record<string, ReleasedPart>;
export type PartName = keyof typeof PARTS;

export interface ReleasedModel {
  readonly name: string;
  /** By name, with one prior per level. */
  readonly parts: Readonly<Record<string, ReleasedPart>>;
  /** Hop between windows as a share of a window, and temperature factors: by level, finest first (spec 6.1). */
  readonly hopFractions: readonly number[];
  readonly temperatures: readonly number[];
  /** Of the sound, in Hz. */
  readonly sampleRate: number;
  readonly minSeconds: number;
  readonly maxSeconds: number;
  /** Character set of its lyrics. */
  readonly lyricCharacters?: "v2" | "v3";
}

const shared = ["vqvae", "upsampler_level_0", "upsampler_level_1"] as const; // in all models

const model = (name: string, top: PartName, lyricCharacters?: "v2" | "v3"): ReleasedModel => ({
  name,
  parts: Object.fromEntries([...shared, top].map((part) => [part, PARTS[part]])),
  hopFractions: [0.5, 0.5, 0.125],
  temperatures: [0.99, 0.99, 0.99],
  sampleRate: 44_100,
  minSeconds: 6, // upsampling needs a whole window of level 1
  maxSeconds: 599,
  ...(lyricCharacters && { lyricCharacters }),
});

export const MODELS = {
  "1b_lyrics": model("1b_lyrics", "prior_1b_lyrics", "v3"),
  "5b": model("5b", "prior_5b"),
  "5b_lyrics": model("5b_lyrics", "prior_5b_lyrics", "v2"),
} as const satisfies Record<string, ReleasedModel>;
export type ModelName = keyof typeof MODELS;

/** All tensors of a network by name, as its definition declares them. */
export const shapesOf = (network: Network): Shapes =>
  network.kind === "vqvae" ? vqvaeShapes(network.size) : priorShapes(network.size);

/** What a model in the making sounds like: now and then, the same places of the same songs at the same seeds, as WAV files that stay. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createWav } from "../audio/wav.ts";
import type { CodedSong } from "../dataset/coded-corpus.ts";
import { type CorpusSong, readCorpus, readSamples } from "../dataset/corpus-files.ts";
import { openCodec } from "../inference/codec.ts";
import { openPrior, type Prior } from "../inference/prior-sampler.ts";
import type { PriorSize } from "../model/prior.ts";
import { hopsOf, type VqvaeSize } from "../model/vqvae.ts";
import type { Store } from "../model/weights.ts";
import { type Manner, singBeginning, singBelow } from "./sing.ts";
import { type Place, strideOf } from "./windows.ts";

/** Writes what these weights sound like. */
export type Sample = (weights: Store, step: number) => Promise<void>;

export interface Sampler {
  /** To be called after each step: makes samples when it is time. */
  readonly after: Sample;
  /** To be called when the training is over. */
  readonly last: Sample;
}

const DEAR = 20; // times as long as the samples took is trained before the next ones

/** Samples every so many minutes, and less often where they would take more than a twentieth of the time. */
export function createSampler(minutes: number, make: Sample): Sampler {
  let due = performance.now() + 60_000 * minutes;
  const last: Sample = async (weights, step) => {
    const start = performance.now();
    await make(weights, step);
    const now = performance.now();
    due = now + Math.max(60_000 * minutes, DEAR * (now - start));
  };
  return { last, after: async (weights, step) => (performance.now() < due ? undefined : last(weights, step)) };
}

export interface SampleOptions {
  /** Folder of the files. */
  readonly folder: string;
  readonly sampleRate: number;
  readonly vqvae: VqvaeSize;
  /** Of each file: 6 if left out, and 4 where a prior fills in the codes below others. */
  readonly seconds?: number;
  readonly threads?: number;
  /** Samples that are not finished are left out. */
  readonly signal?: AbortSignal;
}

/** Two that lie apart in the list, always the same; the only one twice. */
const twoOf = <T>(songs: readonly T[]): readonly [T, T] => [songs[0]!, songs[songs.length >> 1]!];

const stepName = (step: number): string => `step ${String(step).padStart(6, "0")}`;

function write({ folder, sampleRate }: SampleOptions, name: string, sound: Float32Array): void {
  mkdirSync(folder, { recursive: true });
  const wav = createWav(join(folder, `${name}.wav`), sampleRate);
  wav.write(sound);
  wav.close();
}

/** Copies that a level of the VQ-VAE makes of songs left out, and once these as they are; `part` is what learns. */
export function reconstructionsOf(
  level: number,
  corpus: string,
  options: SampleOptions,
  part: "vqvae" | "decoder" = "vqvae",
): Sample {
  const { vqvae, sampleRate, folder, seconds = 6, threads = 1, signal } = options;
  const all = readCorpus(corpus);
  const left = all.filter(({ split }) => split !== "train");
  const hop = hopsOf(vqvae).at(-1)!;
  const stretch = (song: CorpusSong): Float32Array => {
    const from = Math.floor(song.samples / 4);
    const samples = Math.min(Math.round(seconds * sampleRate), song.samples - from);
    return readSamples(corpus, song, from, samples - (samples % hop));
  };
  return async (weights, step) => {
    const codec = await openCodec(level, { size: vqvae, store: weights, threads });
    try {
      for (const [index, song] of twoOf(left.length > 0 ? left : all).entries()) {
        if (signal?.aborted) return;
        const original = `original ${index + 1}`;
        if (!existsSync(join(folder, `${original}.wav`))) write(options, original, stretch(song));
        write(options, `${part}.${level} ${stepName(step)} copy ${index + 1}`, await codec.reconstruct(stretch(song)));
      }
    } finally {
      await codec.close();
    }
  };
}

export interface Singing extends SampleOptions {
  readonly size: PriorSize;
  readonly place: Place;
  /** How it is sampled, as the model's config will say. */
  readonly hopFraction: number;
  readonly temperature: number;
  readonly guidance?: number;
  /** Songs left out: their labels are sung to, and of an upsampler, under their codes of the level above. */
  readonly songs: readonly CodedSong[];
  /** The level's part of the VQ-VAE. */
  readonly codec: Store;
}

/** What a prior sings, at seed 1 to the labels of one song, at seed 2 to those of another. */
export function songsOf(singing: Singing): Sample {
  const { size, place, vqvae, codec: store, guidance, hopFraction, temperature, threads = 1, signal } = singing;
  return async (weights, step) => {
    const codec = await openCodec(place.level, { size: vqvae, store, threads });
    const prior = await openPrior(weights, size, { threads, ...(guidance !== undefined && { guidance }) });
    const stopped = (): boolean => signal?.aborted ?? false;
    try {
      for (const [index, song] of twoOf(singing.songs).entries()) {
        const seed = index + 1;
        const codes = await sungTo(song, prior, singing, { place, hopFraction, temperature, seed, stopped });
        if (stopped()) return;
        write(singing, `prior.${place.level} ${stepName(step)} seed ${seed}`, await codec.decode(codes));
      }
    } finally {
      await prior.close();
      await codec.close();
    }
  };
}

/** The beginning of a song from nothing; of an upsampler, what lies below a stretch of the song's codes. */
function sungTo(song: CodedSong, prior: Prior, { sampleRate, ...singing }: Singing, manner: Manner) {
  const { seconds = prior.size.upper ? 4 : 6 } = singing;
  const stride = strideOf(prior.size);
  const wanted = stride * Math.ceil((seconds * sampleRate) / manner.place.hop / stride);
  if (!prior.size.upper) return singBeginning(prior, song, wanted, manner);
  const whole = stride * song.codes[manner.place.level + 1]!.length;
  const start = stride * Math.floor(whole / stride / 4);
  return singBelow(prior, song, { start, count: Math.min(wanted, whole - start) }, manner);
}

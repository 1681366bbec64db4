/** What a model in the making sounds like: now and then, the same places of the same songs at the same seeds, as WAV files that stay. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createWav } from "../audio/wav.ts";
import { openCodec } from "../inference/codec.ts";
import { fill, type LevelJob } from "../inference/level.ts";
import { CodeLine } from "../inference/line.ts";
import { openPrior } from "../inference/prior.ts";
import type { Metre } from "../labels/metre.ts";
import type { LevelPart } from "../labels/song.ts";
import type { PriorSize } from "../model/prior.ts";
import { hopsOf, type VqvaeSize } from "../model/vqvae.ts";
import type { Store } from "../model/weights.ts";
import { type CorpusSong, readCorpus, readSamples } from "./corpus/files.ts";
import { type CodedSong, type Place, strideOf } from "./windows.ts";

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

/** Copies that a level of the VQ-VAE makes of songs left out, and once these as they are. */
export function copiesOf(level: number, corpus: string, options: SampleOptions): Sample {
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
        write(options, `vqvae.${level} ${stepName(step)} copy ${index + 1}`, await codec.copy(stretch(song)));
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
  const { size, place, vqvae, codec: store, guidance, threads = 1, signal } = singing;
  return async (weights, step) => {
    const codec = await openCodec(place.level, { size: vqvae, store, threads });
    const prior = await openPrior(weights, size, { threads, ...(guidance !== undefined && { guidance }) });
    try {
      for (const [index, song] of twoOf(singing.songs).entries()) {
        const seed = index + 1;
        const { job, upper } = askedOf(song, seed, singing);
        const line = new CodeLine(job.total);
        const level = { ...place, hopFraction: singing.hopFraction };
        const stopped = (): boolean => signal?.aborted ?? false;
        await fill(prior, level, job, line, { stopped, made: breathe, ...(upper && { upper }) });
        if (!line.ended) return;
        write(singing, `prior.${place.level} ${stepName(step)} seed ${seed}`, await codec.decode(line.codes));
      }
    } finally {
      await prior.close();
      await codec.close();
    }
  };
}

/** Lets signals be heard. */
const breathe = (): Promise<void> => new Promise((go) => setImmediate(go));

interface Asked {
  readonly job: LevelJob;
  readonly upper?: CodeLine;
}

/** The beginning of a song from nothing; of an upsampler, what lies below a stretch of the song's codes. */
function askedOf(song: CodedSong, seed: number, { size, place, sampleRate, temperature, ...singing }: Singing): Asked {
  const { seconds = size.upper ? 4 : 6 } = singing;
  const wanted = Math.ceil((seconds * sampleRate) / place.hop / strideOf(size));
  const above = size.upper && song.codes[place.level + 1]!;
  const first = above ? above.length >> 2 : 0;
  const stretch = above?.slice(first, first + wanted);
  const total = (stretch?.length ?? wanted) * strideOf(size);
  const samples = Math.max(song.samples, total * place.hop); // of a shorter song, its beginning made longer
  const metre = song.metre && from(song.metre, first * strideOf(size) * place.hop);
  const job = {
    labels: labelsOf({ ...song, samples, ...(metre && { metre }) }, size, sampleRate),
    seed,
    sampling: { temperature },
    total,
    prompt: 0,
    known: new Uint16Array(0),
  };
  return stretch ? { job, upper: new CodeLine(stretch.length, stretch) } : { job };
}

/** What is sung, counted from a sample of the song; upsamplers are told nothing else of its moments. */
const from = ({ sung, ...metre }: Metre, start: number): Metre => ({
  ...metre,
  ...(sung && { sung: sung.map((phone) => ({ ...phone, from: phone.from - start, to: phone.to - start })) }),
});

function labelsOf({ artist, genre, samples, metre }: CodedSong, { timing }: PriorSize, sampleRate: number): LevelPart {
  const longest = timing ? timing.maxSeconds - 1 : Number.POSITIVE_INFINITY;
  const totalSeconds = Math.min(samples / sampleRate, longest);
  return { artist, genres: [genre], totalSeconds, ...(metre && { metre }) };
}

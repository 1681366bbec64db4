/** Speed of each level alone: tokens of the row loop, rows that are known, conditions, sound of the decoder. */

import { CodeBuffer } from "../inference/code-buffer.ts";
import { decodeSpan, openDecoder } from "../inference/decode.ts";
import type { RowDraw } from "../inference/draws.ts";
import { openPrior, type Place, type Prior, type Window } from "../inference/prior-sampler.ts";
import { uniformAt } from "../inference/random.ts";
import { type ModelConfig, openModelFolder } from "../model/folder.ts";
import { decoderSize, momentInput, type PriorSize } from "../model/prior.ts";
import { priorUses } from "../model/shapes.ts";
import { hopsOf } from "../model/vqvae.ts";
import type { Bits } from "../model/weights.ts";
import { ints, type Tensors } from "../onnx/session.ts";
import { readBandwidth } from "./bandwidth.ts";
import { best } from "./timing.ts";

export interface LevelOptions {
  /** Of the dense layers, unless the model was imported with others. */
  readonly bits: Bits;
  readonly threads: number;
  /** Rows that are known, and rows that are drawn, are gone through for so long at most. */
  readonly limitSeconds: number;
}

export interface LevelSpeed {
  readonly level: number;
  /** Weights that the row loop reads for each token, in millions. */
  readonly loopWeights: number;
  /** From the files to the first window. */
  readonly openSeconds: number;
  /** What holds for a whole window: an upsampler's conditioner, a lyric encoder. */
  readonly conditionSeconds: number;
  readonly tokensPerSecond: number;
  /** Positions of the window that were drawn, and those before them: the later, the slower. */
  readonly drawn: { readonly from: number; readonly to: number };
  /** Tokens made in the time of the sound they stand for. */
  readonly timesRealTime: number;
  /** Bytes of weights a second that the loop reads, and what these threads read at best from a block of that size. */
  readonly bytesPerSecond: number;
  readonly readBandwidth: number;
  readonly prefillTokensPerSecond: number;
  /** Codes a second of so many songs together, made in one run; of models that are loaded whole. */
  readonly together: readonly { readonly songs: number; readonly codesPerSecond: number }[];
  /** Of a process that has this level alone, at most. */
  readonly residentMegabytes: number;
  /** The decoder alone, over its stretches as the engine takes them. */
  readonly decoderTimesRealTime: number;
}

const ROUNDS = 4; // as other work on the machine only ever makes a run slower

/** Measures one level of a model folder, in a process of its own, for its memory. */
export async function levelSpeed(folder: string, level: number, options: LevelOptions): Promise<LevelSpeed> {
  const { threads, limitSeconds } = options;
  const start = performance.now();
  const { config, store } = await openModelFolder(folder, level);
  const size = config.priors[level]!;
  const hop = hopsOf(config.vqvae)[level]!;
  const prior = await openPrior(store, size, { bits: options.bits, threads });
  const openSeconds = (performance.now() - start) / 1000;
  const rounds: Round[] = [];
  do rounds.push(await round(prior, anyConditions(size), limitSeconds));
  while (rounds.length < ROUNDS && performance.now() - start < 2000 * limitSeconds);
  const residentMegabytes = process.resourceUsage().maxRSS / 1024;
  const together = bitsOf(config) === undefined ? await songsTogether(prior, anyConditions(size), limitSeconds) : [];
  await prior.close();
  const bytes = bytesOfLoop(size, bitsOf(config) ?? options.bits);
  const fastest = (field: "conditionSeconds" | "knownSeconds" | "tokenSeconds"): number =>
    Math.min(...rounds.map((one) => one[field]));
  const tokensPerSecond = 1 / fastest("tokenSeconds");
  return {
    level,
    loopWeights: loopNumbers(size) / 1e6,
    openSeconds,
    conditionSeconds: fastest("conditionSeconds"),
    tokensPerSecond,
    drawn: rounds[0]!.drawn,
    timesRealTime: (tokensPerSecond * hop) / config.sampleRate,
    bytesPerSecond: tokensPerSecond * bytes,
    readBandwidth: await readBandwidth(Math.min(bytes, FAR), threads),
    prefillTokensPerSecond: 1 / fastest("knownSeconds"),
    together,
    residentMegabytes,
    decoderTimesRealTime: await decoderSpeed(folder, config, level),
  };
}

/** A block that no cache holds; larger ones are read no slower. */
const FAR = 2 ** 28;

/** All in seconds; those of rows by the position. */
interface Round {
  readonly conditionSeconds: number;
  readonly knownSeconds: number;
  readonly tokenSeconds: number;
  readonly drawn: LevelSpeed["drawn"];
}

/** The first half of a window known, its second half drawn: rows as late, and as slow, as they come; or as far as time allows. */
async function round(prior: Prior, feeds: Tensors, limitSeconds: number): Promise<Round> {
  const { block, size } = prior;
  const { length } = decoderSize(size);
  const half = Math.floor(length / 2 / block) * block;
  const start = performance.now();
  const window = await prior.begin(feeds);
  const begun = performance.now();
  const within = (since: number): boolean => performance.now() - since < 1000 * limitSeconds;
  do await window.prefill(new Int32Array(block));
  while (window.done < half && within(begun));
  const from = window.done;
  const known = performance.now();
  do {
    await window.row(freeRow(block, 1, window.done));
  } while (window.done < length && within(known));
  return {
    conditionSeconds: (begun - start) / 1000,
    knownSeconds: (known - begun) / 1000 / from,
    tokenSeconds: (performance.now() - known) / 1000 / (window.done - from),
    drawn: { from, to: window.done },
  };
}

const SONGS = [1, 2, 4, 8];
const FEW_ROWS = 3;

/** Some rows behind half a window, of ever more songs. */
async function songsTogether(prior: Prior, feeds: Tensors, limitSeconds: number): Promise<LevelSpeed["together"]> {
  const places: Place[] = [prior];
  const found: { songs: number; codesPerSecond: number }[] = [];
  const start = performance.now();
  for (const songs of SONGS) {
    if (performance.now() - start > 1000 * limitSeconds) break;
    while (places.length < songs) places.push(prior.beside());
    found.push({ songs, codesPerSecond: (songs * prior.block) / (await bestRow(places, feeds)) });
  }
  return found;
}

/** Seconds that the fastest of some rows takes, one of each place. */
async function bestRow(places: readonly Place[], feeds: Tensors): Promise<number> {
  const { block, size } = places[0]!; // one at least is measured
  const { length, blocks } = decoderSize(size);
  const known = new Int32Array(Math.floor(blocks / 2) * (length / blocks));
  const windows: Window[] = [];
  for (const place of places) windows.push(await place.begin(feeds));
  for (const window of windows) await window.prefill(known);
  const times: number[] = [];
  while (times.length < FEW_ROWS && windows[0]!.done < length) {
    const start = performance.now();
    await Promise.all(windows.map((window, song) => window.row(freeRow(block, song, window.done))));
    times.push((performance.now() - start) / 1000);
  }
  return Math.min(...times);
}

const freeRow = (block: number, seed: number, from: number): RowDraw => ({
  uniform: Float32Array.from({ length: block }, (_, at) => uniformAt(seed, 0, from + at)),
  forced: new Int32Array(block).fill(-1),
  temperature: 1,
});

/** Conditions of the right shapes: speed does not depend on what they say. */
function anyConditions({ labels, timing, moments, upper, lyrics, nCtx }: PriorSize): Tensors {
  const zeros = (...dims: number[]) => ints(new Int32Array(dims.reduce((a, b) => a * b, 1)), dims);
  const stride = upper?.strides.reduce((a, b) => a * b, 1) ?? 1;
  return {
    ...(labels && { artist: zeros(1), genres: zeros(1, labels.maxGenres) }),
    ...(timing && { total: zeros(1), absolute: zeros(1, nCtx), relative: zeros(1, nCtx) }),
    ...Object.fromEntries((moments ?? []).map(({ name }) => [momentInput(name), zeros(1, nCtx)])),
    ...(upper && { upper: zeros(1, nCtx / stride) }),
    ...(lyrics?.encoder && { tokens: zeros(1, lyrics.tokens) }),
  };
}

/** Every weight of the layers and of the output is read for each token; tables, and keys of lyrics, are not. */
function loopNumbers(size: PriorSize): number {
  const layers = [...priorUses(size).dense].filter(([name]) => name.startsWith("prior.") && !name.includes("c_enc_kv"));
  return layers.reduce((sum, [, { inputs, outputs }]) => sum + inputs * outputs, 0);
}

/** What the dense layers of an imported model are computed in. */
export const bitsOf = ({ bits }: ModelConfig): Bits | undefined => (bits === 16 ? 32 : bits);

/** One scale of four bytes goes with 32 numbers. */
const bytesOfLoop = (size: PriorSize, bits: Bits): number => loopNumbers(size) * (bits === 32 ? 4 : bits / 8 + 4 / 32);

async function decoderSpeed(folder: string, config: ModelConfig, level: number): Promise<number> {
  const { store } = await openModelFolder(folder, "vqvae");
  const decoder = await openDecoder(store, level, config.vqvae, {});
  const stretch = Math.ceil((0.4 * config.sampleRate) / decoder.hop);
  const line = new CodeBuffer(stretch + 2 * decoder.reach, new Uint16Array(stretch + 2 * decoder.reach));
  const seconds = await best(() => decodeSpan(decoder, line, decoder.reach, decoder.reach + stretch), 0.5);
  await decoder.session.close();
  return (stretch * decoder.hop) / config.sampleRate / seconds;
}

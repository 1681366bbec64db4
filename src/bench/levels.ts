/** Benchmarks each level alone: sampling of codes, prefill, conditioning, decoder. */

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
import { fastestRun } from "./stopwatch.ts";

export interface LevelOptions {
  /** Precision of the dense layers, unless the model was imported with another. */
  readonly bits: Bits;
  readonly threads: number;
  /** Time limit of each prefill and each sampling run. */
  readonly limitSeconds: number;
}

export interface LevelSpeed {
  readonly level: number;
  /** Weights that the row loop reads per code, in millions. */
  readonly loopWeights: number;
  /** Time to load the prior. */
  readonly openSeconds: number;
  /** Time to compute a window's conditioning: an upsampler's conditioner, a lyric encoder. */
  readonly conditionSeconds: number;
  readonly codesPerSecond: number;
  /** Positions of the window that were drawn; later positions are slower. */
  readonly drawn: { readonly from: number; readonly to: number };
  /** Speed of sampling, × real time. */
  readonly timesRealTime: number;
  /** Bytes of weights per second that the loop reads, and the memory bandwidth of as many threads for that size. */
  readonly bytesPerSecond: number;
  readonly readBandwidth: number;
  readonly prefillCodesPerSecond: number;
  /** Codes per second of several songs that are sampled in one run; empty for imported models. */
  readonly together: readonly { readonly songs: number; readonly codesPerSecond: number }[];
  /** Peak memory of a process with this level alone. */
  readonly residentMegabytes: number;
  /** Speed of the decoder alone, × real time, in the spans that the engine decodes. */
  readonly decoderTimesRealTime: number;
}

const ROUNDS = 4; // the fastest counts, as other load only slows runs down

/** Measures one level of a model folder. Run it in its own process, as it reports peak memory. */
export async function levelSpeed(folder: string, level: number, options: LevelOptions): Promise<LevelSpeed> {
  const { threads, limitSeconds } = options;
  const start = performance.now();
  const { config, store } = await openModelFolder(folder, level);
  const size = config.priors[level]!;
  const hop = hopsOf(config.vqvae)[level]!;
  const prior = await openPrior(store, size, { bits: options.bits, threads });
  const openSeconds = (performance.now() - start) / 1000;
  const rounds: Round[] = [];
  do rounds.push(await round(prior, zeroConditioning(size), limitSeconds));
  while (rounds.length < ROUNDS && performance.now() - start < 2000 * limitSeconds);
  const residentMegabytes = process.resourceUsage().maxRSS / 1024;
  const together =
    bitsOf(config) === undefined ? await sampleTogether(prior, zeroConditioning(size), limitSeconds) : [];
  await prior.close();
  const bytes = bytesOfLoop(size, bitsOf(config) ?? options.bits);
  const fastest = (field: "conditionSeconds" | "prefillSeconds" | "codeSeconds"): number =>
    Math.min(...rounds.map((one) => one[field]));
  const codesPerSecond = 1 / fastest("codeSeconds");
  return {
    level,
    loopWeights: loopNumbers(size) / 1e6,
    openSeconds,
    conditionSeconds: fastest("conditionSeconds"),
    codesPerSecond,
    drawn: rounds[0]!.drawn,
    timesRealTime: (codesPerSecond * hop) / config.sampleRate,
    bytesPerSecond: codesPerSecond * bytes,
    readBandwidth: await readBandwidth(Math.min(bytes, FAR), threads),
    prefillCodesPerSecond: 1 / fastest("prefillSeconds"),
    together,
    residentMegabytes,
    decoderTimesRealTime: await decoderSpeed(folder, config, level),
  };
}

/** Bytes; larger than any cache, and larger blocks are read no slower. */
const FAR = 2 ** 28;

/** In seconds; prefill and sampling per code. */
interface Round {
  readonly conditionSeconds: number;
  readonly prefillSeconds: number;
  readonly codeSeconds: number;
  readonly drawn: LevelSpeed["drawn"];
}

/** Prefills the first half of a window and draws the second, which is the slower one; each within the time limit. */
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
    prefillSeconds: (known - begun) / 1000 / from,
    codeSeconds: (performance.now() - known) / 1000 / (window.done - from),
    drawn: { from, to: window.done },
  };
}

const SONGS = [1, 2, 4, 8];
const FEW_ROWS = 3;

/** Speed of sampling rows in the middle of a window, for an increasing number of songs. */
async function sampleTogether(prior: Prior, feeds: Tensors, limitSeconds: number): Promise<LevelSpeed["together"]> {
  const places: Place[] = [prior];
  const found: { songs: number; codesPerSecond: number }[] = [];
  const start = performance.now();
  for (const songs of SONGS) {
    if (performance.now() - start > 1000 * limitSeconds) break;
    while (places.length < songs) places.push(prior.beside());
    found.push({ songs, codesPerSecond: (songs * prior.block) / (await fastestRow(places, feeds)) });
  }
  return found;
}

/** Seconds of the fastest row, drawn for all songs at once. */
async function fastestRow(places: readonly Place[], feeds: Tensors): Promise<number> {
  const { block, size } = places[0]!;
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

/** Conditioning inputs of the right shapes, all zeros; speed does not depend on their values. */
function zeroConditioning({ labels, timing, moments, upper, lyrics, nCtx }: PriorSize): Tensors {
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

/** Weights read per code: all of the layers and of the output; not embedding tables or keys and values of lyrics. */
function loopNumbers(size: PriorSize): number {
  const layers = [...priorUses(size).dense].filter(([name]) => name.startsWith("prior.") && !name.includes("c_enc_kv"));
  return layers.reduce((sum, [, { inputs, outputs }]) => sum + inputs * outputs, 0);
}

/** Precision in which the dense layers of an imported model are computed; undefined for other models. */
export const bitsOf = ({ bits }: ModelConfig): Bits | undefined => (bits === 16 ? 32 : bits);

/** Quantised weights have a four-byte scale per 32 weights. */
const bytesOfLoop = (size: PriorSize, bits: Bits): number => loopNumbers(size) * (bits === 32 ? 4 : bits / 8 + 4 / 32);

async function decoderSpeed(folder: string, config: ModelConfig, level: number): Promise<number> {
  const { store } = await openModelFolder(folder, "vqvae");
  const decoder = await openDecoder(store, level, config.vqvae, {});
  const stretch = Math.ceil((0.4 * config.sampleRate) / decoder.hop);
  const line = new CodeBuffer(stretch + 2 * decoder.reach, new Uint16Array(stretch + 2 * decoder.reach));
  const seconds = await fastestRun(() => decodeSpan(decoder, line, decoder.reach, decoder.reach + stretch), 0.5);
  await decoder.session.close();
  return (stretch * decoder.hop) / config.sampleRate / seconds;
}

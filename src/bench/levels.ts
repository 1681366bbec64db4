/** Speed of each level alone, on one core: tokens of the row loop, sound of the decoder. */
import { decodeSpan, openDecoder } from "../inference/decode.ts";
import { CodeLine } from "../inference/line.ts";
import { openPrior, type Prior } from "../inference/prior.ts";
import { uniformAt } from "../inference/random.ts";
import { type ModelConfig, openModelFolder } from "../model/folder.ts";
import type { PriorSize } from "../model/prior.ts";
import { hopsOf } from "../model/vqvae.ts";
import type { Bits, Store } from "../model/weights.ts";
import { ints, type Tensors } from "../onnx/session.ts";
import { readBandwidth } from "./bandwidth.ts";
import { best, timed } from "./timing.ts";

export interface LevelSpeed {
  readonly level: number;
  /** Weights that the row loop reads for each token, in millions. */
  readonly loopWeights: number;
  readonly tokensPerSecond: number;
  /** Tokens made in the time of the sound they stand for. */
  readonly timesRealTime: number;
  /** Bytes of weights a second that the loop reads, and what one core reads at best from a block of that size. */
  readonly bytesPerSecond: number;
  readonly readBandwidth: number;
  readonly prefillTokensPerSecond: number;
  /** The decoder alone, over its stretches as the engine takes them. */
  readonly decoderTimesRealTime: number;
}

/** Measures one level of a model folder. */
export async function levelSpeed(folder: string, level: number, bits: Bits): Promise<LevelSpeed> {
  const { config, store } = await openModelFolder(folder, level);
  const size = config.priors[level]!;
  const hop = hopsOf(config.vqvae)[level]!;
  const prior = await openPrior(store, size, { bits });
  const feeds = anyConditions(size);
  const half = Math.floor(size.nCtx / 2 / prior.block) * prior.block;
  const window = async (): Promise<number> => timed(() => fillHalf(prior, feeds, half));
  const prefill = await best(async () => (await prior.begin(feeds)).prefill(new Int32Array(half)), 0.5);
  let seconds = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 4; round++) seconds = Math.min(seconds, await window());
  const tokensPerSecond = (size.nCtx - half) / (seconds - prefill);
  await prior.close();
  const loopBytes = bytesOfLoop(store, bits);
  return {
    level,
    loopWeights: loopNumbers(store) / 1e6,
    tokensPerSecond,
    timesRealTime: (tokensPerSecond * hop) / config.sampleRate,
    bytesPerSecond: tokensPerSecond * loopBytes,
    readBandwidth: await readBandwidth(loopBytes),
    prefillTokensPerSecond: half / prefill,
    decoderTimesRealTime: await decoderSpeed(folder, config, level),
  };
}

/** The second half of a window, its first half prefilled: rows as late, and as slow, as they come. */
async function fillHalf(prior: Prior, feeds: Tensors, half: number): Promise<void> {
  const window = await prior.begin(feeds);
  await window.prefill(new Int32Array(half));
  while (window.done < prior.size.nCtx) {
    const uniform = Float32Array.from({ length: prior.block }, (_, at) => uniformAt(1, 0, window.done + at));
    await window.row({ uniform, forced: new Int32Array(prior.block).fill(-1), temperature: 1 });
  }
}

/** Conditions of the right shapes: speed does not depend on what they say. */
function anyConditions({ labels, timing, upper, lyrics, nCtx }: PriorSize): Tensors {
  const zeros = (...dims: number[]) => ints(new Int32Array(dims.reduce((a, b) => a * b, 1)), dims);
  const stride = upper?.strides.reduce((a, b) => a * b, 1) ?? 1;
  return {
    ...(labels && { artist: zeros(1), genres: zeros(1, labels.maxGenres) }),
    ...(timing && { total: zeros(1), absolute: zeros(1, nCtx), relative: zeros(1, nCtx) }),
    ...(upper && { upper: zeros(1, nCtx / stride) }),
    ...(lyrics?.encoder && { tokens: zeros(1, lyrics.tokens) }),
  };
}

/** Every weight of the layers and of the output is read for each token; tables are not. */
const isLoopWeight = (name: string): boolean =>
  name.startsWith("prior.transformer.") || name === "prior.x_out.weight" || name === "prior.x_emb.weight";

function loopNumbers(store: Store): number {
  const tied = !store.has("prior.x_out.weight");
  return [...store]
    .filter(([name]) => isLoopWeight(name) && (tied || name !== "prior.x_emb.weight"))
    .reduce((sum, [, { data }]) => sum + data.length, 0);
}

/** One scale of four bytes goes with 32 numbers. */
const bytesOfLoop = (store: Store, bits: Bits): number => loopNumbers(store) * (bits === 32 ? 4 : bits / 8 + 4 / 32);

async function decoderSpeed(folder: string, config: ModelConfig, level: number): Promise<number> {
  const { store } = await openModelFolder(folder, "vqvae");
  const decoder = await openDecoder(store, level, config.vqvae, {});
  const stretch = Math.ceil((0.4 * config.sampleRate) / decoder.hop);
  const line = new CodeLine(stretch + 2 * decoder.reach, new Uint16Array(stretch + 2 * decoder.reach));
  const seconds = await best(() => decodeSpan(decoder, line, decoder.reach, decoder.reach + stretch), 0.5);
  await decoder.session.close();
  return (stretch * decoder.hop) / config.sampleRate / seconds;
}

/** The prior over codes: what it is conditioned on, the sequence it reads, and the logits it gives (spec 3 and 4). */
import type { Graph, Value } from "../onnx/graph.ts";
import { add, cast, concat, expand, gather, greaterOrEqual, max, mul, pad, reshape, slice, sum } from "../onnx/ops.ts";
import { conv3, resnet, swapTime, up } from "./convolution.ts";
import type { Memory } from "./memory.ts";
import { wholeSequence } from "./memory.ts";
import { norm, type TransformerSize, transformer } from "./transformer.ts";
import type { Weights } from "./weights.ts";

export interface PriorSize {
  /** Codes the prior sees at once. */
  readonly nCtx: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly attnOrder: number;
  readonly blocks: number;
  readonly mAttn: number;
  readonly mMlp: number;
  /** Entries of the codebook; lyric ids of a merged prior come on top. */
  readonly bins: number;
  /** Rows of the label embeddings, and slots of the bag of genres. */
  readonly labels?: { readonly artists: number; readonly genres: number; readonly maxGenres: number };
  /** Ours, not the paper's: labels are told at every position, not before the first one alone; a small prior forgets them. */
  readonly labelsEverywhere?: boolean;
  /** Codes that are never drawn, such as silence, which a small prior finds no way out of. */
  readonly never?: readonly number[];
  /** Timing embedding of a top prior. */
  readonly timing?: { readonly bins: number; readonly minSeconds: number; readonly maxSeconds: number };
  /** Ours: tables of what is told of every moment, such as where the beat lies; row 0 is "unknown". */
  readonly moments?: readonly { readonly name: string; readonly rows: number }[];
  /** Conditioner of an upsampler: codes of the level above, one for `strides` multiplied of this level's. */
  readonly upper?: ConditionerSize;
  readonly lyrics?: LyricSize;
  /** The head whose attention tells which lyric token is sung (spec 6.8); its layer's pattern sees them. */
  readonly alignment?: AlignmentHead;
  /** Whether the condition is added again after the transformer ("merged_decoder" false). */
  readonly addCondition: boolean;
  /** Whether the output matrix is the code embedding. */
  readonly tied: boolean;
}

export interface ConditionerSize {
  readonly bins: number;
  readonly width: number;
  readonly depth: number;
  readonly dilationGrowth: number;
  readonly dilationCycle: number;
  readonly resScale: boolean;
  readonly strides: readonly number[];
}

export interface AlignmentHead {
  readonly layer: number;
  readonly head: number;
}

export interface LyricSize {
  readonly tokens: number;
  readonly vocabulary: number;
  /** Share of the lyric loss. */
  readonly lossFraction: number;
  /** An encoder of its own; without one, lyrics and music are one sequence. */
  readonly encoder?: {
    readonly width: number;
    readonly depth: number;
    readonly heads: number;
    readonly attnOrder: number;
    readonly blocks: number;
  };
}

/** Lyric positions in front of the music: only in a merged prior. */
export const lead = ({ lyrics }: PriorSize): number => (lyrics && !lyrics.encoder ? lyrics.tokens : 0);
/** Ids below this one are lyrics: only in a merged prior. */
export const firstMusicId = ({ lyrics }: PriorSize): number => (lyrics && !lyrics.encoder ? lyrics.vocabulary : 0);
/** Classes of the output. */
export const classes = (size: PriorSize): number => firstMusicId(size) + size.bins;

/** The transformer over the whole sequence, lyrics of a merged prior included. */
export function decoderSize(size: PriorSize): TransformerSize {
  const tokens = lead(size);
  return { ...size, length: tokens + size.nCtx, prime: (Math.floor(tokens / size.blocks) + 1) * size.blocks };
}

/** Inputs that say what a window is conditioned on; all int32. */
export interface ConditionInputs {
  readonly artist?: Value; // [batch]
  readonly genres?: Value; // [batch, slots], −1 where empty
  readonly total?: Value; // [batch]
  readonly absolute?: Value; // [batch, nCtx]
  readonly relative?: Value; // [batch, nCtx]
  readonly moments?: readonly Value[]; // [batch, nCtx] each, in the order of their tables
  readonly upper?: Value; // [batch, nCtx / strides]
  readonly tokens?: Value; // [batch, tokens]: of a separate lyric encoder
}

/** Declares the inputs that this prior needs. */
export function conditionInputs(graph: Graph, size: PriorSize, batch: number): ConditionInputs {
  const int = (name: string, ...shape: number[]): Value => graph.input(name, "int32", [batch, ...shape]);
  const { labels, timing, moments, upper, lyrics, nCtx } = size;
  return {
    ...(labels && { artist: int("artist"), genres: int("genres", labels.maxGenres) }),
    ...(timing && { total: int("total"), absolute: int("absolute", nCtx), relative: int("relative", nCtx) }),
    ...(moments && { moments: moments.map(({ name }) => int(momentInput(name), nCtx)) }),
    ...(upper && { upper: int("upper", nCtx / upper.strides.reduce((a, b) => a * b, 1)) }),
    ...(lyrics?.encoder && { tokens: int("tokens", lyrics.tokens) }),
  };
}

/** The input that says which row of a table of moments holds where. */
export const momentInput = (name: string): string => `moment.${name}`;

/** What takes the place of a code before the first one: [batch, width] (spec 3.2). */
export function startEmbedding(inputs: ConditionInputs, weights: Weights, size: PriorSize, batch: number): Value {
  const { labels, width } = size;
  if (!labels) {
    const token = weights.at("prior").tensor("start_token", [1, width]);
    return batch === 1
      ? token
      : concat(
          Array.from({ length: batch }, () => token),
          0,
        );
  }
  const w = weights.at("y_emb");
  const artist = gather(w.tensor("artist_emb.emb.weight", [labels.artists, width]), inputs.artist!);
  const genres = inputs.genres!;
  const rows = gather(w.tensor("bow_genre_emb.emb.weight", [labels.genres, width]), max(genres, 0)); // [batch, slots, width]
  const there = reshape(cast(greaterOrEqual(genres, 0), "float32"), [batch, labels.maxGenres, 1]);
  return add(artist, sum(mul(rows, there), [1]));
}

/** What is added at every position, lyrics in front included: [batch · length, width], or nothing (spec 3.3, 3.4). */
export function positionCondition(
  inputs: ConditionInputs,
  weights: Weights,
  size: PriorSize,
  batch: number,
): Value | undefined {
  const music = musicCondition(inputs, weights, size, batch);
  return music && reshape(pad(music, 1, lead(size), 0), [batch * (lead(size) + size.nCtx), size.width]);
}

/** [batch, nCtx, width] */
function musicCondition(inputs: ConditionInputs, weights: Weights, size: PriorSize, batch: number): Value | undefined {
  const { timing, moments, upper, nCtx, width, labelsEverywhere } = size;
  const w = weights.at("y_emb");
  const parts = [
    timing && timingEmbedding(inputs, w, size),
    upper && conditioner(inputs.upper!, weights.at("conditioner_blocks.0"), size),
    ...(moments ?? []).map(({ name, rows }, index) =>
      gather(w.tensor(`moment.${name}.emb.weight`, [rows, width]), inputs.moments![index]!),
    ),
    labelsEverywhere && reshape(startEmbedding(inputs, weights, size, batch), [batch, 1, width]),
  ].filter((part) => part !== undefined && part !== false);
  if (parts.length === 0) return undefined;
  const whole = parts.reduce((all, part) => add(all, part));
  return whole.shape[1] === nCtx ? whole : expand(whole, [batch, nCtx, width]);
}

function timingEmbedding(
  { total, absolute, relative }: ConditionInputs,
  w: Weights,
  { timing, width }: PriorSize,
): Value {
  const table = (name: string): Value => w.tensor(`${name}.emb.weight`, [timing!.bins, width]);
  const position = add(gather(table("absolute_pos_emb"), absolute!), gather(table("relative_pos_emb"), relative!));
  const batch = total!.shape[0] as number;
  return add(position, reshape(gather(table("total_length_emb"), total!), [batch, 1, width])); // [batch, nCtx, width]
}

/** Codes of the level above, for exactly this window, to [batch, nCtx, width] (spec 4). */
function conditioner(codes: Value, w: Weights, { upper, width }: PriorSize): Value {
  const { bins, width: inner, depth, dilationGrowth, dilationCycle, resScale, strides } = upper!;
  const stack = { width: inner, depth, dilationGrowth, dilationCycle, scale: resScale ? 1 / Math.sqrt(depth) : 1 };
  const embedded = gather(w.tensor("x_emb.weight", [bins, width]), codes);
  const wide = strides.reduce(
    (x, stride, index) => {
      const level = w.at(`cond.model.${index + 1}`);
      return up(
        resnet(x, level.at("0.blocks"), stack),
        level.at("1"),
        inner,
        index === strides.length - 1 ? width : inner,
        stride,
      );
    },
    conv3(swapTime(embedded), w.at("cond.model.0"), width, inner),
  );
  return norm(swapTime(wide), w.at("ln"), width);
}

/** Causal, shifted reading of the lyrics, projected to the decoder's width: [batch · tokens, width] (spec 3.8). */
export function encodeLyrics(tokens: Value, weights: Weights, { lyrics, width }: PriorSize, batch: number): Value {
  const { encoder, vocabulary, tokens: length } = lyrics!;
  const w = weights.at("prime_prior");
  const size: TransformerSize = { ...encoder!, length, mAttn: 0.25, mMlp: 1, prime: 0 };
  const start = w.tensor("start_token", [1, size.width]);
  const starts =
    batch === 1
      ? start
      : concat(
          Array.from({ length: batch }, () => start),
          0,
        );
  const h = readSequence(tokens, starts, w, { width: size.width, classes: vocabulary, batch, length });
  const read = transformer(h, w, wholeSequence(batch), size);
  return norm(weights.linear(read, "prime_state_proj", size.width, width), weights.at("prime_state_ln"), width);
}

interface SequenceSize {
  readonly width: number;
  readonly classes: number;
  readonly batch: number;
  readonly length: number;
}

/** Codes [batch, length] shifted by one, with the start in front, plus positions: [batch · length, width] (spec 3.5). */
function readSequence(codes: Value, start: Value, w: Weights, { width, classes, batch, length }: SequenceSize): Value {
  const table = w.tensor("x_emb.weight", [classes, width]);
  const before = gather(table, slice(codes, 1, 0, -1)); // [batch, length − 1, width]
  const shifted = concat([reshape(start, [batch, 1, width]), before], 1);
  return reshape(add(shifted, w.tensor("pos_emb.pos_emb", [length, width])), [batch * length, width]);
}

/** Logits [batch · length, classes] of every position of whole sequences; `codes` [batch, length] int32. */
export function wholeLogits(
  codes: Value,
  inputs: ConditionInputs,
  weights: Weights,
  size: PriorSize,
  memory: Memory,
): Value {
  const batch = codes.shape[0] as number;
  const w = weights.at("prior");
  const condition = positionCondition(inputs, weights, size, batch);
  const start = startEmbedding(inputs, weights, size, batch);
  const h = readSequence(codes, start, w, {
    width: size.width,
    classes: classes(size),
    batch,
    length: lead(size) + size.nCtx,
  });
  const encoder = inputs.tokens && encodeLyrics(inputs.tokens, weights, size, batch);
  const read = condition ? add(h, condition) : h;
  return headOf(priorOutput(read, condition, w, memory, size, encoder && (() => encoder)), w, size);
}

/** h [positions, width] and the condition at these positions → what the head reads [positions, width]: the same in every capture. */
export function priorOutput(
  h: Value,
  condition: Value | undefined,
  w: Weights,
  memory: Memory,
  size: PriorSize,
  encoder?: () => Value,
): Value {
  const o = transformer(h, w, memory, decoderSize(size), encoder);
  return condition && size.addCondition ? add(o, condition) : o;
}

/** [positions, width] → logits [positions, classes] */
export const headOf = (out: Value, w: Weights, size: PriorSize): Value =>
  w.against(out, size.tied ? "x_emb.weight" : "x_out.weight", size.width, classes(size));

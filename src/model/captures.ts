/** The prior's graphs but for the row loop: whole sequence with its loss, and what holds for a window. */
import { Graph, type Value } from "../onnx/graph.ts";
import {
  add,
  gatherElements,
  less,
  logSoftmax,
  mean,
  mul,
  pad,
  reshape,
  slice,
  stopGradient,
  where,
} from "../onnx/ops.ts";
import { patterns } from "./attention.ts";
import { drawAsTheyAre } from "./draw.ts";
import { type Memory, type Observe, wholeSequence } from "./memory.ts";
import {
  conditionInputs,
  decoderSize,
  encodeLyrics,
  lead,
  type PriorSize,
  positionCondition,
  startEmbedding,
  wholeLogits,
} from "./prior.ts";
import { attentionKinds, encoderKeys } from "./transformer.ts";
import type { Weights } from "./weights.ts";

export interface PriorLoss {
  /** What training lowers (spec 3.10). */
  readonly loss: Value;
  /** Bits a code. */
  readonly music: Value;
  /** Bits a lyric token, where there are lyrics. */
  readonly lyrics?: Value;
  readonly logits: Value;
}

/** What the codes read may be other than the codes to be foretold. */
export interface Reading {
  /** Input `heard` [batch, length]: the codes read. */
  readonly heard?: boolean;
  /**
   * Input `slips` float32 [batch, length]: where one is not below 0, the code read is the one that the prior itself draws there,
   * behind what is read otherwise, with this uniform number. It costs another run of the network, forwards only.
   */
  readonly slips?: boolean;
}

/** The whole sequence and its losses in bits. Input `codes` [batch, length], plus those of `conditionInputs` and of the reading. */
export function priorLoss(
  weights: Weights,
  size: PriorSize,
  batch: number,
  memory: Memory = wholeSequence(batch),
  { heard = false, slips = false }: Reading = {},
): PriorLoss {
  const length = lead(size) + size.nCtx;
  const codes = weights.graph.input("codes", "int32", [batch, length]);
  const inputs = conditionInputs(weights.graph, size, batch);
  const given = heard ? weights.graph.input("heard", "int32", [batch, length]) : codes;
  const read = slips ? slipped(given, wholeLogits(given, inputs, weights, size, memory)) : given;
  const logits = wholeLogits(read, inputs, weights, size, memory);
  const bits = reshape(bitsOf(logits, codes, batch * length), [batch, length]);
  const music = mean(slice(bits, 1, lead(size)));
  if (!size.lyrics) return { loss: music, music, logits };
  const lyrics = inputs.tokens ? encoderBits(inputs.tokens, weights, size, batch) : mean(slice(bits, 1, 0, lead(size)));
  const { tokens, lossFraction } = size.lyrics;
  const all = tokens + size.nCtx;
  return { loss: add(mul(lyrics, (lossFraction * tokens) / all), mul(music, size.nCtx / all)), music, lyrics, logits };
}

/** What the prior draws in place of some codes (scheduled sampling, in one round for all places at once). */
function slipped(codes: Value, logits: Value): Value {
  const chances = codes.graph.input("slips", "float32", codes.shape);
  const drawn = reshape(drawAsTheyAre(stopGradient(logits), reshape(chances, [-1, 1])), codes.shape as number[]);
  return where(less(chances, 0), codes, drawn);
}

function bitsOf(logits: Value, codes: Value, rows: number): Value {
  return mul(gatherElements(logSoftmax(logits), reshape(codes, [rows, 1]), 1), -1 / Math.LN2);
}

/** How well the lyric encoder foretells each token (spec 3.8, 4). The graph shares the encoder with the decoder's. */
function encoderBits(tokens: Value, weights: Weights, size: PriorSize, batch: number): Value {
  const read = encodeLyrics(tokens, weights, size, batch);
  const logits = weights.against(read, "prime_x_out.weight", size.width, size.lyrics!.vocabulary);
  return mean(bitsOf(logits, tokens, batch * size.lyrics!.tokens));
}

/**
 * Watches for what the alignment head attends to in the lyrics, where a prior has such a head; `keep` is given it,
 * [positions, tokens] (spec 6.8). Weights on music of a merged prior are left out, so rows need not sum to 1.
 */
export function lyricAttention(size: PriorSize, keep: (rows: Value) => void): Observe | undefined {
  const { lyrics, alignment } = size;
  if (!lyrics || !alignment) return undefined;
  const { tokens } = lyrics;
  return (layer, weights) => {
    if (layer !== alignment.layer) return;
    const axis = weights.shape.length - 3;
    const head = slice(weights, axis, alignment.head, alignment.head + 1);
    const columns = lyrics.encoder ? head : slice(pad(head, axis + 2, 0, tokens), axis + 2, 0, tokens); // early rows are short
    keep(reshape(columns, [-1, tokens]));
  };
}

/**
 * What holds for a whole window, run once: outputs `start` [1, width], `condition` [length, width] (unless there is none),
 * and, of each layer that attends to the encoder, `past.key.<layer>` and `past.value.<layer>` [tokens, attention width].
 */
export function conditionsGraph(make: (graph: Graph) => Weights, size: PriorSize): Graph {
  const graph = new Graph();
  const weights = make(graph);
  const inputs = conditionInputs(graph, size, 1);
  graph.output("start", startEmbedding(inputs, weights, size, 1));
  const condition = positionCondition(inputs, weights, size, 1);
  if (condition) graph.output("condition", condition);
  const encoder = inputs.tokens && encodeLyrics(inputs.tokens, weights, size, 1);
  attentionKinds(decoderSize(size)).forEach((kind, layer) => {
    if (patterns[kind.func].past !== "encoder") return;
    const w = weights.at(`prior.transformer._attn_mods.${layer}.attn`);
    const [key, value] = encoderKeys(encoder!, kind, w, size.width);
    graph.output(`past.key.${layer}`, key);
    graph.output(`past.value.${layer}`, value);
  });
  return graph;
}

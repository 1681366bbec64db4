/** The prior's graphs: whole sequence with its loss, conditions of a window, and the row loop. */
import { Graph, type Shape, type Value } from "../onnx/graph.ts";
import { loop } from "../onnx/loop.ts";
import {
  add,
  concat,
  gather,
  gatherElements,
  greaterOrEqual,
  less,
  logSoftmax,
  max,
  mean,
  mul,
  pad,
  range,
  reshape,
  sizeOf,
  slice,
  where,
} from "../onnx/ops.ts";
import { draw, drawInputs } from "./draw.ts";
import { FORBIDDEN, type Memory, type Observe, rowMemory, wholeSequence } from "./memory.ts";
import {
  classes,
  conditionInputs,
  decoderSize,
  encodeLyrics,
  firstMusicId,
  headOf,
  lead,
  type PriorSize,
  positionCondition,
  priorOutput,
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

/**
 * The whole sequence and its losses in bits. Input `codes` [batch, length], plus those of `conditionInputs`; and where the
 * codes read are not quite those to be foretold, `heard` [batch, length]: what is read.
 */
export function priorLoss(
  weights: Weights,
  size: PriorSize,
  batch: number,
  memory: Memory = wholeSequence(batch),
  { heard = false } = {},
): PriorLoss {
  const length = lead(size) + size.nCtx;
  const codes = weights.graph.input("codes", "int32", [batch, length]);
  const inputs = conditionInputs(weights.graph, size, batch);
  const read = heard ? weights.graph.input("heard", "int32", [batch, length]) : codes;
  const logits = wholeLogits(read, inputs, weights, size, memory);
  const bits = reshape(bitsOf(logits, codes, batch * length), [batch, length]);
  const music = mean(slice(bits, 1, lead(size)));
  if (!size.lyrics) return { loss: music, music, logits };
  const lyrics = inputs.tokens ? encoderBits(inputs.tokens, weights, size, batch) : mean(slice(bits, 1, 0, lead(size)));
  const { tokens, lossFraction } = size.lyrics;
  const all = tokens + size.nCtx;
  return { loss: add(mul(lyrics, (lossFraction * tokens) / all), mul(music, size.nCtx / all)), music, lyrics, logits };
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
 * and each func-6 layer's `past.key.<layer>` and `past.value.<layer>` [tokens, attention width].
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
    if (kind.func !== 6) return;
    const w = weights.at(`prior.transformer._attn_mods.${layer}.attn`);
    const [key, value] = encoderKeys(encoder!, kind, w, size.width);
    graph.output(`past.key.${layer}`, key);
    graph.output(`past.value.${layer}`, value);
  });
  return graph;
}

export interface RowOptions {
  /** Ids of a merged prior's lyrics are never drawn. */
  readonly musicOnly?: boolean;
  /** Positions a turn: one, or as many as the inputs have, which is one, or a row of which all but the last are known. */
  readonly step?: 1 | "step";
}

/**
 * A row inside the graph, position by position, sampling included; or, where its ids are known, all of it in one turn. Inputs:
 * `count` (int64) of turns, `row` its number, `previous` the id before it (−1: `start`), `columns` [turns, step] of the
 * positions, `condition` [turns, step, width], `uniform` [turns, 1] in [0, 1), `forced` [turns, step] (ids that are already
 * known, −1 where free), those of `drawInputs`, and the history of `rowMemory`. Outputs: `codes` [count, step] int32, `key.<layer>`
 * and `value.<layer>` [count, step, attention width] to append to the history, and `lyrics` [count, step, tokens] where
 * there is an alignment head.
 */
export function rowGraph(
  make: (graph: Graph) => Weights,
  size: PriorSize,
  { musicOnly = true, step = 1 }: RowOptions = {},
): Graph {
  const graph = new Graph();
  const w = make(graph).at("prior");
  const decoder = decoderSize(size);
  const kinds = attentionKinds(decoder);
  const block = decoder.length / size.blocks;
  const input = rowInputs(graph, size, step === 1 ? [block, step] : ["turns", step]);
  const table = w.tensor("x_emb.weight", [classes(size), size.width]);
  const rows = reshape(w.tensor("pos_emb.pos_emb", [decoder.length, size.width]), [size.blocks, block, size.width]);
  const places = add(gather(gather(rows, input.row), input.columns), input.condition); // [turns, step, width]
  const first = where(less(input.previous, 0), input.start, gather(table, max(input.previous, 0)));
  const several = step === 1 ? undefined : severalPositions(input.forced, table);
  let attended: Value | undefined; // to the lyrics, by the positions at hand
  const rowKeys = rowMemory(
    graph,
    kinds,
    lyricAttention(size, (found) => (attended = found)),
  );
  const closed = closedClasses(graph, size);
  const result = loop(input.count, [{ value: first }, ...rowKeys.starts], (turn, [first, ...carried]) => {
    const column = several ? gather(input.columns, turn) : turn;
    const { memory, next, left } = rowKeys.turn({ column, mask: several?.mask }, carried);
    const before = several ? concat([first!, gather(several.before, turn)], 0) : first!; // [step, width]
    const condition = gather(input.condition, turn);
    const out = priorOutput(add(before, gather(places, turn)), condition, w, memory, size);
    const logits = headOf(several ? slice(out, 0, -1) : out, w, size); // [1, classes]
    const known = gather(input.forced, turn);
    const last = several ? slice(known, 0, -1) : known;
    const drawn = draw(
      closed ? add(logits, closed) : logits,
      gather(input.uniform, turn),
      input,
      musicOnly ? firstMusicId(size) : 0,
    );
    const id = where(less(last, 0), drawn, last); // [1]
    const ids = several ? concat([slice(known, 0, 0, -1), id], 0) : id;
    return {
      carried: [gather(table, id), ...next],
      collected: [ids, ...left, ...(attended ? [attended] : [])],
    };
  });
  const [codes, ...left] = result.collected;
  graph.output("codes", codes!);
  const remembered = kinds.flatMap(({ func }, layer) =>
    func === 1 || func === 6 ? [] : [`key.${layer}`, `value.${layer}`],
  );
  for (const [index, name] of [...remembered, ...(attended ? ["lyrics"] : [])].entries())
    graph.output(name, left[index]!);
  return graph;
}

/** What known ids [turns, step] are to those behind them in their turn: embeddings [turns, step − 1, width], and a mask. */
function severalPositions(forced: Value, table: Value): { readonly before: Value; readonly mask: Value } {
  const at = range(sizeOf(forced, 1));
  const seen = greaterOrEqual(reshape(at, [-1, 1]), at);
  return {
    before: gather(table, max(slice(forced, 1, 0, -1), 0)),
    mask: where(seen, forced.graph.scalar(0), forced.graph.scalar(FORBIDDEN)),
  };
}

/** [1, classes]: what is never drawn is far below everything else. */
function closedClasses(graph: Graph, size: PriorSize): Value | undefined {
  if (!size.never) return undefined;
  const mask = new Float32Array(classes(size));
  for (const code of size.never) mask[firstMusicId(size) + code] = -1e9;
  return graph.constant("float32", [1, mask.length], mask);
}

function rowInputs(graph: Graph, { width }: PriorSize, shape: Shape) {
  return {
    count: graph.input("count", "int64", []),
    row: graph.input("row", "int32", []),
    previous: graph.input("previous", "int32", []),
    start: graph.input("start", "float32", [1, width]),
    columns: graph.input("columns", "int32", shape),
    condition: graph.input("condition", "float32", [...shape, width]),
    uniform: graph.input("uniform", "float32", [shape[0]!, 1]),
    forced: graph.input("forced", "int32", shape),
    ...drawInputs(graph),
  };
}

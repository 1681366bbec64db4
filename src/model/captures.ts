/** The prior's graphs: whole sequence with its loss, conditions of a window, prefill of whole rows, and the row loop. */
import { Graph, type Value } from "../onnx/graph.ts";
import { loop } from "../onnx/loop.ts";
import {
  add,
  gather,
  gatherElements,
  less,
  logSoftmax,
  max,
  mean,
  mul,
  range,
  reshape,
  sizeOf,
  slice,
  sub,
  where,
} from "../onnx/ops.ts";
import { draw, drawInputs } from "./draw.ts";
import { type Memory, remembering, rowMemory, wholeSequence } from "./memory.ts";
import {
  classes,
  conditionInputs,
  decoderSize,
  encodeLyrics,
  firstMusicId,
  lead,
  type PriorSize,
  positionCondition,
  priorLogits,
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

/**
 * Whole rows at once. Inputs `codes` [positions] int32 (a multiple of a row), `start`, `condition` [positions, width]; outputs
 * `key.<layer>` and `value.<layer>` [positions, attention width] of the layers that look back, and `logits`.
 */
export function prefillGraph(make: (graph: Graph) => Weights, size: PriorSize): Graph {
  const graph = new Graph();
  const w = make(graph).at("prior");
  const codes = graph.input("codes", "int32", ["positions"]);
  const start = graph.input("start", "float32", [1, size.width]);
  const condition = graph.input("condition", "float32", ["positions", size.width]);
  const table = w.tensor("x_emb.weight", [classes(size), size.width]);
  const at = range(sizeOf(codes, 0));
  const before = gather(codes, max(sub(at, 1), 0)); // the first one is replaced by the start
  const first = reshape(less(at, 1), [-1, 1]);
  const shifted = where(first, start, gather(table, before));
  const positions = gather(w.tensor("pos_emb.pos_emb", [lead(size) + size.nCtx, size.width]), at);
  const memory = remembering(graph);
  graph.output(
    "logits",
    priorLogits(add(add(shifted, positions), condition), condition, w, withEncoder(graph, memory, size), size),
  );
  return graph;
}

/** func 6 attends to the window's encoder keys, given as inputs. */
function withEncoder(graph: Graph, memory: Memory, size: PriorSize): Memory {
  return (layer, kind, q, keysAndValues) => {
    if (kind.func !== 6) return memory(layer, kind, q, keysAndValues);
    const shape = [size.lyrics!.tokens, kind.width];
    const [key, value] = ["key", "value"].map((part) => graph.input(`past.${part}.${layer}`, "float32", shape)) as [
      Value,
      Value,
    ];
    return memory(layer, kind, q, () => [key, value]);
  };
}

/**
 * A row, token by token, inside the graph: sampling included. Inputs: `count` (int64) of positions to go through, `row` its
 * number, `previous` the id before it (−1: `start`), `condition` [row, width], `uniform` [row] in [0, 1), `forced` [row]
 * (ids that are already known, −1 where free), those of `drawInputs`, and the history of `rowMemory`. Outputs: `codes` [count]
 * int32, and `key.<layer>` and `value.<layer>` [count, 1, attention width] to append to the history.
 */
export function rowGraph(make: (graph: Graph) => Weights, size: PriorSize, { musicOnly = true } = {}): Graph {
  const graph = new Graph();
  const w = make(graph).at("prior");
  const decoder = decoderSize(size);
  const kinds = attentionKinds(decoder);
  const block = decoder.length / size.blocks;
  const input = rowInputs(graph, size, block);
  const table = w.tensor("x_emb.weight", [classes(size), size.width]);
  const rows = reshape(w.tensor("pos_emb.pos_emb", [decoder.length, size.width]), [size.blocks, block, size.width]);
  const places = add(gather(rows, input.row), input.condition); // [row, width]
  const first = where(less(input.previous, 0), input.start, gather(table, max(input.previous, 0)));
  const rowKeys = rowMemory(graph, kinds);
  const closed = closedClasses(graph, size);
  const result = loop(input.count, [{ value: first }, ...rowKeys.starts], (turn, [before, ...carried]) => {
    const { memory, next, left } = rowKeys.turn(turn, carried);
    const condition = reshape(gather(input.condition, turn), [1, size.width]);
    const logits = priorLogits(add(before!, gather(places, turn)), condition, w, memory, size);
    const drawn = draw(
      closed ? add(logits, closed) : logits,
      gather(input.uniform, turn),
      input,
      musicOnly ? firstMusicId(size) : 0,
    );
    const known = gather(input.forced, turn);
    const id = where(less(known, 0), drawn, known);
    return { carried: [reshape(gather(table, id), [1, size.width]), ...next], collected: [id, ...left] };
  });
  const [codes, ...left] = result.collected;
  graph.output("codes", codes!);
  const remembered = kinds.flatMap(({ func }, layer) =>
    func === 1 || func === 6 ? [] : [`key.${layer}`, `value.${layer}`],
  );
  remembered.forEach((name, index) => {
    graph.output(name, left[index]!);
  });
  return graph;
}

/** [1, classes]: what is never drawn is far below everything else. */
function closedClasses(graph: Graph, size: PriorSize): Value | undefined {
  if (!size.never) return undefined;
  const mask = new Float32Array(classes(size));
  for (const code of size.never) mask[firstMusicId(size) + code] = -1e9;
  return graph.constant("float32", [1, mask.length], mask);
}

function rowInputs(graph: Graph, { width }: PriorSize, block: number) {
  return {
    count: graph.input("count", "int64", []),
    row: graph.input("row", "int32", []),
    previous: graph.input("previous", "int32", []),
    start: graph.input("start", "float32", [1, width]),
    condition: graph.input("condition", "float32", [block, width]),
    uniform: graph.input("uniform", "float32", [block]),
    forced: graph.input("forced", "int32", [block]),
    ...drawInputs(graph),
  };
}

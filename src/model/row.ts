/** The row loop: rows of several songs made position by position inside one graph, sampling included; or known rows in one turn. */
import { Graph, type Value } from "../onnx/graph.ts";
import { loop } from "../onnx/loop.ts";
import {
  add,
  cast,
  concat,
  gather,
  greaterOrEqual,
  less,
  max,
  mul,
  range,
  reshape,
  reshapeTo,
  sizeOf,
  slice,
  sub,
  transpose,
  where,
} from "../onnx/ops.ts";
import { leavesKeys } from "./attention.ts";
import { lyricAttention } from "./captures.ts";
import { draw, drawInputs } from "./draw.ts";
import { FORBIDDEN } from "./memory.ts";
import { classes, decoderSize, firstMusicId, headOf, type PriorSize, priorOutput } from "./prior.ts";
import { type RowStreams, rowMemory } from "./row-memory.ts";
import { attentionKinds } from "./transformer.ts";
import type { Weights } from "./weights.ts";

export interface RowOptions {
  /** Ids of a merged prior's lyrics are never drawn. */
  readonly musicOnly?: boolean;
  /**
   * Whether each song is two streams, conditioned as it is and without names and moments, and drawn from what these change,
   * times the input `guidance` [draws, 1] (classifier-free guidance, Ho and Salimans 2022; ours, not the paper's).
   */
  readonly guided?: boolean;
  /** Positions a turn: one, or as many as the inputs have, which is one, or a row of which all but the last are known. */
  readonly step?: 1 | "step";
}

/**
 * A row of each of several songs inside the graph, position by position, sampling included; or, where the ids are known, all
 * of it in one turn. A song is one stream, or a guided one two, one behind the other; each may be at another row of its window.
 * Inputs: `count` (int64) of turns, `row` [streams] their numbers, `previous` [draws] the ids before them (−1: `start`),
 * `columns` [turns, step] of the positions, `start` [streams, width], `condition` [streams, block, width], `uniform`
 * [turns, draws, 1] in [0, 1), `forced` [turns, step, draws] (ids that are already known, −1 where free), those of `drawInputs`,
 * and the history of `rowMemory`. Outputs: `codes` [draws, count, step] int32, `key.<layer>` and `value.<layer>` [streams,
 * count · step, attention width] to append to the history, and `lyrics` [streams, count · step, tokens] where there is an
 * alignment head.
 */
export function rowGraph(
  make: (graph: Graph) => Weights,
  size: PriorSize,
  { musicOnly = true, guided = false, step = 1 }: RowOptions = {},
): Graph {
  const graph = new Graph();
  const w = make(graph).at("prior");
  const kinds = attentionKinds(decoderSize(size));
  const input = rowInputs(graph, size, step);
  const pace = step === 1 ? 1 : sizeOf(input.forced, 1);
  const streams: RowStreams = { count: sizeOf(input.start, 0), row: input.row, step: pace };
  const table = w.tensor("x_emb.weight", [classes(size), size.width]);
  const embed = (ids: Value): Value => gather(table, guided ? twice(ids) : ids);
  const { places, conditions } = positionInputs(w, size, input, pace);
  const several = pace === 1 ? undefined : severalPositions(input.forced, embed);
  const guidance = guided ? graph.input("guidance", "float32", ["draws", 1]) : undefined;
  const closed = closedClasses(graph, size);
  let attended: Value | undefined; // to the lyrics, by the positions at hand
  const rowKeys = rowMemory(
    graph,
    kinds,
    streams,
    lyricAttention(size, (found) => (attended = found)),
  );
  const before = guided ? twice(input.previous) : input.previous;
  const first = where(less(reshape(before, [-1, 1]), 0), input.start, gather(table, max(before, 0)));
  const starts = [{ value: first, shape: ["streams", size.width] }, ...rowKeys.starts];
  const result = loop(input.count, starts, (turn, [begin, ...carried]) => {
    const columns = several ? gather(input.columns, turn) : turn;
    const { memory, next, left } = rowKeys.turn({ columns, mask: several?.mask }, carried);
    const read = several ? concat([begin!, several.before(turn)], 0) : begin!; // [step · streams, width]
    const out = priorOutput(add(read, gather(places, turn)), gather(conditions, turn), w, memory, size);
    const each = headOf(pace === 1 ? out : lastPositions(out, pace, size.width), w, size); // [streams, classes]
    const logits = guidance ? guide(each, guidance) : each;
    const known = gather(input.forced, turn); // [step, draws]
    const last = reshape(several ? slice(known, 0, -1) : known, [-1]);
    const uniform = gather(input.uniform, turn);
    const drawn = draw(closed ? add(logits, closed) : logits, uniform, input, musicOnly ? firstMusicId(size) : 0);
    const id = where(less(last, 0), drawn, last); // [draws]
    const ids = several ? concat([slice(known, 0, 0, -1), reshape(id, [1, -1])], 0) : reshape(id, [1, -1]);
    const lyrics = attended && positionsFirst(attended, pace);
    return { carried: [embed(id), ...next], collected: [ids, ...left, ...(lyrics ? [lyrics] : [])] };
  });
  const [codes, ...left] = result.collected;
  graph.output("codes", transpose(codes!, [2, 0, 1]));
  for (const [index, name] of leftNames(kinds, attended).entries())
    graph.output(name, streamsFirst(left[index]!, streams.count));
  return graph;
}

/** What a row leaves, in this order. */
const leftNames = (kinds: ReturnType<typeof attentionKinds>, attended: Value | undefined): string[] => [
  ...kinds.flatMap((kind, layer) => (leavesKeys(kind) ? [`key.${layer}`, `value.${layer}`] : [])),
  ...(attended ? ["lyrics"] : []),
];

/** [n] → [2 n], each id behind itself. */
function twice(ids: Value): Value {
  const column = reshape(ids, [-1, 1]);
  return reshape(concat([column, column], 1), [-1]);
}

/** The logits without names, and what the names change, so many times: [2 draws, classes] → [draws, classes]. */
function guide(logits: Value, guidance: Value): Value {
  const pairs = reshape(logits, [-1, 2, logits.shape[1] as number]);
  const [told, free] = [0, 1].map((which) =>
    reshape(slice(pairs, 1, which, which + 1), [-1, pairs.shape[2] as number]),
  );
  return add(free!, mul(sub(told!, free!), guidance));
}

/** What is added at each turn's positions, and what of it is the condition alone: both [turns, step · streams, width]. */
function positionInputs(w: Weights, size: PriorSize, { row, condition, forced }: RowInputs, pace: 1 | Value) {
  const { length } = decoderSize(size);
  const block = length / size.blocks;
  const rows = reshape(w.tensor("pos_emb.pos_emb", [length, size.width]), [size.blocks, block, size.width]);
  const byTurn = (x: Value): Value => {
    const positions = transpose(x, [1, 0, 2]);
    return pace === 1 ? positions : reshapeTo(positions, [sizeOf(forced, 0), -1, size.width]);
  };
  return { places: byTurn(add(gather(rows, row), condition)), conditions: byTurn(condition) };
}

/** [step · streams, width] → [streams, width] of the last ones. */
const lastPositions = (out: Value, step: Value, width: number): Value =>
  reshape(slice(reshapeTo(out, [step, -1, width]), 0, -1), [-1, width]);

/** [streams · step, n] → [step · streams, n] */
function positionsFirst(x: Value, step: 1 | Value): Value {
  const width = x.shape[1] as number;
  return step === 1 ? x : reshape(transpose(reshapeTo(x, [-1, step, width]), [1, 0, 2]), [-1, width]);
}

/** [turns, step · streams, n], n on one axis or several → [streams, turns · step, n] */
function streamsFirst(x: Value, streams: Value): Value {
  const width = (x.shape.slice(2) as number[]).reduce((all, size) => all * size, 1);
  return transpose(reshapeTo(x, [-1, streams, width]), [1, 0, 2]);
}

/** What known ids [turns, step, draws] are to those behind them in their turn: embeddings [(step − 1) · streams, width], and a mask. */
function severalPositions(forced: Value, embed: (ids: Value) => Value) {
  const at = range(sizeOf(forced, 1));
  const seen = greaterOrEqual(reshape(at, [-1, 1]), at);
  const known = max(slice(forced, 1, 0, -1), 0);
  return {
    before: (turn: Value): Value => embed(reshape(gather(known, turn), [-1])),
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

type RowInputs = ReturnType<typeof rowInputs>;

function rowInputs(graph: Graph, size: PriorSize, step: 1 | "step") {
  const block = decoderSize(size).length / size.blocks;
  const turns = step === 1 ? block : "turns";
  return {
    count: graph.input("count", "int64", []),
    row: cast(graph.input("row", "int32", ["streams"]), "int64"),
    previous: graph.input("previous", "int32", ["draws"]),
    columns: graph.input("columns", "int32", [turns, step]),
    start: graph.input("start", "float32", ["streams", size.width]),
    condition: graph.input("condition", "float32", ["streams", block, size.width]),
    uniform: graph.input("uniform", "float32", [turns, "draws", 1]),
    forced: graph.input("forced", "int32", [turns, step, "draws"]),
    ...drawInputs(graph),
  };
}

/** The row loop: a row of codes made position by position inside one graph, sampling included; or a known row in one turn. */
import { Graph, type Shape, type Value } from "../onnx/graph.ts";
import { loop } from "../onnx/loop.ts";
import {
  add,
  concat,
  gather,
  greaterOrEqual,
  less,
  max,
  mul,
  range,
  reshape,
  sizeOf,
  slice,
  sub,
  where,
} from "../onnx/ops.ts";
import { type Attention, leavesKeys } from "./attention.ts";
import { lyricAttention } from "./captures.ts";
import { draw, drawInputs } from "./draw.ts";
import { FORBIDDEN, rowMemory } from "./memory.ts";
import { classes, decoderSize, firstMusicId, headOf, type PriorSize, priorOutput } from "./prior.ts";
import { attentionKinds } from "./transformer.ts";
import type { Weights } from "./weights.ts";

export interface RowOptions {
  /** Ids of a merged prior's lyrics are never drawn. */
  readonly musicOnly?: boolean;
  /**
   * Whether the song is told twice, as it is and without names and moments, and drawn from what these change, times the input
   * `guidance` (classifier-free guidance, Ho and Salimans 2022; ours, not the paper's). What is told without them has inputs
   * and outputs of its own, `free.start`, `free.condition` and the history.
   */
  readonly guided?: boolean;
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
  { musicOnly = true, guided = false, step = 1 }: RowOptions = {},
): Graph {
  const graph = new Graph();
  const w = make(graph).at("prior");
  const decoder = decoderSize(size);
  const kinds = attentionKinds(decoder);
  const block = decoder.length / size.blocks;
  const shape: Shape = step === 1 ? [block, step] : ["turns", step];
  const input = rowInputs(graph, shape);
  const table = w.tensor("x_emb.weight", [classes(size), size.width]);
  const rows = reshape(w.tensor("pos_emb.pos_emb", [decoder.length, size.width]), [size.blocks, block, size.width]);
  const positions = gather(gather(rows, input.row), input.columns); // [turns, step, width]
  const several = step === 1 ? undefined : severalPositions(input.forced, table);
  const row = { w, size, kinds, shape, positions, table, previous: input.previous, several };
  const told = openStream(graph, row);
  const streams = guided ? [told, openStream(graph, row, FREE)] : [told];
  const guidance = guided ? graph.input("guidance", "float32", []) : undefined;
  const closed = closedClasses(graph, size);
  const starts = streams.flatMap((stream) => stream.starts);
  const result = loop(input.count, starts, (turn, carried) => {
    const runs = streams.map((stream, index) =>
      stream.turn(turn, several ? gather(input.columns, turn) : turn, carried.slice(index * told.starts.length)),
    );
    const logits = guidance ? guide(runs.map((run) => run.logits) as [Value, Value], guidance) : runs[0]!.logits;
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
      carried: runs.flatMap((run) => [gather(table, id), ...run.next]),
      collected: [ids, ...runs.flatMap((run) => run.left)],
    };
  });
  const [codes, ...left] = result.collected;
  graph.output("codes", codes!);
  for (const [index, name] of streams.flatMap((stream) => stream.remembered()).entries())
    graph.output(name, left[index]!);
  return graph;
}

/** What inputs and outputs of the stream without names begin with. */
export const FREE = "free.";

/** The logits without names, and what the names change, so many times. */
const guide = ([told, free]: readonly [Value, Value], guidance: Value): Value =>
  add(free, mul(sub(told, free), guidance));

/** What the streams of a row have in common. */
interface RowParts {
  readonly w: Weights;
  readonly size: PriorSize;
  readonly kinds: readonly Attention[];
  readonly shape: Shape;
  readonly positions: Value;
  readonly table: Value;
  readonly previous: Value;
  readonly several: ReturnType<typeof severalPositions> | undefined;
}

/** One telling of the song: what it starts with, and, turn by turn, its logits [1, classes] and what it leaves. */
function openStream(graph: Graph, parts: RowParts, prefix = "") {
  const { w, size, kinds, shape, positions, table, previous, several } = parts;
  const start = graph.input(`${prefix}start`, "float32", [1, size.width]);
  const conditions = graph.input(`${prefix}condition`, "float32", [...shape, size.width]);
  const places = add(positions, conditions);
  const first = where(less(previous, 0), start, gather(table, max(previous, 0)));
  let attended: Value | undefined; // to the lyrics, by the positions at hand
  const watch = prefix === "" ? lyricAttention(size, (found) => (attended = found)) : undefined;
  const rowKeys = rowMemory(graph, kinds, watch, prefix);
  return {
    starts: [{ value: first }, ...rowKeys.starts],
    turn(turn: Value, column: Value, [begin, ...carried]: readonly Value[]) {
      const { memory, next, left } = rowKeys.turn({ column, mask: several?.mask }, carried);
      const before = several ? concat([begin!, gather(several.before, turn)], 0) : begin!; // [step, width]
      const out = priorOutput(add(before, gather(places, turn)), gather(conditions, turn), w, memory, size);
      const logits = headOf(several ? slice(out, 0, -1) : out, w, size);
      return { logits, next, left: [...left, ...(attended ? [attended] : [])] };
    },
    /** Names of what it leaves, once a turn was written. */
    remembered: (): string[] => [
      ...kinds.flatMap((kind, layer) => (leavesKeys(kind) ? [`${prefix}key.${layer}`, `${prefix}value.${layer}`] : [])),
      ...(attended ? ["lyrics"] : []),
    ],
  };
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

function rowInputs(graph: Graph, shape: Shape) {
  return {
    count: graph.input("count", "int64", []),
    row: graph.input("row", "int32", []),
    previous: graph.input("previous", "int32", []),
    columns: graph.input("columns", "int32", shape),
    uniform: graph.input("uniform", "float32", [shape[0]!, 1]),
    forced: graph.input("forced", "int32", shape),
    ...drawInputs(graph),
  };
}

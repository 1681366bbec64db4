/** Where a layer's keys and values come from: the whole sequence, or (when sampling) the rows made before. */
import type { Graph, Value } from "../onnx/graph.ts";
import type { Start } from "../onnx/loop.ts";
import {
  add,
  concat,
  gather,
  greaterOrEqual,
  pad,
  range,
  reshape,
  sizeOf,
  slice,
  softmax,
  transpose,
  where,
} from "../onnx/ops.ts";
import { matmul } from "../onnx/products.ts";
import { type Attention, attentionWeights, leavesKeys, type Pattern, patterns } from "./attention.ts";

/**
 * Attends in one layer: q [positions, width] → [positions, width]. Keys and values are asked for only if they are not
 * remembered.
 */
export type Memory = (layer: number, kind: Attention, q: Value, keysAndValues: () => readonly [Value, Value]) => Value;

/** Is shown a layer's attention weights [.., heads, positions, keys], where keys are the encoder's, or positions from 0 on. */
export type Observe = (layer: number, weights: Value) => void;

/** The spec's score of what may not be seen. */
export const FORBIDDEN = -1e9;

/** All positions at once, the future masked. `observe` is shown every layer. */
export const wholeSequence =
  (batch: number, observe?: Observe): Memory =>
  (layer, kind, q, keysAndValues) => {
    const [k, v] = keysAndValues();
    const view = viewOf(patterns[kind.func])(batch, kind);
    const [queries, keys] = [view.query(q), view.key(k)];
    const weights = attentionWeights(queries, keys, view.mask?.(queries));
    observe?.(layer, weights);
    return view.back(matmul(weights, view.key(v)));
  };

/** How positions are laid out so that one product serves all rows, or all columns, of a batch. */
interface View {
  query(x: Value): Value;
  key(x: Value): Value;
  mask?(queries: Value): Value;
  back(x: Value): Value;
}

type ViewOf = (batch: number, kind: Attention) => View;

const denseView =
  (limit?: (kind: Attention) => number, masked = true): ViewOf =>
  (batch, kind) => {
    const { heads, width } = kind;
    const query = (x: Value): Value => transpose(reshape(x, [batch, -1, heads, width / heads]), [0, 2, 1, 3]);
    const end = limit?.(kind);
    return {
      query,
      key: (x) => (end === undefined ? query(x) : slice(query(x), 2, 0, end)),
      ...(masked && {
        mask: (queries: Value) => (end === undefined ? causal(queries, 2) : slice(causal(queries, 2), 1, 0, end)),
      }),
      back: (x) => reshape(transpose(x, [0, 2, 1, 3]), [-1, width]),
    };
  };

const rowView =
  (shifted: boolean): ViewOf =>
  (batch, { heads, width, block }) => {
    const query = (x: Value): Value => transpose(reshape(x, [-1, block, heads, width / heads]), [0, 2, 1, 3]);
    const shift = (x: Value): Value => slice(pad(reshape(x, [batch, -1, block * width]), 1, 1, 0), 1, 0, -1);
    return {
      query,
      key: (x) => query(shifted ? shift(x) : x),
      ...(!shifted && { mask: (queries: Value) => causal(queries, 2) }),
      back: (x) => reshape(transpose(x, [0, 2, 1, 3]), [-1, width]),
    };
  };

const columnView: ViewOf = (batch, { heads, width, block }) => {
  const query = (x: Value): Value => transpose(reshape(x, [batch, -1, block, heads, width / heads]), [0, 2, 3, 1, 4]);
  return {
    query,
    key: query,
    mask: (queries) => causal(queries, 3),
    back: (x) => reshape(transpose(x, [0, 3, 1, 2, 4]), [-1, width]),
  };
};

function viewOf({ past, primeOnly }: Pattern): ViewOf {
  if (past === "nothing" || past === "row") return rowView(past === "row");
  if (past === "column") return columnView;
  return denseView(primeOnly ? ({ prime }) => prime : undefined, past === "all");
}

/** [n, n]: 0 where the second index is not later than the first. */
function causal(x: Value, axis: number): Value {
  const at = range(sizeOf(x, axis));
  const seen = greaterOrEqual(reshape(at, [-1, 1]), at);
  return where(seen, x.graph.scalar(0), x.graph.scalar(FORBIDDEN));
}

/** The row loop's memory: what it starts with, and, turn by turn, the memory that the network attends with. */
export interface RowMemory {
  readonly starts: readonly Start[];
  turn(place: RowPlace, carried: readonly Value[]): RowTurn;
}

/** Where in the row a turn is. */
export interface RowPlace {
  /** Of the turn's one position, a scalar; or of all of them [step]. */
  readonly column: Value;
  /** [step, step], where there are several positions: far below 0 where one may not see the other. */
  readonly mask?: Value | undefined;
}

export interface RowTurn {
  readonly memory: Memory;
  /** Filled while the network is written: what the next turn carries, and what the row leaves to the history. */
  readonly next: Value[];
  readonly left: Value[];
}

/**
 * One position at a time inside a loop over a row, or a whole row at once. Rows before are constants, inputs of the outer
 * graph: `past.key.<layer>` and `past.value.<layer>`, [positions, width] (the row before; zeros in the first row;
 * or the encoder's). Only keys of the row itself grow. `observe` is shown the layers that see lyrics, inside the loop;
 * `prefix` is what the inputs' names begin with.
 */
export function rowMemory(graph: Graph, kinds: readonly Attention[], observe?: Observe, prefix = ""): RowMemory {
  const growing = kinds.flatMap(({ func }, layer) => (patterns[func].own === "before" ? [layer] : []));
  const starts = growing.flatMap((layer) => {
    const { heads, width } = kinds[layer]!;
    const none = graph.constant("float32", [heads, 0, width / heads], new Float32Array(0));
    const start = { value: none, shape: [heads, `row.${layer}`, width / heads] };
    return [start, start];
  });
  const pasts = kinds.map((kind, layer) => past(graph, kind, layer, prefix));
  const hidden = kinds.some(({ func }) => patterns[func].primeOnly)
    ? graph.input(`${prefix}prime.mask`, "float32", [kinds[0]!.block])
    : undefined;
  return {
    starts,
    turn: ({ column, mask }, carried) => {
      const next: Value[] = [];
      const left: Value[] = [];
      const memory: Memory = (layer, kind, q, keysAndValues) => {
        const toHeads = heads(kind);
        const history = pasts[layer];
        const { own, past, primeOnly, lyrics } = patterns[kind.func];
        if (leavesKeys(kind)) left.push(...keysAndValues());
        if (own === "nothing") {
          const weights = attentionWeights(toHeads(q), history!.key);
          if (lyrics) observe?.(layer, weights);
          return fromHeads(matmul(weights, history!.value), kind);
        }
        const [k, v] = keysAndValues();
        if (own === "itself") return columns(q, history!, { key: k, value: v }, column, kind);
        const place = 2 * growing.indexOf(layer);
        const key = concat([carried[place]!, toHeads(k)], 1);
        const value = concat([carried[place + 1]!, toHeads(v)], 1);
        next.push(key, value);
        if (past === "nothing") return fromHeads(matmul(attentionWeights(toHeads(q), key, mask), value), kind);
        const late = primeOnly ? gather(hidden!, range(sizeOf(key, 1))) : undefined;
        const beside = weightsBeside(toHeads(q), history!, key, [mask, late]);
        observe?.(layer, beside);
        return fromHeads(sumBeside(beside, history!, value), kind);
      };
      return { memory, next, left };
    },
  };
}

interface Pair {
  readonly key: Value;
  readonly value: Value;
}

/** The inputs that hold a layer's history, laid out for its product once a row: outside of the loop. */
function past(graph: Graph, kind: Attention, layer: number, prefix: string): Pair | undefined {
  const { past } = patterns[kind.func];
  if (past === "nothing") return undefined;
  const rows = past === "row" ? kind.block : `past.${layer}`;
  const key = graph.input(`${prefix}past.key.${layer}`, "float32", [rows, kind.width]);
  const value = graph.input(`${prefix}past.value.${layer}`, "float32", [rows, kind.width]);
  if (past === "column") {
    const table = (x: Value): Value => reshape(x, [-1, kind.block, kind.width]);
    return { key: table(key), value: table(value) };
  }
  return { key: heads(kind)(key), value: heads(kind)(value) };
}

/** [positions, width] → [heads, positions, d] */
const heads =
  ({ heads: count, width }: Attention) =>
  (x: Value): Value =>
    count === 1 ? reshape(x, [1, -1, width]) : transpose(reshape(x, [-1, count, width / count]), [1, 0, 2]);

/** [heads, positions, d] → [positions, width] */
const fromHeads = (x: Value, { heads: count, width }: Attention): Value =>
  reshape(count === 1 || x.shape[1] === 1 ? x : transpose(x, [1, 0, 2]), [-1, width]);

/** The same column of the rows before, and the position itself. */
function columns(q: Value, history: Pair, own: Pair, at: Value, kind: Attention): Value {
  const { heads: count, width } = kind;
  const above = (part: "key" | "value"): Value => {
    const one = at.shape.length === 0; // [rows + 1, width], or [rows + 1, step, width]
    const all = concat([gather(history[part], at, 1), one ? own[part] : reshape(own[part], [1, -1, width])], 0);
    return one ? heads(kind)(all) : transpose(reshape(all, [0, -1, count, width / count]), [1, 2, 0, 3]);
  };
  const query = at.shape.length === 0 ? heads(kind)(q) : reshape(q, [-1, count, 1, width / count]);
  return reshape(matmul(attentionWeights(query, above("key")), above("value")), [-1, width]);
}

/** Attends to a long constant history and the growing row beside it, without joining them: only the scores are joined. */
function weightsBeside(query: Value, history: Pair, key: Value, masks: readonly (Value | undefined)[]): Value {
  const alpha = 1 / Math.sqrt(query.shape.at(-1) as number);
  const own = matmul(query, key, { transB: true, alpha });
  const masked = masks.reduce((scores: Value, mask) => (mask ? add(scores, mask) : scores), own);
  return softmax(concat([matmul(query, history.key, { transB: true, alpha }), masked], 2));
}

function sumBeside(weights: Value, history: Pair, value: Value): Value {
  const [before, here] = [sizeOf(history.key, 1), range(sizeOf(value, 1))];
  const old = matmul(gather(weights, range(before), 2), history.value);
  return add(old, matmul(gather(weights, add(here, before), 2), value));
}

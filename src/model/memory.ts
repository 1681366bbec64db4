/** Where a layer's keys and values come from: here the whole sequence; while sampling, the rows made before (`row-memory.ts`). */
import type { Value } from "../onnx/graph.ts";
import { greaterOrEqual, pad, range, reshape, sizeOf, slice, split, transpose, where } from "../onnx/ops.ts";
import { matmul } from "../onnx/products.ts";
import { type Attention, attentionWeights, type Pattern, patterns } from "./attention.ts";

/**
 * Attends in one layer, [positions, width] → the same. `projected` are the layer's queries, keys and values side by side, or,
 * where it attends to the encoder, its queries; that one's keys and values are asked for only if they are not remembered.
 */
export type Memory = (
  layer: number,
  kind: Attention,
  projected: Value,
  encoder?: () => readonly [Value, Value],
) => Value;

/** Is shown a layer's attention weights [.., heads, positions, keys], where keys are the encoder's, or positions from 0 on. */
export type Observe = (layer: number, weights: Value) => void;

/** The spec's score of what may not be seen. */
export const FORBIDDEN = -1e9;

/** All positions at once, the future masked. `observe` is shown every layer. */
export const wholeSequence =
  (batch: number, observe?: Observe): Memory =>
  (layer, kind, projected, encoder) => {
    const [q, k, v] = encoder ? [projected, ...encoder()] : threeParts(projected, 1, kind.width);
    const view = viewOf(patterns[kind.func])(batch, kind);
    const [queries, keys] = [view.query(q), view.key(k)];
    const weights = attentionWeights(queries, keys, view.mask?.(queries));
    observe?.(layer, weights);
    return view.back(matmul(weights, view.key(v)));
  };

/** Queries, keys and values. */
export const threeParts = (x: Value, axis: number, size: number): [Value, Value, Value] =>
  split(x, axis, [size, size, size]) as [Value, Value, Value]; // as many as there are sizes

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

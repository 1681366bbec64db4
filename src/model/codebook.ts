/** How a codebook learns (spec 2.2): each code moves to the mean of the rows it stands for; unused ones start again at a row. */
import type { Value } from "../onnx/graph.ts";
import {
  add,
  div,
  expand,
  gather,
  greaterOrEqual,
  max,
  mul,
  reshape,
  scatterAdd,
  scatterRows,
  where,
} from "../onnx/ops.ts";

export interface CodebookState {
  /** [bins, width] */
  readonly k: Value;
  /** Running sums of the rows of each code [bins, width]. */
  readonly sums: Value;
  /** Running numbers of rows of each code [bins]. */
  readonly counts: Value;
}

export interface CodebookStep {
  /** Rows to be stood for [rows, width]. */
  readonly rows: Value;
  /** The code of each row, int32 [rows]. */
  readonly codes: Value;
  /** Which row a code starts again from, int32 [bins]. */
  readonly restarts: Value;
  /** How much of the running numbers stays. */
  readonly mu: number;
  /** A code with fewer rows than this starts again. */
  readonly threshold: number;
}

/** With few rows a batch a threshold of 1 would restart nearly every code. */
export const restartThreshold = (rows: number, bins: number): number => Math.min(1, (0.25 * rows) / bins);

/** The codebook after one batch. Sums and counts are not touched by a restart. */
export function updateCodebook({ k, sums, counts }: CodebookState, step: CodebookStep): CodebookState {
  const { rows, codes, restarts, mu, threshold } = step;
  const bins = k.shape[0] as number;
  const nextSums = add(mul(sums, mu), mul(scatterRows(rows, codes, bins), 1 - mu));
  const nextCounts = add(mul(counts, mu), mul(countCodes(codes, bins), 1 - mu));
  const column = reshape(nextCounts, [bins, 1]);
  const moved = div(nextSums, max(column, 1e-12));
  return {
    k: where(greaterOrEqual(column, threshold), moved, gather(rows, restarts)),
    sums: nextSums,
    counts: nextCounts,
  };
}

/** How often each code occurs, float32 [bins]. */
export function countCodes(codes: Value, bins: number): Value {
  const { graph } = codes;
  const zeros = expand(graph.constant("float32", [1], new Float32Array(1)), [bins]);
  const ones = expand(graph.constant("float32", [1], Float32Array.of(1)), [codes.shape[0] as number]);
  return scatterAdd(zeros, codes, ones, 0);
}

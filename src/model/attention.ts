/** Jukebox's attention patterns: which earlier positions a position sees, and the product that follows (spec 3.6). */
import type { Value } from "../onnx/graph.ts";
import { add, softmax } from "../onnx/ops.ts";
import { matmul } from "../onnx/products.ts";

/** dense, row, column, previous row, lyric encoder, lyrics and the music just behind them: `func` of the spec. */
export type Func = 0 | 1 | 2 | 3 | 6 | 7;

export interface Attention {
  readonly func: Func;
  /** Width of queries, keys and values over all heads. */
  readonly width: number;
  readonly heads: number;
  /** Positions a row. */
  readonly block: number;
  /** What sees lyrics and little more sees only positions before this one. */
  readonly prime: number;
}

/** What one of Jukebox's patterns sees, and what of it is kept from row to row while sampling. */
export interface Pattern {
  /** Whether position i sees position j of the same sequence, or of the encoder's. */
  sees(i: number, j: number, kind: Pick<Attention, "block" | "prime">): boolean;
  /** What is seen of the position's own row: nothing, the position itself, or all up to it. */
  readonly own: "nothing" | "itself" | "before";
  /**
   * What is seen beside it: nothing; the encoder's positions, the same for a whole window; the row before, of which the first
   * row has zeros; the same column of all rows before; or all positions before.
   */
  readonly past: "nothing" | "encoder" | "row" | "column" | "all";
  /** Whether it sees only positions before `prime`. */
  readonly primeOnly?: boolean;
  /** Whether an alignment head may be of this kind: what it sees are the lyrics above all. */
  readonly lyrics?: boolean;
}

const rowOf = (position: number, block: number): number => Math.floor(position / block);

/** The one table of patterns: everything that differs between them follows from it. */
export const patterns: Readonly<Record<Func, Pattern>> = {
  0: { sees: (i, j) => j <= i, own: "before", past: "all" },
  1: { sees: (i, j, { block }) => j <= i && rowOf(i, block) === rowOf(j, block), own: "before", past: "nothing" },
  2: { sees: (i, j, { block }) => j <= i && i % block === j % block, own: "itself", past: "column" },
  3: { sees: (i, j, { block }) => rowOf(j, block) === rowOf(i, block) - 1, own: "nothing", past: "row" },
  6: { sees: () => true, own: "nothing", past: "encoder", lyrics: true },
  7: { sees: (i, j, { prime }) => j <= i && j < prime, own: "before", past: "all", primeOnly: true, lyrics: true },
};

/** Positions whose keys and values the rows leave to the rows behind them, in a sequence of this length. */
export function keptPositions({ func, block, prime }: Attention, length: number): number {
  const { past, primeOnly } = patterns[func];
  if (past === "nothing" || past === "encoder") return 0;
  if (past === "row") return block;
  return primeOnly ? Math.min(prime, length) : length;
}

/** Whether rows leave keys and values to those behind them. */
export const leavesKeys = ({ func }: Pick<Attention, "func">): boolean =>
  !["nothing", "encoder"].includes(patterns[func].past);

const CYCLES: Readonly<Record<number, readonly Func[]>> = {
  0: [0],
  1: [1, 2],
  2: [1, 2, 3],
  6: [1, 2, 3, 6],
  7: [...times(5, [1, 2, 3]), 6],
  8: [...times(3, [1, 2, 3]), 6],
  9: [1, 2, 3, 0],
  10: [...times(3, [1, 2, 3]), ...times(7, [...times(3, [1, 2, 3]), 6])],
  11: sixteenths([6, 6, 0]),
  12: sixteenths([7, 7, 0]),
};

/** The pattern of a layer in one of the spec's orders. Throws for the unused ones (3, 4, 5). */
export function funcAt(order: number, layer: number): Func {
  const cycle = CYCLES[order];
  if (!cycle) throw new Error(`attention order ${order} is not one of ${Object.keys(CYCLES).join(", ")}`);
  return cycle[layer % cycle.length]!;
}

function times(count: number, part: readonly Func[]): Func[] {
  return Array.from({ length: count }, () => part).flat();
}

/** Every sixteenth layer is special, in turn; the others go by threes. */
function sixteenths(special: readonly Func[]): Func[] {
  return Array.from({ length: 48 }, (_, d) => (d % 16 === 15 ? special[d % 3]! : ([1, 2, 3] as const)[d % 3]!));
}

/** softmax(q·kᵀ/√d + mask): q [.., n, d], k [.., m, d] → [.., n, m]. */
export function attentionWeights(q: Value, k: Value, mask?: Value): Value {
  const scores = matmul(q, k, { transB: true, alpha: 1 / Math.sqrt(q.shape.at(-1) as number) });
  return softmax(mask ? add(scores, mask) : scores);
}

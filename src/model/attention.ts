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
  /** func 7 sees only positions before this one. */
  readonly prime: number;
}

/** Whether position i sees position j of the same sequence (for 6: of the encoder's). In func 3 the first row sees only zeros. */
export function sees(
  { func, block, prime }: Pick<Attention, "func" | "block" | "prime">,
  i: number,
  j: number,
): boolean {
  const row = (position: number): number => Math.floor(position / block);
  switch (func) {
    case 0:
      return j <= i;
    case 1:
      return j <= i && row(i) === row(j);
    case 2:
      return j <= i && i % block === j % block;
    case 3:
      return row(j) === row(i) - 1;
    case 6:
      return true;
    case 7:
      return j <= i && j < prime;
  }
}

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

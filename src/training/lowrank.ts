/** The best product of two narrow matrices for one square one: how embeddings start out knowing the bigram. */
import { Graph } from "../onnx/graph.ts";
import { matmul } from "../onnx/products.ts";
import { floats, floatsOf, openSession } from "../onnx/session.ts";
import { createRandom } from "../random.ts";

export interface Factors {
  /** [n, rank], columns orthonormal. */
  readonly left: Float32Array;
  /** [n, rank] */
  readonly right: Float32Array;
}

/** table [n, n] ≈ left · rightᵀ, by subspace iteration: the closest product of this rank, nearly. */
export async function lowRank(table: Float32Array, n: number, rank: number, seed: number, turns = 8): Promise<Factors> {
  const { forward, back, close } = await products(n, rank);
  const random = createRandom(seed);
  let right: Float32Array = Float32Array.from({ length: n * rank }, () => random.next() - 0.5);
  let left: Float32Array = right;
  for (let turn = 0; turn < turns; turn++) {
    left = orthonormal(await forward(table, right), n, rank);
    right = await back(table, left);
  }
  await close();
  return { left, right };
}

/** table · x and tableᵀ · x for x [n, rank]. */
async function products(n: number, rank: number) {
  const open = (transA: boolean) => {
    const graph = new Graph();
    const table = graph.input("table", "float32", [n, n]);
    graph.output("y", matmul(table, graph.input("x", "float32", [n, rank]), { transA }));
    return openSession(graph);
  };
  const [plain, turned] = [await open(false), await open(true)];
  const through = (session: typeof plain) => async (table: Float32Array, x: Float32Array) =>
    floatsOf(await session.run({ table: floats(table, [n, n]), x: floats(x, [n, rank]) }), "y");
  return {
    forward: through(plain),
    back: through(turned),
    close: async () => {
      await plain.close();
      await turned.close();
    },
  };
}

/** Columns made perpendicular one after another, and of length 1 (Gram and Schmidt, twice for float32's sake). */
export function orthonormal(x: Float32Array, n: number, rank: number): Float32Array {
  const columns = Array.from({ length: rank }, (_, column) =>
    Float64Array.from({ length: n }, (_, row) => x[row * rank + column]!),
  );
  columns.forEach((column, index) => {
    for (const other of [...columns.slice(0, index), ...columns.slice(0, index)]) {
      const share = dot(column, other);
      for (let row = 0; row < n; row++) column[row]! -= share * other[row]!;
    }
    const length = Math.sqrt(dot(column, column)) || 1;
    for (let row = 0; row < n; row++) column[row]! /= length;
  });
  return Float32Array.from({ length: n * rank }, (_, at) => columns[at % rank]![Math.floor(at / rank)]!);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

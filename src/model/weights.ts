/** Where a network's weights come from: declared where they are used, under the names of the released files (spec 7.3). */
import type { Graph, Value } from "../onnx/graph.ts";
import { gemm, matmul, matmulNBits } from "../onnx/products.ts";
import { quantise } from "./quantise.ts";

export interface Weights {
  readonly graph: Graph;
  /** The weights below a name: at("mlp").tensor("c_fc.w") is `mlp.c_fc.w`. */
  at(name: string): Weights;
  /** float32 of this shape. */
  tensor(name: string, shape: readonly number[]): Value;
  /** x·w + b, x [rows, inputs]: a dense layer, stored as `<name>.w` [inputs, outputs] and `<name>.b` (spec 0, "Conv1D"). */
  linear(x: Value, name: string, inputs: number, outputs: number): Value;
  /** x·wᵀ, x [rows, inputs]: against every row of a table, stored as `<name>` [outputs, inputs]. */
  against(x: Value, name: string, inputs: number, outputs: number): Value;
}

/** Numbers by name; all float32, whatever the file held. */
export type Store = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

/** Every weight is an input of the graph: how training holds them. `shapes` fills as the network is written. */
export function declared(graph: Graph, shapes: Map<string, readonly number[]>): Weights {
  const values = new Map<string, Value>();
  return below(graph, "", (name, shape) => {
    const known = values.get(name);
    if (known) return known;
    const value = graph.input(name, "float32", shape);
    values.set(name, value);
    shapes.set(name, shape);
    return value;
  });
}

export type Bits = 4 | 8 | 32;

/** Every weight is stored in the graph, dense layers in 4, 8 or 32 bits: how sampling holds them. */
export function stored(graph: Graph, store: Store, bits: Bits = 32): Weights {
  const values = new Map<string, Value>();
  const tensor = (name: string, shape: readonly number[]): Value => {
    const known = values.get(name);
    if (known) return known;
    const value = graph.initializer(name, "float32", shape, numbersOf(store, name, shape));
    values.set(name, value);
    return value;
  };
  if (bits === 32) return below(graph, "", tensor);
  const size = (inputs: number, outputs: number) => ({ inputs, outputs, bits });
  return below(graph, "", tensor, {
    linear: (x, name, inputs, outputs) => {
      const weights = numbersOf(store, `${name}.w`, [inputs, outputs]);
      return matmulNBits(
        x,
        quantise(graph, name, transposed(weights, inputs, outputs), size(inputs, outputs)),
        tensor(`${name}.b`, [outputs]),
      );
    },
    against: (x, name, inputs, outputs) =>
      matmulNBits(x, quantise(graph, name, numbersOf(store, name, [outputs, inputs]), size(inputs, outputs))),
  });
}

function transposed(weights: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(weights.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) turned[column * rows + row] = weights[row * columns + column]!;
  }
  return turned;
}

/** Throws with both shapes when the store has another than the network needs. */
function numbersOf(store: Store, name: string, shape: readonly number[]): Float32Array {
  const found = store.get(name);
  if (!found) throw new Error(`the weights lack ${name}`);
  if (found.shape.join() !== shape.join())
    throw new Error(`${name} is [${found.shape.join(", ")}], not [${shape.join(", ")}]`);
  return found.data;
}

type TensorOf = (name: string, shape: readonly number[]) => Value;
type Products = Pick<Weights, "linear" | "against">;

/** The weights below a prefix; products other than the plain ones are given by their full names. */
function below(graph: Graph, prefix: string, tensorOf: TensorOf, products?: Products): Weights {
  const tensor: TensorOf = (name, shape) => tensorOf(prefix + name, shape);
  return {
    graph,
    at: (name) => below(graph, `${prefix}${name}.`, tensorOf, products),
    tensor,
    linear: (x, name, inputs, outputs) =>
      products
        ? products.linear(x, prefix + name, inputs, outputs)
        : gemm(x, tensor(`${name}.w`, [inputs, outputs]), tensor(`${name}.b`, [outputs])),
    against: (x, name, inputs, outputs) =>
      products
        ? products.against(x, prefix + name, inputs, outputs)
        : matmul(x, tensor(name, [outputs, inputs]), { transB: true }),
  };
}

/** Where a network's weights come from: declared where they are used, under the names of the released files (spec 7.3). */
import type { FileSlice, Graph, Value } from "../onnx/graph.ts";
import { cast } from "../onnx/ops.ts";
import { gemm, matmul, matmulNBits, type Quantised } from "../onnx/products.ts";
import { BLOCK, pack, packedShapes, type QuantiseSize } from "./quantise.ts";

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

/** Numbers by name. */
export type Store = ReadonlyMap<string, StoredTensor>;

export interface StoredTensor {
  readonly shape: readonly number[];
  /** All float32, whatever the file held. Of a tensor that stays in its file they are read anew each time. */
  readonly data: Float32Array;
  /** Where a tensor is that stays in its file, which a graph takes as it is. */
  readonly slice?: FileSlice & { readonly type: FileType };
}

/** Types that a file of weights may hold. */
export type FileType = "F32" | "F16" | "U8";

/** A dense layer as it is stored: a matrix [inputs, outputs] ("linear"), or one row an output ("against"). */
export interface Dense {
  readonly kind: "linear" | "against";
  readonly inputs: number;
  readonly outputs: number;
}

/** What a network's tensors are used for, by name: a table of embeddings may be plain and dense. */
export interface Uses {
  readonly plain: Set<string>;
  readonly dense: Map<string, Dense>;
}

/** Every weight is an input of the graph: how training holds them. `shapes`, and `uses`, fill as the network is written. */
export function declared(
  graph: Graph,
  shapes: Map<string, readonly number[]>,
  { plain, dense }: Uses = { plain: new Set(), dense: new Map() },
): Weights {
  const input = once((name, shape: readonly number[]) => {
    shapes.set(name, shape);
    return graph.input(name, "float32", shape);
  });
  const tensor: TensorOf = (name, shape) => {
    plain.add(name);
    return input(name, shape);
  };
  return below(graph, "", tensor, {
    linear: (x, name, inputs, outputs) => {
      dense.set(`${name}.w`, { kind: "linear", inputs, outputs });
      return gemm(x, input(`${name}.w`, [inputs, outputs]), tensor(`${name}.b`, [outputs]));
    },
    against: (x, name, inputs, outputs) => {
      dense.set(name, { kind: "against", inputs, outputs });
      return matmul(x, input(name, [outputs, inputs]), { transB: true });
    },
  });
}

export type Bits = 4 | 8 | 32;

/**
 * Every weight is stored in the graph, or stays in its file: how sampling holds them. Dense layers that were packed into 4 or
 * 8 bits when they were imported are used so; the others are held in `bits`.
 */
export function stored(graph: Graph, store: Store, bits: Bits = 32): Weights {
  const tensor = once((name, shape: readonly number[]) => held(graph, name, tensorOf(store, name, shape)));
  const quantised = once((name, layer: Dense): Quantised | undefined => {
    if (store.has(packedName(name))) return alreadyPacked(graph, store, name, layer);
    return bits === 32 ? undefined : newlyPacked(graph, store, name, { ...layer, bits });
  });
  return below(graph, "", tensor, {
    linear: (x, name, inputs, outputs) => {
      const packed = quantised(`${name}.w`, { kind: "linear", inputs, outputs });
      const bias = tensor(`${name}.b`, [outputs]);
      return packed ? matmulNBits(x, packed, bias) : gemm(x, tensor(`${name}.w`, [inputs, outputs]), bias);
    },
    against: (x, name, inputs, outputs) => {
      const packed = quantised(name, { kind: "against", inputs, outputs });
      return packed ? matmulNBits(x, packed) : matmul(x, tensor(name, [outputs, inputs]), { transB: true });
    },
  });
}

/** Makes what goes by a name when it is first asked for. */
function once<Detail, Made>(make: (name: string, detail: Detail) => Made): (name: string, detail: Detail) => Made {
  const made = new Map<string, Made>();
  return (name, detail) => {
    if (!made.has(name)) made.set(name, make(name, detail));
    return made.get(name)!;
  };
}

/** Numbers of 16 bits become 32 when the runtime loads them. */
function held(graph: Graph, name: string, tensor: StoredTensor): Value {
  const { shape, slice } = tensor;
  if (!slice) return graph.initializer(name, "float32", shape, tensor.data);
  return cast(graph.initializer(name, slice.type === "F16" ? "float16" : "float32", shape, slice), "float32");
}

/** What the packed form of a dense layer is called in a file. */
export const packedName = (name: string): string => `${name}.packed`;
export const scalesName = (name: string): string => `${name}.scales`;

function alreadyPacked(graph: Graph, store: Store, name: string, { inputs, outputs }: Dense): Quantised {
  const bits = store.get(packedName(name))!.shape.at(-1) === BLOCK ? 8 : 4; // bytes a block
  const size = { inputs, outputs, bits } as const;
  const shapes = packedShapes(size);
  const sliceOf = (name: string, shape: readonly number[]): FileSlice => {
    const { slice } = tensorOf(store, name, shape);
    if (!slice) throw new Error(`${name} is packed, and not in a file`);
    return slice;
  };
  const packed = sliceOf(packedName(name), shapes.packed);
  return initialised(graph, name, size, { packed, scales: sliceOf(scalesName(name), shapes.scales) });
}

function newlyPacked(graph: Graph, store: Store, name: string, layer: Dense & { readonly bits: 4 | 8 }): Quantised {
  const { kind, inputs, outputs } = layer;
  const { data } = tensorOf(store, name, kind === "linear" ? [inputs, outputs] : [outputs, inputs]);
  return initialised(graph, name, layer, pack(data, layer, kind === "linear" ? "inputs" : "outputs"));
}

interface PackedData {
  readonly packed: Uint8Array | FileSlice;
  readonly scales: Float32Array | FileSlice;
}

function initialised(
  graph: Graph,
  name: string,
  { inputs, outputs, bits }: QuantiseSize,
  { packed, scales }: PackedData,
): Quantised {
  const shapes = packedShapes({ inputs, outputs, bits });
  return {
    packed: graph.initializer(packedName(name), "uint8", shapes.packed, packed),
    scales: graph.initializer(scalesName(name), "float32", shapes.scales, scales),
    block: BLOCK,
    bits,
    inputs,
    outputs,
  };
}

/** Throws with both shapes when the store has another than the network needs. */
function tensorOf(store: Store, name: string, shape: readonly number[]): StoredTensor {
  const found = store.get(name);
  if (!found) throw new Error(`the weights lack ${name}`);
  if (found.shape.join() !== shape.join())
    throw new Error(`${name} is [${found.shape.join(", ")}], not [${shape.join(", ")}]`);
  return found;
}

type TensorOf = (name: string, shape: readonly number[]) => Value;
type Products = Pick<Weights, "linear" | "against">;

/** The weights below a prefix; tensors and products are given by their full names. */
function below(graph: Graph, prefix: string, tensor: TensorOf, products: Products): Weights {
  return {
    graph,
    at: (name) => below(graph, `${prefix}${name}.`, tensor, products),
    tensor: (name, shape) => tensor(prefix + name, shape),
    linear: (x, name, inputs, outputs) => products.linear(x, prefix + name, inputs, outputs),
    against: (x, name, inputs, outputs) => products.against(x, prefix + name, inputs, outputs),
  };
}

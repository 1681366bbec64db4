/** A builder of ONNX graphs with typed values, so that shape errors are thrown at the line that causes them. */
export type DType = "float32" | "float16" | "uint8" | "int32" | "int64" | "bool";
/** Bytes per element. */
const WIDTHS: Readonly<Record<DType, number>> = { float32: 4, float16: 2, uint8: 1, int32: 4, int64: 8, bool: 1 };
/** A size, or a name for a size known only when the graph runs. */
export type Dim = number | string;
export type Shape = readonly Dim[];
export type TypedArray = Float32Array | Uint8Array | Int32Array | BigInt64Array;

/** Tensor data in a file (ONNX external data), mapped into memory by the runtime and shared between graphs. */
export interface FileSlice {
  readonly folder: string;
  /** File name in the folder. */
  readonly file: string;
  /** In bytes, as is the length. */
  readonly offset: number;
  readonly length: number;
}
export const isSlice = (data: TypedArray | FileSlice): data is FileSlice => "folder" in data;

/** The attribute's type follows from its value; floats are tagged, as JavaScript does not tell 1 from 1.0. */
export type Attribute = number | string | readonly number[] | { readonly float: number } | Graph;

/** An input or output of an operation. */
export interface Value {
  readonly graph: Graph;
  readonly name: string;
  readonly type: DType;
  readonly shape: Shape;
}

export interface Node {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A programming error in building a graph; the message names the operation and its shapes. */
export class GraphError extends Error {
  override readonly name = "GraphError";
}

export class Graph {
  readonly nodes: Node[] = [];
  readonly inputs: Value[] = [];
  readonly outputs: { name: string; value: Value }[] = [];
  readonly initializers: { value: Value; data: TypedArray | FileSlice }[] = [];
  readonly depth: number;
  readonly #parent: Graph | undefined;
  readonly #names: Set<string>;
  readonly #scalars = new Map<string, Value>();
  #counter = 0;

  /** A subgraph (the body of a loop or branch) may use the outer graph's values; names are unique across both. */
  constructor(parent?: Graph) {
    this.#parent = parent;
    this.#names = parent ? parent.#names : new Set();
    this.depth = parent ? parent.depth + 1 : 0;
  }

  input(name: string, type: DType, shape: Shape): Value {
    const value = this.#declare(name, type, shape);
    this.inputs.push(value);
    return value;
  }

  /** A named constant tensor, stored in the model or in an external file. */
  initializer(name: string, type: DType, shape: readonly number[], data: TypedArray | FileSlice): Value {
    const size = shape.reduce((product, dim) => product * dim, 1);
    const count = isSlice(data) ? data.length / WIDTHS[type] : data.length;
    if (count !== size) throw new GraphError(`${name}: ${count} numbers for ${type}[${shape.join(", ")}]`);
    const value = this.#declare(name, type, shape);
    this.initializers.push({ value, data });
    return value;
  }

  /** An unnamed constant tensor. */
  constant(type: DType, shape: readonly number[], data: TypedArray | FileSlice): Value {
    return this.initializer(this.fresh("constant"), type, shape, data);
  }

  /** A constant scalar; equal scalars are stored once. */
  scalar(number: number, type: DType = "float32"): Value {
    const key = `${type}:${number}`;
    const known = this.#scalars.get(key);
    if (known) return known;
    const data =
      type === "int64"
        ? BigInt64Array.of(BigInt(number))
        : type === "int32"
          ? Int32Array.of(number)
          : type === "float32"
            ? Float32Array.of(number)
            : Uint8Array.of(number);
    const value = this.constant(type, [], data);
    this.#scalars.set(key, value);
    return value;
  }

  /** Makes a value an output of the graph under a new name; the order of a subgraph's outputs matters. */
  output(name: string, value: Value): void {
    if (this.#names.has(name)) throw new GraphError(`the name ${name} is taken`);
    this.#names.add(name);
    const type = value.type;
    const out: Value = { graph: this, name, type, shape: value.shape };
    this.nodes.push({ op: "Identity", domain: "", inputs: [value], outputs: [out], attributes: {} });
    this.outputs.push({ name, value: out });
  }

  /** Makes a value the next output, without a copy if this graph computes it and it is not an output yet. */
  addOutput(value: Value): void {
    const computed = this.nodes.some(({ outputs }) => outputs.includes(value));
    const used = this.outputs.some((one) => one.value === value);
    if (computed && !used) this.outputs.push({ name: value.name, value });
    else this.output(this.fresh("output"), value);
  }

  /** Adds an operation; its results get unique names. Throws a GraphError for inputs of unrelated graphs. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    results: readonly Result[],
    attributes: Node["attributes"] = {},
    domain = "",
  ): Value[] {
    for (const input of inputs)
      if (input && !this.#sees(input.graph)) throw new GraphError(`${op}: ${input.name} belongs to another graph`);
    const outputs = results.map(({ type, shape }) => this.#declare(this.fresh(op), type, shape));
    this.nodes.push({ op, domain, inputs, outputs, attributes });
    return outputs;
  }

  /** A unique name. */
  fresh(stem: string): string {
    const root = this.#root();
    return `${stem}#${root.#counter++}`;
  }

  #root(): Graph {
    return this.#parent ? this.#parent.#root() : this;
  }

  #sees(graph: Graph): boolean {
    if (graph === this) return true;
    return this.#parent ? this.#parent.#sees(graph) : false;
  }

  #declare(name: string, type: DType, shape: Shape): Value {
    if (this.#names.has(name)) throw new GraphError(`the name ${name} is taken`);
    this.#names.add(name);
    return { graph: this, name, type, shape };
  }
}

export interface Result {
  readonly type: DType;
  readonly shape: Shape;
}

/** Whether two sizes may be equal; symbolic sizes match any size. */
export const fits = (a: Dim, b: Dim): boolean => a === b || typeof a === "string" || typeof b === "string";

/** "float32[2, 8]", for messages. */
export const describeType = ({ type, shape }: Result): string => `${type}[${shape.join(", ")}]`;

/** The most deeply nested graph among the values': the one to which an operation on them is added. */
export function innermostGraph(values: readonly (Value | undefined)[]): Graph {
  const known = values.filter((value) => value !== undefined);
  const first = known[0];
  if (!first) throw new GraphError("an operation needs at least one value");
  return known.reduce((deepest, { graph }) => (graph.depth > deepest.depth ? graph : deepest), first.graph);
}

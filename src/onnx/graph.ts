/** A graph of typed values: what an ONNX file says, kept so that a wrong shape is refused at the line at fault. */
export type DType = "float32" | "float16" | "uint8" | "int32" | "int64" | "bool";
/** Bytes of a number. */
const WIDTHS: Readonly<Record<DType, number>> = { float32: 4, float16: 2, uint8: 1, int32: 4, int64: 8, bool: 1 };
/** A number, or a name for a length known only when the graph runs. */
export type Dim = number | string;
export type Shape = readonly Dim[];
export type TypedArray = Float32Array | Uint8Array | Int32Array | BigInt64Array;

/** Numbers that stay in a file: the runtime maps them into memory itself, and several graphs share them there. */
export interface FileSlice {
  readonly folder: string;
  /** Name in the folder. */
  readonly file: string;
  /** Bytes. */
  readonly offset: number;
  readonly length: number;
}
export const isSlice = (data: TypedArray | FileSlice): data is FileSlice => "folder" in data;

/** An attribute's kind follows from its value; float attributes are tagged, as 1 and 1.0 are the same to JavaScript. */
export type Attribute = number | string | readonly number[] | { readonly float: number } | Graph;

/** What an operation takes and gives; it knows its graph. */
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

/** A mistake in how a graph is built: names the operation and the shapes it got. */
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

  /** A graph inside another (a loop's body) may use the outer one's values; names are unique across both. */
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

  /** A named tensor stored in the file, or beside it. */
  initializer(name: string, type: DType, shape: readonly number[], data: TypedArray | FileSlice): Value {
    const size = shape.reduce((product, dim) => product * dim, 1);
    const count = isSlice(data) ? data.length / WIDTHS[type] : data.length;
    if (count !== size) throw new GraphError(`${name}: ${count} numbers for ${type}[${shape.join(", ")}]`);
    const value = this.#declare(name, type, shape);
    this.initializers.push({ value, data });
    return value;
  }

  /** An unnamed tensor stored in the file. */
  constant(type: DType, shape: readonly number[], data: TypedArray | FileSlice): Value {
    return this.initializer(this.fresh("constant"), type, shape, data);
  }

  /** A number as a value; the same number is stored once. */
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

  /** Gives a value to the outside under a name of its own; a loop's body gives in order. */
  output(name: string, value: Value): void {
    if (this.#names.has(name)) throw new GraphError(`the name ${name} is taken`);
    this.#names.add(name);
    const type = value.type;
    const out: Value = { graph: this, name, type, shape: value.shape };
    this.nodes.push({ op: "Identity", domain: "", inputs: [value], outputs: [out], attributes: {} });
    this.outputs.push({ name, value: out });
  }

  /** Gives a value to the outside in its place, under its own name if this graph made it and has not given it yet: no copy. */
  give(value: Value): void {
    const made = this.nodes.some(({ outputs }) => outputs.includes(value));
    const given = this.outputs.some((one) => one.value === value);
    if (made && !given) this.outputs.push({ name: value.name, value });
    else this.output(this.fresh("given"), value);
  }

  /** Adds an operation; its results get fresh names. */
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

  /** A name nobody has yet. */
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

/** Whether two sizes may be the same one; a size known only later fits anything. */
export const fits = (a: Dim, b: Dim): boolean => a === b || typeof a === "string" || typeof b === "string";

/** "float32[2, 8]", for messages. */
export const describe = ({ type, shape }: Result): string => `${type}[${shape.join(", ")}]`;

/** The innermost graph among the values: where an operation on them belongs. */
export function home(values: readonly (Value | undefined)[]): Graph {
  const known = values.filter((value) => value !== undefined);
  const first = known[0];
  if (!first) throw new GraphError("an operation needs at least one value");
  return known.reduce((deepest, { graph }) => (graph.depth > deepest.depth ? graph : deepest), first.graph);
}

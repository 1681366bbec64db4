/** ONNX bytes: the few protobuf messages a graph needs, written by hand (onnx.proto3, IR version 10). */
import {
  type DType,
  type FileSlice,
  type Graph,
  isSlice,
  type Node,
  type Shape,
  type TypedArray,
  type Value,
} from "./graph.ts";

export const TYPE_CODES: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
};
const OPSET = 20;

type Chunk = Uint8Array;

/** The bytes of a ModelProto that holds this graph. Throws nothing a well-built graph can cause. */
export function modelBytes(graph: Graph): Uint8Array {
  return concat([
    varintField(1, 10),
    textField(2, "jukebox"),
    messageField(7, graphProto(graph)),
    messageField(8, [varintField(2, OPSET)]),
    messageField(8, [textField(1, "com.microsoft"), varintField(2, 1)]),
  ]);
}

function graphProto(graph: Graph): Chunk[] {
  return [
    ...graph.nodes.flatMap((node, index) => messageField(1, nodeProto(node, index))),
    textField(2, "graph"),
    ...graph.initializers.flatMap(({ value, data }) => messageField(5, tensorProto(value, data))),
    ...graph.inputs.flatMap((value) => messageField(11, valueInfo(value.name, value))),
    ...graph.outputs.flatMap(({ name, value }) => messageField(12, valueInfo(name, value))),
  ].flat();
}

function nodeProto(node: Node, index: number): Chunk[] {
  return [
    ...node.inputs.map((input) => textField(1, input?.name ?? "")),
    ...node.outputs.map((output) => textField(2, output.name)),
    textField(3, `${node.op}.${index}`),
    textField(4, node.op),
    ...Object.entries(node.attributes).flatMap(([name, value]) => messageField(5, attribute(name, value))),
    ...(node.domain ? [textField(7, node.domain)] : []),
  ];
}

/** An attribute's kind follows from its value; float attributes are tagged, as 1 and 1.0 are the same to JavaScript. */
export type Attribute = number | string | readonly number[] | { readonly float: number } | Graph;

function attribute(name: string, value: Attribute): Chunk[] {
  const head = textField(1, name);
  if (typeof value === "number") return [head, varintField(3, value), varintField(20, 2)];
  if (typeof value === "string") return [head, textField(4, value), varintField(20, 3)];
  if ("float" in value) return [head, floatField(2, value.float), varintField(20, 1)];
  if ("nodes" in value) return [head, ...messageField(6, graphProto(value)), varintField(20, 5)];
  return [head, ...value.map((one) => varintField(8, one)), varintField(20, 7)];
}

function tensorProto(value: Value, data: TypedArray | FileSlice): Chunk[] {
  return [
    ...value.shape.map((dim) => varintField(1, dim as number)), // an initializer's shape is always known
    varintField(2, TYPE_CODES[value.type]),
    textField(8, value.name),
    ...(isSlice(data) ? elsewhere(data) : here(data)),
  ];
}

function here(data: ArrayBufferView): Chunk[] {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [key(9, 2), varint(raw.byteLength), raw];
}

/** In a file of the folder that the session is told ("external data"). */
function elsewhere({ file, offset, length }: FileSlice): Chunk[] {
  const entries = { location: file, offset: String(offset), length: String(length) };
  return [
    ...Object.entries(entries).flatMap(([name, value]) => messageField(13, [textField(1, name), textField(2, value)])),
    varintField(14, 1),
  ];
}

function valueInfo(name: string, { type, shape }: { type: DType; shape: Shape }): Chunk[] {
  const dims = shape.flatMap((dim) =>
    messageField(1, [typeof dim === "number" ? varintField(1, dim) : textField(2, dim)]),
  );
  const tensor = [varintField(1, TYPE_CODES[type]), ...messageField(2, dims)];
  return [textField(1, name), ...messageField(2, messageField(1, tensor))];
}

function varint(value: number): Chunk {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

const key = (field: number, wire: number): Chunk => varint(field * 8 + wire);
const varintField = (field: number, value: number): Chunk => concat([key(field, 0), varint(value)]);
const floatField = (field: number, value: number): Chunk =>
  concat([key(field, 5), new Uint8Array(Float32Array.of(value).buffer)]);

function textField(field: number, text: string): Chunk {
  const bytes = new TextEncoder().encode(text);
  return concat([key(field, 2), varint(bytes.length), bytes]);
}

/** Chunks stay apart, so that a weight's bytes are copied once, at the very end. */
function messageField(field: number, chunks: Chunk[]): Chunk[] {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return [key(field, 2), varint(length), ...chunks];
}

function concat(chunks: (Chunk | Chunk[])[]): Uint8Array {
  const flat = chunks.flat();
  const bytes = new Uint8Array(flat.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of flat) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

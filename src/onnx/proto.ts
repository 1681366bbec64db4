/** Serialises graphs as ONNX models: a minimal protobuf writer (onnx.proto3, IR version 10). */
import {
  type Attribute,
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

/** The bytes of a ModelProto with this graph. */
export function modelBytes(graph: Graph): Uint8Array {
  const numbers = graph.initializers.reduce((all, { data }) => all + (isSlice(data) ? 0 : data.byteLength), 0);
  const proto = new Writer(numbers + 2 ** 16); // large enough that weights are copied only once
  proto.number(1, 10);
  proto.text(2, "jukebox");
  proto.message(7, () => graphProto(proto, graph));
  proto.message(8, () => proto.number(2, OPSET));
  proto.message(8, () => {
    proto.text(1, "com.microsoft");
    proto.number(2, 1);
  });
  return proto.bytes();
}

function graphProto(proto: Writer, graph: Graph): void {
  for (const [index, node] of graph.nodes.entries()) proto.message(1, () => nodeProto(proto, node, index));
  proto.text(2, "graph");
  for (const { value, data } of graph.initializers) proto.message(5, () => tensorProto(proto, value, data));
  for (const value of graph.inputs) proto.message(11, () => valueInfo(proto, value.name, value));
  for (const { name, value } of graph.outputs) proto.message(12, () => valueInfo(proto, name, value));
}

function nodeProto(proto: Writer, node: Node, index: number): void {
  for (const input of node.inputs) proto.text(1, input?.name ?? "");
  for (const output of node.outputs) proto.text(2, output.name);
  proto.text(3, `${node.op}.${index}`);
  proto.text(4, node.op);
  for (const [name, value] of Object.entries(node.attributes)) proto.message(5, () => attribute(proto, name, value));
  if (node.domain) proto.text(7, node.domain);
}

function attribute(proto: Writer, name: string, value: Attribute): void {
  proto.text(1, name);
  proto.number(20, kindOf(value));
  if (typeof value === "number") proto.number(3, value);
  else if (typeof value === "string") proto.text(4, value);
  else if ("float" in value) proto.float(2, value.float);
  else if ("nodes" in value) proto.message(6, () => graphProto(proto, value));
  else for (const one of value) proto.number(8, one);
}

/** AttributeProto.AttributeType. */
function kindOf(value: Attribute): number {
  if (typeof value === "number") return 2;
  if (typeof value === "string") return 3;
  if ("float" in value) return 1;
  return "nodes" in value ? 5 : 7;
}

function tensorProto(proto: Writer, value: Value, data: TypedArray | FileSlice): void {
  for (const dim of value.shape) proto.number(1, dim as number); // sizes of initializers are known
  proto.number(2, TYPE_CODES[value.type]);
  proto.text(8, value.name);
  if (isSlice(data)) externalData(proto, data);
  else proto.raw(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** External data, in a file of the folder that is given to the session. */
function externalData(proto: Writer, { file, offset, length }: FileSlice): void {
  for (const [name, text] of Object.entries({ location: file, offset: String(offset), length: String(length) }))
    proto.message(13, () => {
      proto.text(1, name);
      proto.text(2, text);
    });
  proto.number(14, 1);
}

function valueInfo(proto: Writer, name: string, { type, shape }: { type: DType; shape: Shape }): void {
  proto.text(1, name);
  const dims = (): void => {
    for (const dim of shape)
      proto.message(1, () => (typeof dim === "number" ? proto.number(1, dim) : proto.text(2, dim)));
  };
  const tensor = (): void => {
    proto.number(1, TYPE_CODES[type]);
    proto.message(2, dims);
  };
  proto.message(2, () => proto.message(1, tensor));
}

const encoder = new TextEncoder();

/** Writes protobuf fields to a growing buffer. */
class Writer {
  #bytes: Uint8Array;
  #end = 0;

  constructor(room: number) {
    this.#bytes = new Uint8Array(room);
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  number(field: number, value: number): void {
    this.#key(field, 0);
    this.#varint(value);
  }

  float(field: number, value: number): void {
    this.#key(field, 5);
    this.#append(new Uint8Array(Float32Array.of(value).buffer));
  }

  text(field: number, text: string): void {
    this.raw(field, encoder.encode(text));
  }

  raw(field: number, bytes: Uint8Array): void {
    this.#key(field, 2);
    this.#varint(bytes.length);
    this.#append(bytes);
  }

  /** Writes a message field; its length, known only afterwards, is a varint padded to five bytes. */
  message(field: number, write: () => void): void {
    this.#key(field, 2);
    const at = this.#end;
    this.#room(5);
    this.#end += 5;
    write();
    let length = this.#end - at - 5;
    for (let byte = 0; byte < 5; byte++) {
      this.#bytes[at + byte] = (length % 128) + (byte < 4 ? 128 : 0);
      length = Math.floor(length / 128);
    }
  }

  #key(field: number, wire: number): void {
    this.#varint(field * 8 + wire);
  }

  #varint(value: number): void {
    this.#room(10);
    let low = value;
    if (value < 0) {
      for (let bits = 0n; bits < 63n; bits += 7n)
        this.#bytes[this.#end++] = Number((BigInt(value) >> bits) & 127n) + 128;
      low = 1; // the 64th bit
    }
    for (; low > 127; low = Math.floor(low / 128)) this.#bytes[this.#end++] = (low % 128) + 128;
    this.#bytes[this.#end++] = low;
  }

  #append(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #room(length: number): void {
    if (this.#end + length <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * this.#bytes.length + length);
    grown.set(this.bytes());
    this.#bytes = grown;
  }
}

/** Reads one tensor from its storage, with any strides, skipping large gaps. */
import type { Source } from "./source.ts";
import { type Place, STORAGE_TYPES, type StorageType } from "./tensors.ts";

/** Half precision stays as it is; everything else becomes float32. */
export type Numbers = Float32Array | Float16Array;

const NUMBERS: Readonly<Record<StorageType, (bytes: ArrayBuffer) => Numbers>> = {
  Float: (bytes) => new Float32Array(bytes),
  Half: (bytes) => new Float16Array(bytes),
  BFloat16: (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(bytes), (half) => half << 16).buffer),
  Double: (bytes) => Float32Array.from(new Float64Array(bytes)),
  Long: (bytes) => Float32Array.from(new BigInt64Array(bytes), Number),
  Int: (bytes) => Float32Array.from(new Int32Array(bytes)),
  Short: (bytes) => Float32Array.from(new Int16Array(bytes)),
  Char: (bytes) => Float32Array.from(new Int8Array(bytes)),
  Byte: (bytes) => Float32Array.from(new Uint8Array(bytes)),
  Bool: (bytes) => Float32Array.from(new Uint8Array(bytes), (byte) => (byte === 0 ? 0 : 1)),
};

/** Gaps up to this many elements are read rather than skipped. */
const GAP = 2 ** 14;

/** Reads a tensor in row-major order; its storage starts at byte `start`. */
export function readNumbers(source: Source, start: number, { storage, offset, shape, strides }: Place): Numbers {
  const width = STORAGE_TYPES[storage.type];
  const count = shape.reduce((all, size) => all * size, 1);
  const read = (from: number, length: number): Uint8Array<ArrayBuffer> => {
    const bytes = new Uint8Array(length * width);
    source.read(start + from * width, bytes);
    return bytes;
  };
  const make = NUMBERS[storage.type];
  if (count === 0) return make(new ArrayBuffer(0));
  const dims = dimsOf(shape, strides);
  if (dims.every(({ step, out }) => step === out)) return make(read(offset, count).buffer);
  const bytes = new Uint8Array(count * width);
  gather(dims, offset, 0, { read, width, bytes });
  return make(bytes.buffer);
}

interface Dim {
  readonly size: number;
  /** Strides in elements, in the storage and in the result. */
  readonly step: number;
  readonly out: number;
}

/** Largest strides first, so that contiguous elements are read together. */
function dimsOf(shape: readonly number[], strides: readonly number[]): Dim[] {
  let out = 1;
  const dims = shape.map((size, at) => ({ size, step: strides[at]!, out: 0 })).reverse();
  const placed = dims.map(({ size, step }) => {
    const dim = { size, step, out };
    out *= size;
    return dim;
  });
  return placed.filter(({ size }) => size > 1).sort((a, b) => b.step - a.step);
}

interface Target {
  read(from: number, length: number): Uint8Array;
  /** Bytes per element. */
  readonly width: number;
  readonly bytes: Uint8Array;
}

/** Reads dense dimensions at once, and iterates over the outermost otherwise. */
function gather(dims: readonly Dim[], from: number, to: number, target: Target): void {
  const span = dims.reduce((all, { size, step }) => all + (size - 1) * step, 1);
  const count = dims.reduce((all, { size }) => all * size, 1);
  if (span <= Math.max(2 * count, GAP)) {
    scatter(dims, target.read(from, span), { from: 0, to, ...target });
    return;
  }
  const [{ size, step, out }, ...inner] = dims as [Dim, ...Dim[]]; // without dimensions the span is 1
  for (let index = 0; index < size; index++) gather(inner, from + index * step, to + index * out, target);
}

interface Spot {
  readonly from: number;
  readonly to: number;
  readonly width: number;
  readonly bytes: Uint8Array;
}

function scatter(dims: readonly Dim[], read: Uint8Array, { from, to, width, bytes }: Spot): void {
  const [first, ...inner] = dims;
  if (!first) {
    for (let byte = 0; byte < width; byte++) bytes[to * width + byte] = read[from * width + byte]!;
    return;
  }
  for (let index = 0; index < first.size; index++)
    scatter(inner, read, { from: from + index * first.step, to: to + index * first.out, width, bytes });
}

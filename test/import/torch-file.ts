/** Writes files as torch does, sound and unsound ones: pickles piece by piece, the old format, and zip archives. */
import { crc32 } from "node:zlib";
import type { Source } from "../../src/import/source.ts";

type Bytes = Uint8Array;
const join = (...parts: readonly (Bytes | readonly number[])[]): Bytes =>
  Buffer.concat(parts.map((part) => Uint8Array.from(part)));
const number = (size: 2 | 4 | 8, value: number): Bytes => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes.subarray(0, size);
};

// Pieces of a pickle: each leaves one value.
export const none: Bytes = join([0x4e]);
export const yes: Bytes = join([0x88]);
export const no: Bytes = join([0x89]);
export const int = (value: number): Bytes => join([0x8a, 8], number(8, value));
export const float = (value: number): Bytes => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return join([0x47], bytes);
};
export const text = (value: string): Bytes => {
  const bytes = Buffer.from(value);
  return join([0x58], number(4, bytes.length), bytes);
};
export const tuple = (...items: readonly Bytes[]): Bytes => join([0x28], ...items, [0x74]);
export const list = (...items: readonly Bytes[]): Bytes => join([0x5d, 0x28], ...items, [0x65]);
export const dict = (pairs: Readonly<Record<string, Bytes>>): Bytes =>
  join([0x7d, 0x28], Buffer.concat(Object.entries(pairs).flatMap(([key, value]) => [text(key), value])), [0x75]);
/** "torch.FloatStorage" */
export const global = (name: string): Bytes => {
  const dot = name.lastIndexOf(".");
  return join([0x63], Buffer.from(`${name.slice(0, dot)}\n${name.slice(dot + 1)}\n`));
};
export const call = (by: string, ...args: readonly Bytes[]): Bytes => join(global(by), tuple(...args), [0x52]);
export const withState = (made: Bytes, state: Bytes): Bytes => join(made, state, [0x62]);
export const ordered = (pairs: Readonly<Record<string, Bytes>>): Bytes =>
  join(call("collections.OrderedDict"), [0x28], ...Object.entries(pairs).flatMap(([k, v]) => [text(k), v]), [0x75]);
export const kept = (id: Bytes): Bytes => join(id, [0x51]);
export const pickle = (value: Bytes, protocol = 2): Bytes => join([0x80, protocol], value, [0x2e]);

export interface StorageOptions {
  readonly key: string;
  /** "Float", "Half", … */
  readonly type: string;
  readonly count: number;
  readonly location?: string;
  /** The part that the tensor's storage is of another one; old format only. */
  readonly view?: { readonly from: number; readonly length: number };
}

export interface TensorOptions extends StorageOptions {
  readonly offset?: number;
  readonly shape: readonly number[];
  /** Those of rows that lie one after another if they aren't told. */
  readonly strides?: readonly number[];
}

const storageId = ({ key, type, count, location = "cpu", view }: StorageOptions, old: boolean): Bytes => {
  const parts = [text("storage"), global(`torch.${type}Storage`), text(key), text(location), int(count)];
  const viewed = view ? tuple(text(`${key}.view`), int(view.from), int(view.length)) : none;
  return kept(tuple(...parts, ...(old ? [viewed] : [])));
};

/** A tensor as torch pickles it. */
export function tensor(options: TensorOptions, { old = true } = {}): Bytes {
  const { offset = 0, shape, strides = rowStrides(shape) } = options;
  const numbers = (values: readonly number[]): Bytes => tuple(...values.map(int));
  const args = [storageId(options, old), int(offset), numbers(shape), numbers(strides), no, ordered({})];
  return call("torch._utils._rebuild_tensor_v2", ...args);
}

export const rowStrides = (shape: readonly number[]): number[] =>
  shape.map((_, at) => shape.slice(at + 1).reduce((all, size) => all * size, 1));

export interface TorchStorage {
  readonly key: string;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** The old format: five pickles and the storages. */
export function oldFile(root: Bytes, storages: readonly TorchStorage[], order: readonly string[] = []): Bytes {
  const keys = order.length > 0 ? order : storages.map(({ key }) => key);
  return join(
    pickle(join([0x8a, 10], Buffer.from("6cfc9c46f9206aa85019", "hex"))),
    pickle(int(1001)),
    pickle(dict({ protocol_version: int(1001), little_endian: yes, type_sizes: dict({}) })),
    pickle(root),
    pickle(list(...keys.map(text))),
    ...storages.flatMap(({ count, bytes }) => [number(8, count), bytes]),
  );
}

export interface ZipOptions {
  /** Sizes and places go where those beyond 4 GB do. */
  readonly wide?: boolean;
  readonly method?: number;
  readonly flags?: number;
  /** What the directory says of an entry, packed and whole, where that isn't the truth. */
  readonly sizes?: Readonly<Record<string, readonly [packed: number, size: number]>>;
  /** How many entries there are said to be. */
  readonly count?: number;
  /** Other names for entries. */
  readonly names?: Readonly<Record<string, string>>;
}

/** A zip archive of stored entries, as torch writes it. */
export function zipFile(entries: Readonly<Record<string, Bytes>>, options: ZipOptions = {}): Bytes {
  const { wide = false, method = 0, flags = 0, sizes = {}, names = {} } = options;
  const locals: Bytes[] = [];
  const directory: Bytes[] = [];
  let at = 0;
  for (const [name, bytes] of Object.entries(entries)) {
    const [packed, size] = sizes[name] ?? [bytes.length, bytes.length];
    const path = Buffer.from(names[name] ?? name);
    const head = join(
      number(2, 20),
      number(2, 0x800 | flags),
      number(2, method),
      number(4, 0),
      number(4, crc32(bytes)),
    );
    const extra = join(Buffer.from("FB"), number(2, 1), Buffer.from("Z")); // torch pads here
    const lengths = join(number(2, path.length), number(2, extra.length));
    const own = join(
      Buffer.from("PK\x03\x04"),
      head,
      number(4, bytes.length),
      number(4, bytes.length),
      lengths,
      path,
      extra,
    );
    const far = wide ? join(number(2, 1), number(2, 24), number(8, size), number(8, packed), number(8, at)) : join([]);
    const place = (value: number): Bytes => (wide ? Buffer.alloc(4, 0xff) : number(4, value));
    const tail = join(number(2, path.length), number(2, far.length), Buffer.alloc(10), place(at), path, far);
    directory.push(join(Buffer.from("PK\x01\x02"), number(2, 20), head, place(packed), place(size), tail));
    locals.push(own, bytes);
    at += own.length + bytes.length;
  }
  return join(...locals, ...directory, ending(at, directory, options));
}

function ending(at: number, directory: readonly Bytes[], { wide, count = directory.length }: ZipOptions): Bytes {
  const size = directory.reduce((all, { length }) => all + length, 0);
  const longEnd = join(
    Buffer.from("PK\x06\x06"),
    number(8, 44),
    number(4, 45 * 65537),
    Buffer.alloc(8),
    ...[count, count, size, at].map((value) => number(8, value)),
  );
  const locator = join(Buffer.from("PK\x06\x07"), Buffer.alloc(4), number(8, at + size), number(4, 1));
  const short = wide
    ? Buffer.alloc(12, 0xff)
    : join(number(2, count), number(2, count), number(4, size), number(4, at));
  return join(...(wide ? [longEnd, locator] : []), Buffer.from("PK\x05\x06"), Buffer.alloc(4), short, Buffer.alloc(2));
}

/** Storages as the entries of an archive called `checkpoint`. */
export const zipEntries = (root: Bytes, storages: readonly TorchStorage[]): Record<string, Bytes> => ({
  "checkpoint/data.pkl": pickle(root),
  "checkpoint/byteorder": Buffer.from("little"),
  ...Object.fromEntries(storages.map(({ key, bytes }) => [`checkpoint/data/${key}`, bytes])),
  "checkpoint/version": Buffer.from("3\n"),
});

/** Bytes in memory as a file; `taken` counts what is read of them, `largest` is the most at once since it was last asked for. */
export function memorySource(
  bytes: Uint8Array,
  name = "test.pth.tar",
): Source & { readonly taken: () => number; readonly largest: () => number } {
  let [taken, largest] = [0, 0];
  return {
    name,
    size: bytes.length,
    read: (position, into) => {
      if (position + into.length > bytes.length || position < 0) throw new Error("read beyond the end");
      taken += into.length;
      largest = Math.max(largest, into.length);
      into.set(bytes.subarray(position, position + into.length));
    },
    close: () => {},
    taken: () => taken,
    largest: () => {
      const most = largest;
      largest = 0;
      return most;
    },
  };
}

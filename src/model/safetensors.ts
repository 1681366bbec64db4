/** Safetensors files: named tensors behind a JSON header; whatever a file claims is checked before it is believed. */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname } from "node:path";
import { setImmediate } from "node:timers/promises";
import { diskError, explained, UserError } from "../errors.ts";
import type { FileType, Store, StoredTensor } from "./weights.ts";

export interface Tensorfile {
  readonly store: Store;
  /** Free texts of the header. */
  readonly notes: Readonly<Record<string, string>>;
}

export interface WriteOptions {
  readonly notes?: Readonly<Record<string, string>>;
}

const MAX_HEADER = 16 * 2 ** 20;
const MAX_RANK = 8;
const BYTES: Readonly<Record<FileType, number>> = { F32: 4, F16: 2, U8: 1 };

interface Entry {
  readonly name: string;
  readonly type: FileType;
  readonly shape: readonly number[];
  /** Bytes after the header. */
  readonly from: number;
  readonly to: number;
}

/** A tensor whose numbers are fetched only when its turn comes. */
export interface PendingTensor {
  readonly name: string;
  readonly type: FileType;
  readonly shape: readonly number[];
  read(): Numbers;
}

export type Numbers = Float32Array | Float16Array | Uint8Array;

/** Writes a file that appears under its name only when it is whole; an older one stays until then. */
export function writeSafetensors(path: string, store: Store, { notes = {} }: WriteOptions = {}): void {
  const tensors = [...store.keys()].sort().map((name): PendingTensor => {
    const { shape, data } = store.get(name)!;
    return { name, shape, type: "F32", read: () => data };
  });
  for (const _ of writing(path, tensors, notes)); // each turn is a tensor
}

/** The same for tensors of their own types, in this order, of which one at a time is in memory; and others get a word in. */
export async function streamSafetensors(
  path: string,
  tensors: readonly PendingTensor[],
  notes: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<void> {
  for (const _ of writing(path, tensors, notes)) {
    await setImmediate();
    signal?.throwIfAborted();
  }
}

function* writing(
  path: string,
  tensors: readonly PendingTensor[],
  notes: Readonly<Record<string, string>>,
): Generator<void> {
  const temporary = `${path}.${process.pid}.part`;
  const file = explained(path, () => openSync(temporary, "w"));
  let whole = false;
  try {
    writeAll(file, headerOf(tensors, notes));
    for (const tensor of tensors) {
      writeAll(file, rawOf(tensor, tensor.read()));
      yield;
    }
    fsyncSync(file);
    whole = true;
  } catch (error) {
    throw diskError(error, path) ?? error;
  } finally {
    closeSync(file);
    if (whole) renameSync(temporary, path);
    else rmSync(temporary, { force: true });
  }
}

/** Of a tensor's numbers in the file. */
export const bytesOf = ({ type, shape }: Pick<PendingTensor, "type" | "shape">): number => sizeOf(type, shape);

function headerOf(tensors: readonly PendingTensor[], notes: Readonly<Record<string, string>>): Uint8Array {
  let at = 0;
  const entries = tensors.map(({ name, type, shape }) => {
    const from = at;
    at += sizeOf(type, shape);
    return [name, { dtype: type, shape, data_offsets: [from, at] }] as const;
  });
  const text = JSON.stringify({ __metadata__: notes, ...Object.fromEntries(entries) });
  const bytes = new TextEncoder().encode(text);
  const padded = new Uint8Array(8 + Math.ceil(bytes.length / 8) * 8).fill(0x20); // blanks, so that numbers start at a multiple of 8
  padded.set(bytes, 8);
  new DataView(padded.buffer).setBigUint64(0, BigInt(padded.length - 8), true);
  return padded;
}

const sizeOf = (type: FileType, shape: readonly number[]): number => shape.reduce((all, dim) => all * dim, BYTES[type]);

function rawOf({ name, type, shape }: PendingTensor, numbers: Numbers): Uint8Array {
  const { buffer, byteOffset, byteLength } = numbers;
  if (numbers.BYTES_PER_ELEMENT !== BYTES[type] || byteLength !== sizeOf(type, shape))
    throw new Error(`${name}: ${byteLength} bytes for ${type}[${shape.join(", ")}]`);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** Reads the tensors that are `wanted`, as float32 whatever the file holds. Throws a UserError that says what is wrong with a file that lies. */
export function readSafetensors(path: string, wanted: (name: string) => boolean = () => true): Tensorfile {
  return withFile(path, (file) => {
    const { entries, start, notes } = contentsOf(file, path);
    const found = entries.filter(({ name }) => wanted(name));
    return {
      store: new Map(found.map((entry) => [entry.name, { shape: entry.shape, data: readTensor(file, start, entry) }])),
      notes,
    };
  });
}

/** The same of all tensors, which stay in the file. */
export function openSafetensors(path: string): Tensorfile {
  const { entries, start, notes } = withFile(path, (file) => contentsOf(file, path));
  return { store: new Map(entries.map((entry) => [entry.name, inFile(path, start, entry)])), notes };
}

function inFile(path: string, start: number, entry: Entry): StoredTensor {
  const { shape, type, from, to } = entry;
  return {
    shape,
    get data() {
      return withFile(path, (file) => readTensor(file, start, entry));
    },
    slice: { folder: dirname(path), file: basename(path), type, offset: start + from, length: to - from },
  };
}

function withFile<Found>(path: string, read: (file: number) => Found): Found {
  const file = openSync(path, "r");
  try {
    return read(file);
  } finally {
    closeSync(file);
  }
}

interface Contents {
  readonly entries: readonly Entry[];
  /** Byte of the first number. */
  readonly start: number;
  readonly notes: Readonly<Record<string, string>>;
}

/** Looks at everything but the numbers. */
function contentsOf(file: number, path: string): Contents {
  const size = fstatSync(file).size;
  const { header, start } = readHeader(file, path, size);
  const { __metadata__: notes, ...rest } = header;
  const entries = Object.entries(rest).map(([name, entry]) => entryOf(path, name, entry));
  checkSpans(path, entries, size - start);
  return { entries, start, notes: notesOf(path, notes) };
}

const damaged = (path: string, what: string, cause?: unknown): UserError =>
  new UserError(`${path} is no good weights file: ${what}.`, { cause });

function readHeader(file: number, path: string, size: number): { header: Record<string, unknown>; start: number } {
  if (size < 10) throw damaged(path, `it has only ${size} bytes`);
  const length = new DataView(readAt(file, 0, 8).buffer).getBigUint64(0, true);
  if (length > BigInt(Math.min(MAX_HEADER, size - 8))) throw damaged(path, `its header claims ${length} bytes`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(readAt(file, 8, Number(length))));
  } catch (cause) {
    throw damaged(path, "its header is not JSON", cause);
  }
  if (!isRecord(header)) throw damaged(path, "its header is not a list of tensors");
  return { header, start: 8 + Number(length) };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isType = (dtype: unknown): dtype is FileType => typeof dtype === "string" && Object.hasOwn(BYTES, dtype);

function entryOf(path: string, name: string, entry: unknown): Entry {
  if (!isRecord(entry)) throw damaged(path, `${name} is not described`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isType(dtype)) throw damaged(path, `${name} holds ${String(dtype)}, not ${Object.keys(BYTES).join(" or ")}`);
  if (!Array.isArray(shape) || shape.length > MAX_RANK || !shape.every(isSize))
    throw damaged(path, `${name} has no proper shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize))
    throw damaged(path, `${name} has no proper place`);
  const [from, to] = offsets as [number, number];
  const bytes = sizeOf(dtype, shape);
  if (to - from !== bytes) throw damaged(path, `${name} [${shape.join(", ")}] has ${to - from} bytes, not ${bytes}`);
  return { name, type: dtype, shape, from, to };
}

/** Tensors lie one after another, and fill the file. */
function checkSpans(path: string, entries: readonly Entry[], size: number): void {
  let at = 0;
  for (const { name, from, to } of [...entries].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== at) throw damaged(path, `${name} starts at byte ${from}, not ${at}`);
    at = to;
  }
  if (at !== size) throw damaged(path, `its tensors take ${at} bytes, and there are ${size}`);
}

function notesOf(path: string, notes: unknown): Record<string, string> {
  if (notes === undefined) return {};
  if (!isRecord(notes)) throw damaged(path, "its notes are not texts");
  return Object.fromEntries(
    Object.entries(notes).map(([name, text]) => {
      if (typeof text !== "string") throw damaged(path, `its note ${name} is not a text`);
      return [name, text];
    }),
  );
}

function readTensor(file: number, start: number, { type, from, to }: Entry): Float32Array {
  const bytes = readAt(file, start + from, to - from);
  if (type === "F32") return new Float32Array(bytes.buffer);
  return Float32Array.from(type === "F16" ? new Float16Array(bytes.buffer) : bytes);
}

function readAt(file: number, position: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const read = readSync(file, bytes, at, length - at, position + at);
    if (read === 0) throw new Error("the file ended while it was read");
    at += read;
  }
  return bytes;
}

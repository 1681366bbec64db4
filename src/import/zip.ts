/** Locates the entries of a zip archive: only stored ones, as PyTorch writes them; supports zip64. */
import { Cursor, damaged, type Source } from "./source.ts";

export interface Entry {
  /** Position in the file. */
  readonly position: number;
  readonly size: number;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const MAX_ENTRIES = 200_000;
const MAX_DIRECTORY = 2 ** 26; // bytes
const WHOLE_32 = 0xffffffff; // marks values in the zip64 field

/** Whether a file begins like a zip archive. */
export const isZip = (source: Source): boolean =>
  source.size > END_BYTES && new Cursor(source, 0, 4).uint32() === LOCAL;

/** Reads the central directory. Throws if an entry is compressed, encrypted, or not where it should be. */
export function readDirectory(source: Source): Map<string, Entry> {
  const { count, size, position } = findDirectory(source);
  if (count > MAX_ENTRIES || size > MAX_DIRECTORY) throw damaged(source, `it claims ${count} entries in ${size} bytes`);
  if (position + size > source.size) throw damaged(source, `its directory would end at byte ${position + size}`);
  const cursor = new Cursor(source, position, position + size);
  const entries = new Map<string, Entry>();
  for (let index = 0; index < count; index++) {
    const { name, entry } = readEntry(cursor);
    if (entries.has(name)) throw damaged(source, `it has two entries called ${name}`);
    entries.set(name, entry);
  }
  return entries;
}

interface Directory {
  readonly count: number;
  readonly size: number;
  readonly position: number;
}

/** The end record is last; PyTorch writes no archive comment. */
function findDirectory(source: Source): Directory {
  const at = source.size - END_BYTES;
  const end = new Cursor(source, at, source.size);
  if (end.uint32() !== END) throw damaged(source, "it has no directory at its end: it may be cut off");
  end.bytes(6); // disks, and entries on this one
  const short = { count: end.uint16(), size: end.uint32(), position: end.uint32() };
  if (short.count < 0xffff && short.size < WHOLE_32 && short.position < WHOLE_32) return short;
  const locator = new Cursor(source, Math.max(0, at - LOCATOR_BYTES), at);
  if (locator.uint32() !== LOCATOR_64) throw damaged(source, "it has no zip64 locator");
  locator.uint32(); // disk
  const long = new Cursor(source, locator.uint64(), at);
  if (long.uint32() !== END_64) throw damaged(source, "it has no zip64 directory where one is said to be");
  long.bytes(28); // size, versions, disks, entries on this one
  return { count: long.uint64(), size: long.uint64(), position: long.uint64() };
}

function readEntry(cursor: Cursor): { name: string; entry: Entry } {
  const { source } = cursor;
  if (cursor.uint32() !== CENTRAL) throw damaged(source, `at byte ${cursor.position - 4} no entry begins`);
  cursor.bytes(4); // versions
  const flags = cursor.uint16();
  const method = cursor.uint16();
  cursor.bytes(8); // time, date, checksum
  const sizes = { packed: cursor.uint32(), size: cursor.uint32() };
  const [nameLength, extraLength, commentLength] = [cursor.uint16(), cursor.uint16(), cursor.uint16()];
  cursor.bytes(8); // disk, attributes
  const position = cursor.uint32();
  const name = new TextDecoder().decode(cursor.bytes(nameLength));
  const { packed, size, from } = extended({ ...sizes, from: position }, cursor.bytes(extraLength));
  cursor.bytes(commentLength);
  if (method !== 0 || (flags & 1) !== 0 || packed !== size)
    throw damaged(source, `its entry ${name} is compressed or encrypted`);
  return { name, entry: { position: dataPosition(source, name, from, size), size } };
}

interface Sizes {
  readonly packed: number;
  readonly size: number;
  readonly from: number;
}

/** Sizes that don't fit into 32 bits are in extra field 1, in this order. */
function extended({ packed, size, from }: Sizes, extra: Uint8Array): Sizes {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.length);
  for (let at = 0; at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    const end = Math.min(extra.length, at + 4 + view.getUint16(at + 2, true));
    let next = at + 4;
    const long = (short: number): number => {
      if (short !== WHOLE_32 || next + 8 > end) return short;
      next += 8;
      return Number(view.getBigUint64(next - 8, true));
    };
    const whole = long(size);
    return { size: whole, packed: long(packed), from: long(from) };
  }
  return { packed, size, from };
}

/** Position behind the local header, whose lengths may differ from the directory's. */
function dataPosition(source: Source, name: string, from: number, size: number): number {
  const header = new Cursor(source, from, from + 30);
  const missing = damaged(source, `its entry ${name} is not where it is said to be`);
  if (from + 30 > source.size || header.uint32() !== LOCAL) throw missing;
  header.bytes(22);
  const position = from + 30 + header.uint16() + header.uint16();
  if (position + size > source.size) throw missing;
  return position;
}

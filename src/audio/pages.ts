/** Ogg's pages (RFC 3533): packets go in and come out, whatever is inside them. */
import { refuse } from "./broken.ts";

export const [firstPage, lastPage] = [2, 4];
/** How many sizes a page has room for. */
export const mostLacings = 255;
const headBytes = 27;

/** Packet sizes as Ogg writes them: as many 255s as fit, then the rest. */
export const lacings = (packets: readonly Uint8Array[]): number[] =>
  packets.flatMap(({ length }) => [...Array<number>(Math.floor(length / 255)).fill(255), length % 255]);

export interface PageHead {
  /** Of its last packet's end, in samples; −1 if no packet ends here. */
  readonly position: number;
  readonly flags: number;
  readonly serial: number;
  readonly sequence: number;
}

/** A page of whole packets. */
export function makePage(
  packets: readonly Uint8Array[],
  { position, flags, serial, sequence }: PageHead,
): Uint8Array<ArrayBuffer> {
  const sizes = lacings(packets);
  const head = Buffer.alloc(headBytes);
  head.write("OggS", "latin1");
  head.writeUInt8(flags, 5);
  head.writeBigInt64LE(BigInt(position), 6);
  head.writeUInt32LE(serial, 14);
  head.writeUInt32LE(sequence, 18);
  head.writeUInt8(sizes.length, 26);
  const bytes = Buffer.concat([head, Uint8Array.from(sizes), ...packets]);
  bytes.writeUInt32LE(checksum(bytes), 22);
  return bytes;
}

/** One step of the checksum for each value of its top byte. */
const checksumTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c1_1db7 : 0);
  return value;
});

/** Ogg's CRC-32: polynomial 04c11db7, highest bit first, starting from 0. */
export function checksum(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = (value << 8) ^ checksumTable[(value >>> 24) ^ byte]!;
  return value >>> 0;
}

export interface Page extends Omit<PageHead, "flags"> {
  readonly first: boolean;
  readonly last: boolean;
  /** Whether it begins with the rest of the packet before. */
  readonly continues: boolean;
  /** Of the packets in it. */
  readonly sizes: Uint8Array;
  readonly body: Uint8Array;
  /** Head and body, as they stand in the file. */
  readonly bytes: Uint8Array;
}

export interface PagedPacket {
  readonly packet: Uint8Array;
  /** The page it ends on. */
  readonly page: Page;
  readonly endsPage: boolean;
}

/** Puts packets together from the pages of a file's one stream; `mostBytes` of the n-th packet are taken. */
export function* packetsOf(bytes: Uint8Array, mostBytes: (index: number) => number): Generator<PagedPacket> {
  let index = 0;
  let begun: Uint8Array[] = [];
  let size = 0; // of what is begun
  for (const page of pagesOf(bytes)) {
    let [from, to] = [0, 0];
    const lastEnd = page.sizes.findLastIndex((lacing) => lacing < 255);
    for (const [at, lacing] of page.sizes.entries()) {
      to += lacing;
      if (size + to - from > mostBytes(index)) refuse("holds too long a packet");
      if (lacing === 255) continue;
      const part = page.body.subarray(from, to);
      yield { packet: begun.length > 0 ? Buffer.concat([...begun, part]) : part, page, endsPage: at === lastEnd };
      index++;
      from = to;
      [begun, size] = [[], 0];
    }
    if (to === from) continue;
    begun.push(page.body.subarray(from, to));
    size += to - from;
  }
}

/**
 * The pages of a file that holds one stream, each checked when its turn comes. Some programs find out too late that a stream
 * is over, and end it with a page of nothing: it is one with the page before it here.
 */
export function* pagesOf(bytes: Uint8Array): Generator<Page> {
  let before: Page | undefined;
  try {
    for (const page of eachPage(bytes)) {
      if (before && page.last && page.sizes.length === 0) {
        const { position, last, bytes: end } = page;
        before = { ...before, position, last, bytes: Buffer.concat([before.bytes, end]) };
      } else {
        if (before) yield before;
        before = page;
      }
    }
  } catch (error) {
    if (before) yield before; // what is whole comes first
    throw error;
  }
  if (before) yield before;
}

function* eachPage(bytes: Uint8Array): Generator<Page> {
  let first: Page | undefined;
  let sequence = 0;
  for (let at = 0; at < bytes.length; ) {
    const page = readPage(asBuffer(bytes.subarray(at)));
    first ??= page;
    if (page.serial !== first.serial) refuse("holds more than one stream");
    if (page.sequence !== first.sequence + sequence++) refuse("lacks a page");
    yield page;
    at += page.bytes.length;
  }
}

/** The page at the beginning of the bytes; its checksum is right. */
export function readPage(bytes: Buffer): Page {
  if (bytes.toString("latin1", 0, 4) !== "OggS") refuse("is no Ogg file");
  const lacingCount = bytes[26] ?? 0;
  const sizes = bytes.subarray(headBytes, headBytes + lacingCount);
  const size = headBytes + lacingCount + sizes.reduce((sum, lacing) => sum + lacing, 0);
  if (bytes.length < size) refuse("breaks off early");
  const whole = bytes.subarray(0, size);
  const copy = Buffer.from(whole);
  copy.writeUInt32LE(0, 22);
  if (checksum(copy) !== bytes.readUInt32LE(22)) refuse("has a page whose checksum is wrong");
  return {
    position: Number(bytes.readBigInt64LE(6)),
    first: (bytes[5]! & firstPage) !== 0,
    last: (bytes[5]! & lastPage) !== 0,
    continues: (bytes[5]! & 1) !== 0,
    sizes,
    body: whole.subarray(headBytes + lacingCount),
    bytes: whole,
    serial: bytes.readUInt32LE(14),
    sequence: bytes.readUInt32LE(18),
  };
}

export const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

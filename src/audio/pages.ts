/** Ogg pages (RFC 3533), whatever their packets contain. */
import { BrokenSound, refuse } from "./broken.ts";

export const [firstPage, lastPage] = [2, 4];
/** Lacing values per page, at most. */
export const maxLacings = 255;
const headBytes = 27;

/** Lacing values of packets: for each as many 255s as fit, then the rest. */
export const lacings = (packets: readonly Uint8Array[]): number[] =>
  packets.flatMap(({ length }) => [...Array<number>(Math.floor(length / 255)).fill(255), length % 255]);

export interface PageHead {
  /** Granule position: end of its last packet in samples; −1 if no packet ends here. */
  readonly position: number;
  readonly flags: number;
  readonly serial: number;
  readonly sequence: number;
}

/** Makes a page of whole packets. */
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

/** By the top byte. */
const checksumTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c1_1db7 : 0);
  return value;
});

/** Ogg's CRC-32: polynomial 04c11db7, most significant bit first, initial value 0. */
export function checksum(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = (value << 8) ^ checksumTable[(value >>> 24) ^ byte]!;
  return value >>> 0;
}

export interface Page extends Omit<PageHead, "flags"> {
  readonly first: boolean;
  readonly last: boolean;
  /** Whether it begins with the rest of the previous packet. */
  readonly continues: boolean;
  /** Lacing values. */
  readonly sizes: Uint8Array;
  readonly body: Uint8Array;
  /** Head and body, as in the file. */
  readonly bytes: Uint8Array;
}

/** Parses the page at the beginning of the bytes and checks its checksum. */
export function readPage(bytes: Buffer): Page {
  if (bytes.toString("latin1", 0, 4) !== "OggS") refuse("is not an Ogg file");
  const lacingCount = bytes[26] ?? 0;
  const sizes = bytes.subarray(headBytes, headBytes + lacingCount);
  const size = headBytes + lacingCount + sizes.reduce((sum, lacing) => sum + lacing, 0);
  if (bytes.length < size) refuse("ends too early");
  const whole = bytes.subarray(0, size);
  const copy = Buffer.from(whole);
  copy.writeUInt32LE(0, 22);
  if (checksum(copy) !== bytes.readUInt32LE(22)) refuse("has a page with a wrong checksum");
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

/** The same, undefined where there is no intact page. */
export function tryPage(bytes: Buffer): Page | undefined {
  try {
    return readPage(bytes);
  } catch (error) {
    if (error instanceof BrokenSound) return undefined;
    throw error;
  }
}

export const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

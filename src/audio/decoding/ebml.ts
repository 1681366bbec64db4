/** Elements of Matroska and WebM files (RFC 8794, RFC 9559), in order; containers are flattened. */

export interface Element {
  readonly id: number;
  /** Empty for containers, whose children follow. */
  readonly data: Buffer;
}

export const ids = {
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
  block: 0xa1,
  discardPadding: 0x75a2,
  timestampScale: 0x2ad7b1,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackType: 0x83,
  codec: 0x86,
  codecPrivate: 0x63a2,
  contentEncodings: 0x6d80,
} as const;
const [segment, tracks, blockGroup] = [0x18538067, 0x1654ae6b, 0xa0];
const opened = new Set<number>([segment, tracks, blockGroup, ids.cluster, ids.trackEntry]);
const clusterId = Buffer.from("1f43b675", "hex");

/** "damage" marks where parsing failed; it continues at the next cluster. Sizes of containers are ignored: live recordings have none. */
export function* elementsOf(bytes: Buffer): Generator<Element | "damage"> {
  for (let at = 0; at < bytes.length; ) {
    const head = headAt(bytes, at);
    if (head && opened.has(head.id)) {
      yield { id: head.id, data: bytes.subarray(0, 0) };
      at = head.end;
    } else if (head && head.end + head.size <= bytes.length) {
      yield { id: head.id, data: bytes.subarray(head.end, head.end + head.size) };
      at = head.end + head.size;
    } else {
      yield "damage";
      const next = bytes.indexOf(clusterId, at + 1);
      at = next < 0 ? bytes.length : next;
    }
  }
}

interface Head {
  readonly id: number;
  readonly size: number;
  readonly end: number;
}

const [maxIdBytes, maxSizeBytes] = [4, 8];

function headAt(bytes: Buffer, at: number): Head | undefined {
  const idBytes = lengthOf(bytes[at]);
  const sizeAt = at + idBytes;
  const sizeBytes = lengthOf(bytes[sizeAt]);
  if (idBytes > maxIdBytes || sizeBytes > maxSizeBytes || sizeAt + sizeBytes > bytes.length) return undefined;
  let size = bytes[sizeAt]! & (0xff >> sizeBytes);
  for (let index = 1; index < sizeBytes; index++) size = size * 256 + bytes[sizeAt + index]!;
  return { id: bytes.readUIntBE(at, idBytes), size, end: sizeAt + sizeBytes };
}

/** Bytes of a variable-length number, by the leading zeros of its first byte. */
const lengthOf = (first = 0): number => Math.clz32(first) - 23;

/** An unsigned integer element of up to 6 bytes. */
export const uintOf = (data: Buffer): number =>
  data.length > 0 && data.length <= 6 ? data.readUIntBE(0, data.length) : 0;

/** Parses a block: track number, relative time, and payload. */
export function blockOf(data: Buffer): { track: number; time: number; laced: boolean; body: Buffer } | undefined {
  const length = lengthOf(data[0]);
  if (length > 4 || data.length < length + 3) return undefined;
  const track = data.readUIntBE(0, length) - 2 ** (7 * length);
  return {
    track,
    time: data.readInt16BE(length),
    laced: (data[length + 2]! & 6) !== 0,
    body: data.subarray(length + 3),
  };
}

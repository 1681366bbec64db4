/** Opus packets in an Ogg file (RFC 3533, RFC 7845): written as the sound comes, and read back with nothing trusted. */
import { UserError } from "../errors.ts";
import { packetSamples } from "./opus.ts";

export interface OggWriter {
  packet(packet: Uint8Array): void;
  /** Ends the file; it plays exactly so many samples at 48 kHz, which the packets must hold with less than one to spare. */
  close(samples: number): void;
}

export interface OggHead {
  readonly channels: number;
  /** Samples at 48 kHz that players leave out at the start. */
  readonly preSkip: number;
  /** Hz of the sound before it was encoded: for information only. */
  readonly sampleRate: number;
}

const vendor = "jukebox-bot";
const pagePackets = 50; // a second of sound
const mostLacings = 255;
const firstPage = 2;
const lastPage = 4;

/** Writes pages through `append`; tag names are upper case by custom, such as `TITLE`. */
export function writeOgg(
  append: (bytes: Uint8Array) => void,
  head: OggHead,
  tags: Readonly<Record<string, string>> = {},
): OggWriter {
  const tagPacket = opusTags(tags);
  const serial = checksum(tagPacket); // so that the same song is the same file
  let sequence = 0;
  let waiting: Uint8Array[] = []; // the page under way; never written before its successor's first packet is here
  let granule = 0;
  const page = (packets: readonly Uint8Array[], position: number, flags: number) =>
    append(makePage(packets, { position, flags, serial, sequence: sequence++ }));
  page([opusHead(head)], 0, firstPage);
  page([tagPacket], 0, 0);
  return {
    packet(packet) {
      const samples = packetSamples(packet);
      if (samples === 0) throw new Error("this is no Opus packet");
      const full = waiting.length === pagePackets || lacings([...waiting, packet]).length > mostLacings;
      if (full) page(waiting.splice(0), granule, 0);
      waiting.push(packet);
      granule += samples;
    },
    close(samples) {
      const end = head.preSkip + samples;
      const last = waiting.at(-1);
      if (!last || end > granule || end <= granule - packetSamples(last)) {
        throw new Error(`${samples} samples and ${head.preSkip} to skip don't end in the last of ${granule}`);
      }
      page(waiting, end, lastPage);
      waiting = [];
    },
  };
}

function opusHead({ channels, preSkip, sampleRate }: OggHead): Uint8Array {
  const bytes = Buffer.alloc(19);
  bytes.write("OpusHead", "latin1");
  bytes.writeUInt8(1, 8); // version
  bytes.writeUInt8(channels, 9);
  bytes.writeUInt16LE(preSkip, 10);
  bytes.writeUInt32LE(sampleRate, 12);
  return bytes; // no gain, channel mapping 0
}

function opusTags(tags: Readonly<Record<string, string>>): Uint8Array {
  const comments = Object.entries(tags).map(([name, value]) => {
    if (!/^[ -<>-}]+$/.test(name)) throw new Error(`"${name}" is no name for a tag`);
    return sized(`${name}=${value}`);
  });
  const packet = Buffer.concat([Buffer.from("OpusTags"), sized(vendor), uint32(comments.length), ...comments]);
  if (lacings([packet]).length > mostLacings) throw new Error("the tags are longer than 64 KiB");
  return packet;
}

const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

const sized = (text: string) => Buffer.concat([uint32(Buffer.byteLength(text)), Buffer.from(text)]);

/** Packet sizes as Ogg writes them: as many 255s as fit, then the rest. */
const lacings = (packets: readonly Uint8Array[]) =>
  packets.flatMap(({ length }) => [...Array<number>(Math.floor(length / 255)).fill(255), length % 255]);

const headBytes = 27;

function makePage(
  packets: readonly Uint8Array[],
  { position, flags, serial, sequence }: { position: number; flags: number; serial: number; sequence: number },
): Uint8Array {
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

export interface OggSound extends OggHead {
  /** Exact length, in samples at 48 kHz. */
  readonly samples: number;
  /** By name in upper case; of a name told twice the first counts. */
  readonly tags: ReadonlyMap<string, string>;
  /** The packets in order, found anew on each call: views of the file's bytes wherever that is possible. */
  packets(): Generator<Uint8Array>;
}

const mostTagBytes = 1 << 18;
const mostTags = 1000;
const mostPacketBytes = 61_440; // 48 frames of 1,275 bytes and what surrounds them

/** Reads a whole file of one Opus stream; anything damaged, cut or foreign is refused. It takes no memory of its own to speak of. */
export function readOgg(bytes: Uint8Array): OggSound {
  const head = readHead(bytes);
  const tags = readTags(bytes);
  const samples = length(bytes, head.preSkip);
  return {
    ...head,
    tags,
    samples,
    *packets() {
      let index = 0;
      for (const { packet } of walk(bytes)) if (index++ > 1) yield packet;
    },
  };
}

/** The tags alone; the beginning of a file is enough. */
export function readTags(bytes: Uint8Array): ReadonlyMap<string, string> {
  readHead(bytes);
  let index = 0;
  for (const { packet } of walk(bytes)) if (index++ === 1) return parseTags(packet);
  return refuse("breaks off before its tags");
}

function readHead(bytes: Uint8Array): OggHead {
  const first = walk(bytes).next().value?.packet;
  const head = asBuffer(first ?? new Uint8Array());
  if (head.length < 19 || head.toString("latin1", 0, 8) !== "OpusHead") refuse("holds no Opus sound");
  const [version, channels, mapping] = [head[8]!, head[9]!, head[18]!];
  if (version > 15 || mapping !== 0 || channels < 1 || channels > 2) refuse("is neither mono nor stereo Opus");
  return { channels, preSkip: head.readUInt16LE(10), sampleRate: head.readUInt32LE(12) };
}

function parseTags(packet: Uint8Array): ReadonlyMap<string, string> {
  const bytes = asBuffer(packet);
  let at = 8;
  const number = () => {
    if (at + 4 > bytes.length) refuse("has damaged tags");
    at += 4;
    return bytes.readUInt32LE(at - 4);
  };
  const text = () => {
    const size = number();
    if (size > bytes.length - at) refuse("has damaged tags");
    at += size;
    return bytes.toString("utf8", at - size, at);
  };
  if (bytes.toString("latin1", 0, 8) !== "OpusTags") refuse("has no tags");
  text(); // who wrote it
  const count = number();
  if (count > mostTags) refuse(`has more than ${mostTags} tags`);
  const tags = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const [name = "", ...value] = text().split("=");
    if (!tags.has(name.toUpperCase())) tags.set(name.toUpperCase(), value.join("="));
  }
  return tags;
}

/** Checks every packet, and reckons the length from the last page's position. */
function length(bytes: Uint8Array, preSkip: number): number {
  let [index, samples, start, ended] = [0, 0, 0, false];
  let end: number | undefined;
  for (const { packet, page, endsPage } of walk(bytes)) {
    if (index++ < 2) continue;
    const held = packetSamples(packet);
    if (held === 0) refuse("holds a damaged packet");
    samples += held;
    ended = page.last;
    if (!endsPage || page.position < 0) continue;
    if (end === undefined && !page.last) start = Math.max(0, page.position - samples); // cut out of a longer stream
    end = page.position - start;
  }
  if (!ended || end === undefined) return refuse("breaks off early");
  if (end > samples || end < preSkip) refuse("is longer than it says, or shorter");
  return end - preSkip;
}

interface Page {
  readonly position: number;
  readonly last: boolean;
  readonly sizes: Uint8Array;
  readonly body: Uint8Array;
  readonly serial: number;
  readonly sequence: number;
}

/** Puts packets together from the pages, one at a time. */
function* walk(bytes: Uint8Array): Generator<{ packet: Uint8Array; page: Page; endsPage: boolean }> {
  let [index, begun] = [0, new Uint8Array()];
  for (const page of pages(bytes)) {
    let [from, to] = [0, 0];
    const lastEnd = page.sizes.findLastIndex((size) => size < 255);
    for (const [lacing, size] of page.sizes.entries()) {
      to += size;
      if (begun.length + to - from > (index === 1 ? mostTagBytes : mostPacketBytes)) refuse("holds too long a packet");
      if (size === 255) continue;
      const part = page.body.subarray(from, to);
      yield { packet: begun.length ? Buffer.concat([begun, part]) : part, page, endsPage: lacing === lastEnd };
      index++;
      from = to;
      begun = new Uint8Array();
    }
    if (to > from) begun = new Uint8Array(Buffer.concat([begun, page.body.subarray(from, to)]));
  }
}

function* pages(bytes: Uint8Array): Generator<Page> {
  let first: Page | undefined;
  let sequence = 0;
  for (let at = 0; at < bytes.length; ) {
    const { page, size } = readPage(asBuffer(bytes.subarray(at)));
    first ??= page;
    if (page.serial !== first.serial) refuse("holds more than one stream");
    if (page.sequence !== first.sequence + sequence++) refuse("lacks a page");
    yield page;
    at += size;
  }
}

function readPage(bytes: Buffer): { page: Page; size: number } {
  if (bytes.toString("latin1", 0, 4) !== "OggS") refuse("is no Ogg file");
  const lacingCount = bytes[26] ?? 0;
  const sizes = bytes.subarray(headBytes, headBytes + lacingCount);
  const size = headBytes + lacingCount + sizes.reduce((sum, lacing) => sum + lacing, 0);
  if (bytes.length < size) refuse("breaks off early");
  const copy = Buffer.from(bytes.subarray(0, size));
  copy.writeUInt32LE(0, 22);
  if (checksum(copy) !== bytes.readUInt32LE(22)) refuse("is damaged");
  const page = {
    position: Number(bytes.readBigInt64LE(6)),
    last: (bytes[5]! & lastPage) !== 0,
    sizes,
    body: bytes.subarray(headBytes + lacingCount, size),
    serial: bytes.readUInt32LE(14),
    sequence: bytes.readUInt32LE(18),
  };
  return { page, size };
}

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function refuse(what: string): never {
  throw new UserError(`The sound file ${what}.`);
}

/** Opus packets in an Ogg file (RFC 7845): written as the sound comes, and read back with nothing trusted. */
import { refuse } from "./broken.ts";
import { commentsIn } from "./comments.ts";
import { packetSamples } from "./opus.ts";
import { asBuffer, checksum, firstPage, lacings, lastPage, makePage, mostLacings, packetsOf } from "./pages.ts";

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

/** What stands in front of a file's sound. */
export interface OpusStart extends OggHead {
  /** Decibels by which the sound is to be made louder. */
  readonly gain: number;
}

export interface OggSound extends OpusStart {
  /** Exact length, in samples at 48 kHz. */
  readonly samples: number;
  /** By name in upper case; of a name told twice the first counts. */
  readonly tags: ReadonlyMap<string, string>;
  /** The packets in order, found anew on each call: views of the file's bytes wherever that is possible. */
  packets(): Generator<Uint8Array>;
}

const mostTagBytes = 1 << 18;
const mostPacketBytes = 61_440; // 48 frames of 1,275 bytes and what surrounds them

/** Head, tags and sound; nothing of a packet is believed yet. */
export const opusPackets = (bytes: Uint8Array, tagBytes = mostTagBytes) =>
  packetsOf(bytes, (index) => (index === 1 ? tagBytes : mostPacketBytes));

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
      for (const { packet } of opusPackets(bytes)) if (index++ > 1) yield packet;
    },
  };
}

/** The tags alone; the beginning of a file is enough. */
export function readTags(bytes: Uint8Array): ReadonlyMap<string, string> {
  readHead(bytes);
  let index = 0;
  for (const { packet } of opusPackets(bytes)) if (index++ === 1) return parseTags(packet);
  return refuse("breaks off before its tags");
}

/** The first packet. */
export function readHead(bytes: Uint8Array): OpusStart {
  return readOpusHead(opusPackets(bytes).next().value?.packet ?? new Uint8Array());
}

/** The head of an Opus stream, as Ogg's first packet and Matroska's codec description have it. */
export function readOpusHead(packet: Uint8Array): OpusStart {
  const head = asBuffer(packet);
  if (head.length < 19 || head.toString("latin1", 0, 8) !== "OpusHead") refuse("holds no Opus sound");
  const [version, channels, mapping] = [head[8]!, head[9]!, head[18]!];
  const plain = mapping === 0 || (mapping === 1 && head[19] === 1); // two ways to say one stream of one or two channels
  if (version > 15 || !plain || channels < 1 || channels > 2) refuse("is neither mono nor stereo Opus");
  return {
    channels,
    preSkip: head.readUInt16LE(10),
    sampleRate: head.readUInt32LE(12),
    gain: head.readInt16LE(16) / 256,
  };
}

function parseTags(packet: Uint8Array): ReadonlyMap<string, string> {
  const bytes = asBuffer(packet);
  if (bytes.toString("latin1", 0, 8) !== "OpusTags") refuse("has no tags");
  const tags = new Map<string, string>();
  for (const { name, value } of commentsIn(bytes, 8)) if (!tags.has(name)) tags.set(name, value.toString("utf8"));
  return tags;
}

/** Checks every packet, and reckons the length from the last page's position. */
function length(bytes: Uint8Array, preSkip: number): number {
  let [index, samples, start, ended] = [0, 0, 0, false];
  let end: number | undefined;
  for (const { packet, page, endsPage } of opusPackets(bytes)) {
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

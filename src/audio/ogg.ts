/** Writes Opus packets to an Ogg file (RFC 7845) as they come, and reads the head of an Opus stream. */
import { refuse } from "./broken.ts";
import { packetSamples } from "./opus.ts";
import { asBuffer, checksum, firstPage, lacings, lastPage, makePage, maxLacings } from "./pages.ts";

export interface OggWriter {
  packet(packet: Uint8Array): void;
  /** Ends the file at exactly this many samples at 48 kHz, which must lie within the last packet. */
  close(samples: number): void;
}

export interface OggHead {
  readonly channels: number;
  /** Samples at 48 kHz that players skip at the start. */
  readonly preSkip: number;
  /** Sample rate before encoding in Hz, for information only. */
  readonly sampleRate: number;
}

const vendor = "jukebox-bot";
const pagePackets = 50; // a second of sound

/** Writes pages through `append`; tag names are upper case by convention, such as `TITLE`. */
export function writeOgg(
  append: (bytes: Uint8Array) => void,
  head: OggHead,
  tags: Readonly<Record<string, string>> = {},
): OggWriter {
  const tagPacket = opusTags(tags);
  const serial = checksum(tagPacket); // deterministic: the same song gives the same file
  let sequence = 0;
  let waiting: Uint8Array[] = []; // the current page, written when the next one begins: the last page is special
  let granule = 0;
  const page = (packets: readonly Uint8Array[], position: number, flags: number) =>
    append(makePage(packets, { position, flags, serial, sequence: sequence++ }));
  page([opusHead(head)], 0, firstPage);
  page([tagPacket], 0, 0);
  return {
    packet(packet) {
      const samples = packetSamples(packet);
      if (samples === 0) throw new Error("not an Opus packet");
      const full = waiting.length === pagePackets || lacings([...waiting, packet]).length > maxLacings;
      if (full) page(waiting.splice(0), granule, 0);
      waiting.push(packet);
      granule += samples;
    },
    close(samples) {
      const end = head.preSkip + samples;
      const last = waiting.at(-1);
      if (!last || end > granule || end <= granule - packetSamples(last)) {
        throw new Error(`${samples} samples and ${head.preSkip} to skip don't end in the last packet of ${granule}`);
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
    if (!/^[ -<>-}]+$/.test(name)) throw new Error(`"${name}" is not a tag name`);
    return sized(`${name}=${value}`);
  });
  const packet = Buffer.concat([Buffer.from("OpusTags"), sized(vendor), uint32(comments.length), ...comments]);
  if (lacings([packet]).length > maxLacings) throw new Error("the tags are longer than 64 KiB");
  return packet;
}

const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

const sized = (text: string) => Buffer.concat([uint32(Buffer.byteLength(text)), Buffer.from(text)]);

/** The head of an Opus stream. */
export interface OpusStart extends OggHead {
  /** Gain to apply, in dB. */
  readonly gain: number;
}

/** Parses the head of an Opus stream: the first Ogg packet, or Matroska's CodecPrivate. */
export function readOpusHead(packet: Uint8Array): OpusStart {
  const head = asBuffer(packet);
  if (head.length < 19 || head.toString("latin1", 0, 8) !== "OpusHead") refuse("contains no Opus sound");
  const [version, channels, mapping] = [head[8]!, head[9]!, head[18]!];
  const plain = mapping === 0 || (mapping === 1 && head[19] === 1); // both mean one stream of one or two channels
  if (version > 15 || !plain || channels < 1 || channels > 2) refuse("is neither mono nor stereo Opus");
  return {
    channels,
    preSkip: head.readUInt16LE(10),
    sampleRate: head.readUInt32LE(12),
    gain: head.readInt16LE(16) / 256,
  };
}

/** Tags as other programs write them, byte by byte from the formats' definitions, put into sound files that have others or none. */
import { checksum, makePage } from "../../src/audio/pages.ts";
import { packetsOf, pagesOf } from "./ogg.ts";

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const big32 = (value: number): Buffer => Buffer.from(uint32(value)).reverse();
const sized = (text: string): Buffer => Buffer.concat([uint32(Buffer.byteLength(text)), Buffer.from(text)]);

export const syncSafe = (size: number): Buffer =>
  Buffer.of((size >> 21) & 127, (size >> 14) & 127, (size >> 7) & 127, size & 127);

type Pairs = readonly (readonly [name: string, value: string])[];

/** A list of Vorbis comments. */
export const vorbisComments = (pairs: Pairs): Buffer =>
  Buffer.concat([sized("a test"), uint32(pairs.length), ...pairs.map(([name, value]) => sized(`${name}=${value}`))]);

export interface Id3Frame {
  readonly id: string;
  /** What follows the frame's head. */
  readonly data: Uint8Array;
  readonly flags?: number;
}

/** A text frame: 0 is Latin-1, 1 UTF-16 with a mark of its order, 2 UTF-16 high byte first, 3 UTF-8. */
export function textFrame(id: string, text: string, encoding: 0 | 1 | 2 | 3 = 3, lead = ""): Id3Frame {
  return { id, data: Buffer.concat([Buffer.of(encoding), Buffer.from(lead, "latin1"), encoded(text, encoding)]) };
}

export function encoded(text: string, encoding: 0 | 1 | 2 | 3): Buffer {
  if (encoding === 0) return Buffer.from(text, "latin1");
  if (encoding === 3) return Buffer.from(text);
  const little = Buffer.from(text, "utf16le");
  return encoding === 1 ? Buffer.concat([Buffer.of(0xff, 0xfe), little]) : little.swap16();
}

/** A whole ID3v2 tag with some padding. */
export function id3v2(version: 2 | 3 | 4, frames: readonly Id3Frame[], flags = 0): Buffer {
  const body = Buffer.concat([...frames.map((frame) => frameBytes(version, frame)), Buffer.alloc(20)]);
  return Buffer.concat([Buffer.from("ID3"), Buffer.of(version, 0, flags), syncSafe(body.length), body]);
}

function frameBytes(version: number, { id, data, flags = 0 }: Id3Frame): Buffer {
  const size = version === 4 ? syncSafe(data.length) : big32(data.length);
  const head = version === 2 ? size.subarray(1) : Buffer.concat([size, Buffer.of(0, flags)]);
  return Buffer.concat([Buffer.from(id), head, data]);
}

export function id3v1(title: string, artist: string, album: string, year: string, genre: number): Buffer {
  const bytes = Buffer.alloc(128);
  for (const [text, at] of [
    ["TAG", 0],
    [title, 3],
    [artist, 33],
    [album, 63],
    [year, 93],
  ] as const)
    bytes.write(text, at, "latin1");
  bytes[127] = genre;
  return bytes;
}

/** The FLAC file with these comments before all of its own. */
export function taggedFlac(flac: Buffer, pairs: Pairs): Buffer {
  const block = vorbisComments(pairs);
  const head = Buffer.concat([Buffer.of(4), big32(block.length).subarray(1)]);
  const start = 4 + 4 + flac.readUIntBE(5, 3); // behind the first block
  const first = Buffer.from(flac.subarray(0, start));
  first[4]! &= 127; // it is not the last one
  return Buffer.concat([first, head, block, flac.subarray(start)]);
}

/** The Ogg file with these comments instead of its own. */
export function taggedOgg(ogg: Buffer, magic: "OpusTags" | "\x03vorbis", pairs: Pairs): Buffer {
  const heads = magic === "OpusTags" ? 2 : 3; // packets before the sound
  const packets = [...packetsOf(ogg, () => 1 << 20)];
  const comment = Buffer.concat([
    Buffer.from(magic, "latin1"),
    vorbisComments(pairs),
    Buffer.of(...(heads === 3 ? [1] : [])),
  ]);
  const rest = packets.slice(2, heads).map(({ packet }) => packet);
  const [first, ...pages] = [...pagesOf(ogg)];
  const sound = pages.filter(({ sequence }) => sequence > packets[heads - 1]!.page.sequence);
  const { serial } = first!;
  const tags = makePage([comment, ...rest], { position: 0, flags: 0, serial, sequence: first!.sequence + 1 });
  return Buffer.concat([
    first!.bytes,
    tags,
    ...sound.map(({ bytes }, index) => {
      const page = Buffer.from(bytes);
      page.writeUInt32LE(first!.sequence + 2 + index, 18);
      page.writeUInt32LE(0, 22);
      page.writeUInt32LE(checksum(page), 22);
      return page;
    }),
  ]);
}

const part = (name: string, data: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(name, "latin1"), uint32(data.length), data, Buffer.alloc(data.length % 2)]);

/** The WAV file with an INFO list behind its sound, and other parts. */
export function taggedWav(wav: Buffer, pairs: Pairs, more: readonly (readonly [string, Uint8Array])[] = []): Buffer {
  const info = Buffer.concat([
    Buffer.from("INFO"),
    ...pairs.map(([name, value]) => part(name, Buffer.from(`${value}\0`))),
  ]);
  const bytes = Buffer.concat([
    wav,
    Buffer.alloc(wav.length % 2),
    part("LIST", info),
    ...more.map(([name, data]) => part(name, data)),
  ]);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  return bytes;
}

/** Layouts of WAV files: RIFF, RF64, BW64 and W64, with sizes that may be wrong. */

import { refuse } from "../broken.ts";
import type { ByteSource } from "../byte-source.ts";
import { aLaw, type Encoding, floats, imaAdpcm, integers, microsoftAdpcm, muLaw } from "./encodings.ts";
import { type Data, type Format, type Layout, layoutOf } from "./layout.ts";

interface Chunk {
  readonly id: string;
  /** Offset behind its header. */
  readonly at: number;
  readonly size: number;
}

const maxChunks = 4096;
/** How far to search for a data chunk that chunk sizes miss. */
const searchedBytes = 1 << 20;
/** Sizes from here on are placeholders of streams. */
const smallestPlaceholder = 0x7fff_0000;

/** The layout of a RIFF, RIFX, RF64 or BW64 file. */
export function riffLayout(file: ByteSource): Layout {
  const bigEndian = file.read(0, 4).toString("latin1") === "RIFX";
  const chunks = [...riffChunks(file, bigEndian)];
  const format = chunks.find(({ id }) => id === "fmt ");
  if (!format) return refuse("is a WAV file without a format chunk");
  const data = chunks.find(({ id }) => id === "data") ?? searchedData(file, format.at, bigEndian);
  if (!data) return refuse("is a WAV file without sound");
  const long = chunks.find(({ id }) => id === "ds64");
  const layout = layoutOf(
    readFormat(file.read(format.at, Math.min(format.size, 40)), bigEndian),
    dataOf(file, data, long),
    file.size,
  );
  const another = file.read(data.at + data.size, 4).toString("latin1") === "RIFF";
  return another
    ? { ...layout, warnings: [...layout.warnings, "is followed by a second WAV file, which is ignored"] }
    : layout;
}

/** Follows the chunks by their sizes, as far as they are valid. */
export function* riffChunks(file: ByteSource, bigEndian = false): Generator<Chunk> {
  let at = 12;
  for (let count = 0; count < maxChunks && at + 8 <= file.size; count++) {
    const chunk = chunkAt(file, at, bigEndian);
    if (!chunk) return;
    yield chunk;
    const end = chunk.at + chunk.size;
    at = chunk.size % 2 === 1 && (!isPadded(file, end) || end + 1 > file.size) ? end : end + (chunk.size % 2);
  }
}

const isId = (id: string): boolean => /^[\x20-\x7e]{4}$/.test(id);

function chunkAt(file: ByteSource, at: number, bigEndian: boolean): Chunk | undefined {
  const head = file.read(at, 8);
  if (head.length < 8) return undefined;
  const id = head.toString("latin1", 0, 4);
  if (!isId(id)) return undefined;
  return { id, at: at + 8, size: bigEndian ? head.readUInt32BE(4) : head.readUInt32LE(4) };
}

/** Odd chunks should end with a zero byte, which some programs omit. */
function isPadded(file: ByteSource, end: number): boolean {
  const five = file.read(end, 5).toString("latin1");
  return five[0] === "\0" || !isId(five.slice(0, 4));
}

/** Searches for the data chunk by name where chunk sizes are wrong. */
function searchedData(file: ByteSource, from: number, bigEndian: boolean): Chunk | undefined {
  const at = file.read(from, searchedBytes).indexOf("data", 0, "latin1");
  return at < 0 ? undefined : chunkAt(file, from + at, bigEndian);
}

function dataOf(file: ByteSource, { at, size }: Chunk, long: Chunk | undefined): Data {
  const available = file.size - at;
  if (long && long.size >= 16) {
    const declared = Number(file.read(long.at + 8, 8).readBigUInt64LE());
    if (declared > 0) return { at, declared: declared > 2 ** 52 ? undefined : declared };
  }
  const unfinished = size === 0 && !chunksFollow(file, at);
  const placeholder = size >= smallestPlaceholder && size > available;
  const overflown = available - size >= 2 ** 32; // 32 bits overflowed
  return { at, declared: unfinished || placeholder || overflown ? undefined : size };
}

/** Whether chunks follow up to the end of the file, so that an empty data chunk is really empty. */
function chunksFollow(file: ByteSource, from: number): boolean {
  let at = from;
  for (let count = 0; count < maxChunks && at < file.size; count++) {
    const chunk = chunkAt(file, at, false);
    if (!chunk) return false;
    at = chunk.at + chunk.size + (chunk.size % 2);
  }
  return at === file.size || at === file.size + 1;
}

/** Unsupported format tags. */
const foreign: Readonly<Record<number, string>> = {
  49: "GSM",
  64: "G.721",
  69: "G.726",
  80: "MPEG",
  85: "MP3",
  146: "AC-3",
  255: "AAC",
  352: "Windows Media",
  353: "Windows Media",
  354: "Windows Media",
  355: "Windows Media",
  5648: "AAC",
  8192: "AC-3",
  8193: "DTS",
  26447: "Vorbis",
  61868: "FLAC",
};

const [pcm, microsoft, float, kindALaw, kindMuLaw, ima, extensible] = [1, 2, 3, 6, 7, 0x11, 0xfffe];

/** The `fmt ` chunk, also of a W64 file. */
function readFormat(bytes: Buffer, bigEndian = false): Format {
  if (bytes.length < 14) return refuse("is a WAV file with a damaged header");
  const number16 = (at: number): number => (bigEndian ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at));
  const tag = number16(0);
  const kind = tag === extensible && bytes.length >= 26 ? number16(24) : tag; // extensible: the tag is in the sub-format
  const channels = number16(2);
  const sampleRate = bigEndian ? bytes.readUInt32BE(4) : bytes.readUInt32LE(4);
  const blockBytes = number16(12);
  const bits = bytes.length >= 16 ? number16(14) : (blockBytes / Math.max(1, channels)) * 8;
  const encoding = encodingOf(kind, { channels, bits, blockBytes, bigEndian });
  if (channels > 0 && channels <= 8 && !encoding) {
    const name = foreign[kind] ?? `kind ${kind} with ${bits} bits`;
    return refuse(
      `is a WAV file with sound of ${name}; I read 8 to 32 bits, floats, A-law, µ-law and ADPCM. Convert it, for example with "ffmpeg -i song.wav song.flac"`,
    );
  }
  return { sampleRate, channels, encoding: encoding ?? integers(2, { channels: 1 }) };
}

interface Shape {
  readonly channels: number;
  readonly bits: number;
  readonly blockBytes: number;
  readonly bigEndian: boolean;
}

function encodingOf(kind: number, { channels, bits, blockBytes, bigEndian }: Shape): Encoding | undefined {
  const order = { channels, bigEndian };
  const byAlignment = blockBytes / channels;
  const fits = Number.isInteger(byAlignment) && byAlignment * 8 >= bits && byAlignment <= 4;
  const bytes = fits ? byAlignment : Math.ceil(bits / 8); // 20 bits are stored in the upper part of 24
  if (kind === pcm && bits > 0 && bytes >= 1 && bytes <= 4) return integers(bytes, order, bytes === 1);
  if (kind === float && (bits === 32 || bits === 64)) return floats(bits === 32 ? 4 : 8, order);
  if (kind === kindALaw) return aLaw(channels);
  if (kind === kindMuLaw) return muLaw(channels);
  if (kind === ima) return imaAdpcm({ channels, blockBytes });
  return kind === microsoft ? microsoftAdpcm({ channels, blockBytes }) : undefined;
}

const wave64Head = 24; // 16 bytes GUID, 8 bytes size including the header

/** The layout of a Sony W64 file: chunk names are GUIDs that begin with the RIFF name. */
export function wave64Layout(file: ByteSource): Layout {
  let format: Format | undefined;
  for (let at = 40, count = 0; count < maxChunks && at + wave64Head <= file.size; count++) {
    const head = file.read(at, wave64Head);
    const id = head.toString("latin1", 0, 4);
    const size = Number(head.readBigUInt64LE(16)) - wave64Head;
    if (id === "fmt ") format = readFormat(file.read(at + wave64Head, Math.min(40, Math.max(0, size))));
    if (id === "data" && format) {
      const declared = size > 0 && size < 2 ** 52 ? size : undefined;
      return layoutOf(format, { at: at + wave64Head, declared }, file.size);
    }
    if (!(size >= 0)) break;
    at += Math.ceil((size + wave64Head) / 8) * 8;
  }
  return refuse("is a W64 file without sound");
}

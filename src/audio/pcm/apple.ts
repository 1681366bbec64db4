/** Layouts of AIFF, AIFF-C, CAF and AU files: uncompressed sound, mostly big-endian. */

import { refuse } from "../broken.ts";
import type { ByteSource } from "../byte-source.ts";
import { aLaw, type Encoding, floats, integers, muLaw } from "./encodings.ts";
import { type Format, type Layout, layoutOf } from "./layout.ts";

const maxChunks = 4096;

interface Chunk {
  readonly id: string;
  readonly at: number;
  readonly size: number;
}

export function* aiffChunks(file: ByteSource): Generator<Chunk> {
  for (let at = 12, count = 0; count < maxChunks && at + 8 <= file.size; count++) {
    const head = file.read(at, 8);
    const size = head.readUInt32BE(4);
    yield { id: head.toString("latin1", 0, 4), at: at + 8, size };
    at += 8 + size + (size % 2);
  }
}

/** AIFF and AIFF-C files. */
export function aiffLayout(file: ByteSource): Layout {
  let common: Buffer | undefined;
  let sound: Chunk | undefined;
  for (const chunk of aiffChunks(file)) {
    if (chunk.id === "COMM") common = file.read(chunk.at, Math.min(chunk.size, 64));
    if (chunk.id === "SSND") sound ??= chunk;
  }
  if (!common || common.length < 18 || !sound) return refuse("is an AIFF file without sound");
  const offset = file.read(sound.at, 4);
  const at = sound.at + 8 + (offset.length === 4 ? offset.readUInt32BE(0) : 0);
  const size = sound.size - (at - sound.at);
  return layoutOf(
    aiffFormat(common),
    { at, declared: size > 0 && sound.size < 0x7fff_0000 ? size : undefined },
    file.size,
  );
}

function aiffFormat(common: Buffer): Format {
  const [channels, bits] = [common.readUInt16BE(0), common.readUInt16BE(6)];
  const kind = common.length >= 22 ? common.toString("latin1", 18, 22) : "NONE";
  const encoding = encodingOf(kind, bits, channels);
  if (!encoding) return refuse(foreign("AIFF", kind));
  return { sampleRate: Math.round(extended(common, 8)), channels, encoding };
}

const foreign = (container: string, kind: string): string =>
  `is ${container === "AIFF" ? "an AIFF" : `a ${container}`} file with sound of kind "${kind.replace(/[^\x20-\x7e]/g, "?").trim()}", which I don't read. Convert it, for example with "ffmpeg -i song.${container.toLowerCase()} song.flac"`;

function encodingOf(kind: string, bits: number, channels: number): Encoding | undefined {
  const bytes = Math.ceil(bits / 8);
  const whole = bytes >= 1 && bytes <= 4;
  const order = { channels, bigEndian: true };
  if ((kind === "NONE" || kind === "twos" || /^in(16|24|32)$/.test(kind)) && whole) return integers(bytes, order);
  if (kind === "sowt" && whole) return integers(bytes, { channels });
  if (kind === "raw " && bytes === 1) return integers(1, order, true);
  if (/^fl32$/i.test(kind)) return floats(4, order);
  if (/^fl64$/i.test(kind)) return floats(8, order);
  if (/^ulaw$/i.test(kind)) return muLaw(channels);
  return /^alaw$/i.test(kind) ? aLaw(channels) : undefined;
}

/** An 80-bit float (IEEE 754 extended), the sample rate of AIFF. */
function extended(bytes: Buffer, at: number): number {
  const exponent = (bytes.readUInt16BE(at) & 0x7fff) - 16_383;
  return Number(bytes.readBigUInt64BE(at + 2)) * 2 ** (exponent - 63);
}

/** Apple's Core Audio Format. */
export function cafLayout(file: ByteSource): Layout {
  let format: Format | undefined;
  for (let at = 8, count = 0; count < maxChunks && at + 12 <= file.size; count++) {
    const head = file.read(at, 12);
    const [id, size] = [head.toString("latin1", 0, 4), Number(head.readBigInt64BE(4))];
    if (id === "desc") format = cafFormat(file.read(at + 12, 32));
    if (id === "data") {
      if (!format) break;
      return layoutOf(format, { at: at + 16, declared: size > 4 ? size - 4 : undefined }, file.size); // behind the edit count
    }
    if (!(size >= 0)) break;
    at += 12 + size;
  }
  return refuse("is a CAF file without sound");
}

function cafFormat(bytes: Buffer): Format {
  if (bytes.length < 32) return refuse("is a CAF file with a damaged header");
  const kind = bytes.toString("latin1", 8, 12);
  const flags = bytes.readUInt32BE(12);
  const [channels, bits] = [bytes.readUInt32BE(24), bytes.readUInt32BE(28)];
  const order = { channels, bigEndian: (flags & 2) === 0 };
  const linear = (): Encoding | undefined => {
    if ((flags & 1) !== 0) return bits === 32 || bits === 64 ? floats(bits === 32 ? 4 : 8, order) : undefined;
    const byAlignment = bytes.readUInt32BE(16) / channels;
    const size =
      byAlignment >= 1 && byAlignment <= 4 && Number.isInteger(byAlignment) ? byAlignment : Math.ceil(bits / 8);
    return size >= 1 && size <= 4 ? integers(size, order) : undefined;
  };
  if (channels < 1 || channels > 8) return refuse(`has ${channels} channels; I read 1 to 8`);
  const encoding = kind === "lpcm" ? linear() : kind === "NONE" ? undefined : encodingOf(kind, 8, channels);
  if (!encoding) return refuse(foreign("CAF", kind));
  return { sampleRate: Math.round(bytes.readDoubleBE(0)), channels, encoding };
}

/** AU files of Sun and NeXT. */
export function auLayout(file: ByteSource): Layout {
  const head = file.read(0, 24);
  if (head.length < 24) return refuse("is an AU file without sound");
  const [at, size, kind, sampleRate, channels] = [4, 8, 12, 16, 20].map((from) => head.readUInt32BE(from)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (channels < 1 || channels > 8) return refuse(`has ${channels} channels; I read 1 to 8`);
  const order = { channels, bigEndian: true };
  const encodings: Readonly<Record<number, () => Encoding>> = {
    1: () => muLaw(channels),
    2: () => integers(1, order),
    3: () => integers(2, order),
    4: () => integers(3, order),
    5: () => integers(4, order),
    6: () => floats(4, order),
    7: () => floats(8, order),
    27: () => aLaw(channels),
  };
  const encoding = encodings[kind]?.();
  if (!encoding) return refuse(foreign("AU", `${kind}`));
  const declared = size === 0 || size >= 0x7fff_0000 ? undefined : size;
  return layoutOf({ sampleRate, channels, encoding }, { at, declared }, file.size);
}

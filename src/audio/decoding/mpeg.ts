/** Finds the frames of an MP3 file (MPEG 1, 2 and 2.5, layer III) without decoding them. */
import { tagBytes } from "./id3.ts";

export interface Frame {
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  readonly samples: number;
  readonly bytes: number;
  /** Size of header and side information, behind which a Xing tag may be. */
  readonly sideBytes: number;
}

/** In kbit/s, for MPEG 1 and for the other two. */
const bitrates = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const;
const sampleRates = [44_100, 48_000, 32_000] as const;
/** Divider of the sample rates, by the two version bits. */
const dividers = [4, undefined, 2, 1] as const;

/** The frame whose header is at `at`, if any. */
export function frameAt(bytes: Uint8Array, at: number): Frame | undefined {
  if (at + 4 > bytes.length || bytes[at] !== 0xff || (bytes[at + 1]! & 0xe0) !== 0xe0) return undefined;
  const [, second, third, fourth] = bytes.subarray(at, at + 4) as Uint8Array & [number, number, number, number];
  const divider = dividers[(second >> 3) & 3];
  const layer = (second >> 1) & 3; // 1 is layer III
  const rate = sampleRates[(third >> 2) & 3];
  const old = divider === 1;
  const kilobits = bitrates[old ? 0 : 1][third >> 4];
  if (divider === undefined || layer !== 1 || rate === undefined || !kilobits) return undefined;
  const sampleRate = rate / divider;
  const mono = fourth >> 6 === 3;
  const samples = old ? 1152 : 576;
  return {
    sampleRate,
    channels: mono ? 1 : 2,
    samples,
    bytes: Math.floor((samples * kilobits * 125) / sampleRate) + ((third >> 1) & 1),
    sideBytes: 4 + (old ? (mono ? 17 : 32) : mono ? 9 : 17),
  };
}

const searchedBytes = 1 << 16;

/** Offset of the first of three similar frames in a row, or of all up to the end. */
export function firstFrame(bytes: Uint8Array, from: number, within = searchedBytes): number | undefined {
  const last = Math.min(bytes.length, from + within);
  for (let at = from; at < last; at++) if (bytes[at] === 0xff && inARow(bytes, at)) return at;
  return undefined;
}

function inARow(bytes: Uint8Array, from: number): boolean {
  const first = frameAt(bytes, from);
  let at = from;
  for (let frame = first, count = 0; count < 3; count++, frame = frameAt(bytes, at)) {
    if (at === bytes.length && count > 0) return true;
    if (frame === undefined || !alike(frame, first!)) return false;
    at += frame.bytes;
  }
  return true;
}

const alike = (a: Frame, b: Frame): boolean => a.sampleRate === b.sampleRate && a.samples === b.samples;

export type Step =
  | { readonly at: number; readonly frame: Frame; readonly tag?: Tag }
  /** Seconds without a frame, estimated. */
  | { readonly lost: number };

/**
 * All complete frames. After damage the search continues at the next three in a row; tags between concatenated files, and
 * anything behind the last frame, are not reported as lost.
 */
export function* framesOf(bytes: Uint8Array, from: number): Generator<Step> {
  let last: Frame | undefined;
  for (let at = from; at < bytes.length; ) {
    at += metadataAt(bytes, at);
    const frame = frameAt(bytes, at);
    const good = frame && at + frame.bytes <= bytes.length && ((last && alike(frame, last)) || inARow(bytes, at));
    if (frame && good) {
      const tag = tagIn(bytes, at, frame);
      yield { at, frame, ...(tag && { tag }) };
      at += frame.bytes;
      last = frame;
      continue;
    }
    const next = nextFrame(bytes, at + 1);
    const missing = bytes.subarray(at, next ?? bytes.length);
    const atEnd = next === undefined && (frame !== undefined || missing.every((byte) => byte === 0));
    if (last && !atEnd && missing.length > 0)
      yield { lost: (missing.length / last.bytes) * (last.samples / last.sampleRate) };
    at = next ?? bytes.length;
  }
}

function nextFrame(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from; at < bytes.length; at++) if (bytes[at] === 0xff && inARow(bytes, at)) return at;
  return undefined;
}

const id3v1Bytes = 128;
const apeHeadBytes = 32;

/** Size of the tag that begins here: ID3v2, ID3v1, APE or Lyrics3. */
function metadataAt(bytes: Uint8Array, at: number): number {
  const text = (from: number, size: number): string =>
    Buffer.from(bytes.subarray(from, from + size)).toString("latin1");
  const start = text(at, 11);
  if (start.startsWith("ID3")) return tagBytes(bytes.subarray(at));
  if (start.startsWith("TAG")) return id3v1Bytes;
  if (start.startsWith("APETAGEX")) return apeHeadBytes + Buffer.from(bytes.subarray(at + 12, at + 16)).readUInt32LE();
  if (start !== "LYRICSBEGIN") return 0;
  const end = text(at, searchedBytes).search(/LYRICS200|LYRICSEND/);
  return end < 0 ? 0 : end + 9;
}

export interface Tag {
  /** Declared number of frames. */
  readonly frames?: number;
  /** Samples to remove at the start and the end; not all encoders declare them. */
  readonly delay?: number;
  readonly padding?: number;
}

const vbriAt = 36;

/** Xing, Info or VBRI tag, in a first frame without sound. */
export function tagIn(bytes: Uint8Array, at: number, { sideBytes }: Frame): Tag | undefined {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(200, bytes.length - at));
  if (frame.length === 200 && frame.toString("latin1", vbriAt, vbriAt + 4) === "VBRI")
    return { frames: frame.readUInt32BE(vbriAt + 14) };
  const tag = frame.subarray(sideBytes, sideBytes + 160);
  if (!/^(Xing|Info)/.test(tag.toString("latin1", 0, 4)) || tag.length < 160) return undefined;
  const flags = tag.readUInt32BE(4);
  const encoder = 8 + [4, 4, 100, 4].reduce((sum, size, bit) => sum + ((flags >> bit) & 1 ? size : 0), 0);
  const frames = (flags & 1) === 0 ? {} : { frames: tag.readUInt32BE(8) };
  if (!/^[\w.]{4}/.test(tag.toString("latin1", encoder, encoder + 4))) return frames;
  const both = tag.readUIntBE(encoder + 21, 3);
  return both === 0 ? frames : { ...frames, delay: both >> 12, padding: both & 0xfff };
}

/** The frames of an MP3 file (MPEG 1, 2 and 2.5, layer III), found without decoding them. */
import { refuse } from "../broken.ts";

export interface Frame {
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  readonly samples: number;
  readonly bytes: number;
  /** From the frame's start to what is after its side information: where a tag for the whole file stands. */
  readonly sideBytes: number;
}

/** Kilobits a second, of MPEG 1 and of the other two. */
const bitrates = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const;
const sampleRates = [44_100, 48_000, 32_000] as const;
/** By the two bits of the version: what the sample rates are divided by. */
const dividers = [4, undefined, 2, 1] as const;

/** The frame whose head stands here, if one does. */
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

const farthest = 1 << 16;

/** Where frames begin: three of one kind in a row, or as many as there are. */
export function firstFrame(bytes: Uint8Array, from: number): number | undefined {
  const last = Math.min(bytes.length, from + farthest);
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

/** The frames from here on; what comes after the last one may be tags, but never more sound. */
export function* framesOf(bytes: Uint8Array, from: number): Generator<{ at: number; frame: Frame; whole: boolean }> {
  const first = frameAt(bytes, from)!; // `firstFrame` found it
  for (let at = from; at < bytes.length; ) {
    const frame = frameAt(bytes, at);
    if (frame === undefined || !alike(frame, first)) return atTheEnd(bytes, at);
    yield { at, frame, whole: at + frame.bytes <= bytes.length };
    at += frame.bytes;
  }
}

function atTheEnd(bytes: Uint8Array, from: number): void {
  for (let at = from; at < bytes.length; at++)
    if (bytes[at] === 0xff && inARow(bytes, at) && at < bytes.length - 1) refuse("holds something that is no sound");
}

export interface Tag {
  /** Frames of sound in the file. */
  readonly frames: number;
  /** Samples at the start and the end that are no part of the sound; unknown to some encoders. */
  readonly delay?: number;
  readonly padding?: number;
}

/** The tag that many encoders put into a first frame without sound. */
export function tagIn(bytes: Uint8Array, at: number, { sideBytes }: Frame): Tag | undefined {
  const tag = Buffer.from(bytes.subarray(at + sideBytes, at + sideBytes + 160));
  if (!/^(Xing|Info)/.test(tag.toString("latin1", 0, 4)) || tag.length < 160) return undefined;
  const flags = tag.readUInt32BE(4);
  if ((flags & 1) === 0) return undefined;
  const frames = tag.readUInt32BE(8);
  const encoder = 8 + 4 + (flags & 2 ? 4 : 0) + (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0);
  if (!/^[\w.]{4}/.test(tag.toString("latin1", encoder, encoder + 4))) return { frames };
  const both = tag.readUIntBE(encoder + 21, 3);
  return { frames, delay: both >> 12, padding: both & 0xfff };
}

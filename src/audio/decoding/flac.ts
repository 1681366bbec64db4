/** Decodes FLAC files (RFC 9639) frame by frame, and checks each. */
import { checkFormat, refuse } from "../broken.ts";
import { asBuffer } from "../pages.ts";
import { type FlacFormat, type FlacFrame, isFrameHead, readFrame } from "./flac-frame.ts";
import { startsWith, tagBytes } from "./id3.ts";
import { attempt, type Piece, type Source } from "./source.ts";

interface Stream {
  readonly format: FlacFormat;
  /** As declared; 0: unknown. */
  readonly samples: number;
  /** Samples of each frame but the last, if frames are numbered. */
  readonly blockSize: number;
  /** Offset of the first frame. */
  readonly soundAt: number;
}

export async function openFlac(bytes: Uint8Array): Promise<Source> {
  const stream = readStream(bytes, tagBytes(bytes));
  const { format, samples } = stream;
  return {
    sampleRate: format.sampleRate,
    ...(samples > 0 && { samples }),
    pieces: () => piecesOf(bytes, stream),
  };
}

/** Parses the metadata before the frames. */
function readStream(bytes: Uint8Array, from: number): Stream {
  const info = asBuffer(bytes.subarray(from, from + 42));
  if (info.length < 42 || (info[4]! & 127) !== 0) refuse("has a damaged header");
  const packed = info.readUInt32BE(18); // bits: 20 sample rate, 3 channels, 5 bits per sample, 4 upper bits of the length
  const format = { sampleRate: packed >>> 12, channels: ((packed >>> 9) & 7) + 1, bits: ((packed >>> 4) & 31) + 1 };
  checkFormat(format.sampleRate, format.channels);
  if (format.bits < 4 || format.bits > 32) refuse(`has samples of ${format.bits} bits; I read 4 to 32`);
  const samples = (packed & 15) * 2 ** 32 + info.readUInt32BE(22);
  return { format, samples, blockSize: info.readUInt16BE(8), soundAt: soundAt(bytes, from, format) };
}

/** Offset behind the metadata blocks; where their sizes are wrong, the search for a frame starts behind the first. */
function soundAt(bytes: Uint8Array, from: number, format: FlacFormat): number {
  let at = from + 4;
  for (let last = false; !last; ) {
    const [kind, a, b, c] = bytes.subarray(at, at + 4);
    if (c === undefined) return from + 42;
    at += 4 + a! * 65_536 + b! * 256 + c;
    last = kind! >= 128;
  }
  return at < bytes.length && isFrameHead(bytes.subarray(at), format) ? at : from + 42;
}

/** Frame by frame; after damage the next intact frame tells how much is missing. */
function* piecesOf(bytes: Uint8Array, first: Stream): Generator<Piece> {
  let stream = first;
  let expected: number | undefined; // the number of the next sample
  let damaged = false;
  for (let at = stream.soundAt; at < bytes.length; ) {
    const frame = attempt(() => readFrame(bytes.subarray(at), stream.format));
    if (!frame) {
      const next = nextResumePoint(bytes, at, stream);
      damaged ||= next.damaged;
      if (next.stream) [stream, expected] = [next.stream, undefined];
      else expected ??= 0; // an intact first frame may be from a longer file
      at = next.at;
      continue;
    }
    const begin = positionOf(frame, stream, expected);
    const missing = expected === undefined ? 0 : begin - expected;
    if (missing > 0 || damaged) yield { lost: missing / stream.format.sampleRate };
    damaged = false;
    yield soundOf(frame, stream.format);
    expected = begin + frame.channels[0]!.length;
    at += frame.bytes;
  }
  const missing = stream.samples - (expected ?? 0);
  const short = missing > 0 && missing < endingSeconds * stream.format.sampleRate; // if more is missing, the file ends early
  if (short || (damaged && stream.samples === 0)) yield { lost: 0 };
}

const endingSeconds = 0.05;

function soundOf({ channels }: FlacFrame, { sampleRate, bits }: FlacFormat): Piece {
  const scale = 2 ** (1 - bits);
  return { channels: channels.map((channel) => Float32Array.from(channel, (sample) => sample * scale)), sampleRate };
}

/** Number of a frame's first sample; concatenated files restart at 0. */
function positionOf({ number, counts }: FlacFrame, { blockSize }: Stream, expected: number | undefined): number {
  const position = counts === "samples" ? number : number * blockSize;
  return expected === undefined ? position : Math.max(expected, position);
}

interface ResumePoint {
  readonly at: number;
  /** A frame began before it and could not be read. */
  readonly damaged: boolean;
  /** If another concatenated file begins there. */
  readonly stream?: Stream;
}

const isSync = (bytes: Uint8Array, at: number): boolean => bytes[at] === 0xff && (bytes[at + 1]! & 0xfe) === 0xf8;

/** Finds the next frame, or the beginning of a concatenated file. */
function nextResumePoint(bytes: Uint8Array, from: number, { format }: Stream): ResumePoint {
  const damaged = isFrameHead(bytes.subarray(from), format);
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === 0x66 && startsWith(bytes, at, "fLaC")) {
      const stream = attempt(() => readStream(bytes, at));
      if (stream) return { at: stream.soundAt, damaged, stream };
    }
    if (at > from && isSync(bytes, at) && isFrameHead(bytes.subarray(at), format)) return { at, damaged };
  }
  return { at: bytes.length, damaged };
}

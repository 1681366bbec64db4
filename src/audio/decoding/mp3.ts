/** MP3 files: the only door to the MP3 decoder. */
import { decoder as openDecoder } from "@audio/decode-mp3";
import { refuse } from "../broken.ts";
import { tagBytes } from "./id3.ts";
import { type Frame, firstFrame, frameAt, framesOf, type Step, type Tag, tagIn } from "./mpeg.ts";
import { attempt, checkFormat, type Piece, type Source } from "./source.ts";

const framesAtOnce = 16;
/** Samples by which decoders of this format are late. */
const decoderDelay = 529;
/** Parts of a joined file that get a decoder of their own. */
const mostDecoders = 64;

export async function openMp3(bytes: Uint8Array): Promise<Source> {
  const from = firstFrame(bytes, tagBytes(bytes)) ?? firstFrame(bytes, 0, bytes.length); // a tag's size may be wrong
  if (from === undefined) return refuse("holds no MP3 sound");
  const first = frameAt(bytes, from)!; // found just now
  checkFormat(first.sampleRate, first.channels);
  const samples = toldSamples(bytes, from);
  return {
    sampleRate: first.sampleRate,
    ...(samples !== undefined && { samples }),
    pieces: () => piecesOf(bytes, from),
  };
}

/** What the first part says of its length; a count that is one frame off is a custom, and 0 says nothing. */
function toldSamples(bytes: Uint8Array, from: number): number | undefined {
  const first = frameAt(bytes, from)!; // found by the caller
  const { frames = 0, delay = 0, padding = 0 } = tagIn(bytes, from, first) ?? {};
  return frames > 1 ? Math.max(0, (frames - 1) * first.samples - delay - padding) : undefined;
}

type Span = { readonly at: number; readonly end: number; readonly frames: number };

/** Frames of one make, and the tag that stood before them. */
interface Part {
  readonly frame: Frame;
  readonly tag: Tag | undefined;
  readonly steps: (Span | { readonly lost: number })[];
  frames: number;
}

/** Parts of joined files, each a stream of its own. */
function* partsOf(bytes: Uint8Array, from: number): Generator<Part> {
  let part: Part | undefined;
  for (const step of framesOf(bytes, from)) {
    if ("lost" in step) {
      part?.steps.push(step);
      continue;
    }
    const { frame, tag } = step;
    if (part && (tag || frame.sampleRate !== part.frame.sampleRate)) {
      yield part;
      part = undefined;
    }
    part ??= { frame, tag, steps: [], frames: 0 };
    if (!tag) append(part, step);
  }
  if (part) yield part;
}

/** Frames that follow each other are decoded together, a few at a time. */
function append(part: Part, { at, frame }: Extract<Step, { frame: Frame }>): void {
  const last = part.steps.at(-1);
  part.frames++;
  if (last && !("lost" in last) && last.end === at && last.frames < framesAtOnce)
    part.steps[part.steps.length - 1] = { at: last.at, end: at + frame.bytes, frames: last.frames + 1 };
  else part.steps.push({ at, end: at + frame.bytes, frames: 1 });
}

async function* piecesOf(bytes: Uint8Array, from: number): AsyncGenerator<Piece> {
  let decoder = await openDecoder();
  let decoders = 0;
  for (const part of partsOf(bytes, from)) {
    if (decoders > 0 && decoders < mostDecoders) {
      decoder.free();
      decoder = await openDecoder();
    }
    decoders++;
    yield* trimmed(decodedPart(decoder, bytes, part), part);
  }
  decoder.free();
}

type Decoder = Awaited<ReturnType<typeof openDecoder>>;

/** Each frame gives all its samples, or what is missing is a loss. */
function* decodedPart(decoder: Decoder, bytes: Uint8Array, { frame, steps }: Part): Generator<Piece> {
  for (const step of steps) {
    if ("lost" in step) {
      yield step;
      continue;
    }
    const channels = attempt(() => decoder.decode(bytes.subarray(step.at, step.end)).channelData) ?? [];
    const missing = step.frames * frame.samples - (channels[0]?.length ?? 0);
    if (channels.length > 0) yield { channels: channels.slice(0, frame.channels), sampleRate: frame.sampleRate };
    if (missing > 0) yield { lost: missing / frame.sampleRate };
  }
}

/** Without what the encoder added at the start and the end, if a tag tells of it and the end is there. */
function* trimmed(pieces: Iterable<Piece>, { frame, tag, frames }: Part): Generator<Piece> {
  const { delay, padding, frames: told = 0 } = tag ?? {};
  let [position, begin, end] = [0, 0, Number.POSITIVE_INFINITY];
  if (delay !== undefined && padding !== undefined) {
    begin = delay + decoderDelay;
    if (told === 0 || Math.abs(told - frames) <= 1) end = frames * frame.samples - padding + decoderDelay;
  }
  for (const piece of pieces) {
    if ("lost" in piece) {
      position += Math.round(piece.lost * frame.sampleRate);
      end += Math.round(piece.lost * frame.sampleRate);
      yield piece;
      continue;
    }
    const start = position;
    position += piece.channels[0]!.length;
    const [from, to] = [Math.max(0, begin - start), Math.max(0, Math.min(position, end) - start)];
    yield from === 0 && start + to === position
      ? piece
      : { ...piece, channels: piece.channels.map((channel) => channel.subarray(from, Math.max(from, to))) };
  }
}

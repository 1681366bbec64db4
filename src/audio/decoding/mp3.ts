/** Decodes MP3 files; the only file that imports the MP3 decoder. */
import { decoder as openDecoder } from "@audio/decode-mp3";
import { checkFormat, refuse } from "../broken.ts";
import { tagBytes } from "./id3.ts";
import { type Frame, firstFrame, frameAt, framesOf, type Step, type Tag, tagIn } from "./mpeg.ts";
import { attempt, type Piece, type Source } from "./source.ts";

const framesAtOnce = 16;
/** Delay of MP3 decoders in samples. */
const decoderDelay = 529;
/** Parts of a concatenated file that get a new decoder, at most. */
const maxDecoders = 64;

export async function openMp3(bytes: Uint8Array): Promise<Source> {
  const from = firstFrame(bytes, tagBytes(bytes)) ?? firstFrame(bytes, 0, bytes.length); // a tag's size may be wrong
  if (from === undefined) return refuse("contains no MP3 sound");
  const first = frameAt(bytes, from)!; // found just now
  checkFormat(first.sampleRate, first.channels);
  const samples = declaredSamples(bytes, from);
  return {
    sampleRate: first.sampleRate,
    ...(samples !== undefined && { samples }),
    pieces: () => piecesOf(bytes, from),
  };
}

/** Length declared by the first part; encoders may count one frame too many, and 0 means unknown. */
function declaredSamples(bytes: Uint8Array, from: number): number | undefined {
  const first = frameAt(bytes, from)!; // found by the caller
  const { frames = 0, delay = 0, padding = 0 } = tagIn(bytes, from, first) ?? {};
  return frames > 1 ? Math.max(0, (frames - 1) * first.samples - delay - padding) : undefined;
}

type Span = { readonly at: number; readonly end: number; readonly frames: number };

/** Frames of one sample rate, and the Xing or VBRI tag before them. */
interface Part {
  readonly frame: Frame;
  readonly tag: Tag | undefined;
  readonly steps: (Span | { readonly lost: number })[];
  frames: number;
}

/** Parts of concatenated files, each a stream of its own. */
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

/** Consecutive frames are decoded together, a few at a time. */
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
    if (decoders > 0 && decoders < maxDecoders) {
      decoder.free();
      decoder = await openDecoder();
    }
    decoders++;
    yield* trimmed(decodedPart(decoder, bytes, part), part);
  }
  decoder.free();
}

type Decoder = Awaited<ReturnType<typeof openDecoder>>;

/** Samples that frames fail to decode to are reported as lost. */
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

/** Removes encoder delay and padding, if a tag declares them and the end is present. */
function* trimmed(pieces: Iterable<Piece>, { frame, tag, frames }: Part): Generator<Piece> {
  const { delay, padding, frames: declared = 0 } = tag ?? {};
  let [position, begin, end] = [0, 0, Number.POSITIVE_INFINITY];
  if (delay !== undefined && padding !== undefined) {
    begin = delay + decoderDelay;
    if (declared === 0 || Math.abs(declared - frames) <= 1) end = frames * frame.samples - padding + decoderDelay;
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

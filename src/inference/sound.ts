/** The sound of one song: to tape from the finest level as it grows, and live as far as the listener has come. */

import { FrameCutter, frameRate, toFrame } from "../audio/frames.ts";
import { createEncoder, type Encoder } from "../audio/opus.ts";
import { Resampler } from "../audio/resample.ts";
import { openTape, type Tape } from "../audio/tape.ts";
import { type AlignmentFiles, openAlignmentFiles } from "./alignment-files.ts";
import { CodeBuffer } from "./code-buffer.ts";
import { decodable, decodeSpan, type LevelDecoder } from "./decode.ts";
import type { Recording } from "./engine.ts";
import { Live } from "./live.ts";
import type { RenderOrder } from "./renderer.ts";

const TAPE_SECONDS = 0.4; // decoded at once: long enough that the context on both sides costs little
const FRAME_SECONDS = 0.02;

export interface Sound {
  /** Codes of each level, to add to as they come. */
  readonly lines: readonly CodeBuffer[];
  listen(untilSeconds: number): void;
  /** Takes what is to be written beside the song. */
  keep(sheet: AlignmentFiles): void;
  /** One piece of work, the listener's first; false if there is none for now. */
  step(): Promise<boolean>;
  readonly done: boolean;
  /** Closes the tape, and what is beside it. */
  finish(): Recording;
  /** Leaves nothing behind. */
  discard(): void;
}

export interface LiveFrames {
  readonly level: number;
  readonly fromSeconds: number;
  readonly frames: Uint8Array[];
}

/** Starts the sound of a song; live frames are handed to `send`. */
export function openSound(
  job: RenderOrder,
  decoders: readonly LevelDecoder[],
  sampleRate: number,
  send: (live: LiveFrames) => void,
): Sound {
  const { finest = 0 } = job;
  const lines = openLines(decoders, job);
  const tape =
    job.out === undefined
      ? undefined
      : openTape(job.out, {
          sampleRate,
          ...(job.bitrate && { bitrate: job.bitrate }),
          ...(job.tags && { tags: job.tags }),
        });
  const reel = tape && openReel(tape, decoders[finest]!, lines[finest]!, sampleRate);
  const air = job.live && openAir(job, decoders, lines, sampleRate, send);
  let sheet: AlignmentFiles | undefined;
  return {
    lines,
    listen: (untilSeconds) => air?.listen(untilSeconds),
    keep: (files) => {
      sheet = files;
    },
    step: async () => (await air?.step()) || ((await reel?.step()) ?? false),
    get done() {
      return lines[finest]!.ended && (reel?.done ?? true) && (air?.done ?? true) && (!job.sheet || sheet !== undefined);
    },
    finish: () => {
      if (!tape || job.out === undefined) return { bytes: 0, seconds: job.total / sampleRate, peaks: [] };
      const beside = sheet && openAlignmentFiles(job.out, sheet);
      try {
        const recording = tape.close();
        beside?.close();
        return { ...recording, bytes: recording.bytes + (beside?.bytes ?? 0) };
      } finally {
        beside?.discard(); // does nothing once closed
      }
    },
    discard: () => tape?.discard(),
  };
}

/** The levels' codes, each line with the one above where its sound depends on it. */
function openLines(decoders: readonly LevelDecoder[], { total, known }: RenderOrder): CodeBuffer[] {
  const lines: CodeBuffer[] = []; // coarsest first
  for (const [level, { hop, perFrame, readsAbove }] of [...decoders.entries()].reverse()) {
    const above = readsAbove ? lines.at(-1) : undefined;
    lines.push(new CodeBuffer(Math.round(total / hop), known[level], { perFrame, ...(above && { above }) }));
  }
  return lines.reverse();
}

interface Work {
  readonly done: boolean;
  step(): Promise<boolean>;
}

/** Writes one level to tape, in order. */
function openReel(tape: Tape, decoder: LevelDecoder, line: CodeBuffer, sampleRate: number): Work {
  const stretch = Math.ceil((TAPE_SECONDS * sampleRate) / decoder.hop);
  let at = 0;
  return {
    get done() {
      return at === line.total;
    },
    async step() {
      const to = Math.min(at + stretch, line.total);
      if (to === at || !decodable(decoder, line, to)) return false;
      tape.write(await decodeSpan(decoder, line, at, to));
      at = to;
      return true;
    },
  };
}

/** Sends live frames as far as the listener allows. */
function openAir(
  job: RenderOrder,
  decoders: readonly LevelDecoder[],
  lines: readonly CodeBuffer[],
  sampleRate: number,
  send: (live: LiveFrames) => void,
): Work & { listen(untilSeconds: number): void } {
  const { finest = 0 } = job;
  const coarsest = decoders.at(-1)!.hop;
  const from = Math.floor(((job.liveFromSeconds ?? 0) * sampleRate) / coarsest) * coarsest;
  const end = Math.min(job.total, Math.ceil((job.liveUntilSeconds ?? Number.POSITIVE_INFINITY) * sampleRate));
  const live = new Live({
    voices: decoders.map((decoder, level) => ({ decoder, line: lines[level]! })).slice(finest),
    total: end,
    from,
  });
  const pack = packer(job.live === "opus" ? createEncoder() : undefined, sampleRate);
  let sent = Math.round(from / sampleRate / FRAME_SECONDS); // frames
  let until = 0;
  let over = false;
  const ship = (level: number, frames: Uint8Array[]): void => {
    if (frames.length > 0) send({ level, fromSeconds: sent * FRAME_SECONDS, frames });
    sent += frames.length;
  };
  return {
    get done() {
      return over;
    },
    listen: (untilSeconds) => {
      until = Math.max(until, untilSeconds);
    },
    async step() {
      if (over || sent * FRAME_SECONDS >= until) return false;
      const stretch = await live.next();
      if (stretch) ship(finest + stretch.level, pack.push(stretch.sound));
      if (live.ended) {
        ship(finest, pack.flush());
        over = true;
      }
      return stretch !== undefined || over;
    },
  };
}

/** Mono sound at the model's rate to live frames. */
function packer(encoder: Encoder | undefined, sampleRate: number) {
  const resampler = new Resampler(sampleRate, frameRate);
  const cutter = new FrameCutter();
  const packed = (stretch: Float32Array): Uint8Array => {
    const frame = toFrame(stretch);
    return encoder ? encoder.encode(frame) : frame;
  };
  return {
    push: (sound: Float32Array): Uint8Array[] => cutter.push(resampler.push(sound)).map(packed),
    flush: (): Uint8Array[] => {
      return [...cutter.push(resampler.flush()), ...cutter.flush()].map(packed);
    },
  };
}

/** Records sound at the model's rate to an Ogg Opus or WAV file, with its peaks for a picture. */
import { extname } from "node:path";
import { UserError } from "../errors.ts";
import { openPartFile } from "../files.ts";
import { FrameCutter, frameRate, toFrame } from "./frames.ts";
import { writeOgg } from "./ogg.ts";
import { createEncoder, encoderDelay } from "./opus.ts";
import { Resampler, resampledLength } from "./resample.ts";
import { createWav } from "./wav.ts";

/** A complete file. */
export interface Recording {
  /** Undefined if no file was asked for. */
  readonly path?: string;
  /** Of the file and those beside it. */
  readonly bytes: number;
  readonly seconds: number;
  /** Highest |sample| of at most 256 equal parts, 0 … 1, for a picture. */
  readonly peaks: readonly number[];
}

export interface Tape {
  /** Seconds written so far. */
  readonly seconds: number;
  /** Mono at the model's rate. */
  write(chunk: Float32Array): void;
  /** Completes the file, which gets its name now. */
  close(): Recording;
  /** Removes the unfinished file; does nothing after `close`. */
  discard(): void;
}

export interface TapeOptions {
  /** Of the recorded sound, in Hz. */
  readonly sampleRate: number;
  /** Of Opus, in bits per second. */
  readonly bitrate?: number;
  /** Comments of an Ogg file; WAV files get none. */
  readonly tags?: Readonly<Record<string, string>>;
}

const maxPeaks = 256;

/** Opens a file; its extension decides the format: `.ogg` or `.wav`. */
export function openTape(path: string, options: TapeOptions): Tape {
  const { sampleRate } = options;
  const file = openSound(path, options);
  const peaks = new Peaks(Math.round(sampleRate / 50));
  let samples = 0;
  return {
    get seconds() {
      return samples / sampleRate;
    },
    write(chunk) {
      file.write(chunk);
      peaks.push(chunk);
      samples += chunk.length;
    },
    close: () => ({ path, bytes: file.close(), seconds: samples / sampleRate, peaks: peaks.reduced(maxPeaks) }),
    discard: () => file.discard(),
  };
}

interface SoundFile {
  write(chunk: Float32Array): void;
  /** Returns the size in bytes. */
  close(): number;
  discard(): void;
}

function openSound(path: string, options: TapeOptions): SoundFile {
  const ending = extname(path).toLowerCase();
  if (ending === ".ogg") return createOgg(path, options);
  if (ending === ".wav") return createWav(path, options.sampleRate);
  throw new UserError(`I write .ogg and .wav files. Choose one of these endings for "${path}".`);
}

/** Mono, as the model is: stereo would need more bits for the same quality. */
function createOgg(path: string, { sampleRate, bitrate = 96_000, tags = {} }: TapeOptions): SoundFile {
  const file = openPartFile(path);
  const encoder = createEncoder({ channels: 1, bitrate });
  const ogg = writeOgg(file.append, { channels: 1, preSkip: encoderDelay, sampleRate }, tags);
  const resampler = new Resampler(sampleRate, frameRate);
  const cutter = new FrameCutter();
  let samples = 0;
  const encode = (pieces: readonly Float32Array[]) => {
    for (const piece of pieces) ogg.packet(encoder.encode(toFrame(piece, 1)));
  };
  return {
    write(chunk) {
      samples += chunk.length;
      encode(cutter.push(resampler.push(chunk)));
    },
    close() {
      encode(cutter.push(resampler.flush()));
      encode(cutter.push(new Float32Array(encoderDelay))); // flushes the codec's delay
      encode(cutter.flush());
      ogg.close(resampledLength(samples, sampleRate, frameRate));
      file.close();
      return file.bytes;
    },
    discard: file.discard,
  };
}

/** Highest |sample| of each 20 ms, so that the sound itself need not be kept. */
class Peaks {
  readonly #width: number;
  readonly #highest: number[] = [];
  #samples = 0;

  constructor(width: number) {
    this.#width = width;
  }

  push(chunk: Float32Array): void {
    for (const value of chunk) {
      const index = Math.floor(this.#samples++ / this.#width);
      this.#highest[index] = Math.max(this.#highest[index] ?? 0, Math.min(1, Math.abs(value)));
    }
  }

  reduced(max: number): number[] {
    const { length } = this.#highest;
    const count = Math.min(max, length);
    const edge = (i: number) => Math.floor((i * length) / count);
    return Array.from({ length: count }, (_, i) => Math.max(...this.#highest.slice(edge(i), edge(i + 1))));
  }
}

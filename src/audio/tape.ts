/** The file being kept: sound at the model's rate goes in, an Ogg Opus or WAV file and the picture of its loudness come out. */
import { extname } from "node:path";
import { UserError } from "../errors.ts";
import { openPartFile } from "../files.ts";
import { Cutter, frameRate, toFrame } from "./frames.ts";
import { writeOgg } from "./ogg.ts";
import { createEncoder, encoderDelay } from "./opus.ts";
import { Resampler, resampledLength } from "./resample.ts";
import { createWav } from "./wav.ts";

/** The file being kept, once it is whole. */
export interface Recording {
  /** Where it was written, if a file was asked for. */
  readonly path?: string;
  /** Of the file, and of what stands beside it. */
  readonly bytes: number;
  readonly seconds: number;
  /** Loudness over time for a picture: highest |sample| of equal stretches, 0 … 1, at most 256 values. */
  readonly peaks: readonly number[];
}

export interface Tape {
  /** Seconds written so far. */
  readonly seconds: number;
  /** Mono at the model's rate. */
  write(chunk: Float32Array): void;
  /** Makes the file whole: it appears under its name now. */
  close(): Recording;
  /** Leaves nothing behind; after `close` it does nothing. */
  discard(): void;
}

export interface TapeOptions {
  /** Of the sound that will be written, in Hz. */
  readonly sampleRate: number;
  /** Opus bits a second; a WAV file has no choice. */
  readonly bitrate?: number;
  /** Comments of an Ogg file; a WAV file has none. */
  readonly tags?: Readonly<Record<string, string>>;
}

const mostPeaks = 256;

/** Starts the file; what it is to be, the ending of its name says: `.ogg` or `.wav`. */
export function openTape(path: string, options: TapeOptions): Tape {
  const { sampleRate } = options;
  const file = openSound(path, options);
  const loudness = new Loudness(Math.round(sampleRate / 50));
  let samples = 0;
  return {
    get seconds() {
      return samples / sampleRate;
    },
    write(chunk) {
      file.write(chunk);
      loudness.push(chunk);
      samples += chunk.length;
    },
    close: () => ({ path, bytes: file.close(), seconds: samples / sampleRate, peaks: loudness.peaks(mostPeaks) }),
    discard: () => file.discard(),
  };
}

interface SoundFile {
  write(chunk: Float32Array): void;
  /** Returns the file's bytes. */
  close(): number;
  discard(): void;
}

function openSound(path: string, options: TapeOptions): SoundFile {
  const ending = extname(path).toLowerCase();
  if (ending === ".ogg") return createOgg(path, options);
  if (ending === ".wav") return createWav(path, options.sampleRate);
  throw new UserError(`I write .ogg and .wav files. Choose one of these endings for "${path}".`);
}

/** Mono, because the model is: in stereo the same bits would sound worse. */
function createOgg(path: string, { sampleRate, bitrate = 96_000, tags = {} }: TapeOptions): SoundFile {
  const file = openPartFile(path);
  const encoder = createEncoder({ channels: 1, bitrate });
  const ogg = writeOgg(file.append, { channels: 1, preSkip: encoderDelay, sampleRate }, tags);
  const resampler = new Resampler(sampleRate, frameRate);
  const cutter = new Cutter();
  let samples = 0;
  const keep = (stretches: readonly Float32Array[]) => {
    for (const stretch of stretches) ogg.packet(encoder.encode(toFrame(stretch, 1)));
  };
  return {
    write(chunk) {
      samples += chunk.length;
      keep(cutter.push(resampler.push(chunk)));
    },
    close() {
      keep(cutter.push(resampler.flush()));
      keep(cutter.push(new Float32Array(encoderDelay))); // the last samples come out of the decoder that much later
      keep(cutter.flush());
      ogg.close(resampledLength(samples, sampleRate, frameRate));
      file.close();
      return file.bytes;
    },
    discard: file.discard,
  };
}

/** The highest |sample| of each stretch of 20 ms: 50 numbers a second, so the sound itself need not be kept. */
class Loudness {
  readonly #stretch: number;
  readonly #highest: number[] = [];
  #samples = 0;

  constructor(stretch: number) {
    this.#stretch = stretch;
  }

  push(chunk: Float32Array): void {
    for (const value of chunk) {
      const stretch = Math.floor(this.#samples++ / this.#stretch);
      this.#highest[stretch] = Math.max(this.#highest[stretch] ?? 0, Math.min(1, Math.abs(value)));
    }
  }

  peaks(most: number): number[] {
    const stretches = this.#highest.length;
    const count = Math.min(most, stretches);
    const edge = (i: number) => Math.floor((i * stretches) / count);
    return Array.from({ length: count }, (_, i) => Math.max(...this.#highest.slice(edge(i), edge(i + 1))));
  }
}

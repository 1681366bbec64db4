/** WAV files: writes 16-bit mono as a stream, and reads any span of files with uncompressed sound. */
import { openPartFile } from "../files.ts";
import { withFileName } from "./broken.ts";
import { type ByteSource, withByteSource } from "./byte-source.ts";
import { bytesOf, toInt16 } from "./frames.ts";
import { readLayout, readSpan } from "./pcm/open.ts";

export interface WavWriter {
  /** Samples written so far. */
  readonly samples: number;
  /** Mono, clipped to −1 … 1. */
  write(chunk: Float32Array): void;
  /** Completes the header and gives the file its name. Returns its size in bytes. */
  close(): number;
  discard(): void;
}

const headerBytes = 44;
const maxDataBytes = 0xffff_ffff - headerBytes;

/** Opens a new 16-bit mono file, which gets its name when it is closed. */
export function createWav(path: string, sampleRate: number): WavWriter {
  const file = openPartFile(path);
  let samples = 0;
  file.append(header(sampleRate, 0));
  return {
    get samples() {
      return samples;
    },
    write(chunk) {
      if ((samples + chunk.length) * 2 > maxDataBytes) throw new Error("a WAV file holds no more than 4 GiB");
      file.append(bytesOf(Int16Array.from(chunk, toInt16)));
      samples += chunk.length;
    },
    close() {
      file.overwrite(0, header(sampleRate, samples));
      file.close();
      return file.bytes;
    },
    discard: file.discard,
  };
}

function header(sampleRate: number, samples: number): Uint8Array {
  const bytes = Buffer.alloc(headerBytes);
  bytes.write("RIFF", 0, "latin1");
  bytes.writeUInt32LE(headerBytes - 8 + samples * 2, 4);
  bytes.write("WAVEfmt ", 8, "latin1");
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20); // PCM
  bytes.writeUInt16LE(1, 22); // channels
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(sampleRate * 2, 28);
  bytes.writeUInt16LE(2, 32); // bytes per sample
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36, "latin1");
  bytes.writeUInt32LE(samples * 2, 40);
  return bytes;
}

export interface Wav {
  readonly sampleRate: number;
  readonly samples: number;
  /** What is missing or ignored: sentences that name the file. */
  readonly warnings: readonly string[];
  /** Mono (the mean of the channels), −1 … 1; shorter than `count` only at the end of the file. */
  read(from: number, count: number): Float32Array;
  /** The channels as they are in the file: floats may have any size or be NaN. */
  readChannels(from: number, count: number): Float32Array[];
}

/**
 * Reads the header of a WAV, AIFF, CAF, AU or W64 file; each `read` opens the file again, so nothing has to be closed. `name`
 * is the file's name in errors.
 */
export function openWav(path: string, name = path): Wav {
  const within = <T>(work: (file: ByteSource) => T): T =>
    withFileName(
      () => withByteSource(path, work),
      (what) => `"${name}" ${what}.`,
    );
  const layout = within(readLayout);
  const { sampleRate, samples } = layout;
  const readChannels = (from: number, count: number): Float32Array[] => {
    const start = Math.min(Math.max(0, Math.trunc(from)), samples);
    const size = Math.min(Math.max(0, Math.trunc(count)), samples - start);
    return within((file) => readSpan(file, layout, start, size));
  };
  const warnings = layout.warnings.map((what) => `"${name}" ${what}.`);
  return { sampleRate, samples, warnings, readChannels, read: (from, count) => mean(readChannels(from, count)) };
}

function mean(channels: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array(0)] = channels;
  return first.map((_, at) => {
    let sum = 0;
    for (const channel of channels) sum += channel[at]!;
    return Number.isNaN(sum) ? 0 : Math.max(-1, Math.min(1, sum / channels.length));
  });
}

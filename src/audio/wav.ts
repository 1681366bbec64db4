/** WAV files: 16-bit mono written as the sound comes, and 16-bit or float files read span by span. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { UserError } from "../errors.ts";
import { openPartFile } from "./file.ts";
import { bytesOf, toInt16 } from "./frames.ts";

export interface WavWriter {
  /** Samples written so far. */
  readonly samples: number;
  /** Mono, −1 … 1; what lies outside is clipped. */
  write(chunk: Float32Array): void;
  /** Fixes the header; the file has its name from here on. Returns its bytes. */
  close(): number;
  discard(): void;
}

const headerBytes = 44;
const mostDataBytes = 0xffff_ffff - headerBytes;

/** A new 16-bit mono file, under its own name only when closed. */
export function createWav(path: string, sampleRate: number): WavWriter {
  const file = openPartFile(path);
  let samples = 0;
  file.append(header(sampleRate, 0));
  return {
    get samples() {
      return samples;
    },
    write(chunk) {
      if ((samples + chunk.length) * 2 > mostDataBytes) throw new Error("a WAV file holds no more than 4 GiB");
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
  bytes.writeUInt16LE(2, 32); // bytes a sample
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36, "latin1");
  bytes.writeUInt32LE(samples * 2, 40);
  return bytes;
}

export interface Wav {
  readonly sampleRate: number;
  readonly samples: number;
  /** Mono (the mean of the channels), −1 … 1; shorter than `count` only at the end of the file. */
  read(from: number, count: number): Float32Array;
}

/** Reads the header only; each `read` opens the file for itself, so nothing has to be closed. */
export function openWav(path: string): Wav {
  const layout = withFile(path, (descriptor) => readLayout(descriptor, path));
  const { sampleRate, samples } = layout;
  return {
    sampleRate,
    samples,
    read(from, count) {
      const start = Math.min(Math.max(0, Math.trunc(from)), samples);
      const size = Math.min(Math.max(0, Math.trunc(count)), samples - start);
      return withFile(path, (descriptor) => readSpan(descriptor, layout, start, size, path));
    },
  };
}

function withFile<T>(path: string, work: (descriptor: number) => T): T {
  const descriptor = openSync(path, "r");
  try {
    return work(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

interface Layout {
  readonly sampleRate: number;
  readonly samples: number;
  readonly channels: number;
  readonly float: boolean;
  /** Where the sound starts in the file. */
  readonly dataAt: number;
}

const mostParts = 64;
const unknownSize = 0xffff_ffff; // what programs write that could not go back to the header

/** Walks the parts of the file by their sizes; a hostile file costs at most 64 small reads. */
function readLayout(descriptor: number, path: string): Layout {
  const fileBytes = fstatSync(descriptor).size;
  const riff = readBytes(descriptor, 0, 12);
  if (riff.toString("latin1", 0, 4) !== "RIFF" || riff.toString("latin1", 8, 12) !== "WAVE")
    refuse(path, "no WAV file");
  let format: Format | undefined;
  for (let at = 12, part = 0; part < mostParts && at + 8 <= fileBytes; part++) {
    const head = readBytes(descriptor, at, 8);
    const name = head.toString("latin1", 0, 4);
    const size = head.readUInt32LE(4);
    if (name === "fmt ") format = readFormat(readBytes(descriptor, at + 8, Math.min(size, 40)), path);
    if (name === "data") {
      if (!format) refuse(path, "a WAV file whose format is missing");
      return { ...format, dataAt: at + 8, samples: samplesIn(size, fileBytes - at - 8, format, path) };
    }
    at += 8 + size + (size % 2);
  }
  return refuse(path, "a WAV file without sound");
}

function samplesIn(declared: number, there: number, { channels, float }: Format, path: string): number {
  if (declared > there && declared !== unknownSize) refuse(path, "a WAV file that breaks off early");
  return Math.floor(Math.min(declared, there) / (channels * (float ? 4 : 2)));
}

type Format = Pick<Layout, "sampleRate" | "channels" | "float">;

function readFormat(bytes: Buffer, path: string): Format {
  if (bytes.length < 16) refuse(path, "a WAV file with a damaged header");
  const told = bytes.readUInt16LE(0);
  const kind = told === 0xfffe && bytes.length >= 26 ? bytes.readUInt16LE(24) : told; // "extensible" names it further on
  const channels = bytes.readUInt16LE(2);
  const sampleRate = bytes.readUInt32LE(4);
  const bits = bytes.readUInt16LE(14);
  if (!(kind === 1 && bits === 16) && !(kind === 3 && bits === 32)) {
    refuse(path, `a WAV file of kind ${kind} with ${bits} bits; I read 16-bit and 32-bit float files`);
  }
  if (channels < 1 || channels > 8) refuse(path, `a WAV file of ${channels} channels; I read 1 to 8`);
  if (sampleRate < 1000 || sampleRate > 384_000) refuse(path, `a WAV file of ${sampleRate} Hz; I read 1000 to 384000`);
  return { sampleRate, channels, float: kind === 3 };
}

function readSpan(descriptor: number, layout: Layout, from: number, count: number, path: string): Float32Array {
  const { channels, float, dataAt } = layout;
  const width = channels * (float ? 4 : 2);
  const bytes = readBytes(descriptor, dataAt + from * width, count * width);
  if (bytes.length < count * width) refuse(path, "a WAV file that became shorter while it was read");
  const values = float
    ? new Float32Array(bytes.buffer, bytes.byteOffset, count * channels)
    : new Int16Array(bytes.buffer, bytes.byteOffset, count * channels);
  const scale = float ? 1 / channels : 1 / (32768 * channels);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += values[i * channels + channel]!;
    out[i] = Number.isNaN(sum) ? 0 : Math.max(-1, Math.min(1, sum * scale));
  }
  return out;
}

/** What is there of these bytes, in memory of its own that starts on an aligned address. */
function readBytes(descriptor: number, position: number, count: number): Buffer {
  const bytes = Buffer.from(new ArrayBuffer(count));
  let done = 0;
  while (done < count) {
    const got = readSync(descriptor, bytes, done, count - done, position + done);
    if (got === 0) break;
    done += got;
  }
  return bytes.subarray(0, done);
}

function refuse(path: string, what: string): never {
  throw new UserError(`"${path}" is ${what}.`);
}

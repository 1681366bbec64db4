/** WAV files: 16-bit mono written as the sound comes, and whole-number or float files read span by span. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { UserError } from "../errors.ts";
import { openPartFile } from "../files.ts";
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
  /** The same channel by channel, as it stands in the file: floats may be of any size, or no numbers. */
  readChannels(from: number, count: number): Float32Array[];
}

/** Reads the header only; each `read` opens the file for itself, so nothing has to be closed. `name` is how refusals call the file. */
export function openWav(path: string, name = path): Wav {
  const layout = withFile(path, (descriptor) => readLayout(descriptor, name));
  const { sampleRate, samples } = layout;
  const readChannels = (from: number, count: number): Float32Array[] => {
    const start = Math.min(Math.max(0, Math.trunc(from)), samples);
    const size = Math.min(Math.max(0, Math.trunc(count)), samples - start);
    return withFile(path, (descriptor) => readSpan(descriptor, layout, start, size, name));
  };
  return { sampleRate, samples, readChannels, read: (from, count) => mean(readChannels(from, count)) };
}

function mean(channels: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array(0)] = channels;
  return first.map((_, at) => {
    let sum = 0;
    for (const channel of channels) sum += channel[at]!;
    return Number.isNaN(sum) ? 0 : Math.max(-1, Math.min(1, sum / channels.length));
  });
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
  readonly encoding: Encoding;
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

function samplesIn(declared: number, there: number, { channels, encoding, sampleRate }: Format, path: string): number {
  const samples = Math.floor(Math.min(declared, there) / (channels * encoding.bytes));
  if (declared > there && declared !== unknownSize)
    refuse(path, `a WAV file that breaks off early, after ${(samples / sampleRate).toFixed(1)} s`);
  return samples;
}

/** How one value stands in the file. */
interface Encoding {
  readonly bytes: number;
  read(bytes: Buffer, at: number): number;
}

/** By kind (1 is whole numbers, 3 is floats) and bits. */
const encodings: Readonly<Record<string, Encoding>> = {
  "1:8": { bytes: 1, read: (bytes, at) => (bytes[at]! - 128) / 128 },
  "1:16": { bytes: 2, read: (bytes, at) => bytes.readInt16LE(at) / 2 ** 15 },
  "1:24": { bytes: 3, read: (bytes, at) => bytes.readIntLE(at, 3) / 2 ** 23 },
  "1:32": { bytes: 4, read: (bytes, at) => bytes.readInt32LE(at) / 2 ** 31 },
  "3:32": { bytes: 4, read: (bytes, at) => bytes.readFloatLE(at) },
  "3:64": { bytes: 8, read: (bytes, at) => bytes.readDoubleLE(at) },
};

type Format = Pick<Layout, "sampleRate" | "channels" | "encoding">;

function readFormat(bytes: Buffer, path: string): Format {
  if (bytes.length < 16) refuse(path, "a WAV file with a damaged header");
  const told = bytes.readUInt16LE(0);
  const kind = told === 0xfffe && bytes.length >= 26 ? bytes.readUInt16LE(24) : told; // "extensible" names it further on
  const channels = bytes.readUInt16LE(2);
  const sampleRate = bytes.readUInt32LE(4);
  const bits = bytes.readUInt16LE(14);
  const encoding = encodings[`${kind}:${bits}`];
  if (!encoding)
    return refuse(path, `a WAV file of kind ${kind} with ${bits} bits; I read 8 to 32 bits, and 32 or 64 as floats`);
  if (channels < 1 || channels > 8) refuse(path, `a WAV file of ${channels} channels; I read 1 to 8`);
  if (sampleRate < 1000 || sampleRate > 384_000) refuse(path, `a WAV file of ${sampleRate} Hz; I read 1000 to 384000`);
  return { sampleRate, channels, encoding };
}

function readSpan(descriptor: number, layout: Layout, from: number, count: number, path: string): Float32Array[] {
  const { channels, encoding, dataAt } = layout;
  const width = channels * encoding.bytes;
  const bytes = readBytes(descriptor, dataAt + from * width, count * width);
  if (bytes.length < count * width) refuse(path, "a WAV file that became shorter while it was read");
  return Array.from({ length: channels }, (_, channel) => {
    const out = new Float32Array(count);
    for (let i = 0; i < count; i++) out[i] = encoding.read(bytes, i * width + channel * encoding.bytes);
    return out;
  });
}

/** What is there of these bytes. */
function readBytes(descriptor: number, position: number, count: number): Buffer {
  const bytes = Buffer.alloc(count);
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

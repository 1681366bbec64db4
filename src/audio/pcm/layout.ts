/** What a file of uncompressed or nearly uncompressed sound says of itself, whatever its container. */
import { refuse } from "../broken.ts";
import type { Encoding } from "./encodings.ts";

/** A file of which only the spans that are asked for are read. */
export interface ByteSource {
  readonly size: number;
  /** What is there of these bytes; the caller has bounded `count`. */
  read(from: number, count: number): Buffer;
}

export interface Format {
  readonly sampleRate: number;
  readonly channels: number;
  readonly encoding: Encoding;
}

export interface Layout extends Format {
  readonly samples: number;
  /** Where the sound starts in the file. */
  readonly dataAt: number;
  /** What is missing or passed over: ends of sentences that begin with the file. */
  readonly warnings: readonly string[];
}

export function checkedFormat(format: Format): Format {
  const { sampleRate, channels } = format;
  if (channels < 1 || channels > 8) refuse(`has ${channels} channels; I read 1 to 8`);
  if (!(sampleRate >= 1000 && sampleRate <= 384_000))
    refuse(`has a sample rate of ${sampleRate} Hz; I read 1000 to 384000`);
  return format;
}

export interface Data {
  readonly at: number;
  /** Bytes that the file says it holds; undefined if whoever wrote it could not tell. */
  readonly declared: number | undefined;
}

/** The samples that are there: as many as the file says, or as far as it goes. */
export function layoutOf(format: Format, { at, declared }: Data, fileBytes: number): Layout {
  const { encoding, sampleRate } = checkedFormat(format);
  const there = Math.max(0, fileBytes - at);
  const samplesIn = (bytes: number): number => Math.floor(bytes / encoding.blockBytes) * encoding.blockSamples;
  const samples = samplesIn(Math.min(declared ?? there, there));
  const told = declared === undefined ? samples : samplesIn(declared);
  if (samples === 0) refuse("holds no sound: its header is all there is");
  const warnings = told > samples ? [endsEarly(samples / sampleRate, told / sampleRate)] : [];
  return { ...format, samples, dataAt: at, warnings };
}

/** Of a file that promises more than it has. */
export function endsEarly(seconds: number, told: number): string {
  const inWords = (length: number): string => (told < 60 ? `${length.toFixed(1)} s` : clock(length));
  return `ends at ${inWords(seconds)}, though it says that it lasts ${inWords(told)}`;
}

/** Minutes and seconds: 0:31. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

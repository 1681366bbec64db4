/** Format and position of uncompressed sound in a file, whatever its container. */
import { checkFormat, refuse } from "../broken.ts";
import type { Encoding } from "./encodings.ts";

export interface Format {
  readonly sampleRate: number;
  readonly channels: number;
  readonly encoding: Encoding;
}

export interface Layout extends Format {
  readonly samples: number;
  /** Offset of the sound. */
  readonly dataAt: number;
  /** What is missing or ignored: each completes a sentence that begins with the file's name. */
  readonly warnings: readonly string[];
}

export interface Data {
  readonly at: number;
  /** Declared bytes; undefined if the writer could not know. */
  readonly declared: number | undefined;
}

/** The samples present: as many as declared, or up to the end of the file. */
export function layoutOf(format: Format, { at, declared }: Data, fileBytes: number): Layout {
  const { encoding, sampleRate, channels } = format;
  checkFormat(sampleRate, channels);
  const available = Math.max(0, fileBytes - at);
  const samplesIn = (bytes: number): number => Math.floor(bytes / encoding.blockBytes) * encoding.blockSamples;
  const samples = samplesIn(Math.min(declared ?? available, available));
  const declaredSamples = declared === undefined ? samples : samplesIn(declared);
  if (samples === 0) refuse("contains no sound, only a header");
  const warnings = declaredSamples > samples ? [endsEarly(samples / sampleRate, declaredSamples / sampleRate)] : [];
  return { ...format, samples, dataAt: at, warnings };
}

/** About a file that declares more than it contains. */
export function endsEarly(seconds: number, declared: number): string {
  const inWords = (length: number): string => (declared < 60 ? `${length.toFixed(1)} s` : clock(length));
  return `ends at ${inWords(seconds)}, though its header says ${inWords(declared)}`;
}

/** For example 0:31. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

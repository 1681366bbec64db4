/** Converts a source to the channels, sample rate and length that are wanted. */
import { UserError } from "../../errors.ts";
import { canResample, Resampler } from "../resample.ts";
import { Losses, missingEnd } from "./losses.ts";
import type { Piece, Source } from "./source.ts";

export interface Wanted {
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  readonly maxSeconds: number;
  /** Whether a longer file is refused, or cut. */
  readonly longer: "refuse" | "cut";
}

/** What is known once a sound was read. */
export interface SoundInfo {
  /** Length of the whole file, if it was read to its end or declares it. */
  readonly wholeSeconds?: number;
  /** What is missing, and where: sentences that name the file. */
  readonly warnings: readonly string[];
}

export interface Sound extends SoundInfo {
  /** −1 … 1, channel by channel. */
  readonly channels: readonly Float32Array[];
  readonly sampleRate: number;
}

/** −80 dB. */
const silence = 1e-4;
/** Longer gaps are not filled with silence. */
const maxFilledSeconds = 60;

/** Collects the sound in memory. */
export async function collect(source: Source, wanted: Wanted, name: string): Promise<Sound> {
  const parts = Array.from({ length: wanted.channels }, (): Float32Array[] => []);
  const info = await pour(source, wanted, name, (pieces) => {
    for (const [side, piece] of pieces.entries()) parts[side]!.push(piece);
  });
  return { channels: parts.map(joined), sampleRate: wanted.sampleRate, ...info };
}

type Emit = (pieces: readonly Float32Array[]) => void;

/** Emits the sound piece by piece, channel by channel; a silent file is refused at the end. */
export async function pour(source: Source, wanted: Wanted, name: string, emit: Emit): Promise<SoundInfo> {
  const sink = new Sink(wanted, name, emit);
  for await (const piece of source.pieces()) {
    sink.take(piece, source.sampleRate);
    if (sink.full) break;
  }
  const cut = sink.full;
  if (cut && wanted.longer === "refuse") refuseLength(name, wanted.maxSeconds);
  if (!cut) sink.end();
  if (!sink.audible) refuseSilence(sink, name, cut ? wanted.maxSeconds : undefined);
  const declared = source.samples === undefined ? undefined : source.samples / source.sampleRate;
  const wholeSeconds = !cut ? sink.seconds : declared !== undefined && declared >= sink.seconds ? declared : undefined;
  return {
    ...(wholeSeconds !== undefined && { wholeSeconds }),
    warnings: [
      ...(source.warnings ?? []),
      ...sink.losses.sentences(name),
      ...(cut ? [] : missingEnd(name, sink.seconds, declared)),
    ],
  };
}

/** Converts pieces of any sample rate and number of channels. */
class Sink {
  readonly losses = new Losses();
  audible = false;
  readonly #wanted: Wanted;
  readonly #name: string;
  readonly #emit: Emit;
  /** Samples at most, and emitted so far. */
  readonly #max: number;
  #emitted = 0;
  #rate = 0;
  #resamplers: Resampler[] = [];
  /** Input samples at the current rate, and seconds before it. */
  #samples = 0;
  #secondsBefore = 0;

  constructor(wanted: Wanted, name: string, emit: Emit) {
    [this.#wanted, this.#name, this.#emit] = [wanted, name, emit];
    this.#max = Math.round(wanted.maxSeconds * wanted.sampleRate);
  }

  /** Seconds of input so far, gaps included. */
  get seconds(): number {
    return this.#secondsBefore + (this.#rate > 0 ? this.#samples / this.#rate : 0);
  }

  /** Whether the input is longer than wanted. */
  get full(): boolean {
    return this.seconds > this.#wanted.maxSeconds && this.#emitted >= this.#max;
  }

  take(piece: Piece, sampleRate: number): void {
    if ("lost" in piece) this.#skip(piece.lost, piece.lost > 0 ? sampleRate : 0);
    else if ((piece.channels[0]?.length ?? 0) > 0) {
      this.#setRate(piece.sampleRate ?? sampleRate);
      this.#push(mixed(this.#finite(piece.channels), this.#wanted.channels));
    }
  }

  end(): void {
    this.#emitPieces(this.#resamplers.map((resampler) => resampler.flush()));
  }

  /** Fills a gap with silence, so that what follows keeps its time. */
  #skip(lost: number, sampleRate: number): void {
    this.losses.add(this.seconds, lost);
    if (this.#rate === 0 && sampleRate > 0) this.#setRate(sampleRate);
    if (this.#rate === 0 || !(lost <= maxFilledSeconds)) return;
    for (let left = Math.round(lost * this.#rate); left > 0 && !this.full; left -= this.#rate)
      this.#push(Array.from({ length: this.#wanted.channels }, () => new Float32Array(Math.min(left, this.#rate))));
  }

  #setRate(sampleRate: number): void {
    if (sampleRate === this.#rate) return;
    if (this.#rate > 0) {
      this.end();
      this.#secondsBefore = this.seconds;
    }
    [this.#rate, this.#samples] = [sampleRate, 0];
    this.#resamplers = resamplersFor(sampleRate, this.#wanted, this.#name);
  }

  #push(sides: readonly Float32Array[]): void {
    this.#samples += sides[0]!.length;
    this.#emitPieces(this.#resamplers.map((resampler, side) => resampler.push(sides[side]!)));
  }

  #emitPieces(pieces: readonly Float32Array[]): void {
    if (pieces.length === 0) return;
    const clipped = pieces.map((piece) => piece.slice(0, Math.max(0, this.#max - this.#emitted)).map(clamped)); // the filter may overshoot
    this.#emitted += pieces[0]!.length;
    this.audible ||= clipped.some((piece) => piece.some((value) => Math.abs(value) >= silence));
    if (clipped[0]!.length > 0) this.#emit(clipped);
  }

  /** Replaces NaN and infinity by silence. */
  #finite(channels: readonly Float32Array[]): readonly Float32Array[] {
    let invalid = 0;
    const numbers = channels.map((channel) => {
      const bad = channel.filter((value) => !Number.isFinite(value)).length;
      if (bad === 0) return channel;
      invalid += bad;
      return channel.map((value) => (Number.isFinite(value) ? value : 0));
    });
    if (invalid > 0) this.losses.add(this.seconds, Math.max(0.1, invalid / channels.length / this.#rate));
    return numbers;
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const inWords = (seconds: number): string => `${Number(seconds.toFixed(1))} s`;

function refuseLength(name: string, maxSeconds: number): never {
  throw new UserError(`"${name}" is too long: I take ${inWords(maxSeconds)} at most.`);
}

function refuseSilence({ seconds, losses }: Sink, name: string, cutAt: number | undefined): never {
  if (losses.any) throw new UserError(`"${name}" is damaged: nothing audible could be read.`);
  if (seconds === 0) throw new UserError(`"${name}" contains no sound that I can read.`);
  throw new UserError(`"${name}" is silent${cutAt === undefined ? "" : ` for its first ${inWords(cutAt)}`}.`);
}

function resamplersFor(from: number, { sampleRate: to, channels }: Wanted, name: string): Resampler[] {
  if (!canResample(from, to))
    throw new UserError(`"${name}" has a sample rate of ${from} Hz, which I can't convert to ${to} Hz.`);
  return Array.from({ length: channels }, () => new Resampler(from, to));
}

/** Mixes to mono by the mean; more than two channels become the same left and right. */
function mixed(chunk: readonly Float32Array[], wanted: 1 | 2): readonly Float32Array[] {
  if (chunk.length === wanted) return chunk.map((channel) => channel.map(clamped));
  const mean = new Float32Array(chunk[0]?.length ?? 0);
  for (const channel of chunk)
    for (let at = 0; at < mean.length; at++) mean[at]! += clamped(channel[at]!) / chunk.length;
  return wanted === 1 ? [mean] : [mean, mean];
}

const clamped = (value: number): number => Math.max(-1, Math.min(1, value));

/** From a source to the sound that is wanted: so many channels, such a sample rate, so long and no longer. */
import { UserError } from "../../errors.ts";
import { canResample, Resampler } from "../resample.ts";
import { Losses, missingEnd } from "./losses.ts";
import type { Piece, Source } from "./source.ts";

export interface Wanted {
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  readonly maxSeconds: number;
  /** What is done with a longer file: it is refused, or only its beginning is taken. */
  readonly longer: "refuse" | "cut";
}

/** What is known of a sound once it is read. */
export interface Findings {
  /** Of the whole file, if it was read to its end or says so. */
  readonly wholeSeconds?: number;
  /** What is missing, and where: sentences that name the file. */
  readonly warnings: readonly string[];
}

export interface Sound extends Findings {
  /** −1 … 1, channel by channel. */
  readonly channels: readonly Float32Array[];
  readonly sampleRate: number;
}

/** Below this nothing is heard: −80 dB. */
const silence = 1e-4;
/** Where more is missing than this, what comes before and behind is joined. */
const mostFilledSeconds = 60;

/** Takes the sound as it is decoded: nothing is kept but what is wanted. */
export async function collect(source: Source, wanted: Wanted, name: string): Promise<Sound> {
  const parts = Array.from({ length: wanted.channels }, (): Float32Array[] => []);
  const findings = await pour(source, wanted, name, (pieces) => {
    for (const [side, piece] of pieces.entries()) parts[side]!.push(piece);
  });
  return { channels: parts.map(joined), sampleRate: wanted.sampleRate, ...findings };
}

type Give = (pieces: readonly Float32Array[]) => void;

/** Gives the wanted sound away piece by piece, channel by channel; what is silent throughout is refused at the end. */
export async function pour(source: Source, wanted: Wanted, name: string, give: Give): Promise<Findings> {
  const sink = new Sink(wanted, name, give);
  for await (const piece of source.pieces()) {
    sink.take(piece, source.sampleRate);
    if (sink.full) break;
  }
  const cut = sink.full;
  if (cut && wanted.longer === "refuse") refuseLength(name, wanted.maxSeconds);
  if (!cut) sink.end();
  if (!sink.heard) refuseSilence(sink, name, cut ? wanted.maxSeconds : undefined);
  const told = source.samples === undefined ? undefined : source.samples / source.sampleRate;
  const wholeSeconds = !cut ? sink.seconds : told !== undefined && told >= sink.seconds ? told : undefined;
  return {
    ...(wholeSeconds !== undefined && { wholeSeconds }),
    warnings: [
      ...(source.warnings ?? []),
      ...sink.losses.sentences(name),
      ...(cut ? [] : missingEnd(name, sink.seconds, told)),
    ],
  };
}

/** Takes pieces of any rate and number of channels, and gives away those that are wanted. */
class Sink {
  readonly losses = new Losses();
  heard = false;
  readonly #wanted: Wanted;
  readonly #name: string;
  readonly #give: Give;
  /** Samples that are wanted at most, and made so far. */
  readonly #most: number;
  #made = 0;
  #rate = 0;
  #resamplers: Resampler[] = [];
  /** Taken at the present rate, and before it. */
  #samples = 0;
  #secondsBefore = 0;

  constructor(wanted: Wanted, name: string, give: Give) {
    [this.#wanted, this.#name, this.#give] = [wanted, name, give];
    this.#most = Math.round(wanted.maxSeconds * wanted.sampleRate);
  }

  /** Of sound taken so far, and of what was missing in it. */
  get seconds(): number {
    return this.#secondsBefore + (this.#rate > 0 ? this.#samples / this.#rate : 0);
  }

  /** Whether there is more than is wanted. */
  get full(): boolean {
    return this.seconds > this.#wanted.maxSeconds && this.#made >= this.#most;
  }

  take(piece: Piece, sampleRate: number): void {
    if ("lost" in piece) this.#skip(piece.lost, piece.lost > 0 ? sampleRate : 0);
    else if ((piece.channels[0]?.length ?? 0) > 0) {
      this.#turnTo(piece.sampleRate ?? sampleRate);
      this.#push(mixed(this.#numbersOf(piece.channels), this.#wanted.channels));
    }
  }

  end(): void {
    this.#pass(this.#resamplers.map((resampler) => resampler.flush()));
  }

  /** What is missing is silent, so that what follows keeps its time. */
  #skip(lost: number, sampleRate: number): void {
    this.losses.add(this.seconds, lost);
    if (this.#rate === 0 && sampleRate > 0) this.#turnTo(sampleRate);
    if (this.#rate === 0 || !(lost <= mostFilledSeconds)) return;
    for (let left = Math.round(lost * this.#rate); left > 0 && !this.full; left -= this.#rate)
      this.#push(Array.from({ length: this.#wanted.channels }, () => new Float32Array(Math.min(left, this.#rate))));
  }

  #turnTo(sampleRate: number): void {
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
    this.#pass(this.#resamplers.map((resampler, side) => resampler.push(sides[side]!)));
  }

  #pass(pieces: readonly Float32Array[]): void {
    if (pieces.length === 0) return;
    const kept = pieces.map((piece) => piece.slice(0, Math.max(0, this.#most - this.#made)).map(clamped)); // the filter may overshoot
    this.#made += pieces[0]!.length;
    this.heard ||= kept.some((piece) => piece.some((value) => Math.abs(value) >= silence));
    if (kept[0]!.length > 0) this.#give(kept);
  }

  /** Floats may be no numbers: silence stands for them. */
  #numbersOf(channels: readonly Float32Array[]): readonly Float32Array[] {
    let strange = 0;
    const numbers = channels.map((channel) => {
      const bad = channel.filter((value) => !Number.isFinite(value)).length;
      if (bad === 0) return channel;
      strange += bad;
      return channel.map((value) => (Number.isFinite(value) ? value : 0));
    });
    if (strange > 0) this.losses.add(this.seconds, Math.max(0.1, strange / channels.length / this.#rate));
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

/** Only what was read is called silent. */
function refuseSilence({ seconds, losses }: Sink, name: string, cutAt: number | undefined): never {
  if (losses.any) throw new UserError(`"${name}" is damaged: nothing can be heard of what could be read of it.`);
  if (seconds === 0) throw new UserError(`"${name}" holds no sound that I can read.`);
  throw new UserError(`"${name}" is silent${cutAt === undefined ? "" : ` for its first ${inWords(cutAt)}`}.`);
}

/** Rates without a common divisor would need more filters than there is room for. */
function resamplersFor(from: number, { sampleRate: to, channels }: Wanted, name: string): Resampler[] {
  if (!canResample(from, to))
    throw new UserError(`"${name}" has ${from} samples a second, which I can't turn into ${to}.`);
  return Array.from({ length: channels }, () => new Resampler(from, to));
}

/** The channels that are wanted: their mean for mono; what is neither mono nor stereo is the same left and right. */
function mixed(chunk: readonly Float32Array[], wanted: 1 | 2): readonly Float32Array[] {
  if (chunk.length === wanted) return chunk.map((channel) => channel.map(clamped));
  const mean = new Float32Array(chunk[0]?.length ?? 0);
  for (const channel of chunk)
    for (let at = 0; at < mean.length; at++) mean[at]! += clamped(channel[at]!) / chunk.length;
  return wanted === 1 ? [mean] : [mean, mean];
}

const clamped = (value: number): number => Math.max(-1, Math.min(1, value));

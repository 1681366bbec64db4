/** From a source to the sound that is wanted: so many channels, such a sample rate, so long and no longer. */
import { UserError } from "../../errors.ts";
import { named, refuse } from "../broken.ts";
import { canResample, Resampler } from "../resample.ts";
import type { Source } from "./source.ts";

export interface Wanted {
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  readonly maxSeconds: number;
  /** What is done with a longer file: it is refused, or only its beginning is taken. */
  readonly longer: "refuse" | "cut";
}

export interface Sound {
  /** −1 … 1, channel by channel. */
  readonly channels: readonly Float32Array[];
  readonly sampleRate: number;
  /** Of the whole file, if it was read to its end or says so. */
  readonly wholeSeconds?: number;
}

/** Below this nothing is heard: −80 dB. */
const silence = 1e-4;

/** Takes the sound as it is decoded: nothing is kept but what is wanted. */
export function collect(source: Source, wanted: Wanted, name: string): Sound {
  const { sampleRate, maxSeconds, longer } = wanted;
  const told = source.samples === undefined ? undefined : source.samples / source.sampleRate;
  const mustEnd = longer === "refuse";
  if (mustEnd && told !== undefined && told > maxSeconds) refuseLength(name, maxSeconds);
  const most = Math.round(maxSeconds * sampleRate);
  const sinks = sinksFor(source, wanted, name);
  let samples = 0;
  let over = false;
  const place = (): string => `at ${(samples / source.sampleRate).toFixed(1)} s`;
  named(
    () => {
      for (const chunk of source.chunks()) {
        const sides = mixed(checked(chunk), wanted.channels);
        for (const [side, sink] of sinks.entries()) sink.push(sides[side]!);
        samples += sides[0]!.length;
        over = samples / source.sampleRate > maxSeconds && sinks[0]!.length >= most;
        if (over) break;
      }
      if (!over && source.samples !== undefined && samples !== source.samples)
        refuse(`ends there, though it tells of ${told!.toFixed(1)} s`);
    },
    (what) => `"${name}" is damaged ${place()}: it ${what}.`,
  );
  if (over && mustEnd) refuseLength(name, maxSeconds);
  const channels = sinks.map((sink) => sink.close(!over).slice(0, most));
  if (channels.every((channel) => channel.every((value) => Math.abs(value) < silence)))
    throw new UserError(`"${name}" is silent${over ? ` for its first ${inWords(maxSeconds)}` : ""}.`);
  const wholeSeconds = over ? told : samples / source.sampleRate;
  return { channels, sampleRate, ...(wholeSeconds !== undefined && { wholeSeconds }) };
}

const inWords = (seconds: number): string => `${Number(seconds.toFixed(1))} s`;

function refuseLength(name: string, maxSeconds: number): never {
  throw new UserError(`"${name}" is too long: I take ${inWords(maxSeconds)} at most.`);
}

/** Rates without a common divisor would need more filters than there is room for. */
function sinksFor({ sampleRate: from }: Source, { sampleRate: to, channels }: Wanted, name: string): Sink[] {
  if (!canResample(from, to))
    throw new UserError(`"${name}" has ${from} samples a second, which I can't turn into ${to}.`);
  return Array.from({ length: channels }, () => new Sink(from, to));
}

function checked(chunk: readonly Float32Array[]): readonly Float32Array[] {
  for (const channel of chunk)
    for (const value of channel) if (!Number.isFinite(value)) refuse("holds what is no number");
  return chunk;
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

/** One channel's sound at the wanted rate. */
class Sink {
  readonly #resampler: Resampler;
  readonly #parts: Float32Array[] = [];
  length = 0;

  constructor(from: number, to: number) {
    this.#resampler = new Resampler(from, to);
  }

  push(sound: Float32Array): void {
    this.#keep(this.#resampler.push(sound));
  }

  /** All so far, and at the end of the file what the resampler still holds. */
  close(atEnd: boolean): Float32Array {
    if (atEnd) this.#keep(this.#resampler.flush());
    const whole = new Float32Array(this.length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part.map(clamped), at); // the filter may overshoot
      at += part.length;
    }
    return whole;
  }

  #keep(part: Float32Array): void {
    this.#parts.push(part);
    this.length += part.length;
  }
}

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
  const parts = Array.from({ length: wanted.channels }, (): Float32Array[] => []);
  const told = pour(source, wanted, name, (pieces) => {
    for (const [side, piece] of pieces.entries()) parts[side]!.push(piece);
  });
  const { sampleRate } = wanted;
  return { channels: parts.map(joined), sampleRate, ...told };
}

/** Gives the wanted sound away piece by piece, channel by channel; what is silent throughout is refused at the end. */
export function pour(
  source: Source,
  wanted: Wanted,
  name: string,
  give: (pieces: readonly Float32Array[]) => void,
): Pick<Sound, "wholeSeconds"> {
  const { sampleRate, maxSeconds, longer } = wanted;
  const told = source.samples === undefined ? undefined : source.samples / source.sampleRate;
  const mustEnd = longer === "refuse";
  if (mustEnd && told !== undefined && told > maxSeconds) refuseLength(name, maxSeconds);
  const most = Math.round(maxSeconds * sampleRate);
  const resamplers = resamplersFor(source, wanted, name);
  let [samples, made, heard, over] = [0, 0, false, false];
  const place = (): string => `at ${(samples / source.sampleRate).toFixed(1)} s`;
  const pass = (pieces: readonly Float32Array[]): void => {
    const kept = pieces.map((piece) => piece.slice(0, Math.max(0, most - made)).map(clamped)); // the filter may overshoot
    made += pieces[0]!.length;
    heard ||= kept.some((piece) => piece.some((value) => Math.abs(value) >= silence));
    if (kept[0]!.length > 0) give(kept);
  };
  named(
    () => {
      for (const chunk of source.chunks()) {
        const sides = mixed(checked(chunk), wanted.channels);
        pass(resamplers.map((resampler, side) => resampler.push(sides[side]!)));
        samples += sides[0]!.length;
        over = samples / source.sampleRate > maxSeconds && made >= most;
        if (over) break;
      }
      if (!over && source.samples !== undefined && samples !== source.samples)
        refuse(`ends there, though it tells of ${told!.toFixed(1)} s`);
    },
    (what) => `"${name}" is damaged ${place()}: it ${what}.`,
  );
  if (over && mustEnd) refuseLength(name, maxSeconds);
  if (!over) pass(resamplers.map((resampler) => resampler.flush()));
  if (!heard) throw new UserError(`"${name}" is silent${over ? ` for its first ${inWords(maxSeconds)}` : ""}.`);
  const wholeSeconds = over ? told : samples / source.sampleRate;
  return { ...(wholeSeconds !== undefined && { wholeSeconds }) };
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

/** Rates without a common divisor would need more filters than there is room for. */
function resamplersFor({ sampleRate: from }: Source, { sampleRate: to, channels }: Wanted, name: string): Resampler[] {
  if (!canResample(from, to))
    throw new UserError(`"${name}" has ${from} samples a second, which I can't turn into ${to}.`);
  return Array.from({ length: channels }, () => new Resampler(from, to));
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

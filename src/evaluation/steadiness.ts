/** Whether music keeps its beat and its key: window by window against the tempo and the key that it should have. */
import { melDecibels, powerSpectrum } from "../audio/spectrum.ts";
import { keyTones, modeOf, roots, tonicOf } from "../music/chords.ts";
import { chromaOf, pitchSpectrum } from "./chroma.ts";
import { onsets } from "./features.ts";

/** Seconds of a window. */
export const WINDOW_SECONDS = 6;

const SPECTRUM = { nFft: 1024, hop: 256 };
const MEL = { bands: 40, lowest: 40, range: 60 };

export interface BeatSteadiness {
  readonly windows: number;
  /** Windows whose tempo, in whichever octave, is near the right one. */
  readonly right: number;
  /** How far the beat moves against the right one from window to window, as a share of a beat: 0 is steady, ¼ is chance. */
  readonly drift: number;
}

export interface KeySteadiness {
  readonly windows: number;
  /** Windows that the right key, or its relative, fits better than all eleven others: blind chance is one in twelve. */
  readonly right: number;
  /** Share of what sounds that belongs to the right scale. */
  readonly inScale: number;
}

/** Tempos of one octave, less than one per cent apart: each beat has one tempo there, whichever beats are counted. */
const tempos: readonly number[] = Array.from({ length: 96 }, (_, at) => 72 * 2 ** (at / 96));
/** Beats after which a beat should come again. */
const MULTIPLES = [1, 2, 4];
/** So much of it a tempo may be away from the right one. */
const NEAR = 0.04;

const whole = (sound: Float32Array, samples: number): number => Math.floor(sound.length / samples);

/** In windows that don't overlap; what is left at the end is not heard. */
export function steadyBeat(sound: Float32Array, sampleRate: number, bpm: number): BeatSteadiness {
  const mel = melDecibels(powerSpectrum(sound, SPECTRUM), { ...MEL, sampleRate });
  const strengths = onsets(mel);
  const framesPerSecond = sampleRate / SPECTRUM.hop;
  const size = Math.floor(WINDOW_SECONDS * framesPerSecond);
  const windows = Math.max(1, Math.round(strengths.length / size));
  const parts = Array.from({ length: windows }, (_, at) => strengths.subarray(at * size, (at + 1) * size));
  const right = parts.filter((part) => near(tempoOf(part, framesPerSecond), bpm)).length;
  const beat = (60 / bpm) * framesPerSecond;
  const phases = parts.map((part, at) => phaseOf(part, at * size, beat));
  const moves = phases.slice(1).map((phase, at) => distance(phase, phases[at]!));
  const drift = moves.length === 0 ? 0 : moves.reduce((sum, one) => sum + one, 0) / moves.length;
  return { windows, right, drift };
}

function near(found: number, bpm: number): boolean {
  const octaves = Math.log2(found / bpm);
  return Math.abs(octaves - Math.round(octaves)) < Math.log2(1 + NEAR);
}

/** The beat of an octave of tempos after which, after twice and four times which, onsets are most like themselves. */
export function tempoOf(strengths: Float64Array, framesPerSecond: number): number {
  const mean = strengths.reduce((sum, one) => sum + one, 0) / strengths.length;
  const centred = strengths.map((one) => one - mean);
  const longest = Math.min(centred.length - 1, Math.ceil((4 * 60 * framesPerSecond) / tempos[0]!) + 1);
  const alike = Float64Array.from({ length: longest + 1 }, (_, lag) => {
    let sum = 0;
    for (let at = lag; at < centred.length; at++) sum += centred[at]! * centred[at - lag]!;
    return sum / (centred.length - lag);
  });
  const between = (lag: number): number => {
    const [low, share] = [Math.floor(lag), lag % 1];
    return low < longest ? (1 - share) * alike[low]! + share * alike[low + 1]! : 0;
  };
  const merits = tempos.map((tempo) =>
    MULTIPLES.reduce((sum, times) => sum + between((times * 60 * framesPerSecond) / tempo), 0),
  );
  return tempos[merits.indexOf(Math.max(...merits))]!;
}

/** Where in a beat the onsets lie, 0 … 1; `first` is the number of the first frame, counted from the sound's beginning. */
function phaseOf(strengths: Float64Array, first: number, beat: number): number {
  let [re, im] = [0, 0];
  for (const [at, strength] of strengths.entries()) {
    const angle = (2 * Math.PI * (first + at)) / beat;
    re += strength * Math.cos(angle);
    im += strength * Math.sin(angle);
  }
  return Math.atan2(im, re) / (2 * Math.PI);
}

/** Around the circle: at most half a beat. */
function distance(a: number, b: number): number {
  const away = Math.abs(a - b) % 1;
  return Math.min(away, 1 - away);
}

/** How well each step above the tonic is felt to fit, as listeners told (Krumhansl and Kessler 1982). */
const felt = {
  major: [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
  minor: [6.33, 2.68, 3.52, 5.38, 2.6, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
};

/** In windows that don't overlap; nothing for a key that has no such name as "F major", "D minor" or "A blues". */
export function steadyKey(sound: Float32Array, sampleRate: number, key: string): KeySteadiness | undefined {
  const [tonic, scale, mode] = [tonicOf(key), keyTones(key), modeOf(key)];
  if (!scale) return undefined;
  const samples = WINDOW_SECONDS * sampleRate;
  const windows = Math.max(1, whole(sound, samples));
  let [right, inScale] = [0, 0];
  for (let at = 0; at < windows; at++) {
    const chroma = chromaOf(pitchSpectrum(sound.subarray(at * samples, (at + 1) * samples)), sampleRate);
    inScale += chroma.reduce((sum, share, at) => (scale.has(at) ? sum + share : sum), 0) / windows;
    if (bestTonic(chroma, mode) === tonic) right++;
  }
  return { windows, right, inScale };
}

/** The tonic, in this mode, of the key that fits best: a minor key's relative has the same scale, so it counts as the same; the blues are both. */
function bestTonic(chroma: Float64Array, mode: string): number {
  const other = { major: 9, minor: 3, blues: 0 }[mode]!; // from the tonic to that of the other kind of third
  const merits = roots.map((_, tonic) => {
    const [own, relative] = [tonic, (tonic + other) % 12];
    const [major, minor] = mode === "minor" ? [relative, own] : [own, relative];
    return Math.max(likeness(chroma, felt.major, major), likeness(chroma, felt.minor, minor));
  });
  return merits.indexOf(Math.max(...merits));
}

/** Correlation of twelve pitch classes with a profile that begins at the tonic. */
function likeness(chroma: Float64Array, profile: readonly number[], tonic: number): number {
  const told = chroma.map((_, at) => profile[(at - tonic + 12) % 12]!);
  const [a, b] = [chroma, told].map((numbers) => {
    const mean = numbers.reduce((sum, one) => sum + one, 0) / 12;
    return numbers.map((one) => one - mean);
  }) as [Float64Array, Float64Array];
  const dot = (x: Float64Array, y: Float64Array): number => x.reduce((sum, one, at) => sum + one * y[at]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b) + 1e-12);
}

/** Harmony: keys, chords by Roman numeral, chord scales, and voicings with minimal movement. */

import { intervalsOf, numeralOf, roots } from "../music/chords.ts";

export type Mode = "major" | "minor" | "blues";

export interface Key {
  /** Pitch class: 0 is C. */
  readonly tonic: number;
  readonly mode: Mode;
}

export interface Chord {
  /** As written: "IIm7". */
  readonly name: string;
  /** Pitch classes, root first. */
  readonly tones: readonly number[];
  /** Pitch classes that a melody may use over the chord, chord tones included. */
  readonly scale: readonly number[];
}

const scales: Readonly<Record<Mode, readonly number[]>> = {
  major: [0, 2, 4, 5, 7, 9, 11],
  minor: [0, 2, 3, 5, 7, 8, 10],
  blues: [0, 3, 5, 6, 7, 10],
};

export const keyName = (key: Key): string => `${roots[key.tonic]} ${key.mode}`;

/** The chord of a key with a numeral such as "bVII7" or "IIm7". Throws for an unknown numeral. */
export function chordOf(name: string, key: Key): Chord {
  const { above, quality } = numeralOf(name);
  const intervals = intervalsOf(quality);
  const root = key.tonic + above;
  const tones = intervals.map((interval) => (root + interval) % 12);
  return { name, tones, scale: scaleOf(key, root, intervals, name.startsWith("b")) };
}

/**
 * The chord scale: the key's scale in which each chord tone from outside the key replaces its neighbour (C# replaces
 * C). Such tones of a chord on a lowered root replace the neighbour above.
 */
function scaleOf(key: Key, root: number, intervals: readonly number[], lowered: boolean): number[] {
  const scale = new Set(scales[key.mode].map((step) => (key.tonic + step) % 12));
  for (const interval of intervals) {
    const tone = (root + interval) % 12;
    const raised = !lowered && [0, 4, 7, 11].includes(interval);
    if (key.mode !== "blues" && !scale.has(tone)) scale.delete((tone + (raised ? 11 : 1)) % 12);
    scale.add(tone);
  }
  return [...scale].sort((a, b) => a - b);
}

/** The pitch nearest to `pitch` whose class is among `classes`; of two at equal distance, the lower. */
export function nearestPitch(pitch: number, classes: readonly number[]): number {
  for (let distance = 0; distance < 12; distance++) {
    if (classes.includes(pitchClass(pitch - distance))) return pitch - distance;
    if (classes.includes(pitchClass(pitch + distance))) return pitch + distance;
  }
  throw new Error("no pitch classes given");
}

/** The pitch `steps` scale steps above (below if negative) the scale's pitch nearest to `pitch`. */
export function stepFrom(pitch: number, steps: number, scale: readonly number[]): number {
  let at = nearestPitch(pitch, scale);
  for (let left = Math.abs(steps); left > 0; left--) {
    const direction = Math.sign(steps);
    do at += direction;
    while (!scale.includes(pitchClass(at)));
  }
  return at;
}

/** Moves a MIDI pitch by octaves into a range of at least an octave. */
export function moveIntoRange(pitch: number, [low, high]: readonly [number, number]): number {
  if (pitch < low) return pitch + 12 * Math.ceil((low - pitch) / 12);
  return pitch > high ? pitch - 12 * Math.ceil((pitch - high) / 12) : pitch;
}

/** 0 … 11; 0 is C. */
export const pitchClass = (pitch: number): number => ((pitch % 12) + 12) % 12;

/**
 * The close-position voicing of a chord within a range that moves least from the voicing before: ascending MIDI
 * pitches. Throws if the range is too small.
 */
export function voiceChord(chord: Chord, before: readonly number[], low: number, high: number): number[] {
  let best: number[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (let bottom = low; bottom <= high; bottom++) {
    if (!chord.tones.includes(pitchClass(bottom))) continue;
    const pitches = stack(chord, bottom);
    if (pitches.at(-1)! > high) continue;
    const cost = movement(before, pitches, (low + high) / 2);
    if (cost < least) [best, least] = [pitches, cost];
  }
  if (best.length === 0) throw new Error(`no room for ${chord.name} between ${low} and ${high}`);
  return best;
}

function stack(chord: Chord, bottom: number): number[] {
  const above = chord.tones.map((tone) => pitchClass(tone - bottom)).sort((a, b) => a - b);
  return above.map((interval) => bottom + interval);
}

/** Total movement of the voices in semitones, plus a small cost for distance from the middle of the range. */
function movement(before: readonly number[], after: readonly number[], middle: number): number {
  const mean = after.reduce((sum, pitch) => sum + pitch, 0) / after.length;
  const moved = before.length === 0 ? 0 : after.reduce((sum, pitch) => sum + distanceTo(pitch, before), 0);
  return moved + 0.2 * Math.abs(mean - middle);
}

const distanceTo = (pitch: number, others: readonly number[]) =>
  Math.min(...others.map((other) => Math.abs(other - pitch)));

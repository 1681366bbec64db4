/** Harmony: keys, chords by Roman numeral, chord scales, and voicings that move as little as they can. */

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
  /** Pitch classes a melody may pass through, the tones among them. */
  readonly scale: readonly number[];
}

const scales: Readonly<Record<Mode, readonly number[]>> = {
  major: [0, 2, 4, 5, 7, 9, 11],
  minor: [0, 2, 3, 5, 7, 8, 10],
  blues: [0, 3, 5, 6, 7, 10],
};

export const keyName = (key: Key): string => `${roots[key.tonic]} ${key.mode}`;

/** A chord of a key by its numeral, such as "bVII7" or "IIm7". */
export function chordOf(name: string, key: Key): Chord {
  const { above, quality } = numeralOf(name);
  const intervals = intervalsOf(quality);
  const root = key.tonic + above;
  const tones = intervals.map((interval) => (root + interval) % 12);
  return { name, tones, scale: scaleOf(key, root, intervals, name.startsWith("b")) };
}

/**
 * The key's scale bent to the chord: a tone from outside takes the place of its neighbour (C gives way to C#). What a
 * chord on a lowered root brings along is lowered too.
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

/** The pitch nearest to `pitch` whose class is among `classes`; of two, the lower. */
export function nearest(pitch: number, classes: readonly number[]): number {
  for (let distance = 0; distance < 12; distance++) {
    if (classes.includes(pitchClass(pitch - distance))) return pitch - distance;
    if (classes.includes(pitchClass(pitch + distance))) return pitch + distance;
  }
  throw new Error("no pitch class to choose from");
}

/** So many steps up (or down) a scale, from its pitch nearest to `pitch`. */
export function stepFrom(pitch: number, steps: number, scale: readonly number[]): number {
  let at = nearest(pitch, scale);
  for (let left = Math.abs(steps); left > 0; left--) {
    const direction = Math.sign(steps);
    do at += direction;
    while (!scale.includes(pitchClass(at)));
  }
  return at;
}

export const pitchClass = (pitch: number): number => ((pitch % 12) + 12) % 12;

/** The close position of a chord, within a range, that moves least from the one before (ascending pitches). */
export function voice(chord: Chord, before: readonly number[], low: number, high: number): number[] {
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

/** Semitones that the voices move in all, and a little for leaving the middle of the range. */
function movement(before: readonly number[], after: readonly number[], middle: number): number {
  const mean = after.reduce((sum, pitch) => sum + pitch, 0) / after.length;
  const moved = before.length === 0 ? 0 : after.reduce((sum, pitch) => sum + distanceTo(pitch, before), 0);
  return moved + 0.2 * Math.abs(mean - middle);
}

const distanceTo = (pitch: number, others: readonly number[]) =>
  Math.min(...others.map((other) => Math.abs(other - pitch)));

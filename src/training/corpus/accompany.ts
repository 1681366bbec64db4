/** Accompaniment that several genres share: chord tracks, comping, bass lines. */
import { cellsOf } from "./melody.ts";
import type { Random } from "./random.ts";
import { type ChordSpan, chordAt, type Note, type Section, ticksPerBar, ticksPerBeat } from "./score.ts";
import { type Chord, chordOf, type Key, nearest, pitchClass, stepFrom, voice } from "./theory.ts";

/** Bars of numerals, such as "IIm7 V7 | Imaj7", repeated or cut to fill the section. */
export function chordTrack(key: Key, progression: string, section: Section): ChordSpan[] {
  const bars = progression.split("|").map((bar) => bar.trim().split(/\s+/));
  return Array.from({ length: section.bars }, (_, index) => index).flatMap((index) => {
    const names = bars[index % bars.length]!;
    const ticks = ticksPerBar / names.length;
    return names.map((name, place) => ({
      tick: (section.bar + index) * ticksPerBar + place * ticks,
      ticks,
      chord: chordOf(name, key),
    }));
  });
}

export interface Comping {
  readonly chords: readonly ChordSpan[];
  readonly low: number;
  readonly high: number;
  readonly velocity: number;
  /** A bar's rhythm (see melody.ts); undefined rests. */
  readonly rhythm: (bar: number) => string | undefined;
}

/** Chords in a rhythm, each voiced near the one before. */
export function comp({ chords, low, high, velocity, rhythm }: Comping, fromBar: number, bars: number): Note[] {
  const notes: Note[] = [];
  let voicing: number[] = [];
  for (let bar = fromBar; bar < fromBar + bars; bar++) {
    for (const { at, ticks } of cellsOf(rhythm(bar) ?? "....")) {
      const tick = bar * ticksPerBar + at;
      voicing = voice(chordAt(chords, tick), voicing, low, high);
      notes.push(...voicing.map((pitch) => ({ tick, ticks, pitch, velocity })));
    }
  }
  return notes;
}

/** A walking bass: the root on each change, then chord tones, and a step or half-step into the next root. */
export function walk(random: Random, chords: readonly ChordSpan[], low: number, high: number): Note[] {
  const notes: Note[] = [];
  let pitch = nearest(Math.round((low + high) / 2), [chords[0]!.chord.tones[0]!]);
  chords.forEach(({ tick, ticks, chord }, index) => {
    const beats = ticks / ticksPerBeat;
    const next = chords[index + 1]?.chord ?? chord;
    const target = rootWithin(next, pitch, low, high);
    const line = walkOne(random, { chord, target, start: rootWithin(chord, pitch, low, high), beats, low, high });
    line.forEach((walked, beat) => {
      const at = tick + beat * ticksPerBeat;
      notes.push({ tick: at, ticks: ticksPerBeat - 1, pitch: walked, velocity: beat === 0 ? 100 : 92 });
    });
    pitch = line.at(-1)!;
  });
  return notes;
}

interface Stretch {
  readonly chord: Chord;
  readonly start: number;
  /** The root of the next chord. */
  readonly target: number;
  readonly beats: number;
  readonly low: number;
  readonly high: number;
}

function walkOne(random: Random, { chord, start, target, beats, low, high }: Stretch): number[] {
  const line = [start];
  const up = start + 7 <= high && (start < target || start - 5 < low || random.chance(0.5));
  for (let beat = 1; beat < beats - 1; beat++) line.push(stepFrom(line.at(-1)!, up ? 1 : -1, chord.tones));
  if (beats > 1) {
    const from = line.at(-1)!;
    const side = from > target || target - 1 < low ? 1 : -1;
    line.push(random.chance(0.5) ? target + side : stepFrom(target, side, chord.scale));
  }
  return line.map((pitch) => (pitch > high ? pitch - 12 : pitch < low ? pitch + 12 : pitch));
}

/** The root nearest to `pitch` that the instrument has. */
export function rootWithin(chord: Chord, pitch: number, low: number, high: number): number {
  const root = nearest(pitch, [chord.tones[0]!]);
  if (root < low) return root + 12;
  return root > high ? root - 12 : root;
}

/** Bass in a fixed figure: `steps` give, note after note of the rhythm, the semitones above the chord's root. */
export function figuredBass(
  chords: readonly ChordSpan[],
  {
    low,
    high,
    bar,
    rhythm,
    steps,
  }: { low: number; high: number; bar: number; rhythm: string; steps: readonly number[] },
): Note[] {
  return cellsOf(rhythm).map(({ at, ticks }, index) => {
    const tick = bar * ticksPerBar + at;
    const chord = chordAt(chords, tick);
    const root = lowest(chord, low);
    const step = steps[index % steps.length]!;
    const pitch = root + step > high ? root + step - 12 : root + step;
    return { tick, ticks, pitch, velocity: at % 24 === 0 ? 104 : 94 };
  });
}

/** The lowest root at or above `low`. */
export const lowest = (chord: Chord, low: number): number => low + pitchClass(chord.tones[0]! - low);

/** Chords, bass and colours: rhythms by loudness, voices that lead on, figures of chord degrees, a bass that walks. */
import { barsOf } from "../music/chords.ts";
import type { Random } from "../random.ts";
import { cellsOf } from "./melody.ts";
import { type ChordSpan, chordAt, type Dynamics, type Note, type Section, ticksPerBar, ticksPerBeat } from "./score.ts";
import { eachBar, type Setting } from "./style.ts";
import { type Chord, chordOf, type Key, nearest, pitchClass, stepFrom, voice } from "./theory.ts";

/** The section's bars of numerals, repeated or cut to fill it. */
export function chordTrack(key: Key, section: Section): ChordSpan[] {
  const bars = barsOf(section.chords);
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
  /** Rhythms of bars in turn, by loudness; an empty one rests. */
  readonly rhythms: Readonly<Record<Dynamics, readonly string[]>>;
  /** Lowest pitch, before the mood lifts it; the range is an octave and a fifth. */
  readonly low: number;
  readonly velocity?: number;
}

/** Chords in a rhythm, each voiced near the one before; the bass keeps the roots of ninths, soft chords have three tones. */
export function comping(setting: Setting, { rhythms, low, velocity = 84 }: Comping): Note[] {
  const { spirit, chords } = setting;
  let voicing: number[] = [];
  return eachBar(setting, (bar, { dynamics }, index) => {
    const bars = rhythms[dynamics];
    return cellsOf(bars[index % bars.length]!).flatMap(({ at, ticks }) => {
      const tick = bar * ticksPerBar + at;
      const chord = thinned(chordAt(chords, tick), dynamics === "soft" ? 3 : 4);
      voicing = voice(chord, voicing, low + spirit.lift, low + spirit.lift + 19);
      return voicing.map((pitch) => ({ tick, ticks, pitch, velocity: at === 0 ? velocity + 6 : velocity }));
    });
  });
}

/** So many tones at most: first the root goes, then the fifth. */
function thinned(chord: Chord, most: number): Chord {
  const [root = 0, third = 0, fifth = 0, ...upper] = chord.tones;
  if (chord.tones.length <= most) return chord;
  const rootless = [third, fifth, ...upper];
  return { ...chord, tones: rootless.length <= most ? rootless : [root, third, ...upper].slice(0, most) };
}

export interface Bassline {
  /** By loudness. */
  readonly rhythms: Readonly<Record<Dynamics, string>>;
  /** One letter a note, round and round: r the root, t the third, f the fifth, s what lies above it, o the octave. */
  readonly degrees: string;
  readonly low: number;
  readonly high: number;
}

/** Bass in a figure of chord degrees; a chord that enters brings its root. */
export function bassline(setting: Setting, { rhythms, degrees, low, high }: Bassline): Note[] {
  return eachBar(setting, (bar, { dynamics }) =>
    cellsOf(rhythms[dynamics]).map(({ at, ticks }, index) => {
      const tick = bar * ticksPerBar + at;
      const enters = setting.chords.some((span) => span.tick === tick);
      const degree = enters ? "r" : degrees[index % degrees.length]!;
      const pitch = degreeOf(chordAt(setting.chords, tick), degree, low, high);
      return { tick, ticks, pitch, velocity: at % 24 === 0 ? 104 : 92 };
    }),
  );
}

function degreeOf(chord: Chord, degree: string, low: number, high: number): number {
  const root = lowest(chord, low);
  const [bottom = 0, third = bottom, fifth = bottom, upper = bottom] = chord.tones;
  const tones: Readonly<Record<string, number>> = { r: bottom, t: third, f: fifth, s: upper };
  if (degree === "o") return root + 12 <= high ? root + 12 : root;
  const pitch = root + ((tones[degree]! - bottom + 24) % 12);
  return pitch > high ? pitch - 12 : pitch;
}

/** The lowest root at or above `low`. */
export const lowest = (chord: Chord, low: number): number => low + pitchClass(chord.tones[0]! - low);

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
function rootWithin(chord: Chord, pitch: number, low: number, high: number): number {
  const root = nearest(pitch, [chord.tones[0]!]);
  if (root < low) return root + 12;
  return root > high ? root - 12 : root;
}

/** Chords held from change to change, voice led; for pads, organs and strings. */
export function held(chords: readonly ChordSpan[], low: number, velocity: number): Note[] {
  let voicing: number[] = [];
  return chords.flatMap(({ tick, ticks, chord }) => {
    voicing = voice(thinned(chord, 3), voicing, low, low + 19);
    return voicing.map((pitch) => ({ tick, ticks, pitch, velocity }));
  });
}

/** A chord's tones one after another, up and down, in even notes of so many ticks. */
export function broken(
  setting: Setting,
  { low, every, order }: { readonly low: number; readonly every: number; readonly order: readonly number[] },
): Note[] {
  let voicing: number[] = [];
  return eachBar(setting, (bar) =>
    Array.from({ length: ticksPerBar / every }, (_, index) => {
      const tick = bar * ticksPerBar + index * every;
      const chord = chordAt(setting.chords, tick);
      if (index === 0 || setting.chords.some((span) => span.tick === tick))
        voicing = voice(thinned(chord, 3), voicing, low, low + 19);
      const pitch = voicing[order[index % order.length]!]!;
      return { tick, ticks: every, pitch, velocity: index % 4 === 0 ? 86 : 72 };
    }),
  );
}

/** Only the notes that start in sections that are wanted. */
export const within = (
  { sections }: Pick<Setting, "sections">,
  notes: readonly Note[],
  wanted: (section: Section) => boolean,
): Note[] =>
  notes.filter(({ tick }) => {
    const section = sections.findLast(({ bar }) => bar * ticksPerBar <= tick);
    return section !== undefined && wanted(section);
  });

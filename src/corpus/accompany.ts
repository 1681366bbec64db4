/** Accompaniment: comped, sustained and arpeggiated chords with voice leading, and bass lines. */
import { barsOf } from "../music/chords.ts";
import type { Random } from "../random.ts";
import { type ChordSpan, chordAt, type Dynamics, type Note, type Section, ticksPerBar, ticksPerBeat } from "./score.ts";
import { type ComposeContext, eachBar } from "./style.ts";
import { type Chord, chordOf, type Key, nearestPitch, pitchClass, stepFrom, voiceChord } from "./theory.ts";
import { parseRhythm } from "./tune.ts";

/** The chord spans of a section: its bars of numerals, repeated or cut to its length. */
export function chordSpansOf(key: Key, section: Section): ChordSpan[] {
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

export interface CompingOptions {
  /** One-bar rhythms by dynamics, cycled; a bar without an onset rests. */
  readonly rhythms: Readonly<Record<Dynamics, readonly string[]>>;
  /** Lowest MIDI pitch, before the mood's `chordShift`; the range is 19 semitones. */
  readonly low: number;
  readonly velocity?: number;
}

/** Chords in a rhythm, each voiced close to the one before: at most three tones in soft sections, four elsewhere. */
export function compChords(context: ComposeContext, { rhythms, low, velocity = 84 }: CompingOptions): Note[] {
  const { profile, chords } = context;
  let voicing: number[] = [];
  return eachBar(context, (bar, { dynamics }, index) => {
    const bars = rhythms[dynamics];
    return parseRhythm(bars[index % bars.length]!).flatMap(({ at, ticks }) => {
      const tick = bar * ticksPerBar + at;
      const chord = reduceChord(chordAt(chords, tick), dynamics === "soft" ? 3 : 4);
      voicing = voiceChord(chord, voicing, low + profile.chordShift, low + profile.chordShift + 19);
      return voicing.map((pitch) => ({ tick, ticks, pitch, velocity: at === 0 ? velocity + 6 : velocity }));
    });
  });
}

/** Reduces a chord to at most `most` tones: the root is dropped first, as the bass plays it, then the fifth. */
function reduceChord(chord: Chord, most: number): Chord {
  const [root = 0, third = 0, fifth = 0, ...upper] = chord.tones;
  if (chord.tones.length <= most) return chord;
  const rootless = [third, fifth, ...upper];
  return { ...chord, tones: rootless.length <= most ? rootless : [root, third, ...upper].slice(0, most) };
}

export interface BasslineOptions {
  /** One-bar rhythms by dynamics. */
  readonly rhythms: Readonly<Record<Dynamics, string>>;
  /** One letter per note, cycled: r root, t third, f fifth, s the tone above the fifth, o octave. */
  readonly degrees: string;
  readonly low: number;
  readonly high: number;
}

/** A bass line of chord degrees; on a chord change it plays the root. */
export function playBassline(context: ComposeContext, { rhythms, degrees, low, high }: BasslineOptions): Note[] {
  return eachBar(context, (bar, { dynamics }) =>
    parseRhythm(rhythms[dynamics]).map(({ at, ticks }, index) => {
      const tick = bar * ticksPerBar + at;
      const enters = context.chords.some((span) => span.tick === tick);
      const degree = enters ? "r" : degrees[index % degrees.length]!;
      const pitch = pitchOfDegree(chordAt(context.chords, tick), degree, low, high);
      return { tick, ticks, pitch, velocity: at % 24 === 0 ? 104 : 92 };
    }),
  );
}

function pitchOfDegree(chord: Chord, degree: string, low: number, high: number): number {
  const root = lowestRoot(chord, low);
  const [bottom = 0, third = bottom, fifth = bottom, upper = bottom] = chord.tones;
  const tones: Readonly<Record<string, number>> = { r: bottom, t: third, f: fifth, s: upper };
  if (degree === "o") return root + 12 <= high ? root + 12 : root;
  const pitch = root + ((tones[degree]! - bottom + 24) % 12);
  return pitch > high ? pitch - 12 : pitch;
}

/** The lowest MIDI pitch at or above `low` that is the chord's root. */
export const lowestRoot = (chord: Chord, low: number): number => low + pitchClass(chord.tones[0]! - low);

/** A walking bass: the root on each change, then chord tones, and a scale step or semitone into the next root. */
export function walkBass(random: Random, chords: readonly ChordSpan[], low: number, high: number): Note[] {
  const notes: Note[] = [];
  let pitch = nearestPitch(Math.round((low + high) / 2), [chords[0]!.chord.tones[0]!]);
  chords.forEach(({ tick, ticks, chord }, index) => {
    const beats = ticks / ticksPerBeat;
    const next = chords[index + 1]?.chord ?? chord;
    const target = nearestRoot(next, pitch, low, high);
    const line = walkChord(random, { chord, target, start: nearestRoot(chord, pitch, low, high), beats, low, high });
    line.forEach((walked, beat) => {
      const at = tick + beat * ticksPerBeat;
      notes.push({ tick: at, ticks: ticksPerBeat - 1, pitch: walked, velocity: beat === 0 ? 100 : 92 });
    });
    pitch = line.at(-1)!;
  });
  return notes;
}

interface WalkSpan {
  readonly chord: Chord;
  readonly start: number;
  /** The root of the next chord. */
  readonly target: number;
  readonly beats: number;
  readonly low: number;
  readonly high: number;
}

function walkChord(random: Random, { chord, start, target, beats, low, high }: WalkSpan): number[] {
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

/** The chord's root nearest to `pitch` within the instrument's range. */
function nearestRoot(chord: Chord, pitch: number, low: number, high: number): number {
  const root = nearestPitch(pitch, [chord.tones[0]!]);
  if (root < low) return root + 12;
  return root > high ? root - 12 : root;
}

/** Chords sustained from change to change with voice leading, at most three tones. */
export function sustainChords(chords: readonly ChordSpan[], low: number, velocity: number): Note[] {
  let voicing: number[] = [];
  return chords.flatMap(({ tick, ticks, chord }) => {
    voicing = voiceChord(reduceChord(chord, 3), voicing, low, low + 19);
    return voicing.map((pitch) => ({ tick, ticks, pitch, velocity }));
  });
}

/** Arpeggios: a note every `every` ticks; `order` gives the voice of each, 0 the lowest, cycled. */
export function arpeggiate(
  context: ComposeContext,
  { low, every, order }: { readonly low: number; readonly every: number; readonly order: readonly number[] },
): Note[] {
  let voicing: number[] = [];
  return eachBar(context, (bar) =>
    Array.from({ length: ticksPerBar / every }, (_, index) => {
      const tick = bar * ticksPerBar + index * every;
      const chord = chordAt(context.chords, tick);
      if (index === 0 || context.chords.some((span) => span.tick === tick))
        voicing = voiceChord(reduceChord(chord, 3), voicing, low, low + 19);
      const pitch = voicing[order[index % order.length]!]!;
      return { tick, ticks: every, pitch, velocity: index % 4 === 0 ? 86 : 72 };
    }),
  );
}

/** The notes that start in sections for which `wanted` holds. */
export const notesInSections = (
  { sections }: Pick<ComposeContext, "sections">,
  notes: readonly Note[],
  wanted: (section: Section) => boolean,
): Note[] =>
  notes.filter(({ tick }) => {
    const section = sections.findLast(({ bar }) => bar * ticksPerBar <= tick);
    return section !== undefined && wanted(section);
  });

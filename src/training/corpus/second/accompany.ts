/** Chords, bass and colours of the second edition: rhythms by loudness, voices that lead on, figures of chord degrees. */
import { lowest } from "../accompany.ts";
import { cellsOf } from "../melody.ts";
import { type ChordSpan, chordAt, type Dynamics, type Note, ticksPerBar } from "../score.ts";
import { type Chord, voice } from "../theory.ts";
import { eachBar, type LiveSection, type Setting } from "./style.ts";

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
export function thinned(chord: Chord, most: number): Chord {
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
  wanted: (section: LiveSection) => boolean,
): Note[] =>
  notes.filter(({ tick }) => {
    const section = sections.findLast(({ bar }) => bar * ticksPerBar <= tick);
    return section !== undefined && wanted(section);
  });

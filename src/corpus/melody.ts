/** Melodies: one-bar motifs, sung over the chords of the moment, repeated as a plan such as "abac abad" says. */
import type { Random } from "../random.ts";
import { type ChordSpan, chordAt, type Note, ticksPerBar } from "./score.ts";
import { type Chord, nearest, stepFrom } from "./theory.ts";

interface MotifNote {
  /** Ticks from the start of its bar. */
  readonly at: number;
  readonly ticks: number;
  /** Must be a tone of the chord. */
  readonly strong: boolean;
  /** Scale steps from the note before. */
  readonly rise: number;
}

export type Motif = readonly MotifNote[];

/** How somebody sings in a genre. Rhythms are bars of 12 or 16 steps: "x" starts a note, "-" holds it, "." rests. */
export interface Voice {
  readonly range: readonly [number, number];
  readonly calm: readonly string[];
  readonly busy: readonly string[];
  /** Ends of phrases: their last note is long. */
  readonly cadences: readonly string[];
  /** How many bars are busy ones, 0 … 1. */
  readonly busyShare: number;
}

/** A section's melody: what each bar sings, and where its phrases start from. */
export interface Tune {
  readonly bars: readonly Motif[];
  /** MIDI pitch that each pair of bars starts near. */
  readonly home: number;
  /** Whether its last note is the root of the chord. */
  readonly closes: boolean;
}

/** Composes the motifs of a plan: the same letter is the same motif, a capital is a cadence, spaces don't count. */
export function composeTune(random: Random, voice: Voice, plan: string): Tune {
  const motifs = new Map<string, Motif>();
  for (const letter of new Set(plan.replaceAll(" ", ""))) {
    const cadence = letter === letter.toUpperCase();
    const rhythms = cadence ? voice.cadences : random.chance(voice.busyShare) ? voice.busy : voice.calm;
    motifs.set(letter, composeMotif(random, random.pick(rhythms), cadence));
  }
  const [low, high] = voice.range;
  const home = random.whole(Math.round(low + 0.4 * (high - low)), Math.round(low + 0.7 * (high - low)));
  return {
    bars: [...plan.replaceAll(" ", "")].map((letter) => motifs.get(letter)!),
    home,
    closes: /[A-Z]$/.test(plan),
  };
}

type Contour = "rise" | "fall" | "arch" | "wave";

function composeMotif(random: Random, rhythm: string, cadence: boolean): Motif {
  const cells = cellsOf(rhythm);
  const contour = cadence ? "fall" : random.pick<Contour>(["rise", "fall", "arch", "arch", "wave"]);
  return cells.map(({ at, ticks }, index) => {
    const strong = at % 24 === 0 || ticks >= 12 || index === cells.length - 1;
    const direction = directionAt(contour, index, cells.length);
    const size = strong ? random.pick([1, 1, 2, 2, 3]) : random.pick([1, 1, 1, 2]);
    return { at, ticks, strong, rise: index === 0 ? random.whole(-1, 2) : direction * size };
  });
}

function directionAt(contour: Contour, index: number, count: number): number {
  if (contour === "rise") return index % 4 === 3 ? -1 : 1;
  if (contour === "fall") return index % 4 === 2 ? 1 : -1;
  if (contour === "arch") return index < count / 2 ? 1 : -1;
  return index % 2 === 0 ? 1 : -1;
}

/** Onsets and lengths, in ticks, of a bar written in steps. */
export function cellsOf(rhythm: string): { at: number; ticks: number }[] {
  const step = ticksPerBar / rhythm.length;
  if (!Number.isInteger(step)) throw new Error(`"${rhythm}" does not divide a bar`);
  return [...rhythm.matchAll(/x-*/g)].map((match) => ({ at: match.index * step, ticks: match[0].length * step }));
}

export interface Singing {
  readonly chords: readonly ChordSpan[];
  readonly range: readonly [number, number];
  /** The bar of the song that it starts in. */
  readonly bar: number;
  readonly bars: number;
}

/** Sings a tune over the chords: strong notes take the nearest chord tone, the others walk along the chord's scale. */
export function sing(tune: Tune, { chords, range, bar, bars }: Singing): Note[] {
  const notes: Note[] = [];
  let pitch = tune.home;
  for (let index = 0; index < bars; index++) {
    if (index % 2 === 0) pitch = Math.round((pitch + 2 * tune.home) / 3);
    for (const { at, ticks, strong, rise } of tune.bars[index % tune.bars.length]!) {
      const tick = (bar + index) * ticksPerBar + at;
      pitch = moved(pitch, rise, strong, chordAt(chords, tick), range);
      notes.push({ tick, ticks, pitch, velocity: at % 24 === 0 ? 104 : 92 });
    }
  }
  const last = notes.at(-1);
  if (!tune.closes || !last || bars < tune.bars.length) return notes;
  const root = chordAt(chords, last.tick).tones[0]!;
  return [...notes.slice(0, -1), { ...last, pitch: inside(nearest(last.pitch, [root]), range) }];
}

/** Where a rise leads over a chord; at the ends of the range the line turns round. */
function moved(pitch: number, rise: number, strong: boolean, chord: Chord, range: readonly [number, number]): number {
  const reach = (steps: number) => {
    const reached = stepFrom(pitch, steps, chord.scale);
    return strong ? nearest(reached, chord.tones) : reached;
  };
  const forward = reach(rise);
  if (forward === inside(forward, range)) return forward;
  const size = Math.max(1, Math.abs(rise));
  return inside(reach(forward > range[1] ? -size : size), range);
}

/** The same note, octaves away if need be, within a range of at least an octave. */
function inside(pitch: number, [low, high]: readonly [number, number]): number {
  if (pitch < low) return pitch + 12 * Math.ceil((low - pitch) / 12);
  return pitch > high ? pitch - 12 * Math.ceil((pitch - high) / 12) : pitch;
}

/** A repeat with small changes: every other long note gives its end to a step that leads into the next. */
export function embellish(notes: readonly Note[], chords: readonly ChordSpan[], short: number): Note[] {
  let turn = 0;
  return notes.flatMap((note, index) => {
    const next = notes[index + 1];
    if (note.ticks < 12 || next?.tick !== note.tick + note.ticks || turn++ % 2 === 1) return [note];
    const tick = next.tick - short;
    const pitch = stepFrom(next.pitch, note.pitch < next.pitch ? -1 : 1, chordAt(chords, tick).scale);
    return [
      { ...note, ticks: note.ticks - short },
      { tick, ticks: short, pitch, velocity: 92 },
    ];
  });
}

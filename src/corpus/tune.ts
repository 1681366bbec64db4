/** Tunes: one-bar motifs, repeated by a plan such as "abac abad", and realized over the chords of a section. */
import type { Random } from "../random.ts";
import { type ChordSpan, chordAt, type Note, ticksPerBar } from "./score.ts";
import { type Chord, moveIntoRange, nearestPitch, stepFrom } from "./theory.ts";

interface MotifNote {
  /** Ticks from the start of the bar. */
  readonly at: number;
  readonly ticks: number;
  /** Must be a chord tone. */
  readonly strong: boolean;
  /** Scale steps from the previous note. */
  readonly rise: number;
}

export type Motif = readonly MotifNote[];

/** Range and rhythms of melodies. Rhythms are bars of 12 or 16 steps: "x" starts a note, "-" holds it, "." rests. */
export interface MelodyStyle {
  readonly range: readonly [number, number];
  readonly calm: readonly string[];
  readonly busy: readonly string[];
  /** Rhythms of phrase ends, with a long last note. */
  readonly cadences: readonly string[];
  /** Share of motifs with a busy rhythm, 0 … 1. */
  readonly busyShare: number;
}

/** A section's melody, independent of chords. */
export interface Tune {
  readonly bars: readonly Motif[];
  /** MIDI pitch near which each pair of bars starts. */
  readonly startPitch: number;
  /** Whether its last note is the chord's root. */
  readonly endsOnRoot: boolean;
}

/** Composes the motifs of a plan: equal letters are equal motifs, a capital is a cadence, spaces are ignored. */
export function composeTune(random: Random, style: MelodyStyle, plan: string): Tune {
  const motifs = new Map<string, Motif>();
  for (const letter of new Set(plan.replaceAll(" ", ""))) {
    const cadence = letter === letter.toUpperCase();
    const rhythms = cadence ? style.cadences : random.chance(style.busyShare) ? style.busy : style.calm;
    motifs.set(letter, composeMotif(random, random.pick(rhythms), cadence));
  }
  const [low, high] = style.range;
  const startPitch = random.whole(Math.round(low + 0.4 * (high - low)), Math.round(low + 0.7 * (high - low)));
  return {
    bars: [...plan.replaceAll(" ", "")].map((letter) => motifs.get(letter)!),
    startPitch,
    endsOnRoot: /[A-Z]$/.test(plan),
  };
}

type Contour = "rise" | "fall" | "arch" | "wave";

function composeMotif(random: Random, rhythm: string, cadence: boolean): Motif {
  const cells = parseRhythm(rhythm);
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

/** Onsets and lengths, in ticks, of a bar written in steps. Throws if the steps do not divide a bar. */
export function parseRhythm(rhythm: string): { at: number; ticks: number }[] {
  const step = ticksPerBar / rhythm.length;
  if (!Number.isInteger(step)) throw new Error(`"${rhythm}" does not divide a bar`);
  return [...rhythm.matchAll(/x-*/g)].map((match) => ({ at: match.index * step, ticks: match[0].length * step }));
}

export interface TunePlacement {
  readonly chords: readonly ChordSpan[];
  readonly range: readonly [number, number];
  /** The song's bar at which it starts. */
  readonly bar: number;
  readonly bars: number;
}

/** Realizes a tune over chords: strong notes take the nearest chord tone, all others move along the chord's scale. */
export function realizeTune(tune: Tune, { chords, range, bar, bars }: TunePlacement): Note[] {
  const notes: Note[] = [];
  let pitch = tune.startPitch;
  for (let index = 0; index < bars; index++) {
    if (index % 2 === 0) pitch = Math.round((pitch + 2 * tune.startPitch) / 3);
    for (const { at, ticks, strong, rise } of tune.bars[index % tune.bars.length]!) {
      const tick = (bar + index) * ticksPerBar + at;
      pitch = nextPitch(pitch, rise, strong, chordAt(chords, tick), range);
      notes.push({ tick, ticks, pitch, velocity: at % 24 === 0 ? 104 : 92 });
    }
  }
  const last = notes.at(-1);
  if (!tune.endsOnRoot || !last || bars < tune.bars.length) return notes;
  const root = chordAt(chords, last.tick).tones[0]!;
  return [...notes.slice(0, -1), { ...last, pitch: moveIntoRange(nearestPitch(last.pitch, [root]), range) }];
}

/** The pitch that a rise leads to over a chord; a rise that would leave the range is inverted. */
function nextPitch(
  pitch: number,
  rise: number,
  strong: boolean,
  chord: Chord,
  range: readonly [number, number],
): number {
  const reach = (steps: number) => {
    const reached = stepFrom(pitch, steps, chord.scale);
    return strong ? nearestPitch(reached, chord.tones) : reached;
  };
  const forward = reach(rise);
  if (forward === moveIntoRange(forward, range)) return forward;
  const size = Math.max(1, Math.abs(rise));
  return moveIntoRange(reach(forward > range[1] ? -size : size), range);
}

/** Embellishes a repeat: every other long note ends in a step that leads into the next note. */
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

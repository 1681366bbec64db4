/** Four-part harmony: bass and two inner voices under a melody, in small steps, without parallel fifths or octaves. */
import type { ChordSpan, Note } from "./score.ts";
import { type Chord, pitchClass } from "./theory.ts";

export interface Voiced {
  readonly tick: number;
  readonly ticks: number;
  readonly chord: Chord;
  readonly bass: number;
  /** Lower and upper inner voice. */
  readonly inner: readonly [number, number];
}

const bassRange = [36, 52] as const;
const lowerRange = [50, 64] as const;
const upperRange = [55, 72] as const;

/** Sets every chord; a chord under several melody notes is set under the first. */
export function harmonize(chords: readonly ChordSpan[], lead: readonly Note[]): Voiced[] {
  let before: Quartet | undefined;
  return chords.map(({ tick, ticks, chord }, index) => {
    const top = (lead.findLast((note) => note.tick <= tick) ?? lead[0])!.pitch;
    const firm = index === 0 || index === chords.length - 1; // begins and ends in root position
    before = bestUnder(chord, top, before, firm);
    const [bass, lower, upper] = before;
    return { tick, ticks, chord, bass, inner: [lower, upper] };
  });
}

/** Bass, lower and upper inner voice, melody. */
type Quartet = readonly [number, number, number, number];

function bestUnder(chord: Chord, top: number, before: Quartet | undefined, firm: boolean): Quartet {
  let best: Quartet | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const bass of pitchesOf(bassRange, firm ? chord.tones.slice(0, 1) : chord.tones.slice(0, 2))) {
    for (const lower of pitchesOf(lowerRange, chord.tones)) {
      for (const upper of pitchesOf(upperRange, chord.tones)) {
        if (lower <= bass || upper <= lower || upper >= top) continue;
        const voices: Quartet = [bass, lower, upper, top];
        const cost = missing(chord, voices) + (before ? motion(before, voices) : Math.abs(upper - lower - 7));
        if (cost < least) [best, least] = [voices, cost];
      }
    }
  }
  if (!best) throw new Error(`no room for ${chord.name} under ${top}`);
  return best;
}

const pitchesOf = ([low, high]: readonly [number, number], classes: readonly number[]) =>
  Array.from({ length: high - low + 1 }, (_, index) => low + index).filter((pitch) =>
    classes.includes(pitchClass(pitch)),
  );

/** The third must sound, the seventh should, and the root is the best bass. */
function missing(chord: Chord, voices: readonly number[]): number {
  const classes = new Set(voices.map(pitchClass));
  return (
    (pitchClass(voices[0]!) === chord.tones[0] ? 0 : 5) +
    (classes.has(chord.tones[1]!) ? 0 : 40) +
    (chord.tones[3] === undefined || classes.has(chord.tones[3]) ? 0 : 10)
  );
}

/** Semitones that the inner voices move, half of the bass's, and a fine for each parallel fifth or octave. */
function motion(before: readonly number[], after: readonly number[]): number {
  let cost =
    Math.abs(after[1]! - before[1]!) + Math.abs(after[2]! - before[2]!) + 0.5 * Math.abs(after[0]! - before[0]!);
  for (let low = 0; low < 4; low++) {
    for (let high = low + 1; high < 4; high++) if (parallel(before, after, low, high)) cost += 20;
  }
  return cost;
}

/** Whether two voices move from one perfect fifth or octave into another. */
function parallel(before: readonly number[], after: readonly number[], low: number, high: number): boolean {
  const interval = (voices: readonly number[]) => pitchClass(voices[high]! - voices[low]!);
  const perfect = interval(after) === 0 || interval(after) === 7;
  return perfect && interval(before) === interval(after) && before[low] !== after[low];
}

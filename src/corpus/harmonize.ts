/** Four-part harmony below a melody, with little movement and few parallel fifths and octaves. */
import type { ChordSpan, Note } from "./score.ts";
import { type Chord, pitchClass } from "./theory.ts";

export interface FourPartChord {
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

/** Voices every chord below the melody note that sounds at its start. Throws if a chord has no voicing below it. */
export function harmonize(chords: readonly ChordSpan[], lead: readonly Note[]): FourPartChord[] {
  let before: FourVoices | undefined;
  return chords.map(({ tick, ticks, chord }, index) => {
    const top = (lead.findLast((note) => note.tick <= tick) ?? lead[0])!.pitch;
    const rootPosition = index === 0 || index === chords.length - 1; // first and last chord are in root position
    before = bestUnder(chord, top, before, rootPosition);
    const [bass, lower, upper] = before;
    return { tick, ticks, chord, bass, inner: [lower, upper] };
  });
}

/** MIDI pitches of bass, lower and upper inner voice, melody. */
type FourVoices = readonly [number, number, number, number];

function bestUnder(chord: Chord, top: number, before: FourVoices | undefined, rootPosition: boolean): FourVoices {
  let best: FourVoices | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const bass of pitchesOf(bassRange, rootPosition ? chord.tones.slice(0, 1) : chord.tones.slice(0, 2))) {
    for (const lower of pitchesOf(lowerRange, chord.tones)) {
      for (const upper of pitchesOf(upperRange, chord.tones)) {
        if (lower <= bass || upper <= lower || upper >= top) continue;
        const voices: FourVoices = [bass, lower, upper, top];
        const cost =
          missingToneCost(chord, voices) + (before ? motionCost(before, voices) : Math.abs(upper - lower - 7));
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

/** Cost of a missing third or seventh, and of an inversion. */
function missingToneCost(chord: Chord, voices: readonly number[]): number {
  const classes = new Set(voices.map(pitchClass));
  return (
    (pitchClass(voices[0]!) === chord.tones[0] ? 0 : 5) +
    (classes.has(chord.tones[1]!) ? 0 : 40) +
    (chord.tones[3] === undefined || classes.has(chord.tones[3]) ? 0 : 10)
  );
}

/** Semitones that the inner voices move, half of the bass's, and a penalty for each parallel fifth or octave. */
function motionCost(before: readonly number[], after: readonly number[]): number {
  let cost =
    Math.abs(after[1]! - before[1]!) + Math.abs(after[2]! - before[2]!) + 0.5 * Math.abs(after[0]! - before[0]!);
  for (let low = 0; low < 4; low++) {
    for (let high = low + 1; high < 4; high++) if (isParallel(before, after, low, high)) cost += 20;
  }
  return cost;
}

/** Whether two voices move from one perfect fifth or octave into another. */
function isParallel(before: readonly number[], after: readonly number[], low: number, high: number): boolean {
  const interval = (voices: readonly number[]) => pitchClass(voices[high]! - voices[low]!);
  const perfect = interval(after) === 0 || interval(after) === 7;
  return perfect && interval(before) === interval(after) && before[low] !== after[low];
}

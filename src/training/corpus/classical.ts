/** Classical: eight-bar periods, for a string quartet in four voices or a piano with an Alberti bass. */
import { chordTrack } from "./accompany.ts";
import { program } from "./bands.ts";
import { type Brief, type Form, melody, type Piece, sectionsOf, tuneOf } from "./piece.ts";
import { type ChordSpan, type Note, type Part, ticksPerBar } from "./score.ts";
import { nearest, pitchClass, voice } from "./theory.ts";
import { harmonize } from "./voices.ts";

const periods = [
  "I | V7 | I | V | I | IV | V7 | I",
  "I | IV | I | V | I | IIm | V7 | I",
  "I | VIm | IIm | V | I | IV | I V7 | I",
];
const middles = ["V | I | V | I | VIm | II7 | V | V7", "VIm | IIIm | IV | I | IIm | II7 | V | V7"];
const calm = ["x---x---", "x-----xx", "x---x-x-", "x-xxx---"];
const busy = ["xxxxxxx-", "x-xxx-xx", "x-xxxxx-", "xxx-xxx-"];
const cadences = ["x---....", "x-x-x---", "x-------"];

export const classicalForm: Form = [
  ["A", 8],
  ["A", 8],
  ["B", 8],
  ["A", 8],
];

export function classical({ random, key, bars, band, repertoire }: Brief): Piece {
  const sections = sectionsOf(classicalForm, bars);
  const progressions: Record<string, string> = { A: random.pick(periods), B: random.pick(middles) };
  const chords = sections.flatMap((section) => chordTrack(key, progressions[section.name]!, section));
  const singer = { range: band.range, calm, busy, cadences, busyShare: band.busy };
  const tunes = { A: tuneOf(random, singer, ["abcD abcE", "abaC abaD"]), B: tuneOf(random, singer, ["aabC aabD"]) };
  const notes = melody({ sections, chords, range: band.range, tunes, short: 6 });
  const lead: Part = { role: "lead", program: band.lead, level: 0, notes };
  const quartet = repertoire.chords !== program.piano;
  return {
    sections,
    chords,
    parts: quartet ? [lead, ...strings(chords, notes)] : [lead, piano(chords, random.pick(figures))],
  };
}

/** Which voices of a broken chord sound one after another: 0 is the lowest. */
const figures = [
  [0, 2, 1, 2, 0, 2, 1, 2],
  [0, 1, 2, 1, 0, 1, 2, 1],
  [0, 1, 2, 2, 0, 1, 2, 2],
];

function piano(chords: readonly ChordSpan[], figure: readonly number[]): Part {
  let voicing: number[] = [];
  const notes = chords.flatMap(({ tick, ticks, chord }) => {
    voicing = voice({ ...chord, tones: threeOf(chord.tones) }, voicing, 45, 62);
    return Array.from({ length: ticks / 6 }, (_, index): Note => {
      const pitch = voicing[figure[index % figure.length]!]!;
      return { tick: tick + index * 6, ticks: 6, pitch, velocity: index % 4 === 0 ? 84 : 70 };
    });
  });
  return { role: "chords", program: program.piano, level: -6, notes };
}

/** A seventh chord leaves out its fifth. */
const threeOf = (tones: readonly number[]) => (tones.length > 3 ? [tones[0]!, tones[1]!, tones[3]!] : tones);

/** Second violin and viola repeat their tones in eighths, the cello goes in halves between bass and fifth. */
function strings(chords: readonly ChordSpan[], lead: readonly Note[]): Part[] {
  const voiced = harmonize(chords, lead);
  const inner = (pick: (pitches: readonly [number, number]) => number): Note[] =>
    voiced.flatMap(({ tick, ticks, inner }) => repeated(tick, ticks, 6, () => pick(inner), 78));
  const cello = voiced.flatMap(({ tick, ticks, chord, bass }) => {
    const other = chord.tones[pitchClass(bass) === chord.tones[0] ? 2 : 0]!;
    const answer = nearest(bass > 45 ? bass - 4 : bass + 4, [other]);
    return repeated(tick, ticks, 24, (index) => (index % 2 === 0 ? bass : answer), 90);
  });
  return [
    { role: "inner", program: program.violin, level: -7, notes: inner(([, upper]) => upper) },
    { role: "inner", program: program.viola, level: -7, notes: inner(([lower]) => lower) },
    { role: "bass", program: program.cello, level: -3, notes: cello },
  ];
}

function repeated(
  tick: number,
  ticks: number,
  every: number,
  pitch: (index: number) => number,
  velocity: number,
): Note[] {
  const count = Math.max(1, Math.floor(ticks / every));
  const length = Math.min(every, ticks, ticksPerBar);
  return Array.from({ length: count }, (_, index) => ({
    tick: tick + index * every,
    ticks: length,
    pitch: pitch(index),
    velocity,
  }));
}

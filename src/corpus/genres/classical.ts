/** Classical: eight-bar periods for a string quartet in four-part harmony, or a keyboard with arpeggios and a bass. */

import { arpeggiate, compChords, playBassline } from "../accompany.ts";
import { program } from "../bands.ts";
import { harmonize } from "../harmonize.ts";
import type { ChordSpan, Dynamics, Note, Part } from "../score.ts";
import { type ComposeContext, type Style, variantFor } from "../style.ts";
import { nearestPitch, pitchClass } from "../theory.ts";

export const classical: Style = {
  tempos: [6, 9],
  form: {
    intro: ["intro", 4, "soft"],
    form: [
      ["verse", 8, "medium"],
      ["chorus", 8, "loud"],
      ["bridge", 4, "soft"],
    ],
    outro: ["outro", 3, "medium"],
  },
  unit: 4,
  harmony: {
    bright: {
      mode: "major",
      verse: "I | V7 | I | V | I | IV | V7 | I",
      chorus: "V | I | V | I | IV | I | V7 | I",
      bridge: "VIm | II7 | V | V7",
    },
    calm: {
      mode: "major",
      verse: "I | IV | I | V | I | IV | V7 | I",
      chorus: "IV | I | IIm | V | IV | I | V7 | I",
      bridge: "IIm | V | IIm | V7",
    },
    dreamy: {
      mode: "major",
      verse: "I | IIIm | IV | I | IV | VIm | IIm | V",
      chorus: "IV | IVm | I | I | bVI | IVm | I | V",
      bridge: "bIII | bIII | IV | V",
    },
    dark: {
      mode: "minor",
      verse: "Im | IVm | Im | V | Im | IVm | V7 | Im",
      chorus: "bVI | bIII | IVm | V | bVI | IVm | V7 | Im",
      bridge: "IVm | Im | IIm7b5 | V7",
    },
    tense: {
      mode: "minor",
      verse: "Im | VIIdim7 | Im | VIIdim7 | Im | bII | V7 | Im",
      chorus: "V7 | Im | VIIdim7 | Im | bVI | bII | V7 | Im",
      bridge: "VIIdim7 | VIIdim7 | V7 | V7",
    },
  },
  melodies: {
    calm: ["x---x---", "x-----xx", "x---x-x-", "x-xxx---"],
    busy: ["xxxxxxx-", "x-xxx-xx", "x-xxxxx-", "xxx-xxx-"],
    cadences: ["x---....", "x-x-x---", "x-----.."],
    plans: { verse: "abcD abcE", chorus: "aabC aabD", bridge: "abaC" },
    intro: "chorus",
  },
  short: 6,
  answers: false,
  accompany: (context, melody) =>
    context.repertoire.chords === program.viola ? quartet(context, melody) : keyboard(context),
};

/** Orders of an arpeggio's voices, by the band's variant; 0 is the lowest. */
const figures = [
  [0, 2, 1, 2],
  [0, 1, 2, 1],
  [0, 2, 1, 2, 0, 2, 1, 2],
];

function keyboard(context: ComposeContext): Part[] {
  const { repertoire } = context;
  const high = repertoire.chords === program.harpsichord ? 53 : 48;
  const rhythms = { soft: ["x-------"], medium: ["x---x---"], loud: ["x-x-x-x-"] };
  const chords =
    context.mood === "calm" || context.mood === "dreamy"
      ? compChords(context, { rhythms, low: high })
      : arpeggiate(context, { low: high, every: 6, order: variantFor(figures, context) });
  return [
    { role: "chords", program: repertoire.chords, level: -6, notes: chords },
    {
      role: "bass",
      program: repertoire.bass ?? program.cello,
      level: -5,
      notes: playBassline(context, {
        rhythms: { soft: "x-------", medium: "x---x---", loud: "x-x-x-x-" },
        degrees: "rfrf",
        low: 36,
        high: 55,
      }),
    },
  ];
}

/** Ticks between repeated notes of the inner voices. */
const strokes: Readonly<Record<Dynamics, number>> = { soft: 24, medium: 12, loud: 6 };

/**
 * Second violin and viola repeat their notes; the cello alternates between bass note and fifth (or root) in half notes.
 */
function quartet(context: ComposeContext, melody: readonly Note[]): Part[] {
  const harmonized = harmonize(context.chords, melody);
  const dynamicsAt = (tick: number): Dynamics => context.sections.findLast(({ bar }) => bar * 48 <= tick)!.dynamics;
  const inner = (which: 0 | 1): Note[] =>
    harmonized.flatMap(({ tick, ticks, inner }) =>
      repeated({ tick, ticks }, strokes[dynamicsAt(tick)], () => inner[which]),
    );
  const cello = harmonized.flatMap(({ tick, ticks, chord, bass }) => {
    const other = chord.tones[pitchClass(bass) === chord.tones[0] ? 2 : 0]!;
    const answer = nearestPitch(bass > 45 ? bass - 4 : bass + 4, [other]);
    return repeated({ tick, ticks }, 24, (index) => (index % 2 === 0 ? bass : answer));
  });
  return [
    { role: "inner", program: program.violin, level: -7, notes: inner(1) },
    { role: "inner", program: program.viola, level: -7, notes: inner(0) },
    { role: "bass", program: program.cello, level: -3, notes: cello },
  ];
}

function repeated(
  { tick, ticks }: Pick<ChordSpan, "tick" | "ticks">,
  every: number,
  pitch: (index: number) => number,
): Note[] {
  return Array.from({ length: Math.max(1, Math.floor(ticks / every)) }, (_, index) => ({
    tick: tick + index * every,
    ticks: Math.min(every, ticks),
    pitch: pitch(index),
    velocity: index === 0 ? 86 : 78,
  }));
}

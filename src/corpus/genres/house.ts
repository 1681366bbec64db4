/** House: four on the floor, off-beat bass, chord stabs ducked by the kick, repeated riffs. */

import { compChords, notesInSections, playBassline } from "../accompany.ts";
import { kit, program } from "../bands.ts";
import type { Note } from "../score.ts";
import { type ComposeContext, type Style, variantFor } from "../style.ts";

const stabs = ["x-.x-.x-..x-.x..", "..x-..x-..x-..x-", "x--x--x---x--x--"];
const basses = ["..x-..x-..x-..x-", "x-.x..x-..x-..x-", "..xx..xx..xx..xx"];
const kick = "X...X...X...X...";
const openHat = "..x...x...x...x.";
const clap = "....X.......X...";

export const house: Style = {
  tempos: [7, 7],
  form: {
    intro: ["intro", 4, "soft"],
    form: [
      ["verse", 8, "medium"],
      ["break", 4, "soft"],
      ["chorus", 8, "loud"],
    ],
    outro: ["outro", 3, "medium"],
  },
  unit: 4,
  harmony: {
    bright: { mode: "major", verse: "Imaj7 | VIm7 | IIm7 | V7", chorus: "IVmaj7 | V | VIm7 | Imaj7" },
    calm: { mode: "major", verse: "Imaj7 | Imaj7 | IVmaj7 | IVmaj7" },
    dreamy: { mode: "major", verse: "IVmaj9 | IVmaj9 | IIIm7 | IIIm7", chorus: "IVmaj9 | Imaj9 | bVIImaj7 | Vsus4" },
    dark: { mode: "minor", verse: "Im7 | Im7 | bVImaj7 | Vm7", chorus: "bVImaj7 | bVII | Im7 | Im7" },
    tense: { mode: "minor", verse: "Im | Im | bII | Im", chorus: "IVm | bII | V | V" },
  },
  melodies: {
    calm: ["x--x--x---......", "x-x---x--x--....", "..x-x---x-x-....", "x-----x-----x---"],
    busy: ["x-x-x-xxx-x-x-x-", "xxx-x-x-xxx-x-x-", "x-xx-xx-x-xx-x--", "x-x-xx-xx-x-x---"],
    cadences: ["x--x----........", "x-x-x---........"],
    plans: { verse: "abac", chorus: "abab" },
  },
  short: 6,
  answers: false,
  drums: {
    kit: kit.analogue,
    level: -1,
    beats: ["x..xx..xx..xx..x", "xxxxxxxxxxxxxxxx", "x.x.x.x.x.x.x.x."].map((closedHat) => ({
      soft: [{ kick: "x...x...x...x...", closedHat: openHat }],
      medium: [{ kick, clap, openHat }],
      loud: [{ kick, clap, openHat, closedHat }],
    })),
    fills: [
      { kick: "X...X...X.......", clap: "........X...XoXX" },
      { kick: "X...X...X...X...", clap: "........X.X.X.XX" },
      { kick: "X...X...........", snare: "........xxxxXXXX" },
    ],
    shaker: "x.x.x.x.x.x.x.x.",
  },
  accompany: (context) => [
    { role: "chords", program: context.repertoire.chords, level: -5, ducked: true, notes: chords(context) },
    {
      role: "bass",
      program: context.repertoire.bass ?? program.synthBass,
      level: -3,
      ducked: true,
      notes: notesInSections(context, bass(context), ({ name }) => name !== "break"),
    },
  ],
};

const chords = (context: ComposeContext): Note[] =>
  compChords(context, {
    rhythms: { soft: ["x---------------"], medium: [variantFor(stabs, context)], loud: [variantFor(stabs, context)] },
    low: 54,
    velocity: 96,
  });

const bass = (context: ComposeContext): Note[] =>
  playBassline(context, {
    rhythms: { soft: "x-------x-------", medium: variantFor(basses, context), loud: variantFor(basses, context) },
    degrees: variantFor(["r", "rroof", "ro"], context),
    low: 33,
    high: 57,
  });

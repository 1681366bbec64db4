/** Rock: straight eighths; power chords, short in verses and long in choruses, or strummed and picked chords. */

import { arpeggiate, compChords, playBassline } from "../accompany.ts";
import { kit, program } from "../bands.ts";
import { chordAt, type Dynamics, type Note, ticksPerBar } from "../score.ts";
import { type ComposeContext, eachBar, type Style, variantFor } from "../style.ts";
import { pitchClass } from "../theory.ts";
import { parseRhythm } from "../tune.ts";

const chugs = ["x-x-x-x-x-x-x-x-", "x-xxx-xxx-xxx-x-", "xxxxx.xxxxxxx.x."];
const open = ["x-------x-----x-", "x---x---x---x---", "x-----x---------"];
const strums = ["x---x-xx--x-x-x-", "x---x-xx--xxx-x-"];
const snare = "....X.......X...";
const eighths = "X.x.X.x.X.x.X.x.";

export const rock: Style = {
  tempos: [6, 8],
  form: {
    intro: ["intro", 4, "medium"],
    form: [
      ["verse", 8, "medium"],
      ["chorus", 8, "loud"],
      ["bridge", 4, "soft"],
      ["chorus", 8, "loud"],
    ],
    outro: ["outro", 3, "loud"],
  },
  unit: 4,
  harmony: {
    bright: { mode: "major", verse: "I | V | VIm | IV", chorus: "IV | V | I | I", bridge: "VIm | IV | IIm | V" },
    calm: { mode: "major", verse: "I | I | IV | I", chorus: "IV | I | V | I", bridge: "IIm | IIm | V | V" },
    dreamy: {
      mode: "major",
      verse: "Imaj7 | Imaj7 | IVmaj7 | IVmaj7",
      chorus: "IVmaj7 | IIIm7 | IVmaj7 | Vsus4",
      bridge: "bVIImaj7 | bVIImaj7 | IVmaj7 | Vsus4",
    },
    dark: {
      mode: "minor",
      verse: "Im | Im | bVII | IVm",
      chorus: "Im | bVI | bIII | bVII",
      bridge: "bVI | bVI | Im | Im",
    },
    tense: { mode: "minor", verse: "Im | bII | Im | bII", chorus: "Im | bVI | bII | V", bridge: "IVm | bII | V | V" },
  },
  melodies: {
    calm: ["x---x---x-------", "x-----x-x-------", "..x-x---x---....", "x---x-x-x---...."],
    busy: ["x-x-x-x-x---x---", "x-x-x---x-x-x---", "xxx-x-x-x-------", "x--x--x-x-x-x---"],
    cadences: ["x-------........", "x---x-----......", "x-x-x-------...."],
    plans: { verse: "abaC abaD", chorus: "aabC aabD", bridge: "abaC" },
  },
  short: 6,
  answers: true,
  drums: {
    kit: kit.power,
    level: -2,
    beats: ["X.....X.X.......", "X.......X.X.....", "X..X....X..X...."].map((kick) => ({
      soft: [{ closedHat: "x.x.x.x.x.x.x.x.", kick: "x.......x.......", stick: "....x.......x..." }],
      medium: [{ closedHat: eighths, kick, snare }],
      loud: [{ ride: eighths, kick: "X.X...X.X.X.....", snare }],
    })),
    fills: [
      { snare: "........XxXx....", midTom: "............XX..", floorTom: "..............XX" },
      { snare: "........x.X.XXXX", kick: "........X......." },
      { highTom: "........XX......", midTom: "..........XX....", floorTom: "............X.XX" },
    ],
    shaker: "x.x.x.x.x.x.x.x.",
  },
  accompany: (context) => {
    const { repertoire, mood } = context;
    const gentle = mood === "calm" || mood === "dreamy";
    const driven = repertoire.chords === program.distortion || repertoire.chords === program.overdrive;
    const guitar = gentle && driven ? program.cleanGuitar : repertoire.chords;
    const notes = gentle ? picked(context) : driven ? powerChords(context) : strummed(context);
    return [
      { role: "chords", program: guitar, level: -5, notes },
      {
        role: "bass",
        program: repertoire.bass ?? program.pickedBass,
        level: -4,
        notes: playBassline(context, {
          rhythms: { soft: "x-------x-------", medium: "x-x-x-x-x-x-x-x-", loud: "x-x-x-x-x-x-x-x-" },
          degrees: "r",
          low: 28,
          high: 45,
        }),
      },
    ];
  },
};

const picked = (context: ComposeContext): Note[] =>
  arpeggiate(context, { low: 52, every: 6, order: [0, 1, 2, 1, 0, 2, 1, 2] });

const strummed = (context: ComposeContext): Note[] =>
  compChords(context, {
    rhythms: { soft: ["x-------x-------"], medium: ["x---x---x---x-x-"], loud: [variantFor(strums, context)] },
    low: 48,
  });

/** Root, fifth and, in long notes, octave on the low strings. */
function powerChords(context: ComposeContext): Note[] {
  const rhythms: Readonly<Record<Dynamics, string>> = {
    soft: "x-------x-------",
    medium: variantFor(chugs, context),
    loud: variantFor(open, context),
  };
  return eachBar(context, (bar, { dynamics }) =>
    parseRhythm(rhythms[dynamics]).flatMap(({ at, ticks }, index) => {
      const tick = bar * ticksPerBar + at;
      const root = 40 + pitchClass(chordAt(context.chords, tick).tones[0]! - 40);
      const pitches = ticks > 6 ? [root, root + 7, root + 12] : [root, root + 7];
      return pitches.map((pitch) => ({ tick, ticks, pitch, velocity: index === 0 || ticks > 6 ? 104 : 88 }));
    }),
  );
}

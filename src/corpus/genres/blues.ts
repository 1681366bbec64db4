/** Blues: twelve bars in AAB form, shuffle, boogie bass, call and response. */
import { compChords, playBassline } from "../accompany.ts";
import { kit, program } from "../bands.ts";
import { type ComposeContext, type Style, variantFor } from "../style.ts";

const boogies = ["rtfs", "rrttffss", "rfso"];
const boogieRhythms = ["x--x--x--x--", "x-xx-xx-xx-x", "x--x--x--x-x"];
const closedHat = "X.xX.xX.xX.x";
const snare = "...X.....X..";

export const blues: Style = {
  tempos: [7, 10],
  form: {
    intro: ["intro", 4, "soft"],
    form: [
      ["verse", 12, "medium"],
      ["solo", 12, "loud"],
    ],
    outro: ["outro", 3, "medium"],
  },
  unit: 12,
  harmony: {
    bright: {
      mode: "blues",
      verse: "I7 | IV7 | I7 | I7 | IV7 | IV7 | I7 | I7 | V7 | IV7 | I7 | V7",
      chorus: "V7 | IV7 | I7 | V7",
    },
    calm: {
      mode: "blues",
      verse: "I7 | I7 | I7 | I7 | IV7 | IV7 | I7 | I7 | V7 | V7 | I7 | I7",
      chorus: "V7 | IV7 | I7 | I7",
    },
    dreamy: {
      mode: "major",
      verse: "Imaj7 | Imaj7 | IIm7 | V7 | IVmaj7 | IVm6 | Imaj7 | VIm7 | IIm7 | V7sus4 | Imaj7 | V7sus4",
      chorus: "IVmaj7 | IVm6 | Imaj7 | V7sus4",
    },
    dark: {
      mode: "minor",
      verse: "Im7 | Im7 | Im7 | Im7 | IVm7 | IVm7 | Im7 | Im7 | bVImaj7 | V7 | Im7 | Im7",
      chorus: "bVImaj7 | V7 | Im7 | Im7",
    },
    tense: {
      mode: "minor",
      verse: "Im7 | V7b9 | Im7 | Im7 | IVm7 | IVm7 | Im7 | VIIdim7 | bVI7 | V7b9 | Im7 VIIdim7 | Im7 V7b9",
      chorus: "bVI7 | V7b9 | Im7 | V7b9",
    },
  },
  melodies: {
    calm: ["..x-xx--x---", "x-xx-----...", "x--..xx-x---"],
    busy: ["x-xx-xx-x---", "..xx-xx-xx--", "xxxx--x-x---"],
    cadences: ["x-----......", "x-x-----....", "x--x-----..."],
    plans: { verse: "abC- abC- deD-", solo: "abcC abcC dbcD", chorus: "abC-" },
  },
  short: 4,
  answers: true,
  drums: {
    kit: kit.standard,
    level: -4,
    beats: ["x.....x.....", "X....xX.....", "X.....X..x.."].map((kick) => ({
      soft: [{ closedHat: "x.xx.xx.xx.x", kick: "x.....x.....", snare: "...o.....o.." }],
      medium: [{ closedHat, kick, snare }],
      loud: [{ ride: closedHat, kick: "X....xX....x", snare }],
    })),
    fills: [{ snare: "......x.xXxx" }, { snare: "......X.X...", midTom: ".........X.X" }, { snare: "......xxxXXX" }],
    shaker: "x.xx.xx.xx.x",
  },
  accompany: (context) => [
    chords(context),
    {
      role: "bass",
      program: context.repertoire.bass ?? program.fingeredBass,
      level: -4,
      notes: playBassline(context, {
        rhythms: { soft: "x-----x-----", medium: "x--x--x--x--", loud: variantFor(boogieRhythms, context) },
        degrees: variantFor(boogies, context),
        low: 31,
        high: 52,
      }),
    },
  ],
};

/** Sustained chords on an organ, short ones on guitars, off-beat ones on a piano. */
function chords(context: ComposeContext): ReturnType<Style["accompany"]>[number] {
  const { repertoire, band } = context;
  const organ = repertoire.chords === program.drawbarOrgan;
  const piano = repertoire.chords === program.piano;
  const rhythms = {
    soft: [organ ? "x-----------" : "x-----......"],
    medium: [organ ? "x-----x--x--" : piano ? "...x-x...x-." : "x-.x-.x-.x-."],
    loud: [organ ? "x--x-xx--x-x" : piano ? "..xx-x..xx-x" : "x-xx-xx-xx-x"],
  };
  const late = { on: band.late, off: band.late };
  const notes = compChords(context, { rhythms, low: organ ? 57 : 50 });
  return { role: "chords", program: repertoire.chords, level: -6, late, notes };
}

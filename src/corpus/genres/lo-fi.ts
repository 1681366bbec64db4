/** Lo-fi: slow, swung sixteenths, extended chords, everything slightly late and with less treble. */
import { compChords, playBassline } from "../accompany.ts";
import { kit, program } from "../bands.ts";
import { type Style, variantFor } from "../style.ts";

const rhythms = ["x-------..x-----", "x---..x-----..x-", "..x-----x-------"];
const busier = ["x-----x-..x---x-", "x---x-x---..x-x-", "x-x-----x-x-----"];
const hats = "x.x.x.x.x.x.x.x.";
const snare = "....X.......X...";

export const lofi: Style = {
  tempos: [9, 12],
  form: {
    intro: ["intro", 4, "soft"],
    form: [
      ["verse", 8, "medium"],
      ["chorus", 4, "loud"],
      ["bridge", 4, "soft"],
    ],
    outro: ["outro", 3, "medium"],
  },
  unit: 4,
  harmony: {
    bright: { mode: "major", verse: "IVmaj7 | V7 | IIIm7 | VIm7", chorus: "IIm7 | V7 | Imaj7 | VI7" },
    calm: { mode: "major", verse: "Imaj7 | VIm7 | IIm7 | V7", chorus: "IVmaj7 | IIIm7 | IIm7 | Imaj7" },
    dreamy: { mode: "major", verse: "Imaj9 | Imaj9 | IVmaj9 | IVm6", chorus: "bVImaj7 | bVIImaj7 | Imaj9 | Imaj9" },
    dark: { mode: "minor", verse: "Im7 | IVm7 | bVImaj7 | Vm7", chorus: "bVImaj7 | Vm7 | Im7 | Im7" },
    tense: { mode: "minor", verse: "Im7 | bIImaj7 | Im7 | V7b9", chorus: "IVm7 | bIImaj7 | VIIdim7 | V7b9" },
  },
  melodies: {
    calm: ["x---..x-x---....", "x-----x-........", "..x---x-x-x-....", "x-x-----........"],
    busy: ["x-x-x-x-x---....", "..x-xxx-x-x-....", "x--xx-x-..x-x---", "xxx-x---x-x-...."],
    cadences: ["x-------........", "x---x---........", "x-x-x---........"],
    plans: { verse: "abaC abaD", chorus: "abaC", bridge: "abab" },
  },
  short: 6,
  swing: 1,
  answers: true,
  drums: {
    kit: kit.standard,
    level: -4,
    beats: ["X......X..X.....", "X.......X.X.....", "X..X......X....."].map((kick) => ({
      soft: [{ closedHat: hats, kick: "x.......x.......", stick: "....x.......x..." }],
      medium: [{ closedHat: "x.x.x.xox.x.x.xo", kick, snare }],
      loud: [{ closedHat: "X.xox.xoX.xox...", openHat: "..............x.", kick, snare: "....X..o....X..." }],
    })),
    fills: [
      { snare: "........x..oX.xx", kick: "..........x....." },
      { stick: "........x.x.x.xx" },
      { snare: "........x.......", midTom: "............x..x" },
    ],
    shaker: hats,
  },
  tilt: -6,
  accompany: (context) => {
    const { repertoire, band } = context;
    const late = { on: 1, off: band.late };
    const own = {
      soft: ["x---------------"],
      medium: [variantFor(rhythms, context)],
      loud: [variantFor(busier, context)],
    };
    return [
      {
        role: "chords",
        program: repertoire.chords,
        level: -4,
        late,
        notes: compChords(context, { rhythms: own, low: 52, velocity: 80 }),
      },
      {
        role: "bass",
        program: repertoire.bass ?? program.fretlessBass,
        level: -2,
        notes: playBassline(context, {
          rhythms: { soft: "x---------------", medium: "x-----x---x-----", loud: "x-----xx--x-x---" },
          degrees: "rrfo",
          low: 28,
          high: 48,
        }),
      },
    ];
  },
};

/** Funk: one-chord vamps, sixteenth notes, octave jumps in the bass, short off-beat chords. */
import { compChords, playBassline } from "../accompany.ts";
import { kit, program } from "../bands.ts";
import { type Style, variantFor } from "../style.ts";

const scratches = ["..x...xx..x...xx", "....x..x....x.xx"];
const busier = ["x.xx..xx..xx..xx", "..xxx..x..xxx.xx"];
const basses = ["x..x..x.....xx..", "x.x....x..x..xx."];
const jumps = ["x..x..xx..x.xx.x", "x.xx...x..xx.xx."];
const snare = "....X..o.o..X..o";
const cowbell = "x...x...x...x...";
const closedHat = "XoxoXoxoXoxoXoxo";

export const funk: Style = {
  tempos: [7, 9],
  form: {
    intro: ["intro", 4, "soft"],
    form: [
      ["verse", 8, "medium"],
      ["chorus", 4, "loud"],
      ["break", 4, "soft"],
      ["chorus", 4, "loud"],
    ],
    outro: ["outro", 3, "loud"],
  },
  unit: 4,
  harmony: {
    bright: { mode: "blues", verse: "I9 | I9 | IV9 | I9", chorus: "IV9 | IV9 | V9 | V9", break: "I9" },
    calm: { mode: "major", verse: "Imaj7 | IIm7 | Imaj7 | IIm7", chorus: "IVmaj7 | IIm7 | Imaj7 | V7", break: "Imaj7" },
    dreamy: { mode: "major", verse: "Imaj9 | Imaj9 | IVmaj9 | IVmaj9", chorus: "IIIm7 | IVmaj9", break: "Imaj9" },
    dark: { mode: "minor", verse: "Im7 | Im7 | Im7 | IVm7", chorus: "bVImaj7 | bVImaj7 | Vm7 | Vm7", break: "Im7" },
    tense: { mode: "minor", verse: "Im7 | Im7 | bII7 | Im7", chorus: "IVm7 | bII7 | V7b9 | V7b9", break: "Im7 bII7" },
  },
  melodies: {
    calm: ["x--x--x-........", "..x-x--x--x-....", "x-----x-x-......", "x---x--x--......"],
    busy: ["x-xx-xx-x-......", "xx-xx-x-..x-x-..", "..xxx-x-x-xxx-..", "x-x-xx-x--x-...."],
    cadences: ["x--x----........", "x-x-............", "xx-x--.........."],
    plans: { verse: "abaC abaD", chorus: "abaC" },
  },
  short: 6,
  answers: true,
  drums: {
    kit: kit.room,
    level: -2,
    beats: ["X..X......X..X..", "X.X.......XX...."].map((kick) => ({
      soft: [{ closedHat: "x.xxx.xxx.xxx.xx", kick: "x.........x.....", stick: "....x.......x..." }],
      medium: [{ closedHat, kick, snare, cowbell }],
      loud: [
        { closedHat, kick, snare, cowbell },
        { closedHat: "XoxoXoxoXoxoXo..", openHat: "..............X.", kick, snare: "....X..o.oxoX.oo", cowbell },
      ],
    })),
    fills: [
      { snare: "........XxxXxxXx", kick: "........X......." },
      { snare: "........X.xx....", midTom: "............Xx..", floorTom: "..............Xx" },
    ],
    shaker: "xxxxxxxxxxxxxxxx",
  },
  accompany: (context) => {
    const { repertoire } = context;
    const rhythms = {
      soft: ["....x.......x..."],
      medium: [variantFor(scratches, context)],
      loud: [variantFor(busier, context)],
    };
    return [
      { role: "chords", program: repertoire.chords, level: -5, notes: compChords(context, { rhythms, low: 56 }) },
      {
        role: "bass",
        program: repertoire.bass ?? program.slapBass,
        level: -2,
        notes: playBassline(context, {
          rhythms: { soft: "x.....x.x.......", medium: variantFor(basses, context), loud: variantFor(jumps, context) },
          degrees: "rrosfro",
          low: 28,
          high: 50,
        }),
      },
    ];
  },
};

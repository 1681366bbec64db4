/** Bossa nova: plucked chords on a clave rhythm, root and fifth in the bass, long melody notes. */
import { compChords, playBassline } from "../accompany.ts";
import { kit, program } from "../bands.ts";
import { type Style, variantFor } from "../style.ts";

const plucks = ["x--x--x---x--x--", "x-..x-.x..x-.x..", "x-.x..x-.x..x-.."];
const busier = ["x-xx-xx-x-xx-x--", "x-.xx-.x..xxx-x.", "x-xx..xx.xx.x-x."];
const shaken = "xoxoxoxoxoxoxoxo";
const clave = "x..x..x...x..x..";

export const bossaNova: Style = {
  tempos: [6, 10],
  form: {
    intro: ["intro", 4, "soft"],
    form: [
      ["verse", 8, "medium"],
      ["chorus", 8, "loud"],
      ["bridge", 4, "soft"],
    ],
    outro: ["outro", 3, "soft"],
  },
  unit: 4,
  harmony: {
    bright: {
      mode: "major",
      verse: "Imaj7 | Imaj7 | II7 | II7 | IIm7 | V7 | Imaj7 | V7",
      chorus: "IVmaj7 | IVm6 | Imaj7 | VI7 | II7 | II7 | IIm7 | V7",
      bridge: "IIIm7 | VI7 | IIm7 | V7",
    },
    calm: {
      mode: "major",
      verse: "Imaj7 | VIm7 | IIm7 | V7",
      chorus: "IVmaj7 | IIIm7 | IIm7 | V7",
      bridge: "VIm7 | VIm7 | IIm7 | V7",
    },
    dreamy: {
      mode: "major",
      verse: "Imaj9 | Imaj9 | bIImaj7 | bIImaj7",
      chorus: "IVmaj9 | IVm6 | Imaj9 | bIIImaj7",
      bridge: "bVImaj7 | bVImaj7 | V7sus4 | V7sus4",
    },
    dark: {
      mode: "minor",
      verse: "Im7 | Im7 | IIm7b5 | V7 | Im7 | Im7 | IIm7b5 | V7",
      chorus: "IVm7 | bVII7 | bIIImaj7 | bVImaj7 | IIm7b5 | V7 | Im7 | Im7",
      bridge: "bVImaj7 | V7 | bVImaj7 | V7",
    },
    tense: {
      mode: "minor",
      verse: "Im7 | bII7 | Im7 | bII7",
      chorus: "IVm7 | bII7 | VIIdim7 | V7b9",
      bridge: "VIIdim7 | VIIdim7 | V7b9 | V7b9",
    },
  },
  melodies: {
    calm: ["x-----x---x-----", "..x-----x-x-----", "x---x-----......", "....x--x--x-----"],
    busy: ["x--x--x---x-x---", "x-x--x--x--x--x-", "..x-x--x--x-x---", "x-xx--x-x--x----"],
    cadences: ["x-----..........", "x--x------......", "x---x-----......"],
    plans: { verse: "abaC abaD", chorus: "abcC abcD", bridge: "abaC" },
  },
  short: 6,
  answers: true,
  drums: {
    kit: kit.brush,
    level: -5,
    beats: [clave, "x..x...x..x..x..", "..x.x...x..x..x."].map((claves) => ({
      soft: [{ claves, cabasa: "o.o.o.o.o.o.o.o." }],
      medium: [{ claves, cabasa: shaken, kick: "x..xx..xx..xx..x" }],
      loud: [{ claves, cabasa: shaken, kick: "X..xX..xX..xX..x", stick: "....x.......x..." }],
    })),
    fills: [
      { claves: "........xxx.x.xx" },
      { stick: "........o.xx..xx" },
      { claves: "........x..xx.x.", midTom: "............x.xx" },
    ],
    shaker: "x.x.x.x.x.x.x.x.",
  },
  accompany: (context) => {
    const { repertoire, band } = context;
    const late = { on: 0, off: band.late };
    const rhythms = {
      soft: ["x-----x---x-----"],
      medium: [variantFor(plucks, context)],
      loud: [variantFor(busier, context)],
    };
    return [
      { role: "chords", program: repertoire.chords, level: -3, late, notes: compChords(context, { rhythms, low: 50 }) },
      {
        role: "bass",
        program: repertoire.bass ?? program.doubleBass,
        level: -3,
        notes: playBassline(context, {
          rhythms: { soft: "x-------x-------", medium: "x-----x-x-----x-", loud: "x-----x-x---x-x-" },
          degrees: "rffr",
          low: 31,
          high: 50,
        }),
      },
    ];
  },
};

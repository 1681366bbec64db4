/** Jazz: swung eighths, comping, walking bass, a busy solo, a short bridge. */
import { compChords, walkBass } from "../accompany.ts";
import { kit, program } from "../bands.ts";
import { type Style, variantFor } from "../style.ts";

const rhythms = [
  ["x-...x-.....", "...x-...x-.."],
  ["..x-....x-..", "x-...x-....."],
  ["x-----x-----", "x-...x-....."],
];
const busier = [
  ["x-...x-..x-.", "..x-.x-...x-"],
  ["x-.x-...x-.x", "..x-..x-..x-"],
  ["x-.x-.x-.x-.", "x-...x-..x-."],
];
const pedalHat = "...x.....x..";
const ride = "X..x.xX..x.x";

export const jazz: Style = {
  tempos: [6, 8],
  form: {
    intro: ["intro", 4, "soft"],
    form: [
      ["verse", 8, "medium"],
      ["chorus", 8, "medium"],
      ["solo", 8, "loud"],
      ["bridge", 4, "soft"],
    ],
    outro: ["outro", 3, "medium"],
  },
  unit: 4,
  harmony: {
    bright: {
      mode: "major",
      verse: "Imaj7 VI7 | IIm7 V7 | Imaj7 VI7 | IIm7 V7 | Imaj7 I7 | IVmaj7 IVm6 | IIm7 V7 | Imaj7",
      chorus: "IIm7 | V7 | IIIm7 | VI7 | IIm7 | V7 | Imaj7 VI7 | IIm7 V7",
      bridge: "III7 | VI7 | II7 | V7",
    },
    calm: {
      mode: "major",
      verse: "Imaj7 | IVmaj7 | IIm7 | V7 | Imaj7 | VIm7 | IIm7 | V7",
      chorus: "IVmaj7 | Imaj7 | IIm7 | V7",
      bridge: "VIm7 | IIIm7 | IVmaj7 | V7",
    },
    dreamy: {
      mode: "major",
      verse: "Imaj9 | Imaj9 | bVIImaj7 | bVIImaj7",
      chorus: "IVmaj9 | IVmaj9 | IIIm7 | IIIm7 | bIIImaj7 | bIIImaj7 | V7sus4 | V7sus4",
      bridge: "bVImaj7 | bVImaj7 | V7sus4 | V7sus4",
    },
    dark: {
      mode: "minor",
      verse: "Im7 | Im7 | IVm7 | Im7 | IIm7b5 | V7 | Im7 | Im7",
      chorus: "IVm7 | bVII7 | bIIImaj7 | bVImaj7 | IIm7b5 | V7 | Im7 | Im7",
      bridge: "bVImaj7 | bVImaj7 | IIm7b5 | V7",
    },
    tense: {
      mode: "minor",
      verse: "Im7 | bIImaj7 | Im7 | bIImaj7",
      chorus: "Im7 VIIdim7 | Im7 V7b9 | bVI7 V7b9 | Im7 VIIdim7",
      bridge: "VIIdim7 | VIIdim7 | V7b9 | V7b9",
    },
  },
  melodies: {
    calm: ["x----xx--...", "x-----x--x--", "x-xx-----...", "...x--x--x--", "x--x-xx-----"],
    busy: ["x-xx-xx-xx--", "x--x-xx-xx-x", "...x-xx-xx--", "x-xx--x-xx-x", "x-xx-xx-x..."],
    cadences: ["x-xx--......", "x-----......", "x--x-x--...."],
    plans: { verse: "abaC abaD", chorus: "aabC aabD", solo: "abcd abcE", bridge: "abaC" },
  },
  short: 4,
  answers: true,
  drums: {
    kit: kit.jazz,
    level: -6,
    beats: [0, 1, 2].map((own) => ({
      soft: [{ ride: "x..o.ox..o.o", pedalHat }],
      medium: [
        { ride, pedalHat, kick: "o.....o....." },
        {
          ride,
          pedalHat,
          kick: "o.....o.....",
          ...(own === 0 ? { snare: "........o..." } : { stick: ".........x.." }),
        },
      ],
      loud: [
        { ride, pedalHat, kick: "o....xo.....", snare: "..o.....x..." },
        { ride, pedalHat, kick: "o.....o..x..", snare: ".....o..x..o" },
      ],
    })),
    fills: [
      { snare: "......xxoXox" },
      { snare: "......x.x...", midTom: ".........x..", floorTom: "...........X" },
      { snare: "......X.xX.x", kick: "......x..x.." },
    ],
    shaker: "x..x..x..x..",
  },
  accompany: (context) => {
    const { random, repertoire, band, chords } = context;
    const late = { on: band.late, off: band.late };
    const own = { soft: ["x-----......"], medium: variantFor(rhythms, context), loud: variantFor(busier, context) };
    const low = repertoire.chords === band.lead ? 46 : 52;
    return [
      {
        role: "chords",
        program: repertoire.chords,
        level: -7,
        late,
        notes: compChords(context, { rhythms: own, low }),
      },
      {
        role: "bass",
        program: repertoire.bass ?? program.doubleBass,
        level: -3,
        notes: walkBass(random, chords, 31, 50),
      },
    ];
  },
};

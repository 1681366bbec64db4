/** Jazz: swung 32-bar songs (AABA) for a quartet: lead, comping, walking double bass, ride cymbal. */
import { chordTrack, comp, walk } from "./accompany.ts";
import { program } from "./bands.ts";
import { drumming, type Pattern } from "./groove.ts";
import { type Brief, type Form, melody, type Piece, sectionsOf, tuneOf } from "./piece.ts";

const progressionsA = [
  "Imaj7 VI7 | IIm7 V7 | Imaj7 VI7 | IIm7 V7 | Imaj7 | IVmaj7 | IIm7 V7 | Imaj7",
  "IIm7 | V7 | Imaj7 | VI7 | IIm7 | V7 | Imaj7 VI7 | IIm7 V7",
  "Imaj7 | VI7 | IIm7 | V7 | IIIm7 | VI7 | IIm7 V7 | Imaj7",
];
const progressionsB = [
  "III7 | III7 | VI7 | VI7 | II7 | II7 | IIm7 | V7",
  "IVmaj7 | IVm6 | Imaj7 | VI7 | II7 | II7 | IIm7 | V7",
];
const calm = ["x----xx--...", "x-----x--x--", "x-xx-----...", "...x--x--x--", "x--x-xx-----"];
const busy = ["x-xx-xx-xx--", "x--x-xx-xx-x", "...x-xx-xx--", "x-xx--x-xx-x", "x-xx-xx-x..."];
const cadences = ["x-xx--------", "x-----......", "x--x-x------"];
const plans = ["abaC abaD", "aabC aabD", "abcD abcE"];
const compings = [
  ["x-...x-.....", "...x-...x-.."],
  ["..x-....x-..", "x-...x-....."],
  ["x-----x-----", "x-...x-....."],
];
const ride = "X..x.xX..x.x";
const swing: Pattern = { ride, pedalHat: "...x.....x..", kick: "o.....o....." };
const swingPushed: Pattern = { ride, pedalHat: "...x.....x..", kick: "o.....o.....", snare: "........o..." };
const fills: readonly Pattern[] = [
  { ride: "X..x.x......", pedalHat: "...x.....x..", snare: "......xxoXox" },
  {
    ride: "X..x.x......",
    pedalHat: "...x.....x..",
    snare: "......x.x...",
    midTom: ".........x..",
    floorTom: "...........X",
  },
];

export const jazzForm: Form = [
  ["A", 8],
  ["A", 8],
  ["B", 8],
  ["A", 8],
];

export function jazz({ random, key, bars, band, repertoire }: Brief): Piece {
  const sections = sectionsOf(bars > 4 && bars % 32 === 4 ? [["intro", 4], ...jazzForm] : jazzForm, bars);
  const a = random.pick(progressionsA);
  const progressions: Record<string, string> = {
    A: a,
    B: random.pick(progressionsB),
    intro: "IIIm7 | VI7 | IIm7 | V7",
  };
  const chords = sections.flatMap((section) => chordTrack(key, progressions[section.name]!, section));
  const voice = { range: band.range, calm, busy, cadences, busyShare: band.busy };
  const tunes = { A: tuneOf(random, voice, plans), B: tuneOf(random, voice, ["abac abaD", "abab abcD"]) };
  const comping = random.pick(compings);
  const low = band.lead === repertoire.chords ? 48 : 52;
  return {
    sections,
    chords,
    parts: [
      {
        role: "lead",
        program: band.lead,
        level: 0,
        notes: melody({ sections, chords, range: band.range, tunes, short: 4 }),
      },
      {
        role: "chords",
        program: repertoire.chords,
        level: -7,
        notes: comp({ chords, low, high: low + 19, velocity: 80, rhythm: (bar) => comping[bar % 2] }, 0, bars),
      },
      { role: "bass", program: program.doubleBass, level: -3, notes: walk(random, chords, 31, 50) },
      {
        role: "drums",
        program: 32,
        level: -8,
        notes: drumming(random, sections, {
          pattern: (_, bar) => (bar % 2 ? swingPushed : swing),
          fills,
          crash: false,
        }),
      },
    ],
  };
}

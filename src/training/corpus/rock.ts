/** Rock: palm-muted verses and open choruses of power chords, straight eighths in the bass, a heavy backbeat. */
import { chordTrack, figuredBass } from "./accompany.ts";
import { program } from "./bands.ts";
import { drumming, type Pattern } from "./groove.ts";
import { cellsOf } from "./melody.ts";
import { type Brief, type Form, melody, type Piece, sectionsOf, tuneOf } from "./piece.ts";
import { type ChordSpan, chordAt, type Note, ticksPerBar } from "./score.ts";
import { pitchClass } from "./theory.ts";

const verses = ["Im | Im | bVII | IV", "Im | bVI | Im | bVII", "Im | bIII | bVII | Im"];
const refrains = ["Im | bVI | bIII | bVII", "bVI | bVII | Im | Im", "Im | bVII | bVI | bVII"];
const calm = ["x---x---x-------", "x-----x-x-------", "..x-x---x---....", "x---x-x-x---...."];
const busy = ["x-x-x-x-x---x---", "x-x-x---x-x-x---", "xxx-x-x-x-------", "x--x--x-x-x-x---"];
const cadences = ["x---------------", "x---x-----------", "x-x-x-------...."];
const chugs = ["xxxxx.xxxxxxx.x.", "x-xxx-xxx-xxx-x-", "x-x-x-x-x-x-x-x-"];
const open = ["x-------x-----x-", "x-----x---------", "x---x---x---x---"];
const eighths = "x-x-x-x-x-x-x-x-";
const verse: Pattern = { closedHat: "X.x.X.x.X.x.X.x.", kick: "X.....X.X.......", snare: "....X.......X..." };
const refrain: Pattern = { ride: "X.x.X.x.X.x.X.x.", kick: "X.X...X.X.X.....", snare: "....X.......X..." };
const fills: readonly Pattern[] = [
  {
    closedHat: "X.x.X.x.........",
    kick: "X.....X.........",
    snare: "....X...XxXx....",
    midTom: "............XX..",
    floorTom: "..............XX",
  },
  { closedHat: "X.x.X.x.X.......", kick: "X.....X.X.......", snare: "....X.....X.XXXX" },
];

export const rockForm: Form = [
  ["verse", 8],
  ["refrain", 8],
];

export function rock({ random, key, bars, band, repertoire }: Brief): Piece {
  const long = bars > 4 && bars % 16 === 4;
  const sections = sectionsOf(long ? [["intro", 4], ...rockForm, ...rockForm] : rockForm, bars);
  const riff = random.pick(verses);
  const progressions: Record<string, string> = { verse: riff, refrain: random.pick(refrains), intro: riff };
  const chords = sections.flatMap((section) => chordTrack(key, progressions[section.name]!, section));
  const voice = { range: band.range, calm, busy, cadences, busyShare: band.busy };
  const tunes = {
    verse: tuneOf(random, voice, ["abaC abaD", "aaaB aaaC"]),
    refrain: tuneOf(random, voice, ["abaC abaD"]),
  };
  const chug = random.pick(chugs);
  const held = random.pick(open);
  const strum = sections.flatMap((section) =>
    Array.from({ length: section.bars }, (_, index) => section.bar + index).flatMap((bar) =>
      powerChords(chords, bar, section.name === "refrain" ? held : chug),
    ),
  );
  const bass = Array.from({ length: bars }, (_, bar) =>
    figuredBass(chords, { low: 28, high: 45, bar, rhythm: eighths, steps: [0] }),
  ).flat();
  return {
    sections,
    chords,
    parts: [
      {
        role: "lead",
        program: band.lead,
        level: 0,
        notes: melody({ sections, chords, range: band.range, tunes, short: 6 }),
      },
      { role: "chords", program: repertoire.chords, level: -5, notes: strum },
      { role: "bass", program: program.pickedBass, level: -4, notes: bass },
      {
        role: "drums",
        program: 16,
        level: -1,
        notes: drumming(random, sections, {
          pattern: ({ name }) => (name === "refrain" ? refrain : verse),
          fills,
          crash: true,
        }),
      },
    ],
  };
}

/** Root, fifth and octave on the low strings; short when the rhythm is tight. */
function powerChords(chords: readonly ChordSpan[], bar: number, rhythm: string): Note[] {
  return cellsOf(rhythm).flatMap(({ at, ticks }, index) => {
    const tick = bar * ticksPerBar + at;
    const root = 40 + pitchClass(chordAt(chords, tick).tones[0]! - 40);
    const pitches = ticks > 6 ? [root, root + 7, root + 12] : [root, root + 7];
    return pitches.map((pitch) => ({ tick, ticks, pitch, velocity: index === 0 || ticks > 6 ? 104 : 88 }));
  });
}

/** House: four on the floor, off-beat bass, chord stabs that duck under the kick, a riff that comes round and round. */
import { chordTrack, comp, figuredBass } from "./accompany.ts";
import { program } from "./bands.ts";
import { drumming, type Pattern } from "./groove.ts";
import { type Brief, type Form, melody, type Piece, sectionsOf, tuneOf } from "./piece.ts";
import type { Section } from "./score.ts";

const loops = [
  "Im7 | bVImaj7 | bIIImaj7 | bVII",
  "Im7 | IVm7 | bVImaj7 | Vm7",
  "Im7 | Im7 | bVImaj7 | bVII",
  "bVImaj7 | bVII | Im7 | Im7",
];
const calm = ["x--x--x---......", "x-x---x--x--....", "..x-x---x-x-....", "x-----x-----x---"];
const busy = ["x-x-x-xxx-x-x-x-", "xxx-x-x-xxx-x-x-", "x-xx-xx-x-xx-x--", "x-x-xx-xx-x-x---"];
const basses = [
  { rhythm: "..x-..x-..x-..x-", steps: [0] },
  { rhythm: "x-.x..x-..x-..x-", steps: [0, 0, 12, 0, 7] },
  { rhythm: "..x-..xx..x-..xx", steps: [0, 0, 12, 0, 0, 12] },
];
const stabs = ["x-.x-.x-..x-.x..", "..x-..x-..x-..x-", "x--x--x---x--x--"];
const kick = "X...X...X...X...";
const full: Pattern = { kick, clap: "....X.......X...", openHat: "..x...x...x...x.", closedHat: "x..xx..xx..xx..x" };
const bare: Pattern = { kick, openHat: "..x...x...x...x." };
const fills: readonly Pattern[] = [
  { kick: "X...X...X.......", clap: "....X.......XoXX", openHat: "..x...x...x....." },
  { kick: "X...X...X...X...", clap: "....X...X.X.X.XX", closedHat: "x..xx..xx..xx..x" },
];
const hats: Pattern = { closedHat: "x.x.x.x.x.x.x.x.", clap: "............X..." };

export const houseForm: Form = [
  ["intro", 4],
  ["drop", 8],
  ["groove", 4],
  ["drop", 8],
  ["break", 4],
  ["drop", 4],
];

export function house({ random, key, bars, band, repertoire }: Brief): Piece {
  const sections = sectionsOf(bars >= 16 ? houseForm : [["drop", 8]], bars);
  const loop = random.pick(loops);
  const chords = sections.flatMap((section) => chordTrack(key, loop, section));
  const voice = { range: band.range, calm, busy, cadences: calm, busyShare: band.busy };
  const riff = tuneOf(random, voice, ["ab", "abac", "aaab"]);
  const bass = random.pick(basses);
  const stab = random.pick(stabs);
  const sectionAt = (bar: number) => sections.findLast((section) => section.bar <= bar)!.name;
  const rhythm = (bar: number) => ({ intro: undefined, break: "x---------------" })[sectionAt(bar)] ?? stab;
  return {
    sections,
    chords,
    parts: [
      {
        role: "lead",
        program: band.lead,
        level: 0,
        notes: melody({ sections, chords, range: band.range, tunes: { drop: riff, break: riff }, short: 6 }),
      },
      {
        role: "chords",
        program: repertoire.chords,
        level: -5,
        ducked: true,
        notes: comp({ chords, low: 54, high: 72, velocity: 96, rhythm }, 0, bars),
      },
      {
        role: "bass",
        program: program.synthBass,
        level: -3,
        ducked: true,
        notes: sections
          .filter((section) => section.name !== "break")
          .flatMap((section) => barsOf(section))
          .flatMap((bar) => figuredBass(chords, { low: 33, high: 57, bar, ...bass })),
      },
      {
        role: "drums",
        program: 25,
        level: -1,
        notes: drumming(random, sections, { pattern: patternFor, fills, crash: true }),
      },
    ],
  };
}

const barsOf = (section: Section) => Array.from({ length: section.bars }, (_, index) => section.bar + index);

function patternFor({ name }: Section): Pattern {
  if (name === "break") return hats;
  return name === "intro" ? bare : full;
}

/** Blues: twelve bars, a shuffle, a boogie bass, and a lead that says a line, says it again, and answers. */
import { chordTrack, comp, figuredBass } from "./accompany.ts";
import { program } from "./bands.ts";
import { drumming, type Pattern } from "./groove.ts";
import { cellsOf, type Tune } from "./melody.ts";
import { type Brief, type Form, melody, type Piece, sectionsOf, tuneOf } from "./piece.ts";
import { type ChordSpan, chordAt, type Note, ticksPerBar } from "./score.ts";
import { nearest } from "./theory.ts";

const choruses = [
  "I7 | I7 | I7 | I7 | IV7 | IV7 | I7 | I7 | V7 | IV7 | I7 | V7",
  "I7 | IV7 | I7 | I7 | IV7 | IV7 | I7 | I7 | V7 | IV7 | I7 | V7",
];
const calm = ["..x-xx--x---", "x-xx-----...", "x--..xx-x---"];
const busy = ["x-xx-xx-x---", "..xx-xx-xx--", "xxxx--x-x---"];
const cadences = ["x-----......", "x-x-------..", "x--x-----..."];
const boogies = [
  { rhythm: "x--x--x--x--", steps: [0, 4, 7, 9] },
  { rhythm: "x-xx-xx-xx-x", steps: [0, 0, 4, 4, 7, 7, 9, 9] },
  { rhythm: "x--x--x--x--", steps: [0, 7, 9, 10] },
];
const shuffle: Pattern = { closedHat: "X.xX.xX.xX.x", kick: "X....xX.....", snare: "...X.....X.." };
const fills: readonly Pattern[] = [
  { closedHat: "X.xX.x......", kick: "X.....X.....", snare: "...X..x.xXxx" },
  { closedHat: "X.xX.x......", kick: "X.....X.....", snare: "...X..X.X...", midTom: ".........X.X" },
];

export const bluesForm: Form = [["chorus", 12]];

export function blues({ random, key, bars, band, repertoire }: Brief): Piece {
  const sections = sectionsOf(bluesForm, bars);
  const intro = bars > 4 && bars % 12 === 4;
  const all = intro ? [{ name: "intro", bar: 0, bars: 4 }, ...shifted(sectionsOf(bluesForm, bars - 4))] : sections;
  const progressions: Record<string, string> = { chorus: random.pick(choruses), intro: "V7 | IV7 | I7 | V7" };
  const chords = all.flatMap((section) => chordTrack(key, progressions[section.name]!, section));
  const voice = { range: band.range, calm, busy, cadences, busyShare: band.busy };
  const tune = sayTwice(tuneOf(random, voice, ["abCx", "aaCx", "abCx"]), tuneOf(random, voice, ["abCx"]));
  const boogie = random.pick(boogies);
  return {
    sections: all,
    chords,
    parts: [
      {
        role: "lead",
        program: band.lead,
        level: 0,
        notes: melody({ sections: all, chords, range: band.range, tunes: { chorus: tune }, short: 4 }),
      },
      { role: "chords", program: repertoire.chords, level: -6, notes: chordsFor(repertoire.chords, chords, bars) },
      {
        role: "bass",
        program: program.fingeredBass,
        level: -4,
        notes: eachBar(bars, (bar) => figuredBass(chords, { low: 31, high: 52, bar, ...boogie })),
      },
      {
        role: "drums",
        program: 0,
        level: -5,
        notes: drumming(random, all, { pattern: () => shuffle, fills, crash: true }),
      },
    ],
  };
}

const shifted = <T extends { bar: number }>(sections: readonly T[]): T[] =>
  sections.map((section) => ({ ...section, bar: section.bar + 4 }));

const eachBar = (bars: number, notes: (bar: number) => Note[]) =>
  Array.from({ length: bars }, (_, bar) => notes(bar)).flat();

/** Three lines of four bars: the call, the call over the new chord, the answer; the fourth bar of a line rests. */
function sayTwice(call: Tune, answer: Tune): Tune {
  const line = [...call.bars.slice(0, 3), []];
  return { home: call.home, closes: true, bars: [...line, ...line, ...answer.bars.slice(0, 3), []] };
}

/** A guitar plays the boogie of fifths and sixths, an organ holds, a piano answers the snare. */
function chordsFor(instrument: number, chords: readonly ChordSpan[], bars: number): Note[] {
  if (instrument === program.jazzGuitar) return eachBar(bars, (bar) => boogieFifths(chords, bar));
  const rhythm = instrument === program.drawbarOrgan ? "x-----x--x--" : "...x-x...x-.";
  const low = instrument === program.drawbarOrgan ? 58 : 52;
  return comp({ chords, low, high: low + 18, velocity: 84, rhythm: () => rhythm }, 0, bars);
}

function boogieFifths(chords: readonly ChordSpan[], bar: number): Note[] {
  return cellsOf("x-xx-xx-xx-x").flatMap(({ at, ticks }, index) => {
    const tick = bar * ticksPerBar + at;
    const root = nearest(46, [chordAt(chords, tick).tones[0]!]);
    const upper = root + (index % 4 < 2 ? 7 : 9);
    return [root, upper].map((pitch) => ({ tick, ticks, pitch, velocity: index % 2 === 0 ? 96 : 80 }));
  });
}

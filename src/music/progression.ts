/** Chords as players write them, "Am F C G" or "Dm7 G7 | Cmaj7": read, spelled as a model knows them, and turned into numerals of a key. */
import { UserError } from "../errors.ts";
import {
  intervalsOf,
  isQuality,
  keyTones,
  numeralFor,
  PLAIN,
  qualityName,
  qualityOf,
  roots,
  tonicOf,
} from "./chords.ts";

interface PlayedChord {
  /** Pitch class: 0 is C. */
  readonly root: number;
  readonly quality: string;
}

/** Bars in turn, with the chords that share each evenly. */
type Bars = readonly (readonly PlayedChord[])[];

const mostChords = 64;
const letters: Readonly<Record<string, number>> = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
/** Other ways of writing what a root carries. */
const otherwise: Readonly<Record<string, string>> = {
  maj: "",
  M: "",
  min: "m",
  mi: "m",
  min7: "m7",
  mi7: "m7",
  M7: "maj7",
  Maj7: "maj7",
  ma7: "maj7",
  M9: "maj9",
  min9: "m9",
  sus: "sus4",
  "7sus": "7sus4",
  "+": "aug",
  o: "dim",
  "°": "dim",
  o7: "dim7",
  "°7": "dim7",
  ø: "m7b5",
  ø7: "m7b5",
};

/** Refused with an example where it isn't understood. */
function chordIn(text: string): PlayedChord {
  const [, letter = "", sign = "", carried = ""] =
    /^([A-G])(#|♯|b|♭)?([^/]*)(?:\/[A-G](?:#|♯|b|♭)?)?$/.exec(text) ?? [];
  const quality = Object.hasOwn(otherwise, carried) ? otherwise[carried]! : carried;
  if (letter === "" || !isQuality(quality))
    throw new UserError(
      `I don't understand the chord "${text.slice(0, 20)}". Write chords such as "Am F C G", or with bars, "Dm7 G7 | Cmaj7".`,
    );
  const bent = sign === "" ? 0 : sign === "#" || sign === "♯" ? 1 : 11;
  return { root: (letters[letter]! + bent) % 12, quality };
}

/** Without bars, a bar each. */
function barsIn(text: string): Bars {
  const chordsIn = (part: string): string[] => part.split(/[\s,–—-]+/).filter((chord) => chord !== "");
  const parts = text.includes("|") ? text.split("|").map(chordsIn) : chordsIn(text).map((chord) => [chord]);
  const bars = parts.filter((bar) => bar.length > 0).map((bar) => bar.map(chordIn));
  if (bars.length === 0) throw new UserError('There are no chords in that. Write them such as "Am F C G".');
  if (bars.flat().length > mostChords) throw new UserError(`Those are more than ${mostChords} chords.`);
  return bars;
}

/** The quality among these that shares most tones with one, and has fewest others. */
function closest(quality: string, names: readonly string[]): string {
  const wanted = new Set(intervalsOf(quality));
  const merit = (name: string): number => {
    const tones = intervalsOf(qualityOf(name));
    const shared = tones.filter((tone) => wanted.has(tone)).length;
    return shared - 0.5 * (tones.length - shared);
  };
  return names.reduce(
    (best, name) => (merit(name) > merit(best) ? name : best),
    names.includes(PLAIN) ? PLAIN : names[0]!,
  );
}

/** The same chords as a model spells them that knows these qualities: "Am | Dm7 G7 | C". Of other qualities it is not asked. */
export function chordsSpelled(text: string, qualities: readonly string[] | undefined): string {
  const known = qualities?.filter((name) => isQuality(qualityOf(name))) ?? [];
  if (known.length === 0) throw new UserError("This model knows no chords.");
  const spelled = ({ root, quality }: PlayedChord): string => {
    const name = qualityName(quality);
    return roots[root]! + qualityOf(known.includes(name) ? name : closest(quality, known));
  };
  return barsIn(text)
    .map((bar) => bar.map(spelled).join(" "))
    .join(" | ");
}

/** The key among these whose scale has most of the chords' tones; of equals, one whose tonic the first chord has. */
export function keyOf(text: string, keys: readonly string[]): string | undefined {
  const chords = barsIn(text).flat();
  const tones = chords.flatMap(({ root, quality }) => intervalsOf(quality).map((step) => (root + step) % 12));
  const home = chords[0]!;
  const third = intervalsOf(home.quality).includes(3) ? "minor" : "major";
  const merit = (key: string): number => {
    const scale = keyTones(key);
    if (!scale) return Number.NEGATIVE_INFINITY;
    const within = tones.filter((tone) => scale.has(tone)).length / tones.length;
    return within + (tonicOf(key) === home.root ? 0.05 : 0) + (key.endsWith(third) ? 0.02 : 0);
  };
  return keys.reduce<string | undefined>((best, key) => (best && merit(best) >= merit(key) ? best : key), undefined);
}

/** Bars of numerals of a key, and the one that a song ends on. */
export function inKey(text: string, key: string): { readonly round: string; readonly last: string } {
  const tonic = tonicOf(key) ?? 0;
  const bars = barsIn(text).map((bar) =>
    bar.map(({ root, quality }) => numeralFor({ above: (root - tonic + 12) % 12, quality })),
  );
  return { round: bars.map((bar) => bar.join(" ")).join(" | "), last: bars[0]![0]! };
}

/** Chord progressions as users write them ("Dm7 G7 | Cmaj7"): parsing, key detection, conversion to numerals. */
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

/** Bars, each with the chords that divide it evenly. */
type Bars = readonly (readonly PlayedChord[])[];

const mostChords = 64;
const letters: Readonly<Record<string, number>> = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
/** Alternative spellings of qualities. */
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

/** Parses a chord; a bass note after a slash is ignored. Throws a UserError with an example. */
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

/** Parses a progression; without bar lines each chord is a bar. Throws a UserError. */
function barsIn(text: string): Bars {
  const chordsIn = (part: string): string[] => part.split(/[\s,–—-]+/).filter((chord) => chord !== "");
  const parts = text.includes("|") ? text.split("|").map(chordsIn) : chordsIn(text).map((chord) => [chord]);
  const bars = parts.filter((bar) => bar.length > 0).map((bar) => bar.map(chordIn));
  if (bars.length === 0) throw new UserError('There are no chords in that. Write them such as "Am F C G".');
  if (bars.flat().length > mostChords) throw new UserError(`Those are more than ${mostChords} chords.`);
  return bars;
}

/** The known quality that shares the most tones with `quality` and adds the fewest. */
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

/**
 * Normalises a progression to the chord qualities that a model knows: "Am | Dm7 G7 | C". Unknown qualities become the
 * closest known one. Throws a UserError if the text can't be parsed or the model knows no chords.
 */
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

/** The key whose scale contains the most chord tones; ties are decided by the first chord's root, then by its mode. */
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

/** A progression as numerals of a key (`round`), and the chord that a song ends on (`last`, its first chord). */
export function inKey(text: string, key: string): { readonly round: string; readonly last: string } {
  const tonic = tonicOf(key) ?? 0;
  const bars = barsIn(text).map((bar) =>
    bar.map(({ root, quality }) => numeralFor({ above: (root - tonic + 12) % 12, quality })),
  );
  return { round: bars.map((bar) => bar.join(" ")).join(" | "), last: bars[0]![0]! };
}

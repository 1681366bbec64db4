/** Chords as numerals of a key, in bars: "IIm7 V7 | Imaj7". */

/** Pitch classes by name, as keys and roots are called: 0 is C. */
export const roots: readonly string[] = ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"];
const numerals = ["I", "bII", "II", "bIII", "III", "IV", "bV", "V", "bVI", "VI", "bVII", "VII"];
const written = /^(b?(?:VII|VI|IV|V|III|II|I))(.*)$/;

const qualities: Readonly<Record<string, readonly number[]>> = {
  "": [0, 4, 7],
  m: [0, 3, 7],
  dim: [0, 3, 6],
  "6": [0, 4, 7, 9],
  m6: [0, 3, 7, 9],
  "7": [0, 4, 7, 10],
  maj7: [0, 4, 7, 11],
  m7: [0, 3, 7, 10],
  m7b5: [0, 3, 6, 10],
  dim7: [0, 3, 6, 9],
  "7b9": [0, 4, 7, 10, 1],
  "7#9": [0, 4, 7, 10, 3],
  aug: [0, 4, 8],
  "5": [0, 7],
  sus2: [0, 2, 7],
  sus4: [0, 5, 7],
  "7sus4": [0, 5, 7, 10],
  "9": [0, 4, 7, 10, 2],
  m9: [0, 3, 7, 10, 2],
  maj9: [0, 4, 7, 11, 2],
  add9: [0, 4, 7, 2],
  "11": [0, 4, 7, 10, 5],
  "13": [0, 4, 7, 10, 9],
};

/** A chord of a key: "IIm7" is two semitones above the tonic, and "m7". */
export interface Numeral {
  /** Semitones above the tonic. */
  readonly above: number;
  /** As written, "" for a plain triad. */
  readonly quality: string;
}

/** Throws where none is written. */
export function numeralOf(text: string): Numeral {
  const [, numeral = "", quality = ""] = written.exec(text) ?? [];
  if (!numeral) throw new Error(`no chord is written "${text}"`);
  return { above: numerals.indexOf(numeral), quality };
}

/** As `numeralOf` reads it. */
export const numeralFor = ({ above, quality }: Numeral): string => numerals[above]! + quality;

/** What a root may carry. */
export const isQuality = (quality: string): boolean => Object.hasOwn(qualities, quality);

/** Semitones of a chord's tones above its root, the root first. Throws for a quality that isn't known. */
export function intervalsOf(quality: string): readonly number[] {
  const intervals = isQuality(quality) && qualities[quality];
  if (!intervals) throw new Error(`no chord is written "${quality}"`);
  return intervals;
}

/** Bars in turn, with the chords that share each evenly. */
export const barsOf = (progression: string): readonly (readonly string[])[] =>
  progression.split("|").map((bar) => bar.trim().split(/\s+/));

/** The pitch class that the name of a key begins with, as in "F minor"; none, where it is no key's. */
export function tonicOf(key: string): number | undefined {
  const tonic = roots.indexOf(key.split(" ")[0]!);
  return tonic < 0 ? undefined : tonic;
}

/** The scales of keys by what follows their tonic; chords of the blues have thirds of both kinds. */
const scales: Readonly<Record<string, readonly number[]>> = {
  major: [0, 2, 4, 5, 7, 9, 11],
  minor: [0, 2, 3, 5, 7, 8, 10],
  blues: [0, 2, 3, 4, 5, 7, 9, 10],
};

/** The pitch classes of a key that has such a name as "F major", "D minor" or "A blues". */
export function keyTones(key: string): ReadonlySet<number> | undefined {
  const [tonic, scale] = [tonicOf(key), scales[modeOf(key)]];
  return tonic === undefined || !scale ? undefined : new Set(scale.map((step) => (tonic + step) % 12));
}

/** What follows the tonic in the name of a key. */
export const modeOf = (key: string): string => key.slice(key.indexOf(" ") + 1);

/** Whether bars of numerals are written: of what comes from a file. */
export const isProgression = (text: string): boolean =>
  barsOf(text).every((bar) => bar.every((name) => written.test(name)));

/** What a chord without a quality is called in lists of names. */
export const PLAIN = "triad";

/** The name of a chord's quality in lists of names, and back. */
export const qualityName = (quality: string): string => quality || PLAIN;
export const qualityOf = (name: string): string => (name === PLAIN ? "" : name);

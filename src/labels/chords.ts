/** Chords as numerals of a key, in bars: "IIm7 V7 | Imaj7". */

const noteNames = ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"];
const numerals = ["I", "bII", "II", "bIII", "III", "IV", "bV", "V", "bVI", "VI", "bVII", "VII"];
const written = /^(b?(?:VII|VI|IV|V|III|II|I))(.*)$/;

/** The pitch classes of a chord's root by name: 0 is C. */
export const roots: readonly string[] = noteNames;

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

/** Bars in turn, with the chords that share each evenly. */
export const barsOf = (progression: string): readonly (readonly string[])[] =>
  progression.split("|").map((bar) => bar.trim().split(/\s+/));

/** The pitch class that the name of a key begins with, as in "F minor"; none, where it is no key's. */
export function tonicOf(key: string): number | undefined {
  const tonic = noteNames.indexOf(key.split(" ")[0]!);
  return tonic < 0 ? undefined : tonic;
}

/** Whether bars of numerals are written: of what comes from a file. */
export const isProgression = (text: string): boolean =>
  barsOf(text).every((bar) => bar.every((name) => written.test(name)));

/** What a chord without a quality is called in lists of names. */
export const PLAIN = "triad";

/** The name of a chord's quality in lists of names. */
export const qualityName = (quality: string): string => quality || PLAIN;

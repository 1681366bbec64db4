/** Chord symbols, Roman numerals, keys, and progressions such as "IIm7 V7 | Imaj7". */

/** Names of the pitch classes, from C = 0, as used for keys and roots. */
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

/** A chord relative to a key: "IIm7" is `{ above: 2, quality: "m7" }`. */
export interface Numeral {
  /** Semitones from the tonic to the root. */
  readonly above: number;
  /** As written; "" is a major triad. */
  readonly quality: string;
}

/** Parses a numeral. Throws if there is none. */
export function numeralOf(text: string): Numeral {
  const [, numeral = "", quality = ""] = written.exec(text) ?? [];
  if (!numeral) throw new Error(`"${text}" is not a chord numeral`);
  return { above: numerals.indexOf(numeral), quality };
}

/** The inverse of `numeralOf`. */
export const numeralFor = ({ above, quality }: Numeral): string => numerals[above]! + quality;

/** Whether a chord quality such as "m7" is known. */
export const isQuality = (quality: string): boolean => Object.hasOwn(qualities, quality);

/** Intervals of a chord's tones above its root in semitones, root first. Throws for an unknown quality. */
export function intervalsOf(quality: string): readonly number[] {
  const intervals = isQuality(quality) && qualities[quality];
  if (!intervals) throw new Error(`unknown chord quality "${quality}"`);
  return intervals;
}

/** The bars of a progression, each with the chords that divide it evenly. */
export const barsOf = (progression: string): readonly (readonly string[])[] =>
  progression.split("|").map((bar) => bar.trim().split(/\s+/));

/** The tonic of a key such as "F minor", as a pitch class; undefined if it is not a key. */
export function tonicOf(key: string): number | undefined {
  const tonic = roots.indexOf(key.split(" ")[0]!);
  return tonic < 0 ? undefined : tonic;
}

/** Scales by mode; the blues has both thirds. */
const scales: Readonly<Record<string, readonly number[]>> = {
  major: [0, 2, 4, 5, 7, 9, 11],
  minor: [0, 2, 3, 5, 7, 8, 10],
  blues: [0, 2, 3, 4, 5, 7, 9, 10],
};

/** The pitch classes of a key such as "F major", "D minor" or "A blues"; undefined if it is not a key. */
export function keyTones(key: string): ReadonlySet<number> | undefined {
  const [tonic, scale] = [tonicOf(key), scales[modeOf(key)]];
  return tonic === undefined || !scale ? undefined : new Set(scale.map((step) => (tonic + step) % 12));
}

/** The mode of a key: "major" in "F major". */
export const modeOf = (key: string): string => key.slice(key.indexOf(" ") + 1);

/** Whether a text consists of bars of numerals. */
export const isProgression = (text: string): boolean =>
  barsOf(text).every((bar) => bar.every((name) => written.test(name)));

/** Name of the quality "" (major triad) in a model's list of qualities. */
export const PLAIN = "triad";

/** Converts between a quality as written and its name in a model's list. */
export const qualityName = (quality: string): string => quality || PLAIN;
export const qualityOf = (name: string): string => (name === PLAIN ? "" : name);

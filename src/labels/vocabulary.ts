/** The names a model knows: finding one however it is typed, and the closest ones when it isn't there. */
import { UserError } from "../errors.ts";
import type { BandMetre, MetreRules } from "./metre.ts";

/** What a model offers to people; every model card has it. */
export interface Vocabulary {
  /** Names by id; entry 0 is "unknown" and is not offered. */
  readonly artists: readonly string[];
  readonly genres: readonly string[];
  /** Artist and genre names that belong together. */
  readonly bands: readonly VocabularyBand[];
  /** Of a model that counts beats. */
  readonly metre?: MetreRules;
  readonly minSeconds: number;
  readonly maxSeconds: number;
  /** Hz. */
  readonly sampleRate: number;
}

export interface VocabularyBand {
  readonly artist: string;
  readonly genre: string;
  readonly metre?: BandMetre;
}

/** Discord's limit for the choices of one question. */
const mostChoices = 25;
/** Longer names are cut before they are compared or shown: nobody's real name is. */
const mostCharacters = 100;

const offered = (names: readonly string[]) => names.slice(1);

/** The id of a name, in whatever case; a name that isn't there is refused with the closest ones. */
export function idOf(kind: "artist" | "genre", name: string, names: readonly string[]): number {
  const wanted = plain(name);
  const id = names.findIndex((known) => plain(known) === wanted);
  if (id !== -1) return id;
  const close = near(name, names).slice(0, 3).join(", ");
  throw new UserError(`I don't know the ${kind} "${name.slice(0, mostCharacters)}". Close to it: ${close}.`);
}

/** Names that are offered, best first, at most 25: those that begin so, have a word that does, contain it, or look like it. */
export function near(name: string, names: readonly string[]): string[] {
  const wanted = plain(name.slice(0, mostCharacters));
  return offered(names)
    .map((known) => ({ known, rank: rank(wanted, plain(known)), distance: editDistance(wanted, plain(known)) }))
    .sort((a, b) => a.rank - b.rank || (wanted ? a.distance - b.distance : 0))
    .slice(0, mostChoices)
    .map(({ known }) => known);
}

function rank(wanted: string, known: string): number {
  if (known.startsWith(wanted)) return 0;
  if (known.includes(` ${wanted}`)) return 1;
  return known.includes(wanted) ? 2 : 3;
}

/** Case and the number of spaces don't count. */
const plain = (name: string) => name.trim().replace(/\s+/g, " ").toLowerCase();

/** Letters to change, add or drop until one text is the other (Levenshtein). */
export function editDistance(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  let above = right.map((_, j) => j + 1); // distances from nothing to each beginning of b
  for (const [i, letter] of left.entries()) {
    let [diagonal, before] = [i, i + 1];
    above = above.map((up, j) => {
      const here = Math.min(up + 1, before + 1, diagonal + (letter === right[j] ? 0 : 1));
      [diagonal, before] = [up, here];
      return here;
    });
  }
  return above.at(-1) ?? left.length;
}

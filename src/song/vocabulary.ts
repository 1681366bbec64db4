/** The names a model knows: its own or those of the released lists, each level's numbers for them, and the closest to what was typed. */
import { UserError } from "../errors.ts";
import type { CharacterSet } from "../lyrics/characters.ts";
import type { BandMetre, MetreRules } from "../music/metre.ts";
import { closest } from "./closest.ts";
import { type MoodKind, moodNames } from "./mood.ts";
import { idsBy, type NameLists, type ReleasedRule, v2Name, v2Words } from "./released-names.ts";

/** Whose numbers a level's names have: those of the model's own lists, or of the released ones. */
export type LabelRule = "own" | ReleasedRule;

/** What a model offers to people; every model card has it. */
export interface Vocabulary {
  /** Names to offer, after "unknown" at 0, which is not offered; where the rule is "own", a name's place is its id. */
  readonly artists: readonly string[];
  readonly genres: readonly string[];
  /** Artist and genre names that belong together. */
  readonly bands: readonly VocabularyBand[];
  /** Of a model that counts beats. */
  readonly metre?: MetreRules;
  /** By level, finest first. The coarsest one's decides which names are known. */
  readonly rules: readonly LabelRule[];
  /** Of the released rules among these. */
  readonly lists?: Readonly<Partial<Record<ReleasedRule, NameLists>>>;
  /** What it reads lyrics in; a model without doesn't sing. */
  readonly lyrics?: CharacterSet;
  /** Lengths that can be made. */
  readonly minSeconds: number;
  readonly maxSeconds: number;
  /** Lengths of whole songs that it has heard of, the longest excluded; what is made may be the beginning of one. */
  readonly whole?: { readonly minSeconds: number; readonly maxSeconds: number };
  /** Of the sound, in Hz. */
  readonly sampleRate: number;
}

export interface VocabularyBand {
  readonly artist: string;
  readonly genre: string;
  readonly metre?: BandMetre;
}

export type NameKind = "artist" | "genre";
/** Names of a whole song that are offered. */
export type OfferedKind = NameKind | MoodKind;

/** Longer names are cut before they are shown: nobody's real name is. */
const mostCharacters = 100;
const unknown = "unknown";

const namesOf = (kind: NameKind, { artists, genres }: Vocabulary) => (kind === "artist" ? artists : genres);
const listOf = (kind: NameKind, { artists, genres }: NameLists) => (kind === "artist" ? artists : genres);
export const topRule = ({ rules }: Vocabulary): LabelRule => rules.at(-1) ?? "own";

/** The lists of a rule. That a model has those of its rules was seen to when it was opened. */
const listsOf = (rule: ReleasedRule, { lists }: Vocabulary): NameLists => {
  const found = lists?.[rule];
  if (found === undefined) throw new Error(`there are no ${rule} lists`);
  return found;
};

/** The id of one of the model's own names, in whatever case; a name that isn't there is refused with the closest ones. */
export function idOf(kind: NameKind, name: string, names: readonly string[]): number {
  const wanted = plain(name);
  const id = names.findIndex((known) => plain(known) === wanted);
  if (id === -1) throw stranger(kind, name, names);
  return id;
}

function stranger(kind: NameKind, name: string, names: readonly string[]): UserError {
  const close = near(name, names).slice(0, 3).join(", ");
  return new UserError(`I don't know the ${kind} "${name.slice(0, mostCharacters)}". Close to it: ${close}.`);
}

/** A name as the model spells it, where it spells names; refused with the closest ones if its coarsest level doesn't know it. */
export function spelled(kind: NameKind, name: string, vocabulary: Vocabulary): string {
  const names = namesOf(kind, vocabulary);
  const rule = topRule(vocabulary);
  if (plain(name) === unknown) return unknown;
  if (rule === "own") return names[idOf(kind, name, names)]!;
  const list = listOf(kind, listsOf(rule, vocabulary));
  const known = (text: string): boolean => (list.get(text) ?? 0) > 0;
  if (rule === "v3") {
    const spelling = [name, tidy(name)].find((text) => known(text.toLowerCase()));
    if (spelling === undefined) throw stranger(kind, name, names);
    return spelling;
  }
  const parts = kind === "genre" ? v2Words(name) : [v2Name(name)];
  const strange = parts.find((part) => !known(part));
  if (strange !== undefined) throw stranger(kind, parts.length > 1 ? strange : name, names);
  return tidy(name);
}

/** One level's numbers for artist and genre; each is known as far as `spelled` has seen to it, else unknown. */
export function numbered(
  words: { readonly artist: string; readonly genre: string },
  rule: LabelRule,
  vocabulary: Vocabulary,
): { readonly artist: number; readonly genres: readonly number[] } {
  if (rule !== "own") return idsBy(rule, words, listsOf(rule, vocabulary));
  const { artists, genres } = vocabulary;
  return { artist: idOf("artist", words.artist, artists), genres: [idOf("genre", words.genre, genres)] };
}

/** What to offer for a name that is being typed, best first, at most 25. Of a bag of genres the last word is completed. */
export function offers(kind: OfferedKind, typed: string, vocabulary: Vocabulary): string[] {
  if (kind === "mood" || kind === "dynamics") return near(typed, [unknown, ...moodNames(kind, vocabulary.metre)]);
  const names = namesOf(kind, vocabulary);
  const bag = kind === "genre" && topRule(vocabulary) === "v2";
  const [, before = "", last = typed] = (bag && /^(.{1,80}\s)(\S*)$/s.exec(typed)) || [];
  return near(last, names).map((name) => before + name);
}

/** The offered names closest to this one, best first, at most 25. */
export const near = (name: string, names: readonly string[]): string[] =>
  closest(plain(name.slice(0, mostCharacters)), names, plain);

const tidy = (name: string): string => name.trim().replace(/\s+/g, " ");
/** Case and the number of spaces don't count. */
const plain = (name: string): string => tidy(name).toLowerCase();

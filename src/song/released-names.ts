/** How the released models number artists and genres: two sets of lists, each with a rule of its own (spec 5.3). */
import { UserError } from "../errors.ts";

/** Which lists: v2 is that of 5b, 5b_lyrics and both upsamplers, v3 that of 1b_lyrics' top. */
export type ReleasedRule = "v2" | "v3";

/** Ids by name, in lower case; 0 is "unknown". */
export type NameList = ReadonlyMap<string, number>;

export interface NameLists {
  readonly artists: NameList;
  /** In v2 of words, in v3 of whole genres. */
  readonly genres: NameList;
}

/** A released list and a good deal more. */
export const mostListBytes = 2 ** 20;
const mostId = 2 ** 20;
const longestName = 200;

/**
 * A list as it was released: `name;id` a line. A later line of the same name wins. Marks that can't be seen, such as U+200E,
 * are part of a name. Throws a UserError that tells the line if it is none.
 */
export function readNameList(text: string, file: string): NameList {
  const list = new Map<string, number>();
  for (const [index, line] of text.split(/\r\n|[\r\n]/).entries()) {
    const stripped = line.trim();
    if (stripped === "") continue;
    const [, name, id] = /^(.*);(\d{1,7})$/.exec(stripped) ?? [];
    if (name === undefined || name.length > longestName || Number(id) > mostId)
      throw new UserError(
        `${file} is damaged: line ${index + 1} is no name and number. Fetch the model's folder anew.`,
      );
    list.set(name.toLowerCase(), Number(id));
  }
  return list;
}

/** A name as v2's lists have it: nothing but a–z, 0–9 and single underscores. */
export const v2Name = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");

/** The genre's bag of words in v2. */
export const v2Words = (genre: string): string[] => v2Name(genre).split("_");

/** Slots of the bag of genres. */
const mostWords = 5;

/** The rows of an artist and a genre by one rule; what the lists don't have is 0, each unknown word of a bag too. */
export function idsBy(
  rule: ReleasedRule,
  { artist, genre }: { readonly artist: string; readonly genre: string },
  { artists, genres }: NameLists,
): { readonly artist: number; readonly genres: readonly number[] } {
  if (rule === "v3")
    return { artist: artists.get(artist.toLowerCase()) ?? 0, genres: [genres.get(genre.toLowerCase()) ?? 0] };
  const words = v2Words(genre);
  if (words.length > mostWords)
    throw new UserError(`This model takes genres of up to ${mostWords} words, and "${genre}" has ${words.length}.`);
  return { artist: artists.get(v2Name(artist)) ?? 0, genres: words.map((word) => genres.get(word) ?? 0) };
}

/** Names by id, to be shown; those that share one are joined by an underscore. An id without a name is left out. */
export function shownNames(list: NameList): ReadonlyMap<number, string> {
  const byId = Map.groupBy(list.keys(), (name) => list.get(name)!); // they are its own keys
  return new Map([...byId].map(([id, names]) => [id, names.sort(byCodePoint).join("_")]));
}

const byCodePoint = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b)); // so does UTF-8

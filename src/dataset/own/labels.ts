/** A song's labels from its sidecar and tags (the sidecar wins); implausible values are left out and reported. */
import type { Tags } from "../../audio/tags/read.ts";
import { lyricsFrom } from "../../lyrics/pasted/lyrics.ts";
import type { SidecarField, Told } from "./sidecar.ts";
import { type WordTime, wordTimes } from "./timed-lyrics.ts";

export interface SongLabels {
  readonly title?: string;
  readonly artist: string;
  readonly album?: string;
  readonly genre: string;
  /** Also told, and not used: a song has one genre in training. */
  readonly moreGenres: readonly string[];
  readonly year?: number;
  readonly mood?: string;
  readonly keywords?: readonly string[];
  readonly lyrics?: string;
  readonly words?: readonly WordTime[];
}

export interface Read {
  readonly labels: SongLabels;
  /** What was left out, and why: a sentence each. */
  readonly remarks: readonly string[];
}

export const UNKNOWN = "unknown";
const mostNameLength = 100;
const mostLyricsLength = 100_000;
const [firstYear, lastYear] = [1000, new Date().getFullYear() + 1];

/** Labels of the file of this name. */
export function labelsOf(file: string, tags: Tags, told: Told | undefined): Read {
  const remarks: string[] = [];
  const refuse = (field: SidecarField, why: string): undefined => {
    const source = told?.fields.has(field) ? `${told.where}` : `the tags of "${file}"`;
    remarks.push(`"${file}": the ${field} that ${source} gives ${why}, so it is left out.`);
  };
  const values = (field: SidecarField): readonly string[] => {
    if (!told?.fields.has(field)) return (field !== "words" && tags.get(field)) || [];
    const value = told.fields.get(field);
    const list = Array.isArray(value) ? (value as unknown[]) : [value];
    const texts = list.flatMap((one) => (typeof one === "string" || typeof one === "number" ? String(one) : []));
    if (texts.length < list.length) refuse(field, "is not text");
    return texts.length < list.length ? [] : texts;
  };
  const name = (field: SidecarField, text: string | undefined): string | undefined => {
    const plain = nameIn(text ?? "");
    if (plain.length > mostNameLength) return refuse(field, `is longer than ${mostNameLength} characters`);
    return plain === "" || isUnknown(plain) ? undefined : plain;
  };
  const first = (field: SidecarField): string | undefined => name(field, values(field)[0]);
  const genres = values("genre")
    .flatMap((text) => text.split(/[;|\0]/))
    .flatMap((text) => name("genre", text) ?? []);
  const lyrics = lyricsIn(values("lyrics").join("\n"), (why) => refuse("lyrics", why));
  const keywords = values("keywords")
    .flatMap((text) => text.split(/[,;|]/))
    .flatMap((text) => nameIn(text).slice(0, mostNameLength) || []);
  const labels = {
    artist: first("artist") ?? UNKNOWN,
    genre: genres[0] ?? UNKNOWN,
    moreGenres: [...new Set(genres)].slice(1, 20),
    ...given("title", nameIn(values("title")[0] ?? "").slice(0, mostNameLength) || undefined),
    ...given("album", first("album")),
    ...given(
      "year",
      yearIn(values("year")[0], (why) => refuse("year", why)),
    ),
    ...given("mood", first("mood")?.toLowerCase()),
    ...given("keywords", keywords.length > 0 ? keywords.slice(0, 100) : undefined),
    ...given("lyrics", lyrics),
    ...given(
      "words",
      wordsIn(told, (why) => refuse("words", why)),
    ),
  };
  return { labels, remarks };
}

const given = <Key extends string, Value>(key: Key, value: Value | undefined): { readonly [K in Key]?: Value } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: Value };

/** One line, one space between words, composed letters. */
const nameIn = (text: string): string =>
  text
    .normalize("NFC")
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();

const isUnknown = (name: string): boolean => /^[[(<]?\s*unknown( artist| genre)?\s*[\])>]?$/i.test(name);

function yearIn(text: string | undefined, refuse: (why: string) => undefined): number | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  const year = Number(/^\s*(\d{4})(?!\d)/.exec(text)?.[1] ?? Number.NaN);
  return year >= firstYear && year <= lastYear ? year : refuse(`can't be right ("${text.trim().slice(0, 20)}")`);
}

function lyricsIn(text: string, refuse: (why: string) => undefined): string | undefined {
  if (text.length > mostLyricsLength) return refuse(`is longer than ${mostLyricsLength} characters`);
  const plain = lyricsFrom(text).text;
  return plain === "" ? undefined : plain;
}

function wordsIn(told: Told | undefined, refuse: (why: string) => undefined): readonly WordTime[] | undefined {
  if (!told?.fields.has("words")) return undefined;
  const times = wordTimes(told.fields.get("words"));
  return typeof times === "string" ? refuse(times) : times;
}

/** Names that differ only in case are one: the known spelling counts, else the most frequent. */
export function spellings(names: readonly string[], known: readonly string[] = []): ReadonlyMap<string, string> {
  const counts = [...Map.groupBy(names, (name) => name)].sort(
    ([a, some], [b, others]) => others.length - some.length || (a < b ? -1 : 1),
  );
  const spelled = new Map<string, string>();
  for (const name of [...known, ...counts.map(([one]) => one)]) {
    const key = nameIn(name).toLowerCase();
    if (!spelled.has(key)) spelled.set(key, name);
  }
  return spelled;
}

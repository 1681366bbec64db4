/** The tags of a sound file of any kind that is read here: a few spans of it are looked at, and nothing is believed. */
import { id3Bytes, id3HeadBytes, id3v1Bytes, id3v1Tags, id3v2Tags } from "./id3.ts";
import { aiffTags, wavTags } from "./riff.ts";
import { type Span, withSpan } from "./span.ts";
import { type Found, mostTagBytes, type TagName } from "./tag.ts";
import { flacTags, oggTags } from "./xiph.ts";

/** What is told, by name; values that say nothing are left out. */
export type Tags = ReadonlyMap<TagName, readonly string[]>;

export interface TagsRead {
  readonly tags: Tags;
  /** Whether some can't be read, and are left out. */
  readonly damaged: boolean;
}

/** What can't be read costs only itself. */
export const readTags = (path: string): TagsRead =>
  withSpan(path, (file) => {
    const lists = tagLists(file);
    return { tags: gathered(lists), damaged: lists.some((list) => list.includes("damaged")) };
  });

/** What the first list tells of a name counts; the next ones fill in what it leaves open. */
function gathered(lists: readonly (readonly Found[])[]): Tags {
  const tags = new Map<TagName, string[]>();
  for (const list of lists) {
    const told = Map.groupBy(
      list
        .flatMap((one) => (one === "damaged" ? [] : [[one[0], tidy(one[1])] as const]))
        .filter(([, value]) => value !== ""),
      ([name]) => name,
    );
    for (const [name, values] of told)
      if (!tags.has(name))
        tags.set(
          name,
          values.map(([, value]) => value),
        );
  }
  return tags;
}

/** Control characters but for the ends of lines say nothing. */
const tidy = (text: string): string =>
  text
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{Cc}\n\t]/gu, "")
    .trim();

const mostLists = 8;

function tagLists(file: Span): Found[][] {
  const start = file.read(0, 12);
  if (/^(RIF[FX]|RF64|BW64)/.test(start.toString("latin1"))) return [wavTags(file)];
  if (startsWith(start, "FORM")) return [aiffTags(file)];
  const lists: Found[][] = [];
  let at = 0;
  for (let size = id3Bytes(start); size > 0 && lists.length < mostLists; size = id3Bytes(file.read(at, id3HeadBytes))) {
    lists.push(id3v2Tags(file.read(at, Math.min(size, mostTagBytes))));
    at += size;
  }
  const begin = file.read(at, 4);
  if (startsWith(begin, "OggS")) return [oggTags(file, at), ...lists];
  if (startsWith(begin, "fLaC")) return [flacTags(file, at), ...lists];
  return [...lists, id3v1Tags(file.read(Math.max(0, file.size - id3v1Bytes), id3v1Bytes))];
}

const startsWith = (bytes: Buffer, text: string): boolean => bytes.toString("latin1", 0, text.length) === text;

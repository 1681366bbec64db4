/** The tags of a sound file of any kind that is read here: a few spans of it are looked at, and nothing is believed. */
import { refuse } from "../broken.ts";
import { id3Bytes, id3HeadBytes, id3v1Bytes, id3v1Tags, id3v2Tags } from "./id3.ts";
import { wavTags } from "./riff.ts";
import { type Span, withSpan } from "./span.ts";
import { mostTagBytes, type Tag, type TagName } from "./tag.ts";
import { flacTags, oggTags } from "./xiph.ts";

/** What is told, by name; values that say nothing are left out. */
export type Tags = ReadonlyMap<TagName, readonly string[]>;

/** Throws a BrokenSound if there are tags that can't be read. */
export const readTags = (path: string): Tags => withSpan(path, (file) => gathered(tagLists(file)));

/** What the first list tells of a name counts; the next ones fill in what it leaves open. */
function gathered(lists: readonly (readonly Tag[])[]): Tags {
  const tags = new Map<TagName, string[]>();
  for (const list of lists) {
    const told = Map.groupBy(
      list.map(([name, value]) => [name, tidy(value)] as const).filter(([, value]) => value !== ""),
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

function tagLists(file: Span): Tag[][] {
  const start = file.read(0, 12);
  if (startsWith(start, "OggS")) return [oggTags(file)];
  if (startsWith(start, "RIFF")) return [wavTags(file)];
  const lists: Tag[][] = [];
  let at = 0;
  for (let size = id3Bytes(start); size > 0; size = id3Bytes(file.read(at, id3HeadBytes))) {
    if (size > mostTagBytes || lists.length >= mostLists) refuse("has tags without end");
    lists.push(id3v2Tags(file.read(at, size)));
    at += size;
  }
  if (startsWith(file.read(at, 4), "fLaC")) return [flacTags(file, at), ...lists];
  return [...lists, id3v1Tags(file.read(Math.max(0, file.size - id3v1Bytes), id3v1Bytes))];
}

const startsWith = (bytes: Buffer, text: string): boolean => bytes.toString("latin1", 0, text.length) === text;

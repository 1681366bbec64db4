/** Reads the tags of a sound file of any supported format. */

import { type ByteSource, withByteSource } from "../byte-source.ts";
import { id3Bytes, id3HeadBytes, id3v1Bytes, id3v1Tags, id3v2Tags } from "./id3.ts";
import { aiffTags, wavTags } from "./riff.ts";
import { type Found, mostTagBytes, type TagName } from "./tag.ts";
import { flacTags, oggTags } from "./xiph.ts";

/** Non-empty values, by name. */
export type Tags = ReadonlyMap<TagName, readonly string[]>;

export interface TagsRead {
  readonly tags: Tags;
  /** Whether some could not be read. */
  readonly damaged: boolean;
}

/** Tags that can't be read are left out. */
export const readTags = (path: string): TagsRead =>
  withByteSource(path, (file) => {
    const lists = tagLists(file);
    return { tags: merged(lists), damaged: lists.some((list) => list.includes("damaged")) };
  });

/** For each name the values of the first list that has it. */
function merged(lists: readonly (readonly Found[])[]): Tags {
  const tags = new Map<TagName, string[]>();
  for (const list of lists) {
    const byName = Map.groupBy(
      list
        .flatMap((one) => (one === "damaged" ? [] : [[one[0], tidy(one[1])] as const]))
        .filter(([, value]) => value !== ""),
      ([name]) => name,
    );
    for (const [name, values] of byName)
      if (!tags.has(name))
        tags.set(
          name,
          values.map(([, value]) => value),
        );
  }
  return tags;
}

/** Removes control characters but line ends and tabs. */
const tidy = (text: string): string =>
  text
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{Cc}\n\t]/gu, "")
    .trim();

const maxLists = 8;

function tagLists(file: ByteSource): Found[][] {
  const start = file.read(0, 12);
  if (/^(RIF[FX]|RF64|BW64)/.test(start.toString("latin1"))) return [wavTags(file)];
  if (startsWith(start, "FORM")) return [aiffTags(file)];
  const lists: Found[][] = [];
  let at = 0;
  for (let size = id3Bytes(start); size > 0 && lists.length < maxLists; size = id3Bytes(file.read(at, id3HeadBytes))) {
    lists.push(id3v2Tags(file.read(at, Math.min(size, mostTagBytes))));
    at += size;
  }
  const begin = file.read(at, 4);
  if (startsWith(begin, "OggS")) return [oggTags(file, at), ...lists];
  if (startsWith(begin, "fLaC")) return [flacTags(file, at), ...lists];
  return [...lists, id3v1Tags(file.read(Math.max(0, file.size - id3v1Bytes), id3v1Bytes))];
}

const startsWith = (bytes: Buffer, text: string): boolean => bytes.toString("latin1", 0, text.length) === text;

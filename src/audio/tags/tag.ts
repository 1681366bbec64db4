/** What sound files tell of the music in them, whatever container tells it. */
import { guessText, latinText } from "../text.ts";

export type TagName = "title" | "artist" | "album" | "genre" | "year" | "mood" | "keywords" | "lyrics";

/** One thing told; where a name is told twice, both are there, in the file's order. */
export type Tag = readonly [name: TagName, value: string];

/** What stands in a file's tags: one thing told, or something that can't be read and costs only itself. */
export type Found = Tag | "damaged";

/** Longer values are no text that anybody would read. */
export const mostValueBytes = 1 << 18;
/** Of a file's tags together: pictures of a record's cover are tags, too. */
export const mostTagBytes = 1 << 24;
export const mostTags = 1000;

export type Encoding = "latin1" | "utf-8" | "utf-16le" | "utf-16be";

/** The bytes as text; programs that know only one encoding say another. */
export function textIn(bytes: Uint8Array, encoding: Encoding): string {
  if (encoding === "latin1") return latinText(bytes);
  return encoding === "utf-8" ? guessText(bytes) : new TextDecoder(encoding).decode(bytes);
}

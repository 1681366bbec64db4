/** What sound files tell of the music in them, whatever container tells it. */
import { refuse } from "../broken.ts";

export type TagName = "title" | "artist" | "album" | "genre" | "year" | "mood" | "keywords" | "lyrics";

/** One thing told; where a name is told twice, both are there, in the file's order. */
export type Tag = readonly [name: TagName, value: string];

/** Longer values are no text that anybody would read. */
export const mostValueBytes = 1 << 18;
/** Of a file's tags together: pictures of a record's cover are tags, too. */
export const mostTagBytes = 1 << 24;
export const mostTags = 1000;

export type Encoding = "latin1" | "utf-8" | "utf-16le" | "utf-16be";

/** The bytes as text; what is not text in this encoding is damaged. */
export function textIn(bytes: Uint8Array, encoding: Encoding): string {
  if (encoding === "latin1") return Buffer.from(bytes).toString("latin1");
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return refuse("has tags that are no text");
  }
}

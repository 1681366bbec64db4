/** Tags of sound files, whatever their container. */
import { guessText, latinText } from "../text.ts";

export type TagName = "title" | "artist" | "album" | "genre" | "year" | "mood" | "keywords" | "lyrics";

/** One value; a name may occur more than once, in the file's order. */
export type Tag = readonly [name: TagName, value: string];

/** A tag, or one that can't be read. */
export type Found = Tag | "damaged";

/** Longer values are skipped. */
export const mostValueBytes = 1 << 18;
/** All tags of a file together, cover art included. */
export const mostTagBytes = 1 << 24;
export const mostTags = 1000;

export type Encoding = "latin1" | "utf-8" | "utf-16le" | "utf-16be";

/** Decodes text whose declared encoding may be wrong. */
export function textIn(bytes: Uint8Array, encoding: Encoding): string {
  if (encoding === "latin1") return latinText(bytes);
  return encoding === "utf-8" ? guessText(bytes) : new TextDecoder(encoding).decode(bytes);
}

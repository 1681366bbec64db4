/** Cleans pasted lyrics: keeps what is sung, and notes what was removed. */
import { UserError } from "../../errors.ts";
import type { Dropped } from "./dropped.ts";
import { withoutHidden, withoutMarks } from "./marks.ts";
import { withoutSections } from "./sections.ts";
import { plainSigns } from "./signs.ts";
import { withoutTimes } from "./times.ts";

export interface PastedLyrics {
  /** Trimmed lines; an empty line between verses. */
  readonly text: string;
  /** Sentences for the user. */
  readonly notes: readonly string[];
}

/**
 * Accepts text from chats, web pages, LRC, SRT and WebVTT files. Runs in time linear in the length of the text: no pattern
 * backtracks without a bound.
 */
export function lyricsFrom(pasted: string): PastedLyrics {
  const dropped: Dropped = new Set();
  const visible = withoutHidden(plainSigns(pasted, dropped), dropped);
  const lines = withoutTimes(visible.split("\n"), dropped).map((line) => {
    if (line.trim() === "") return "";
    const clean = tidy(withoutSections(withoutMarks(line, dropped), dropped));
    return clean === "" ? undefined : clean;
  });
  const text = lines.filter((line) => line !== undefined).join("\n");
  return { text: text.replace(/\n{3,}/g, "\n\n").trim(), notes: notesOn(dropped) };
}

/** The same; refused where nothing is left to sing. */
export function lyricsToSing(pasted: string): PastedLyrics {
  const lyrics = lyricsFrom(pasted);
  if (lyrics.text !== "") return lyrics;
  throw new UserError(["There is nothing to sing in these lyrics: write them in letters.", ...lyrics.notes].join(" "));
}

/** Collapses spaces, and removes those before punctuation. */
const tidy = (line: string): string =>
  line
    .replace(/\s+/g, " ")
    .replace(/ (?=[,.;!?](?:\s|$))/g, "")
    .trim();

function notesOn(dropped: Dropped): string[] {
  if (dropped.size === 0) return [];
  const kinds = [...dropped];
  const last = kinds.pop()!;
  return [`Not sung: ${kinds.length > 0 ? `${kinds.join(", ")} and ` : ""}${last}.`];
}

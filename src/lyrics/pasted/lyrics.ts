/** Lyrics as people paste them: what is sung of them, line by line, and what is not. */
import { UserError } from "../../errors.ts";
import type { Dropped } from "./dropped.ts";
import { withoutHidden, withoutMarks } from "./marks.ts";
import { withoutSections } from "./sections.ts";
import { plainSigns } from "./signs.ts";
import { withoutTimes } from "./times.ts";

export interface PastedLyrics {
  /** One line a line, without blanks at its ends; an empty line between verses. */
  readonly text: string;
  /** Sentences for the user. */
  readonly notes: readonly string[];
}

/**
 * Takes lyrics from a chat, a web page, an LRC, SRT or WebVTT file. The time is linear in the length of the text: no pattern
 * looks at a character more than a bounded number of times.
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

/** The same, refused where nothing is left to be sung. */
export function lyricsToSing(pasted: string): PastedLyrics {
  const lyrics = lyricsFrom(pasted);
  if (lyrics.text !== "") return lyrics;
  throw new UserError(["There is nothing to sing in these lyrics: write them in letters.", ...lyrics.notes].join(" "));
}

/** Single blanks, none before a comma. */
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

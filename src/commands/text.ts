/** Words from outside, made harmless for a message. */
import { escapeMarkdown } from "discord.js";
import { describe } from "../song/describe.ts";
import type { Song } from "../song/song.ts";

const mostCharacters = 1500;

/** Shows text as it is: no formatting, no mention, no endless line. */
export function plain(text: string): string {
  const short = text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
  return escapeMarkdown(short, { heading: true, bulletedList: true, numberedList: true })
    .replaceAll("[", "\\[") // the library's own search for links takes a quarter of a second for "[a]([a]([a](…"
    .replaceAll("@", "@\u200b"); // a space of no width: this is no mention any more
}

/** A length of time, such as "12.5 s" or "2 min 5 s". */
export function timeText(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toFixed(1))} s`;
  const rest = Math.round(seconds % 60);
  return `${Math.floor(seconds / 60)} min${rest === 0 ? "" : ` ${rest} s`}`;
}

/** A song's name in messages. */
export const title = (song: Song): string => `**${plain(describe(song))}**`;

/** Words from outside, made harmless for a message. */
import { escapeMarkdown } from "discord.js";
import { describe } from "../song/describe.ts";
import type { Song } from "../song/song.ts";

const mostCharacters = 1500;

/** Shows text as it is: no formatting, no mention, no endless line. */
export function plain(text: string): string {
  const short = text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
  return escapeMarkdown(short, { heading: true, bulletedList: true, numberedList: true, maskedLink: true }).replaceAll(
    "@",
    "@\u200b", // a space of no width: this is no mention any more
  );
}

/** A song's name in messages. */
export const title = (song: Song): string => `**${plain(describe(song))}**`;

/** What a message says, without Discord's own marks: mentions, emoji of a server, moments, links to commands. */
export const spoken = (content: string): string =>
  content
    .replace(/<(?:@[!&]?\d+|#\d+|a?:\w+:\d+|t:-?\d+(?::\w)?|\/[^:>]+:\d+|id:\w+)>/g, "")
    .replace(/^(?:#{1,3}|>{1,3}|-#|[-*]) /gm, "")
    .replace(/`{3}\w*$/gm, "");

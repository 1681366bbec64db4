/** Removes markup of chats and web pages: code, spoilers, links, mentions, named emoji, Markdown, HTML. */
import type { Dropped, Kind } from "./dropped.ts";

/** Removes code and spoilers, which may span lines; unpaired marks are kept. */
export function withoutHidden(text: string, dropped: Dropped): string {
  const unescaped = text.replace(/\\([!-/:-@[-`{-~])/g, (_, sign) => (sign === "|" || sign === "`" ? " " : sign));
  const outside = ["```", "``"].reduce((rest, mark) => outsideOf(rest, mark, "code", dropped), unescaped);
  const plain = replaced(outside, /(?<![\p{L}\p{N}`])`[^`]+`(?![\p{L}\p{N}`])/gu, " ", "code", dropped);
  return outsideOf(plain, "||", "spoilers", dropped);
}

function outsideOf(text: string, mark: string, kind: Kind, dropped: Dropped): string {
  const pieces = text.split(mark);
  if (pieces.length < 3) return text;
  dropped.add(kind);
  const open = pieces.length % 2 === 0 ? mark + pieces.pop()! : "";
  return pieces.filter((_, index) => index % 2 === 0).join(" ") + open;
}

function replaced(text: string, pattern: RegExp, by: string, kind: Kind, dropped: Dropped): string {
  const found = text.replace(pattern, by);
  if (found !== text) dropped.add(kind);
  return found;
}

/** Removed from a line, in this order. */
const marks: readonly (readonly [RegExp, Kind])[] = [
  [/<a?:\w{1,64}:\d{1,32}>/g, "emoji"],
  [/<(?:@[!&]?\d+|#\d+|t:-?\d+(?::\w)?|\/[^:<>]+:\d+|id:\w+)>/g, "mentions"],
  [/<?(?<![\p{L}\p{N}])(?:https?|ftp|discord|spotify):\/\/[^\s<>]+>?/giu, "links"],
  [/(?<![\p{L}\p{N}])(?:www\.|mailto:)[^\s<>]+/giu, "links"],
  [/(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+\.[\p{L}\p{N}.-]+/gu, "links"],
  [
    /(?<![\p{L}\p{N}.@-])(?:[\p{L}\p{N}-]+\.)+(?:com|net|org|info|ru|su|рф|ua|by|gg|io|tv|be|fm|ly|eu|de|uk)(?:\/[^\s<>]*|(?!\.?[\p{L}\p{N}]))/giu,
    "links",
  ],
  [/(?<![\p{L}\p{N}_])@[\p{L}\p{N}_.]+/gu, "mentions"],
  [/(?<!\d):(?=[\w+-]{0,31}[a-z_])[\w+-]{2,32}:/gi, "emoji"],
];

/** Removes markup from a line; formatted words are kept. */
export function withoutMarks(line: string, dropped: Dropped): string {
  if (!/[^\p{L}\p{N}\s,!?'’"“”]/u.test(line)) return line; // plain words, as most lines
  const linked = line.replace(/\[([^[\]]*)\]\(<?https?:\/\/[^)[]*\)/gi, (_, shown) => {
    dropped.add("links");
    return shown;
  });
  return marks
    .reduce((rest, [pattern, kind]) => replaced(rest, pattern, " ", kind, dropped), linked)
    .replace(/<br\s{0,3}\/?>/gi, " ")
    .replace(/<\/?(?:b|i|u|s|em|strong|span|div|p|c|v|lang|ruby|rt|font|a)(?:[.\s][^<>]*)?>/gi, "")
    .replace(/\{\\[^{}]*\}/g, "")
    .trim()
    .replace(/^(?:(?:#{1,3}|>{1,3}|-#|[-*+•·])\s+)+/, "")
    .replace(/^(?:[-=_~*]\s?){3,}$/, "")
    .replace(/\*+|~~|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "");
}

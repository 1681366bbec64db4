/** Sung lyrics as files for players: LRC, with word times or without, and WebVTT. */
import type { Alignment, SungLine } from "./alignment.ts";

/** What an LRC file says of its song. */
export interface Heading {
  readonly title?: string;
  readonly artist?: string;
  /** Length of the song. */
  readonly seconds: number;
  /** Whether an LRC file with word times is wanted too. */
  readonly wordTimes?: boolean;
}

/** Silence after a line that is longer is a pause, in seconds. */
const PAUSE = 1;

/**
 * An LRC file that any player shows: a time before each line. A line stays until the next time: one alone begins a pause, and
 * the last one is the song's end.
 */
export function lrcOf({ lines }: Alignment, heading: Heading): string {
  const rows = lines.flatMap(({ text, from, to }, at) => {
    const next = lines[at + 1];
    const pause = next !== undefined && next.from - to > PAUSE;
    return [`[${lrcTime(from)}]${unbracketed(text)}`, ...(pause ? [`[${lrcTime(to)}]`] : [])];
  });
  const end = Math.max(heading.seconds, lines.at(-1)?.to ?? 0);
  return [...lrcTags(heading), ...rows, ...(rows.length > 0 ? [`[${lrcTime(end)}]`] : []), ""].join("\n");
}

/** An enhanced LRC file, for players that know it: `<mm:ss.xx>` before each word too, and after the last one. */
export const enhancedLrcOf = ({ lines }: Alignment, heading: Heading): string =>
  [...lrcTags(heading), ...lines.map(enhancedLine), ""].join("\n");

const lrcTags = ({ title, artist, seconds }: Heading): string[] => [
  ...(title === undefined ? [] : [`[ti:${unbracketed(title)}]`]),
  ...(artist === undefined ? [] : [`[ar:${unbracketed(artist)}]`]),
  `[length:${lrcTime(Math.round(seconds)).slice(0, -3)}]`,
];

function enhancedLine({ from, to, words }: SungLine): string {
  const timed = words.map((word) => `<${lrcTime(word.from)}>${unbracketed(word.text)}`);
  return `[${lrcTime(from)}]${timed.join(" ")}<${lrcTime(to)}>`;
}

/** LRC knows no escapes, so what could be read as a time gets other brackets. */
const unbracketed = (text: string): string =>
  oneLine(text).replace(/[<>[\]]/g, (bracket) => ({ "<": "‹", ">": "›", "[": "(", "]": ")" })[bracket]!);

/** Minutes may have more than two digits. */
function lrcTime(seconds: number): string {
  const hundredths = Math.max(0, Math.round(seconds * 100));
  return `${digits(hundredths / 6000)}:${digits((hundredths / 100) % 60)}.${digits(hundredths % 100)}`;
}

/** A WebVTT file: a cue a line, a timestamp before each word but the first. */
export function webVttOf({ lines }: Alignment): string {
  return ["WEBVTT", ...lines.map(cue)].join("\n\n").concat("\n");
}

const LEAST_CUE = 1; // milliseconds; the standard wants an end after the start

function cue({ from, to, words }: SungLine): string {
  const start = milliseconds(from);
  const end = Math.max(start + LEAST_CUE, milliseconds(to));
  let last = start; // each timestamp must be later than the ones before, and inside of the cue
  const timed = words.map((word) => {
    const at = milliseconds(word.from);
    if (at <= last || at >= end) return escaped(word.text);
    last = at;
    return `<${vttTime(at)}>${escaped(word.text)}`;
  });
  return `${vttTime(start)} --> ${vttTime(end)}\n${timed.join(" ")}`;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const escaped = (text: string): string => oneLine(text).replace(/[&<>]/g, (sign) => ESCAPES[sign]!);

/** Control characters, line ends of all kinds among them, and half surrogates have no place in a line. */
const oneLine = (text: string): string => text.toWellFormed().replace(/[\p{Cc}\u2028\u2029]+/gu, " ");

const milliseconds = (seconds: number): number => Math.max(0, Math.round(seconds * 1000));

function vttTime(at: number): string {
  const thousandths = String(at % 1000).padStart(3, "0");
  return `${digits(at / 3_600_000)}:${digits((at / 60_000) % 60)}:${digits((at / 1000) % 60)}.${thousandths}`;
}

const digits = (number: number): string => String(Math.floor(number)).padStart(2, "0");

/** Aligned lyrics as LRC, with or without word times, and as WebVTT. */
import type { Alignment, SungLine } from "./alignment.ts";

/** Metadata of an LRC file. */
export interface Heading {
  readonly title?: string;
  readonly artist?: string;
  /** Length of the song. */
  readonly seconds: number;
  /** Whether to write an LRC file with word times as well. */
  readonly wordTimes?: boolean;
}

/** Longer silence after a line is a pause, in seconds. */
const PAUSE = 1;

/**
 * A plain LRC file: a time before each line. A line stays until the next time, so a time alone begins a pause, and the last
 * one is the end of the song.
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

/** An enhanced LRC file: also `<mm:ss.xx>` before each word and after the last. */
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

/** LRC has no escapes, so brackets that could be read as a time are replaced. */
const unbracketed = (text: string): string =>
  oneLine(text).replace(/[<>[\]]/g, (bracket) => ({ "<": "‹", ">": "›", "[": "(", "]": ")" })[bracket]!);

/** Minutes may have more than two digits. */
function lrcTime(seconds: number): string {
  const hundredths = Math.max(0, Math.round(seconds * 100));
  return `${digits(hundredths / 6000)}:${digits((hundredths / 100) % 60)}.${digits(hundredths % 100)}`;
}

/** A WebVTT file: one cue per line, a timestamp before each word but the first. */
export function webVttOf({ lines }: Alignment): string {
  return ["WEBVTT", ...lines.map(cue)].join("\n\n").concat("\n");
}

const LEAST_CUE = 1; // milliseconds; a cue must end after its start

function cue({ from, to, words }: SungLine): string {
  const start = milliseconds(from);
  const end = Math.max(start + LEAST_CUE, milliseconds(to));
  let last = start; // timestamps must increase and lie inside the cue
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

/** Removes control characters, line ends and lone surrogates. */
const oneLine = (text: string): string => text.toWellFormed().replace(/[\p{Cc}\u2028\u2029]+/gu, " ");

const milliseconds = (seconds: number): number => Math.max(0, Math.round(seconds * 1000));

function vttTime(at: number): string {
  const thousandths = String(at % 1000).padStart(3, "0");
  return `${digits(at / 3_600_000)}:${digits((at / 60_000) % 60)}:${digits((at / 1000) % 60)}.${thousandths}`;
}

const digits = (number: number): string => String(Math.floor(number)).padStart(2, "0");

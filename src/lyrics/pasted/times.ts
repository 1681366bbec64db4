/** Removes times of LRC, SRT and WebVTT files. */
import type { Dropped } from "./dropped.ts";

/** The lines with words, in the order of their LRC times. */
export function withoutTimes(lines: readonly string[], dropped: Dropped): string[] {
  const cues = withoutCues(lines, dropped);
  return inOrder(cues.map((line) => timedLine(line, dropped)));
}

const cueTimes = /^\s{0,8}(?:\d+:)?\d{1,2}:\d\d[.,]\d{1,3}\s{0,8}-->\s{0,8}(?:\d+:)?\d{1,2}:\d\d[.,]\d{1,3}(?:\s.*)?$/;
const vttBlock = /^(?:WEBVTT|NOTE|STYLE|REGION)(?:\s|$)/;

const timeAlone = /^\s{0,8}\(?(?:\d{1,2}:)?\d{1,2}:\d\d\)?\s{0,8}$/;
const detail =
  /^\s{0,8}\[(?:ar|ti|al|au|by|re|ve|la|id|lr|offset|length|tool|kana|encoding|#)\s{0,3}:[^[\]]*\]\s{0,8}$/i;

/** Removes cue times, cue identifiers, and WebVTT blocks other than cues. */
function withoutCues(lines: readonly string[], dropped: Dropped): string[] {
  const isVtt = /^\s{0,8}WEBVTT(?:\s|$)/.test(lines.find((line) => line.trim() !== "") ?? "");
  let block = false;
  return lines.filter((line, index) => {
    const opens = index === 0 || lines[index - 1]!.trim() === "";
    if (line.trim() === "") block = false;
    else if (opens && isVtt) block = vttBlock.test(line.trim());
    const next = lines[index + 1];
    const named = next !== undefined && cueTimes.test(next) && line.trim() !== "";
    const names = named && (opens || /^\s*\d+\s*$/.test(line));
    const isTime = names || cueTimes.test(line) || timeAlone.test(line);
    if (block || detail.test(line)) dropped.add("song details");
    else if (isTime) dropped.add("time stamps");
    return !block && !isTime && !detail.test(line);
  });
}

interface TimedLine {
  readonly text: string;
  /** All times of the line, in seconds. */
  readonly at: readonly number[];
}

const lineTimes = /^(?:\s{0,8}\[\d{1,3}:\d{1,2}(?:[.:,]\d{1,3})?\])+/;
const anyTime = /\[\d{1,3}:\d{1,2}(?:[.:,]\d{1,3})?\]|<(?:\d{1,3}:)?\d{1,3}:\d{1,2}(?:[.:,]\d{1,3})?>/g;
/** More times before a line are ignored. */
const mostTimes = 20;

function timedLine(line: string, dropped: Dropped): TimedLine {
  const text = line.replace(anyTime, "");
  if (text !== line) dropped.add("time stamps");
  const times =
    lineTimes
      .exec(line)?.[0]
      .matchAll(/(\d+):(\d+)(?:[.:,](\d+))?/g)
      .take(mostTimes) ?? [];
  const at = [...times].map(([, minutes, seconds, part]) => 60 * Number(minutes) + Number(`${seconds}.${part ?? 0}`));
  return { text, at };
}

/** In written order, unless a line has several times. */
function inOrder(lines: readonly TimedLine[]): string[] {
  if (!lines.some(({ at }) => at.length > 1)) return lines.map(({ text }) => text);
  let last = 0;
  const sung = lines.flatMap(({ text, at }) => {
    last = at.at(-1) ?? last;
    return (at.length > 0 ? at : [last]).map((time) => ({ text, time }));
  });
  return sung.sort((a, b) => a.time - b.time).map(({ text }) => text);
}

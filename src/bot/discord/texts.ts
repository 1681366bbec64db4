/** What the bot says about songs, in words. */
import { plain, title } from "../../commands/text.ts";
import { DiskError, diskError, UserError } from "../../errors.ts";
import type { Job, JobState, Progress, Request } from "../../queue/job.ts";
import type { Clip } from "../../store/clips.ts";

/** What the status message says while a job goes through this state. */
export function statusText(job: Job, state: JobState): string {
  const { song, warning } = job.request;
  const lines = [`${title(song)} · \`${job.id}\``, ...stateLines(state, job.request)];
  if (warning !== undefined && (state.status === "waiting" || state.status === "making")) lines.push(`-# ${warning}`);
  return lines.join("\n");
}

function stateLines(state: JobState, request: Request): readonly string[] {
  switch (state.status) {
    case "waiting":
      return [state.ahead === 0 ? "Next in line." : `#${state.ahead + 1} in line.`, ...noteLines(state.note)];
    case "making":
      return progressLines(state.progress, request);
    case "playing":
      return ["Made; I'm handing it over.", ...sungLine(state.line), ...noteLines(state.note)];
    case "done":
      return ["Done.", ...noteLines(state.note)];
    case "failed":
      return [failureText(state.error)];
    case "cancelled":
      return ["Cancelled."];
  }
}

/** Of a line: more of it would not fit into a message, once signs are escaped. */
const mostSung = 300;

/** The line that is being sung. */
export const sungLine = (line: string | undefined): readonly string[] =>
  line === undefined ? [] : [`♪ ${plain(line.slice(0, mostSung))}`];
const noteLines = (note: string | undefined): readonly string[] => (note === undefined ? [] : [note]);

/** The words for an error: a UserError's own, and no others' words to strangers. */
export function failureText(error: unknown): string {
  const ofDisk = diskError(error);
  if (ofDisk) return `${diskText(ofDisk)} Try again later; whoever runs the bot finds the reason in its log.`;
  return error instanceof UserError ? plain(error.message) : "Something broke on my side. It's in my log; try again.";
}

/** Whether an error is to be logged: not what its user can mend. */
export const isOurs = (error: unknown): boolean => !(error instanceof UserError) || error instanceof DiskError;

/** What strangers are told of a disk: no path. */
export function diskText({ trouble }: DiskError): string {
  switch (trouble) {
    case "full":
      return "The disk is full.";
    case "damaged":
      return "My record of this is damaged.";
    case "refused":
    case "missing":
    case "crowded":
    case "busy":
    case "broken":
      return "I can't use my disk at the moment.";
  }
}

function progressLines(
  { levels, secondsLeft, playsIn, line, note }: Progress,
  { candidates }: Request,
): readonly string[] {
  const names =
    candidates === undefined ? levelNames(levels.length) : levels.map((_, index) => `candidate ${index + 1}`);
  const width = Math.max(...names.map((name) => name.length));
  const bars = levels.map((share, level) => `${names[level]?.padEnd(width)} ${bar(share)} ${percent(share)}`);
  const left = secondsLeft === undefined ? [] : [`About ${inWords(secondsLeft)} left.`];
  if (candidates === undefined) bars.reverse(); // the coarsest level comes first
  return ["```", ...bars, "```", ...left, ...startLine(playsIn), ...sungLine(line), ...noteLines(note)];
}

/** From when on the song is played, where that takes a while. */
function startLine(playsIn: Progress["playsIn"]): readonly string[] {
  if (playsIn === undefined || playsIn.seconds < 1) return [];
  const about = `in about ${inWords(rounded(playsIn.seconds))}`;
  return [playsIn.again ? `Paused to get ahead. Playback goes on ${about}.` : `Playback starts ${about}.`];
}

/** Up to the next five seconds, where those are few. */
const rounded = (seconds: number): number => (seconds < 10 ? seconds : Math.ceil(seconds / 5) * 5);

const levelNames = (levels: number): readonly string[] =>
  levels === 3 ? ["fine", "middle", "coarse"] : Array.from({ length: levels }, (_, level) => `level ${level}`);

const barLength = 20;

const bar = (share: number) => {
  const full = Math.floor(share * barLength);
  return "█".repeat(full) + "░".repeat(barLength - full);
};

const percent = (share: number) => `${Math.floor(share * 100)} %`.padStart(5);

/** A stretch of time as people say it. */
export function inWords(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 90) return `${whole} s`;
  return `${Math.ceil(whole / 60)} min`;
}

/** What stands above a posted clip. */
export function clipText({ id, request }: Clip): string {
  const name = `${title(request.song)} · \`${id}\``;
  if (request.candidates === undefined) return name;
  return `${name}\n${request.candidates} candidates, coarse as yet. Pick one, and I make the whole song of it.`;
}

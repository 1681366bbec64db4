/** What the bot says about songs, in words. */
import { plain, title } from "../commands/words.ts";
import { UserError } from "../errors.ts";
import type { Job, JobState, Progress } from "../queue/job.ts";
import type { Clip } from "../store/clips.ts";

/** What the status message says while a job goes through this state. */
export function statusText(job: Job, state: JobState): string {
  const { song, warning } = job.request;
  const lines = [`${title(song)} · \`${job.id}\``, ...stateLines(state)];
  if (warning !== undefined && (state.status === "waiting" || state.status === "making")) lines.push(`-# ${warning}`);
  return lines.join("\n");
}

function stateLines(state: JobState): readonly string[] {
  switch (state.status) {
    case "waiting":
      return [state.ahead === 0 ? "Next in line." : `#${state.ahead + 1} in line.`];
    case "making":
      return progressLines(state.progress);
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

/** The line that is being sung. */
export const sungLine = (line: string | undefined): readonly string[] =>
  line === undefined ? [] : [`♪ ${plain(line)}`];
const noteLines = (note: string | undefined): readonly string[] => (note === undefined ? [] : [note]);

/** The words for an error: a UserError's own, and no others' words to strangers. */
export const failureText = (error: unknown): string =>
  error instanceof UserError ? plain(error.message) : "Something broke on my side. It's in my log; try again.";

function progressLines({ levels, secondsLeft, line, note }: Progress): readonly string[] {
  const names = levels.length === 3 ? ["fine", "middle", "coarse"] : levels.map((_, level) => `level ${level}`);
  const width = Math.max(...names.map((name) => name.length));
  const bars = levels.map((share, level) => `${names[level]?.padEnd(width)} ${bar(share)} ${percent(share)}`);
  const left = secondsLeft === undefined ? [] : [`About ${inWords(secondsLeft)} left.`];
  return ["```", ...bars.reverse(), "```", ...left, ...sungLine(line), ...noteLines(note)];
}

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
export const clipText = (clip: Clip): string => `${title(clip.request.song)} · \`${clip.id}\``;

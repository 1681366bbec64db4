/** The report of an import: how much there is, what is unknown, and what was left out. */
import type { CorpusSong } from "../corpus-files.ts";
import { UNKNOWN } from "./labels.ts";

export interface Skipped {
  readonly name: string;
  /** A sentence that names the file. */
  readonly why: string;
}

export interface ImportReport {
  readonly songs: CorpusSong[];
  readonly skipped: Skipped[];
  /** Sentences about what was left out or ignored. */
  readonly remarks: string[];
}

const mostNames = 30;

/** The report as lines: details first, then the summary. */
export function linesOf({ songs, skipped, remarks }: ImportReport): string[] {
  const held = songs.filter(({ split }) => split !== "train");
  const hours = songs.reduce((sum, { seconds }) => sum + seconds, 0) / 3600;
  return [
    ...remarks,
    ...skipped.map(({ why }) => `Skipped: ${why}`),
    `${counted(songs.length, "song")}, ${inWords(hours)}; ${held.length} of them for validation; ${counted(skipped.length, "file")} skipped.`,
    ...namesLine("artist", songs),
    ...namesLine("genre", songs),
    ...unknownLines(songs),
    ...onlyHeldOut(songs),
    ...unusedLine(songs),
  ];
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

const inWords = (hours: number): string =>
  hours >= 1
    ? `${hours.toFixed(1)} h`
    : hours * 60 >= 1
      ? `${(hours * 60).toFixed(1)} min`
      : `${(hours * 3600).toFixed(1)} s`;

function namesLine(kind: "artist" | "genre", songs: readonly CorpusSong[]): string[] {
  const groups = [...Map.groupBy(songs, (song) => song[kind])].filter(([name]) => name !== UNKNOWN);
  const named = groups.sort(([, a], [, b]) => b.length - a.length).map(([name, some]) => `${name} (${some.length})`);
  if (named.length === 0) return [];
  const more = named.length > mostNames ? `, and ${named.length - mostNames} more` : "";
  return [`${counted(named.length, kind)}: ${named.slice(0, mostNames).join(", ")}${more}.`];
}

function unknownLines(songs: readonly CorpusSong[]): string[] {
  return (["artist", "genre"] as const).flatMap((kind) => {
    const without = songs.filter((song) => song[kind] === UNKNOWN).map((song) => `"${song.own?.from}"`);
    if (without.length === 0) return [];
    const more = without.length > mostNames ? ` and ${without.length - mostNames} more` : "";
    return [`No ${kind} is known of ${without.slice(0, mostNames).join(", ")}${more}: trained on as "${UNKNOWN}".`];
  });
}

/** Names that no training song has. */
function onlyHeldOut(songs: readonly CorpusSong[]): string[] {
  return (["artist", "genre"] as const).flatMap((kind) => {
    const learned = new Set(songs.filter(({ split }) => split === "train").map((song) => song[kind]));
    const lost = [...new Set(songs.map((song) => song[kind]))].filter((name) => !learned.has(name) && name !== UNKNOWN);
    return lost.map((name) => `The ${kind} "${name}" is only in validation songs, so it is not learned.`);
  });
}

function unusedLine(songs: readonly CorpusSong[]): string[] {
  const some = (has: (song: CorpusSong) => unknown): boolean => songs.some(has);
  const unused = [
    ...(some(({ own }) => own?.moreGenres) ? ["a song's genres after the first"] : []),
    ...(some(({ own }) => own?.album) ? ["albums"] : []),
    ...(some(({ own }) => own?.year) ? ["years"] : []),
    ...(some(({ own }) => own?.keywords) ? ["keywords"] : []),
    ...(some(({ own }) => own?.lyrics && !own.timed) ? ["lyrics without word times"] : []),
  ];
  return unused.length === 0 ? [] : [`Kept in songs.json, but not used by this training: ${unused.join(", ")}.`];
}

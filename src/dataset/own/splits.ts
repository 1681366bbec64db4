/** Splits songs into training and validation (about a tenth) by file hash, so that adding or removing songs moves no others. */
import type { Split } from "../../corpus/plan.ts";
import { UNKNOWN } from "./labels.ts";

export interface SplitSong {
  /** Hexadecimal digits of the hash of its file. */
  readonly id: string;
  readonly artist: string;
  readonly genre: string;
}

const validationShare = 0.1;
/** Fewer songs are all training songs. */
const leastSongs = 3;

/**
 * Songs keep their split. New ones are assigned by hash, but the only song of an artist or genre is always a training song.
 * Of three songs or more at least one is for validation, and never all.
 */
export function splitsOf(songs: readonly SplitSong[], before: ReadonlyMap<string, Split>): Map<string, Split> {
  const counts = { artist: countOf(songs, "artist"), genre: countOf(songs, "genre") };
  const alone = (song: SplitSong): boolean =>
    (["artist", "genre"] as const).some((kind) => song[kind] !== UNKNOWN && counts[kind].get(song[kind]) === 1);
  const splits = new Map<string, Split>();
  for (const song of songs) {
    const byHash = shareOf(song) < validationShare && !alone(song) ? "valid" : "train";
    const kept = alone(song) ? "train" : before.get(song.id);
    splits.set(song.id, songs.length < leastSongs ? "train" : (kept ?? byHash));
  }
  if (songs.length < leastSongs) return splits;
  const ordered = [...songs].sort(
    (a, b) =>
      Number(alone(a)) - Number(alone(b)) ||
      Number(before.has(a.id)) - Number(before.has(b.id)) ||
      Number(before.get(a.id) === "train") - Number(before.get(b.id) === "train") ||
      shareOf(a) - shareOf(b),
  );
  const held = [...splits.values()].filter((split) => split === "valid").length;
  if (held === 0) splits.set(ordered[0]!.id, "valid");
  if (held === songs.length) splits.set(ordered.at(-1)!.id, "train");
  return splits;
}

const countOf = (songs: readonly SplitSong[], kind: "artist" | "genre"): Map<string, number> =>
  new Map([...Map.groupBy(songs, (song) => song[kind])].map(([name, some]) => [name, some.length]));

/** 0 ≤ share < 1, from the first 32 bits. */
const shareOf = ({ id }: SplitSong): number => Number.parseInt(id.slice(0, 8), 16) / 2 ** 32;

/** Which songs a training began with: what a checkpoint has learned is not to be taken for what other songs would have taught. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import type { CorpusSong } from "../corpus-files.ts";

const markPath = (work: string): string => join(work, "songs.txt");

/** Changes with sound, labels and splits; undefined for songs that were composed, whose plan can't change. */
export function songsMark(songs: readonly CorpusSong[]): string | undefined {
  if (!songs.some(({ own }) => own)) return undefined;
  const heard = songs.map(({ id, artist, genre, mood = "", split }) => [id, artist, genre, mood, split]);
  return createHash("sha256").update(JSON.stringify(heard)).digest("hex");
}

/** Remembers the songs that a training in this folder begins with; refuses others once it has learned something. */
export function beginWith(songs: readonly CorpusSong[], work: string, out: string): void {
  checkBegun(songs, work, out);
  const mark = songsMark(songs);
  if (mark === undefined) return;
  mkdirSync(work, { recursive: true });
  writeFileSync(markPath(work), mark);
}

export function checkBegun(songs: readonly CorpusSong[], work: string, out: string): void {
  const mark = songsMark(songs);
  if (mark === undefined || !existsSync(markPath(work)) || readFileSync(markPath(work), "utf8") === mark) return;
  if (!readdirSync(work).some((name) => name.endsWith(".checkpoint.safetensors"))) return;
  throw new UserError(
    `The songs or their labels have changed since the training in "${work}" began. Learn on from its model with --from ${out} --out <another folder>, or delete "${work}" to start anew.`,
  );
}

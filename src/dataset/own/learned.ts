/** Records the songs of a training, so that it is not resumed with others. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import type { CorpusSong } from "../corpus-files.ts";

const markPath = (work: string): string => join(work, "songs.txt");

/** A hash of sound, labels and splits; undefined for composed songs, which can't change. */
export function songsMark(songs: readonly CorpusSong[]): string | undefined {
  if (!songs.some(({ own }) => own)) return undefined;
  const content = songs.map(({ id, artist, genre, mood = "", split }) => [id, artist, genre, mood, split]);
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
}

/** Records the songs of a training in this folder; refuses others once there are checkpoints. */
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
    `The songs or their labels have changed since the training in "${work}" began. Train on from its model with --from ${out} --out <another folder>, or delete "${work}" to start over.`,
  );
}

/** What a killed process left half-written among the songs: found when the bot starts, and removed. */
import type { Dirent } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { log } from "../../log.ts";

/** A song or what stands beside it, while it is written (`files.ts`); and a candidate, in the folder of its clip. */
const halfSong = /^[0-9a-f]{8}\.(?:ogg|(?:words\.)?lrc|vtt|png)\.part$/;
const clipFolder = /^[0-9a-f]{8}$/;
const halfCandidate = /^\d{1,2}\.ogg\.part$/;

/** Removes half-written files; to be called while this process alone uses the folder, and before it writes songs of its own. */
export async function removeLeftovers(folder: string): Promise<void> {
  try {
    for (const path of await halfWrittenIn(folder)) await rm(path, { force: true });
  } catch (error) {
    log("warning", "half-written songs of an earlier run could not be removed", error);
  }
}

async function halfWrittenIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }); // what is a link is neither file nor folder here
  const folders = entries.filter((entry) => entry.isDirectory() && clipFolder.test(entry.name));
  const candidates = await Promise.all(
    folders.map(async ({ name }) => filesIn(await readdir(join(folder, name), { withFileTypes: true }), halfCandidate)),
  );
  return [...filesIn(entries, halfSong), ...candidates.flat()];
}

const filesIn = (entries: readonly Dirent[], called: RegExp): string[] =>
  entries
    .filter((entry) => entry.isFile() && called.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));

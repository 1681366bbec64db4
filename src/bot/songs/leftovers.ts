/** What a killed process left half-written among the songs: found when the bot starts, and removed. */
import type { Dirent } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { log } from "../../log.ts";
import type { Settings } from "../../store/store.ts";

/** A song or what stands beside it, while it is written (`files.ts`); and a candidate, in the folder of its clip. */
const halfSong = /^[0-9a-f]{8}\.(?:ogg|lrc|vtt|png)\.part$/;
const clipFolder = /^[0-9a-f]{8}$/;
const halfCandidate = /^\d{1,2}\.ogg\.part$/;
const staleMs = 24 * 3600 * 1000;
/** Under it the store keeps the id of the process that writes songs. */
const setting = "process";

/**
 * Removes half-written files that no living process can be at work on, and any that nobody has touched for a day. To be called
 * before this process writes songs of its own, and once: from then on it is known as the one that does.
 */
export async function removeLeftovers(
  folder: string,
  settings: Settings,
  { pid = process.pid, now = Date.now() } = {},
): Promise<void> {
  try {
    const before = Number(settings.get(setting));
    settings.set(setting, String(pid));
    const inUse = before !== pid && isAlive(before);
    for (const path of await halfWrittenIn(folder))
      if (!inUse || now - (await stat(path)).mtimeMs > staleMs) await rm(path, { force: true });
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

/** Whether there is a process of this id: perhaps another one, which has got it since. */
function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** What is done every now and then: songs that could not be posted are tried again, and old clips make room. */
import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { alignmentPaths } from "../../inference/alignment-files.ts";
import { log } from "../../log.ts";
import type { JobView } from "../../queue/job.ts";
import type { ClipLimits } from "../../store/clips.ts";
import type { Store } from "../../store/store.ts";
import type { Replies } from "../discord/replies.ts";

interface Chores {
  readonly store: Store;
  readonly replies: Replies;
  /** Jobs that post their own clips. */
  readonly jobs: () => Promise<readonly JobView[]>;
  /** How much is kept. */
  readonly clipLimits: ClipLimits;
}

const mostAtOnce = 20;

/** Does the chores at once and then every so often, until the signal stops it. */
export async function runHousekeeping(chores: Chores, everyMs: number, signal: AbortSignal): Promise<void> {
  const tooLarge = new Set<string>();
  while (!signal.aborted) {
    for (const chore of [recordPosted, tidy, (all: Chores) => postKept(all, tooLarge, signal)])
      await chore(chores).catch((error: unknown) => log("error", "housekeeping failed", error));
    await pause(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

async function recordPosted({ replies }: Chores): Promise<void> {
  replies.recordPosted();
}

async function tidy({ store, clipLimits }: Chores): Promise<void> {
  for (const song of store.clips.tidy(clipLimits, Date.now())) await deleteSong(song);
}

/** Deletes a song, or the folder of its candidates, and what stands beside it; a file that can't be deleted is logged. */
export async function deleteSong(song: string): Promise<void> {
  for (const path of [song, ...Object.values(alignmentPaths(song))])
    await rm(path, { force: true, recursive: true }).catch((error: unknown) =>
      log("warning", `${path} could not be deleted`, error),
    );
}

/** What Discord has found too large is not sent again until the bot restarts: /queue still gives it. */
async function postKept({ store, replies, jobs }: Chores, tooLarge: Set<string>, signal: AbortSignal): Promise<void> {
  const underWay = new Set((await jobs()).map(({ id }) => id));
  const kept = store.clips.kept().filter(({ id }) => !underWay.has(id) && !tooLarge.has(id) && !replies.wasPosted(id));
  for (const clip of kept.slice(0, mostAtOnce)) {
    if (signal.aborted) return;
    try {
      const delivery = await replies.post(clip);
      if ("kept" in delivery && delivery.kept === "large") tooLarge.add(clip.id);
    } catch (error) {
      if (!signal.aborted) log("error", `song ${clip.id} could not be posted again`, error);
    }
  }
}

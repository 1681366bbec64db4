/** Songs that could not be posted are tried again: when the bot starts, and every now and then. */
import { setTimeout as pause } from "node:timers/promises";
import { log } from "../log.ts";
import type { Job } from "../queue/job.ts";
import type { Store } from "../store/store.ts";
import type { Replies } from "./replies.ts";

interface Desk {
  readonly store: Store;
  readonly replies: Replies;
  /** Jobs that post their own clips. */
  readonly jobs: () => readonly Job[];
}

const mostAtOnce = 20;

/** Posts what is kept, until the signal stops it. */
export async function keepPosting(desk: Desk, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await postKept(desk, signal);
    await pause(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

async function postKept({ store, replies, jobs }: Desk, signal: AbortSignal): Promise<void> {
  const underWay = new Set(jobs().map(({ id }) => id));
  const kept = store.clips.kept().filter(({ id }) => !underWay.has(id));
  for (const clip of kept.slice(0, mostAtOnce)) {
    if (signal.aborted) return;
    try {
      await replies.post(clip);
    } catch (error) {
      if (!signal.aborted) log("error", `song ${clip.id} could not be posted again`, error);
    }
  }
}

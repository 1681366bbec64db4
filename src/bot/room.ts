/** Room on the disk: a song begins when there is enough, waits while there is none, and goes on when there is again. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type DiskError, diskError } from "../errors.ts";
import { makeFolder } from "../files.ts";
import { log } from "../log.ts";
import type { SavedJob } from "../queue/job.ts";
import type { Turn } from "../queue/local-queue.ts";
import type { Store } from "../store/store.ts";
import { diskText } from "./discord/texts.ts";

/** What songs are written to. */
export interface Disk {
  readonly store: Store;
  /** Where finished songs are kept. */
  readonly folder: string;
  /** Time between two looks at a disk that takes nothing. */
  readonly roomMs: number;
}

const mostTries = 3;

/** Does a job's work. What the disk stops in the middle begins again when the disk takes it: its codes are not made twice. */
export async function withRoom<Result>(
  job: SavedJob,
  turn: Turn,
  disk: Disk,
  work: (turn: Turn) => Promise<Result>,
): Promise<Result> {
  let isGenerated = false;
  const watched: Turn = {
    ...turn,
    generated() {
      isGenerated = true;
      turn.generated();
    },
  };
  for (let tried = 1; ; tried++) {
    await untilWritable(job, turn, disk);
    try {
      return await work(watched);
    } catch (error) {
      const failure = diskError(error);
      if (turn.signal.aborted || isGenerated || failure === undefined || failure.trouble === "damaged") throw error;
      if (tried === mostTries) throw failure;
      report(job, turn, failure);
      await wait(turn, disk);
    }
  }
}

/** Waits until the disk takes what the job needs. */
async function untilWritable(job: SavedJob, turn: Turn, disk: Disk): Promise<void> {
  for (let reported = false; ; reported = true) {
    const failure = await failureOf(job, disk);
    turn.signal.throwIfAborted();
    if (failure === undefined) return;
    if (!reported) report(job, turn, failure);
    await wait(turn, disk);
  }
}

function report(job: SavedJob, turn: Turn, failure: DiskError): void {
  log("error", `song ${job.id} waits for its disk`, failure);
  turn.report({ status: "waiting", ahead: 0, note: `${diskText(failure)} The song goes on by itself when I can.` });
}

const wait = ({ signal }: Turn, { roomMs }: Disk) =>
  pause(roomMs, undefined, { signal, ref: false }).catch(() => signal.throwIfAborted());

/** Of the store's journal and of what encoders overshoot. */
const slackBytes = 2 ** 20;
const mostBytes = 2 ** 25;

/** What the disk has against a song of this size, tried with as many bytes: quotas and limits are told by writing alone. */
async function failureOf({ request }: SavedJob, { store, folder }: Disk): Promise<DiskError | undefined> {
  const trial = join(folder, "room.part");
  const songBytes = (request.order.bitrate / 8) * request.order.song.seconds * (request.order.candidates ?? 1);
  try {
    makeFolder(folder);
    await writeFile(trial, Buffer.alloc(Math.min(mostBytes, Math.ceil(songBytes + slackBytes))));
    store.settings.set("written", String(Date.now()));
    return undefined;
  } catch (error) {
    const failure = diskError(error, trial);
    if (failure === undefined) throw error;
    return failure.trouble === "damaged" ? undefined : failure; // the song fails by itself
  } finally {
    await rm(trial, { force: true }).catch(() => undefined); // on a disk that is only read
  }
}

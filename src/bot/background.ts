/** What takes too long for the bot's thread, which must send a frame every 20 ms: done in a thread of its own, in order. */
import { Worker } from "node:worker_threads";
import { type Failure, unpackError } from "../errors.ts";
import type { PastedLyrics } from "../lyrics/pasted/lyrics.ts";
import type { Labels, Song } from "../song/song.ts";
import type { Vocabulary } from "../song/vocabulary.ts";

/** By kind: what is given, and what comes back. */
export interface Tasks {
  /** Lyrics as someone pasted them, as they are sung; throws a UserError if nothing is left. */
  readonly lyrics: { readonly given: string; readonly result: PastedLyrics };
  /** Throws a UserError for a song that can't be generated. */
  readonly labels: { readonly given: Song; readonly result: Labels };
  /** Peaks of a song's loudness become the bytes of a picture. */
  readonly waveform: { readonly given: readonly number[]; readonly result: Uint8Array };
}

export type Kind = keyof Tasks;

export interface Ask {
  readonly id: number;
  readonly kind: Kind;
  readonly given: unknown;
}

export type Answer = { readonly id: number } & ({ readonly result: unknown } | { readonly failure: Failure });

export interface Background {
  cleanLyrics(pasted: string): Promise<PastedLyrics>;
  labelsFor(song: Song): Promise<Labels>;
  waveform(peaks: readonly number[]): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Of JavaScript's objects: the pronouncing dictionary is 90 of them. */
const heapMegabytes = 512;

/** Starts the thread, which gets ready at once for songs of this vocabulary. One that dies fails its tasks and is replaced. */
export function openBackground(vocabulary: Vocabulary): Background {
  const open = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  const start = (): Worker => {
    const thread = new Worker(new URL("./background-worker.ts", import.meta.url), {
      workerData: vocabulary,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    });
    thread.on("message", (answer: Answer) => {
      const task = open.get(answer.id);
      open.delete(answer.id);
      if ("failure" in answer) task?.reject(unpackError(answer.failure));
      else task?.resolve(answer.result);
    });
    const lose = (error: unknown): void => {
      if (thread !== worker) return;
      worker = undefined;
      for (const { reject } of open.values()) reject(error);
      open.clear();
    };
    thread.once("error", lose);
    thread.once("exit", () => lose(new Error("the background thread ended")));
    return thread;
  };
  let worker: Worker | undefined = start();
  const ask = <K extends Kind>(kind: K, given: Tasks[K]["given"]): Promise<Tasks[K]["result"]> => {
    const task = Promise.withResolvers<unknown>();
    const id = ++last;
    open.set(id, task);
    worker ??= start();
    worker.postMessage({ id, kind, given } satisfies Ask);
    return task.promise as Promise<Tasks[K]["result"]>; // the worker's table of tasks has the same types
  };
  return {
    cleanLyrics: (pasted) => ask("lyrics", pasted),
    labelsFor: (song) => ask("labels", song),
    waveform: (peaks) => ask("waveform", peaks),
    async close() {
      await worker?.terminate();
    },
  };
}

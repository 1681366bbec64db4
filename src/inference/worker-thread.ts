/** A worker thread of the engine: one that dies fails the songs it works on, and is replaced. */
import { Worker } from "node:worker_threads";
import "../onnx/telemetry.ts"; // here, as a worker can't
import { type Failure, packError, unpackError } from "../errors.ts";
import type { OfSong, Opened, WorkerSetup } from "./messages.ts";

/** Megabytes of young objects in a worker: rows and chunks die young, and four threads' defaults take 200 MB more. */
const YOUNG_MEGABYTES = 4;

interface Running {
  readonly worker: Worker;
  readonly ready: Promise<void>;
}

export interface Ending {
  readonly type: "failed";
  readonly failure: Failure;
}

export class WorkerThread<To, From extends { readonly type: string }> {
  readonly #setup: WorkerSetup;
  readonly #songs = new Map<number, (message: From | Ending) => void>();
  #running: Running;
  #closing = false;

  constructor(setup: WorkerSetup) {
    this.#setup = setup;
    this.#running = this.#start();
  }

  get ready(): Promise<void> {
    return this.#running.ready;
  }

  /** Calls back with a song's messages, up to "end" or "failed". */
  follow(song: number, onMessage: (message: From | Ending) => void): void {
    this.#songs.set(song, onMessage);
  }

  send(song: number, message: To): void {
    this.#running.worker.postMessage({ song, message } satisfies OfSong<To>);
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#running.worker.terminate();
  }

  #start(): Running {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData: this.#setup,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => undefined); // whoever waits for it gets the error
    let opened = false;
    worker.on("message", (message: Opened | OfSong<From>) => {
      if ("song" in message) return this.#pass(message.song, message.message);
      if (message.type === "unusable") return unusable(message.failure);
      opened = true;
      resolve();
    });
    const unusable = (failure: Failure): void => {
      reject(unpackError(failure));
      this.#failAll(failure);
    };
    const lost = (error: Error): void => {
      reject(error);
      if (this.#closing || !opened) return; // one that can't even start would not start the next time
      opened = false;
      this.#running = this.#start();
      this.#failAll(packError(error));
    };
    worker.once("error", (error) => lost(error instanceof Error ? error : new Error(String(error))));
    worker.once("exit", (code) => lost(new Error(`a worker of the engine ended with code ${code}`)));
    return { worker, ready: promise };
  }

  #failAll(failure: Failure): void {
    for (const song of [...this.#songs.keys()]) this.#pass(song, { type: "failed", failure });
  }

  #pass(song: number, message: From | Ending): void {
    const onMessage = this.#songs.get(song);
    if (message.type === "end" || message.type === "failed") this.#songs.delete(song);
    onMessage?.(message);
  }
}

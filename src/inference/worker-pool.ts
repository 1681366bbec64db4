/** The engine's workers: a thread a level, and one for the sound. */
import { Worker } from "node:worker_threads";
import "../onnx/telemetry.ts"; // here, as a worker can't
import { unpackError } from "../errors.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./messages.ts";

/** Megabytes of young objects a worker may pile up: rows and chunks die young, and four threads' default piles take 200 MB more. */
const YOUNG_MEGABYTES = 4;

/** By level, the sound last. One that dies fails the song it works on and is replaced. */
export class WorkerPool {
  readonly #setup: Omit<WorkerSetup, "level">;
  readonly #workers: { worker: Worker; ready: Promise<void> }[];
  #onMessage: (worker: number, message: FromWorker) => void = () => undefined;
  #closing = false;

  constructor(setup: Omit<WorkerSetup, "level">, levels: number) {
    this.#setup = setup;
    this.#workers = Array.from({ length: levels + 1 }, (_, index) => this.#startWorker(index, levels));
  }

  get levels(): number {
    return this.#workers.length - 1;
  }

  async ready(): Promise<void> {
    try {
      await Promise.all(this.#workers.map(({ ready }) => ready));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Whom the workers speak to: one song at a time. */
  listen(onMessage: (worker: number, message: FromWorker) => void): void {
    this.#onMessage = onMessage;
  }

  tell(worker: number, message: ToWorker): void {
    this.#workers[worker]!.worker.postMessage(message);
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#workers.map(({ worker }) => worker.terminate()));
  }

  #startWorker(index: number, levels: number): { worker: Worker; ready: Promise<void> } {
    const workerData: WorkerSetup = { ...this.#setup, ...(index < levels && { level: index }) };
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => undefined); // whoever waits for it hears of it
    let opened = false;
    worker.on("message", (message: FromWorker) => {
      if (message.type === "ready") {
        opened = true;
        resolve();
      }
      if (message.type === "failed") reject(unpackError(message.failure));
      this.#onMessage(index, message);
    });
    const lost = (error: Error): void => {
      reject(error);
      if (this.#closing || !opened) return; // one that can't even start would not start the next time
      this.#workers[index] = this.#startWorker(index, levels);
      this.#onMessage(index, {
        type: "failed",
        failure: { forUser: false, message: error.message, ...(error.stack && { stack: error.stack }) },
      });
    };
    worker.once("error", (error) => lost(error instanceof Error ? error : new Error(String(error))));
    worker.once(
      "exit",
      (code) => worker.listenerCount("error") > 0 && lost(new Error(`a worker of the engine ended with code ${code}`)),
    );
    return { worker, ready: promise };
  }
}

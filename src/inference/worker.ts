/** A worker thread of the engine: fills one level with codes, or renders. */
import { parentPort, workerData } from "node:worker_threads";
import { packError } from "../errors.ts";
import { openLevelWorker } from "./level-worker.ts";
import type { FromLevel, FromRenderer, OfSong, Opened, WorkerSetup } from "./messages.ts";
import { openRendererWorker } from "./renderer-worker.ts";

const setup = workerData as WorkerSetup; // written by worker-thread.ts alone
const port = parentPort!; // this file only runs as a worker
const say = (message: Opened | OfSong<FromLevel | FromRenderer>): void => port.postMessage(message);

try {
  const take =
    setup.level === undefined ? await openRendererWorker(setup, say) : await openLevelWorker(setup, setup.level, say);
  port.on("message", take);
  say({ type: "ready" });
} catch (error) {
  say({ type: "unusable", failure: packError(error) });
}

/** Worker thread: decodes an untrusted sound file, so that a crash or endless loop affects only this thread. */
import { parentPort, workerData } from "node:worker_threads";
import { UserError } from "../../errors.ts";
import { limitThread } from "./bounds.ts";
import { collect, type Sound, type Wanted } from "./collect.ts";
import { openSource } from "./open.ts";

export interface DecodeJob extends Wanted {
  readonly path: string;
  readonly name: string;
  readonly maxBytes: number;
  /** WebAssembly memory of a decoder. */
  readonly maxMemoryBytes: number;
}

export type DecodeAnswer = { readonly sound: Sound } | { readonly refused: string };

const job = workerData as DecodeJob; // only decode.ts starts this thread

try {
  limitThread(job.maxMemoryBytes);
  const sound = await collect(await openSource(job.path, job.name, job.maxBytes), job, job.name);
  const answer: DecodeAnswer = { sound };
  parentPort?.postMessage(
    answer,
    sound.channels.map(({ buffer }) => buffer as ArrayBuffer),
  );
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  const answer: DecodeAnswer = { refused: error.message };
  parentPort?.postMessage(answer);
}

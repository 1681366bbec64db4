/** The thread in which strangers' sound files are decoded: whatever such a file does, only this thread suffers. */
import { parentPort, workerData } from "node:worker_threads";
import { UserError } from "../../errors.ts";
import { boundThread } from "./bounds.ts";
import { collect, type Sound, type Wanted } from "./collect.ts";
import { openSource } from "./open.ts";

export interface DecodeJob extends Wanted {
  readonly path: string;
  readonly name: string;
  readonly maxBytes: number;
  /** Of a decoder's own memory, which V8's limits don't count. */
  readonly maxMemoryBytes: number;
}

export type DecodeAnswer = { readonly sound: Sound } | { readonly refused: string };

const job = workerData as DecodeJob; // written by decode.ts alone

try {
  boundThread(job.maxMemoryBytes);
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

/** Runs one job on a sound file in a thread of its own, within limits of time and memory. */
import { Worker } from "node:worker_threads";
import { DiskError, type DiskTrouble, UserError } from "../../errors.ts";
import "../opus.ts"; // a native library that only a worker has loaded crashes the process when that worker ends

export interface ThreadLimits {
  /** How refusals call the file. */
  readonly name: string;
  readonly timeMs: number;
  /** Of JavaScript's objects. */
  readonly heapMegabytes: number;
  readonly signal?: AbortSignal;
}

/** What the thread answers first; the thread is gone by then. */
export async function inThread<Answer extends object>(
  entry: URL,
  job: object,
  { name, timeMs, heapMegabytes, signal }: ThreadLimits,
): Promise<Exclude<Answer, { readonly refused: string }>> {
  signal?.throwIfAborted();
  type Good = Exclude<Answer, { readonly refused: string }>;
  const worker = new Worker(entry, {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    stdout: true, // decoders complain there
    stderr: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Good>();
  const abort = () => reject(signal?.reason);
  const late = `"${name}" took longer than ${Math.ceil(timeMs / 1000)} s to read, so I gave it up.`;
  const timer = setTimeout(() => reject(new UserError(late)), timeMs);
  signal?.addEventListener("abort", abort, { once: true });
  worker.once("message", (answer: Good | Refusal) =>
    "refused" in answer ? reject(errorIn(answer as Refusal)) : resolve(answer as Good),
  );
  worker.once("error", (error) => reject(reasonOf(error, name)));
  worker.once("exit", () => reject(new Error(`the decoder of "${name}" ended without a word`)));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    await worker.terminate();
  }
}

/** What the thread says of a file that won't do, or of a disk. */
interface Refusal {
  readonly refused: string;
  readonly trouble?: DiskTrouble;
}

const errorIn = ({ refused, trouble }: Refusal): UserError =>
  trouble === undefined ? new UserError(refused) : new DiskError(trouble, refused);

function reasonOf(error: unknown, name: string): unknown {
  const outOfMemory = error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
  return outOfMemory ? new UserError(`"${name}" needs more memory than I give a sound file.`, { cause: error }) : error;
}

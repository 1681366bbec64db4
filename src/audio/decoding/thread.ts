/** Runs one job on a sound file in a worker thread, with limits of time and memory. */
import { Worker } from "node:worker_threads";
import { DiskError, type DiskTrouble, UserError } from "../../errors.ts";
import "../opus.ts"; // a native library that only a worker has loaded crashes the process when that worker ends

export interface ThreadLimits {
  /** The file's name in errors. */
  readonly name: string;
  readonly timeMs: number;
  /** JavaScript heap. */
  readonly heapMegabytes: number;
  readonly signal?: AbortSignal;
}

/** Returns the thread's first message, after the thread has ended. */
export async function runInThread<Answer extends object>(
  entry: URL,
  job: object,
  { name, timeMs, heapMegabytes, signal }: ThreadLimits,
): Promise<Exclude<Answer, { readonly refused: string }>> {
  signal?.throwIfAborted();
  type Success = Exclude<Answer, { readonly refused: string }>;
  const worker = new Worker(entry, {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    stdout: true, // decoders log there
    stderr: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Success>();
  const abort = () => reject(signal?.reason);
  const timedOut = `"${name}" took longer than ${Math.ceil(timeMs / 1000)} s to read, so I gave up.`;
  const timer = setTimeout(() => reject(new UserError(timedOut)), timeMs);
  signal?.addEventListener("abort", abort, { once: true });
  worker.once("message", (answer: Success | Refusal) =>
    "refused" in answer ? reject(errorIn(answer as Refusal)) : resolve(answer as Success),
  );
  worker.once("error", (error) => reject(reasonOf(error, name)));
  worker.once("exit", () => reject(new Error(`the decoder of "${name}" ended without an answer`)));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    await worker.terminate();
  }
}

/** The thread's answer about a bad file or a disk error. */
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

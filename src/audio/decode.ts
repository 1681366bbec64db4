/** Strangers' sound files: WAV, FLAC, MP3, Ogg Vorbis and Ogg Opus become samples in a thread that has limits. */
import { basename } from "node:path";
import { Worker } from "node:worker_threads";
import { UserError } from "../errors.ts";
import "./opus.ts"; // a native library that only a worker has loaded crashes the process when that worker ends
import type { Sound } from "./decoding/collect.ts";
import type { DecodeAnswer, DecodeJob } from "./decoding/worker.ts";

export type { Sound };

export interface DecodeLimits {
  /** Of the file. */
  readonly maxBytes: number;
  /** Until the sound is there. */
  readonly timeMs: number;
  /** Of JavaScript's objects, and of a decoder's own memory. */
  readonly heapMegabytes: number;
  readonly memoryMegabytes: number;
}

export interface DecodeOptions {
  /** Hz wanted. */
  readonly sampleRate: number;
  /** One is the mean of the file's. */
  readonly channels?: 1 | 2;
  readonly maxSeconds: number;
  /** What is done with a longer file: it is refused, or only its beginning is taken. */
  readonly longer?: "refuse" | "cut";
  /** How refusals call the file. */
  readonly name?: string;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<DecodeLimits>;
}

const usualLimits: DecodeLimits = {
  maxBytes: 256 * 2 ** 20,
  timeMs: 60_000,
  heapMegabytes: 128,
  memoryMegabytes: 64,
};

/** The sound of a file, by what is in it; what is wrong with a file is said in a UserError. */
export async function decodeFile(path: string, options: DecodeOptions): Promise<Sound> {
  const { sampleRate, channels = 1, maxSeconds, longer = "refuse", name = basename(path), signal } = options;
  const { maxBytes, timeMs, heapMegabytes, memoryMegabytes } = { ...usualLimits, ...options.limits };
  signal?.throwIfAborted();
  const maxMemoryBytes = memoryMegabytes * 2 ** 20;
  const job: DecodeJob = { path, name, sampleRate, channels, maxSeconds, longer, maxBytes, maxMemoryBytes };
  const worker = new Worker(new URL("./decoding/worker.ts", import.meta.url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    stdout: true, // decoders complain there
    stderr: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Sound>();
  const abort = () => reject(signal?.reason);
  const late = `"${name}" took longer than ${Math.ceil(timeMs / 1000)} s to read, so I gave it up.`;
  const timer = setTimeout(() => reject(new UserError(late)), timeMs);
  signal?.addEventListener("abort", abort, { once: true });
  worker.once("message", (answer: DecodeAnswer) =>
    "sound" in answer ? resolve(answer.sound) : reject(new UserError(answer.refused)),
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

function reasonOf(error: unknown, name: string): unknown {
  const outOfMemory = error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
  return outOfMemory ? new UserError(`"${name}" needs more memory than I give a sound file.`, { cause: error }) : error;
}

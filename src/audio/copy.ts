/** Converts a sound file of any supported format to a mono WAV file, with bounded memory. */
import { rmSync } from "node:fs";
import { basename } from "node:path";
import type { CopyAnswer, CopyJob } from "./decoding/copy-worker.ts";
import { runInThread } from "./decoding/thread.ts";

export interface CopyOptions {
  /** Of the WAV file, in Hz. */
  readonly sampleRate: number;
  /** The file's name in errors. */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

/** Twelve hours at 48 kHz still fit into a WAV file. */
const maxSeconds = 12 * 3600;
/** Compressed files are held in memory as a whole. */
const maxBytes = 2 ** 30;
const maxWavBytes = 16 * 2 ** 30;
const timeMs = 2 * 3600_000;
const [heapMegabytes, memoryMegabytes] = [256, 64];

/** Writes the mean of the channels as 16-bit samples. A file without audible sound is a UserError, and leaves no output. */
export async function copyToWav(
  from: string,
  to: string,
  options: CopyOptions,
): Promise<{ readonly samples: number; readonly warnings: readonly string[] }> {
  const { sampleRate, name = basename(from), signal } = options;
  const job: CopyJob = {
    path: from,
    to,
    name,
    sampleRate,
    channels: 1,
    maxSeconds,
    longer: "refuse",
    maxBytes,
    maxWavBytes,
    maxMemoryBytes: memoryMegabytes * 2 ** 20,
  };
  const entry = new URL("./decoding/copy-worker.ts", import.meta.url);
  try {
    return await runInThread<CopyAnswer>(entry, job, { name, timeMs, heapMegabytes, ...(signal && { signal }) });
  } catch (error) {
    rmSync(`${to}.part`, { force: true }); // left by a thread that was terminated
    throw error;
  }
}

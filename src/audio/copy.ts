/** A sound file of any kind that is read here, as a mono WAV file of ours: however long it is, little of it is in memory. */
import { rmSync } from "node:fs";
import { basename } from "node:path";
import type { CopyAnswer, CopyJob } from "./decoding/copy-worker.ts";
import { inThread } from "./decoding/thread.ts";

export interface CopyOptions {
  /** Hz wanted. */
  readonly sampleRate: number;
  /** How refusals call the file. */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

/** No song lasts longer; at 48 kHz twelve hours still fit into a WAV file. */
const maxSeconds = 12 * 3600;
/** Files that are not WAV are held whole, as they are packed. */
const maxBytes = 2 ** 30;
const maxWavBytes = 16 * 2 ** 30;
const timeMs = 2 * 3600_000;
const [heapMegabytes, memoryMegabytes] = [256, 64];

/** Writes the mean of the channels at the wanted rate, 16 bits a sample; a file of which nothing can be heard is a UserError, and nothing is left. */
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
    return await inThread<CopyAnswer>(entry, job, { name, timeMs, heapMegabytes, ...(signal && { signal }) });
  } catch (error) {
    rmSync(`${to}.part`, { force: true }); // of a thread that was ended from outside
    throw error;
  }
}

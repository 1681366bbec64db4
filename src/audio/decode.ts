/** Strangers' sound files become samples in a thread that has limits: as far as they can be decoded, with warnings where something is missing. */
import { basename } from "node:path";
import type { Sound } from "./decoding/collect.ts";
import { inThread } from "./decoding/thread.ts";
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
  const maxMemoryBytes = memoryMegabytes * 2 ** 20;
  const job: DecodeJob = { path, name, sampleRate, channels, maxSeconds, longer, maxBytes, maxMemoryBytes };
  const entry = new URL("./decoding/worker.ts", import.meta.url);
  const given = { name, timeMs, heapMegabytes, ...(signal && { signal }) };
  return (await inThread<DecodeAnswer>(entry, job, given)).sound;
}

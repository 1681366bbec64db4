/** Decodes untrusted sound files in a thread with limits: as much as can be decoded, with warnings about what is missing. */
import { basename } from "node:path";
import type { Sound } from "./decoding/collect.ts";
import { runInThread } from "./decoding/thread.ts";
import type { DecodeAnswer, DecodeJob } from "./decoding/worker.ts";

export type { Sound };

export interface DecodeLimits {
  /** Of the file. */
  readonly maxBytes: number;
  /** For the whole job. */
  readonly timeMs: number;
  /** JavaScript heap, and memory of a WebAssembly decoder. */
  readonly heapMegabytes: number;
  readonly memoryMegabytes: number;
}

export interface DecodeOptions {
  /** Of the result, in Hz. */
  readonly sampleRate: number;
  /** 1: the mean of the file's channels. */
  readonly channels?: 1 | 2;
  readonly maxSeconds: number;
  /** Whether a longer file is refused, or cut. */
  readonly longer?: "refuse" | "cut";
  /** The file's name in errors. */
  readonly name?: string;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<DecodeLimits>;
}

const defaultLimits: DecodeLimits = {
  maxBytes: 256 * 2 ** 20,
  timeMs: 60_000,
  heapMegabytes: 128,
  memoryMegabytes: 64,
};

/** Decodes a file; its format follows from its content. What is wrong with it becomes a UserError. */
export async function decodeFile(path: string, options: DecodeOptions): Promise<Sound> {
  const { sampleRate, channels = 1, maxSeconds, longer = "refuse", name = basename(path), signal } = options;
  const { maxBytes, timeMs, heapMegabytes, memoryMegabytes } = { ...defaultLimits, ...options.limits };
  const maxMemoryBytes = memoryMegabytes * 2 ** 20;
  const job: DecodeJob = { path, name, sampleRate, channels, maxSeconds, longer, maxBytes, maxMemoryBytes };
  const entry = new URL("./decoding/worker.ts", import.meta.url);
  const settings = { name, timeMs, heapMegabytes, ...(signal && { signal }) };
  return (await runInThread<DecodeAnswer>(entry, job, settings)).sound;
}

/** The thread in which strangers' sound files are decoded: whatever such a file does, only this thread suffers. */
import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { UserError } from "../../errors.ts";
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
const background = 5; // on Linux a priority is a thread's own

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: { prototype: Memory } } }; // no types without a browser's

/** WebAssembly asks through here whenever it wants more memory; to be refused is something it can live with, or die of. */
function boundMemory(maxBytes: number): void {
  const page = 65_536;
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (this: Memory, pages: number) {
    if (this.buffer.byteLength + pages * page > maxBytes) throw new RangeError("more memory than is given");
    return grow.call(this, pages);
  };
}

try {
  setPriority(0, background);
  boundMemory(job.maxMemoryBytes);
  const sound = collect(await openSource(job.path, job.name, job.maxBytes), job, job.name);
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

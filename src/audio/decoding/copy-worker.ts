/** The thread in which a stranger's sound file becomes a WAV file of ours: decoded, mixed, resampled and written piece by piece. */
import { parentPort, workerData } from "node:worker_threads";
import { DiskError, type DiskTrouble, UserError } from "../../errors.ts";
import { createWav } from "../wav.ts";
import { boundThread } from "./bounds.ts";
import { pour, type Wanted } from "./collect.ts";
import { openSource } from "./open.ts";

export interface CopyJob extends Wanted {
  readonly path: string;
  /** The WAV file. */
  readonly to: string;
  readonly name: string;
  readonly maxBytes: number;
  readonly maxWavBytes: number;
  /** Of a decoder's own memory, which V8's limits don't count. */
  readonly maxMemoryBytes: number;
}

export type CopyAnswer =
  | { readonly samples: number; readonly warnings: readonly string[] }
  | { readonly refused: string; readonly trouble?: DiskTrouble };

const job = workerData as CopyJob; // written by copy.ts alone

try {
  boundThread(job.maxMemoryBytes);
  const source = await openSource(job.path, job.name, job.maxBytes, job.maxWavBytes);
  const wav = createWav(job.to, job.sampleRate);
  try {
    const { warnings } = await pour(source, job, job.name, ([mono]) => wav.write(mono!));
    const { samples } = wav;
    wav.close();
    parentPort?.postMessage({ samples, warnings } satisfies CopyAnswer);
  } finally {
    wav.discard();
  }
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  const trouble = error instanceof DiskError && { trouble: error.trouble };
  parentPort?.postMessage({ refused: error.message, ...trouble } satisfies CopyAnswer);
}

/** Worker thread: decodes an untrusted sound file, mixes, resamples and writes it to a WAV file piece by piece. */
import { parentPort, workerData } from "node:worker_threads";
import { DiskError, type DiskTrouble, UserError } from "../../errors.ts";
import { createWav } from "../wav.ts";
import { limitThread } from "./bounds.ts";
import { pour, type Wanted } from "./collect.ts";
import { openSource } from "./open.ts";

export interface CopyJob extends Wanted {
  readonly path: string;
  /** The WAV file. */
  readonly to: string;
  readonly name: string;
  readonly maxBytes: number;
  readonly maxWavBytes: number;
  /** WebAssembly memory of a decoder. */
  readonly maxMemoryBytes: number;
}

export type CopyAnswer =
  | { readonly samples: number; readonly warnings: readonly string[] }
  | { readonly refused: string; readonly trouble?: DiskTrouble };

const job = workerData as CopyJob; // only copy.ts starts this thread

try {
  limitThread(job.maxMemoryBytes);
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

/** The engine's ear: sound files become codes, in threads that live no longer than their work. */
import { basename } from "node:path";
import { Worker } from "node:worker_threads";
import { decodeFile } from "../audio/decode.ts";
import "../onnx/telemetry.ts"; // here, as the worker can't
import { type Failure, UserError, unpackError } from "../errors.ts";
import type { Encoded, Engine, ModelCard } from "./engine.ts";
import type { StopFlag } from "./messages.ts";

/** What the thread that encodes is started with. */
export interface AudioEncoderJob {
  /** Of the model. */
  readonly folder: string;
  /** Mono at the model's rate. */
  readonly sound: Float32Array;
  readonly stop: StopFlag;
}

export type AudioEncoderAnswer = { readonly codes: Uint16Array[] } | { readonly failure: Failure };

export interface AudioEncoder {
  readonly encode: Engine["encode"];
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** Files wait for each other, so that they take the memory of one. */
export function openAudioEncoder(
  folder: string,
  { sampleRate, hops }: Pick<ModelCard, "sampleRate" | "hops">,
): AudioEncoder {
  const closing = new AbortController();
  const coarsest = hops.at(-1)!;
  let last: Promise<unknown> = Promise.resolve();
  const hear: Engine["encode"] = async (path, { maxSeconds, name = basename(path), signal = closing.signal }) => {
    const options = { sampleRate, maxSeconds, name, signal, longer: "cut" } as const;
    const { channels, wholeSeconds, warnings } = await decodeFile(path, options);
    const [sound] = channels;
    if (!sound || sound.length < coarsest)
      throw new UserError(`"${name}" is too short: there is nothing to go on from.`);
    const codes = await encoded(folder, sound, signal);
    const seconds = (codes.at(-1)!.length * coarsest) / sampleRate;
    const encoding: Encoded = { codes, seconds, warnings, ...(wholeSeconds !== undefined && { wholeSeconds }) };
    return encoding;
  };
  return {
    encode(path, options) {
      const signal = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal;
      const result = last.then(() => hear(path, { ...options, signal }));
      last = result.catch(() => undefined);
      return result;
    },
    async close() {
      closing.abort(new Error("the engine was closed"));
      await last;
    },
  };
}

/** Starts the thread, and waits until it has ended: one that is ended inside the runtime takes the process with it. */
async function encoded(folder: string, sound: Float32Array, signal: AbortSignal): Promise<Uint16Array[]> {
  signal.throwIfAborted();
  const job: AudioEncoderJob = { folder, sound, stop: new Int32Array(new SharedArrayBuffer(4)) };
  const worker = new Worker(new URL("./audio-encoder-worker.ts", import.meta.url), {
    workerData: job,
    transferList: [sound.buffer as ArrayBuffer],
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let answer: AudioEncoderAnswer | undefined;
  const stop = () => Atomics.store(job.stop, 0, 1);
  signal.addEventListener("abort", stop, { once: true });
  worker.once("message", (message: AudioEncoderAnswer) => {
    answer = message;
  });
  worker.once("error", reject);
  worker.once("exit", () => resolve());
  try {
    await promise;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  signal.throwIfAborted();
  if (!answer) throw new Error("the thread that encodes ended without a word");
  if ("failure" in answer) throw unpackError(answer.failure);
  return answer.codes;
}

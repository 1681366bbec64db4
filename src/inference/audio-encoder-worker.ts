/** The thread that turns one sound into codes; it ends with its answer. */
import { parentPort, workerData } from "node:worker_threads";
import { packError } from "../errors.ts";
import { openModelFolder } from "../model/folder.ts";
import { lowerPriority } from "../priority.ts";
import type { AudioEncoderAnswer, AudioEncoderJob } from "./audio-encoder.ts";
import { encodeAll } from "./encode.ts";

const { folder, sound, stop } = workerData as AudioEncoderJob; // written by ear.ts alone
const background = 9; // steps: after all that a listener waits for

async function answer(): Promise<AudioEncoderAnswer> {
  try {
    lowerPriority(background);
    const { config, store } = await openModelFolder(folder, "vqvae");
    const stopped = () => Atomics.load(stop, 0) !== 0;
    return { codes: [...(await encodeAll(sound, { size: config.vqvae, store, stopped }))] };
  } catch (error) {
    return { failure: packError(error) };
  }
}

parentPort?.postMessage(await answer());

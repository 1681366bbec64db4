/** A worker thread of the engine: fills one level with codes, or makes the sound. */
import { setTimeout as pause } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { packError } from "../errors.ts";
import { openModelFolder } from "../model/folder.ts";
import { hopsOf } from "../model/vqvae.ts";
import { lowerPriority } from "../priority.ts";
import { openAlignmentRecorder } from "./alignment-recorder.ts";
import { CodeBuffer } from "./code-buffer.ts";
import { openDecoder } from "./decode.ts";
import { fill, type LevelSize } from "./level.ts";
import type { FromWorker, ToWorker, WorkerSetup } from "./messages.ts";
import { givesWay, reach } from "./pace.ts";
import { openPrior } from "./prior-sampler.ts";
import { openSound, type Sound } from "./sound.ts";

const setup = workerData as WorkerSetup; // written by thread.ts alone
const port = parentPort!; // this file only runs as a worker
const say = (message: FromWorker): void => port.postMessage(message);
/** Lets this thread hear its messages. */
const breathe = (): Promise<void> => new Promise((go) => setImmediate(go));

/**
 * Steps of priority: first the bot's thread, which must send a frame every 20 ms, then the sound, then the levels, coarse ones
 * before fine ones. They are small, so that beside other programs a song is finished all the same.
 */
const [SOUND, COARSEST, EACH_FINER] = [2, 3, 1];
const WAIT_MS = 10;

type Hear = (message: ToWorker) => void;

/** Answers a song's messages; failures are told, and end the song only. */
function guarded(work: () => Promise<FromWorker>): void {
  work().then(say, (error: unknown) => say({ type: "failed", failure: packError(error) }));
}

async function openLevel(level: number): Promise<Hear> {
  const { config, store } = await openModelFolder(setup.folder, level);
  const { device, bits } = setup;
  const guidance = config.guidance?.[level] ?? 1;
  const prior = await openPrior(store, config.priors[level]!, { device, bits, guidance });
  const isCoarsest = level === config.priors.length - 1;
  lowerPriority(COARSEST + EACH_FINER * (config.priors.length - 1 - level));
  const size: LevelSize = {
    level,
    hop: hopsOf(config.vqvae)[level]!,
    hopFraction: config.hopFractions[level]!,
    sampleRate: config.sampleRate,
  };
  let above: CodeBuffer | undefined;
  return (message) => {
    if (message.type === "codes" && message.level === level + 1) above?.add(message.codes);
    if (message.type === "stop") above?.release();
    if (message.type !== "fill") return;
    const { job, stop, pace } = message;
    const codes = { codes: job.total, codeSeconds: size.hop / size.sampleRate };
    const recorder =
      message.recorder &&
      openAlignmentRecorder(message.recorder, codes, (alignment, untilSeconds) =>
        say({ type: "alignment", untilSeconds, alignment }),
      );
    const stopped = (): boolean => Atomics.load(stop, 0) !== 0;
    const upper = message.above && new CodeBuffer(message.above.total, message.above.known);
    above = upper;
    const made = async (from: number, codes: Uint16Array): Promise<void> => {
      say({ type: "codes", level, from, codes });
      const until = from + codes.length;
      if (isCoarsest) reach(pace, (until * size.hop) / size.sampleRate, until === job.total);
      await breathe();
      while (!isCoarsest && givesWay(pace) && !stopped()) await pause(WAIT_MS);
    };
    guarded(async () => {
      try {
        await fill(prior, size, job, new CodeBuffer(job.total, job.known), {
          ...(upper && { upper }),
          stopped,
          made,
          ...(recorder && { attended: recorder.attended }),
        });
        const sheet = stopped() ? undefined : recorder?.finish();
        return { type: "over", ...(sheet && { sheet }) };
      } finally {
        above = undefined; // codes that come later are of no song any more
      }
    });
  };
}

async function openSoundRoom(): Promise<Hear> {
  const { config, store } = await openModelFolder(setup.folder, "vqvae");
  const decoders = await Promise.all(
    config.priors.map((_, level) => openDecoder(store, level, config.vqvae, { device: setup.device })),
  );
  lowerPriority(SOUND);
  let sound: Sound | undefined;
  let wake: () => void = () => undefined;
  return (message) => {
    if (message.type === "codes") sound?.lines[message.level]?.add(message.codes);
    if (message.type === "listen") sound?.listen(message.untilSeconds);
    if (message.type === "sheet") sound?.keep(message.sheet);
    if (message.type === "sound") {
      const { job, stop } = message;
      guarded(async () => {
        try {
          sound = openSound(job, decoders, config.sampleRate, (live) => say({ type: "live", ...live }));
          return await makeSound(
            sound,
            () => Atomics.load(stop, 0) !== 0,
            () => new Promise<void>((go) => (wake = go)),
          );
        } finally {
          sound = undefined; // codes that come later are of no song any more
        }
      });
    }
    wake();
  };
}

/** Works while there is work, and sleeps until the next message when there is none. */
async function makeSound(sound: Sound, stopped: () => boolean, sleep: () => Promise<void>): Promise<FromWorker> {
  try {
    while (!sound.done && !stopped()) await ((await sound.step()) ? breathe() : sleep());
    return stopped() ? { type: "over" } : { type: "over", recording: sound.finish() };
  } finally {
    sound.discard(); // does nothing once finished
  }
}

try {
  const hear = setup.level === undefined ? await openSoundRoom() : await openLevel(setup.level);
  port.on("message", hear);
  say({ type: "ready" });
} catch (error) {
  say({ type: "failed", failure: packError(error) });
}

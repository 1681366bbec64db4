/** The engine as the bot sees it: songs one after another, each performed by a crew of threads. */
import "../audio/opus.ts"; // a native library that only a worker has loaded crashes the process when that worker ends
import { readModelConfig } from "../model/folder.ts";
import { hopsOf } from "../model/vqvae.ts";
import type { Bits } from "../model/weights.ts";
import { checkDevice } from "../onnx/session.ts";
import { openAudioEncoder } from "./audio-encoder.ts";
import type { Engine, ModelCard } from "./engine.ts";
import { SongGeneration } from "./generation.ts";
import { readVocabulary } from "./vocabulary.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface EngineOptions {
  /** Where the networks run: cpu, cuda, webgpu, coreml or dml. */
  readonly device?: string;
  /** Of the priors' dense layers while sampling. */
  readonly bits?: Bits;
}

/** Opens a model folder; ready when every network is loaded. Throws a UserError for a folder, weights or a device that won't do. */
export async function openEngine(folder: string, { device = "cpu", bits = 8 }: EngineOptions = {}): Promise<Engine> {
  const config = await readModelConfig(folder);
  const vocabulary = await readVocabulary(folder, config);
  const setup = { folder, device: checkDevice(device), bits };
  const pool = new WorkerPool(setup, config.priors.length);
  await pool.ready();
  const card: ModelCard = { ...vocabulary, name: config.name, hops: hopsOf(config.vqvae) };
  const codesIn = (seconds: number): number[] => {
    const coarsest = card.hops.at(-1)!;
    const samples = Math.floor((seconds * card.sampleRate) / coarsest) * coarsest;
    return card.hops.map((hop) => samples / hop);
  };
  const audioEncoder = openAudioEncoder(folder, card);
  const closing = new AbortController();
  let last: Promise<unknown> = Promise.resolve();
  return {
    model: card,
    capacity: 1,
    codesIn,
    generate(request, options = {}) {
      const signal = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal;
      const song = new SongGeneration(pool, config, request, { ...options, signal }, codesIn(request.seconds));
      last = last.then(() => song.run());
      return song;
    },
    encode: audioEncoder.encode,
    async close() {
      closing.abort(new Error("the engine was closed"));
      await audioEncoder.close();
      await last; // a worker that is ended inside the runtime takes the process with it
      await pool.close();
    },
  };
}

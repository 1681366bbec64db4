/** The engine of this process: a composer and a renderer, which work on several songs at once. */
import "../audio/opus.ts"; // a native library that only a worker has loaded crashes the process when that worker ends
import { readModelConfig } from "../model/folder.ts";
import { hopsOf } from "../model/vqvae.ts";
import type { Bits } from "../model/weights.ts";
import { checkDevice } from "../onnx/session.ts";
import { Admission } from "./admission.ts";
import { openAudioEncoder } from "./audio-encoder.ts";
import type { Engine, ModelCard } from "./engine.ts";
import { SongGeneration } from "./generation.ts";
import { openLocalComposer } from "./local-composer.ts";
import { openLocalRenderer } from "./local-renderer.ts";
import { Slots } from "./slots.ts";
import { readVocabulary } from "./vocabulary.ts";

export interface EngineOptions {
  /** Where the networks run: cpu, cuda, webgpu, coreml or dml. */
  readonly device?: string;
  /** Of the priors' dense layers while sampling. */
  readonly bits?: Bits;
  /** Songs that may be made at once; more wait for their turn. */
  readonly capacity?: number;
}

/** Rows of so many songs take little longer than of one. */
const CAPACITY = 4;

/** Opens a model folder; ready when every network is loaded. Throws a UserError for a folder, weights or a device that won't do. */
export async function openEngine(
  folder: string,
  { device = "cpu", bits = 8, capacity = CAPACITY }: EngineOptions = {},
): Promise<Engine> {
  const config = await readModelConfig(folder);
  const vocabulary = await readVocabulary(folder, config);
  const setup = { folder, device: checkDevice(device), bits };
  const composer = await openLocalComposer(setup, config, capacity);
  const renderer = await openLocalRenderer(setup).catch(async (error: unknown) => {
    await composer.close();
    throw error;
  });
  const parts = { config, composer, renderer, admission: new Admission() };
  const slots = new Slots(composer.capacity);
  const card: ModelCard = { ...vocabulary, name: config.name, hops: hopsOf(config.vqvae) };
  const codesIn = (seconds: number): number[] => {
    const coarsest = card.hops.at(-1)!;
    const samples = Math.floor((seconds * card.sampleRate) / coarsest) * coarsest;
    return card.hops.map((hop) => samples / hop);
  };
  const audioEncoder = openAudioEncoder(folder, card);
  const closing = new AbortController();
  return {
    model: card,
    capacity: composer.capacity,
    admits: (begun) => parts.admission.admits(begun),
    codesIn,
    generate(request, options = {}) {
      const signal = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal;
      const song = new SongGeneration(parts, request, { ...options, signal }, codesIn(request.seconds));
      slots.run(() => song.run());
      return song;
    },
    encode: audioEncoder.encode,
    async close() {
      closing.abort(new Error("the engine was closed"));
      await audioEncoder.close();
      await slots.idle(); // a worker that is ended inside the runtime takes the process with it
      await Promise.all([composer.close(), renderer.close()]);
    },
  };
}

/** The engine as the bot sees it: a thread a level and one for the sound, and the codes that go from one to the next. */
import { Worker } from "node:worker_threads";
import "../audio/opus.ts"; // a native library that only a worker has loaded crashes the process when that worker ends
import { UserError } from "../errors.ts";
import { fromIds } from "../labels/characters.ts";
import { spellingOf } from "../labels/lyrics.ts";
import { labelsAt } from "../labels/song.ts";
import { type ModelConfig, readModelConfig } from "../model/folder.ts";
import { hopsOf } from "../model/vqvae.ts";
import type { Bits } from "../model/weights.ts";
import { checkDevice } from "../onnx/session.ts";
import { openEar } from "./ear.ts";
import type {
  Codes,
  Engine,
  GenerateOptions,
  Generation,
  ModelCard,
  Recording,
  SongEvent,
  SongRequest,
} from "./engine.ts";
import { EventQueue } from "./events.ts";
import type { LevelJob } from "./level.ts";
import { type FromWorker, type StopFlag, type ToWorker, unpackError, type WorkerSetup } from "./messages.ts";
import type { ScribeJob } from "./scribe.ts";
import { readVocabulary } from "./vocabulary.ts";

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
  const crew = new Crew(setup, config.priors.length);
  await crew.ready();
  const card: ModelCard = { ...vocabulary, name: config.name, hops: hopsOf(config.vqvae) };
  const codesIn = (seconds: number): number[] => {
    const coarsest = card.hops.at(-1)!;
    const samples = Math.floor((seconds * card.sampleRate) / coarsest) * coarsest;
    return card.hops.map((hop) => samples / hop);
  };
  const ear = openEar(folder, card);
  const closing = new AbortController();
  let last: Promise<unknown> = Promise.resolve();
  return {
    model: card,
    codesIn,
    generate(request, options = {}) {
      const signal = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal;
      const song = new Song(crew, config, request, { ...options, signal }, codesIn(request.seconds));
      last = last.then(() => song.run());
      return song;
    },
    encode: ear.encode,
    async close() {
      closing.abort(new Error("the engine was closed"));
      await ear.close();
      await last; // a worker that is ended inside the runtime takes the process with it
      await crew.close();
    },
  };
}

/** Megabytes of young objects a worker may pile up: rows and chunks die young, and four threads' default piles take 200 MB more. */
const YOUNG_MEGABYTES = 4;

/** The workers: by level, the sound last. One that dies fails the song it works on and is replaced. */
class Crew {
  readonly #setup: Omit<WorkerSetup, "level">;
  readonly #workers: { worker: Worker; ready: Promise<void> }[];
  #hear: (worker: number, message: FromWorker) => void = () => undefined;
  #closing = false;

  constructor(setup: Omit<WorkerSetup, "level">, levels: number) {
    this.#setup = setup;
    this.#workers = Array.from({ length: levels + 1 }, (_, index) => this.#hire(index, levels));
  }

  get levels(): number {
    return this.#workers.length - 1;
  }

  async ready(): Promise<void> {
    try {
      await Promise.all(this.#workers.map(({ ready }) => ready));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Whom the workers speak to: one song at a time. */
  listen(hear: (worker: number, message: FromWorker) => void): void {
    this.#hear = hear;
  }

  tell(worker: number, message: ToWorker): void {
    this.#workers[worker]!.worker.postMessage(message);
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#workers.map(({ worker }) => worker.terminate()));
  }

  #hire(index: number, levels: number): { worker: Worker; ready: Promise<void> } {
    const workerData: WorkerSetup = { ...this.#setup, ...(index < levels && { level: index }) };
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => undefined); // whoever waits for it hears of it
    let opened = false;
    worker.on("message", (message: FromWorker) => {
      if (message.type === "ready") {
        opened = true;
        resolve();
      }
      if (message.type === "failed") reject(unpackError(message.failure));
      this.#hear(index, message);
    });
    const lost = (error: Error): void => {
      reject(error);
      if (this.#closing || !opened) return; // one that can't even start would not start the next time
      this.#workers[index] = this.#hire(index, levels);
      this.#hear(index, {
        type: "failed",
        failure: { forUser: false, message: error.message, ...(error.stack && { stack: error.stack }) },
      });
    };
    worker.once("error", (error) => lost(error instanceof Error ? error : new Error(String(error))));
    worker.once(
      "exit",
      (code) => worker.listenerCount("error") > 0 && lost(new Error(`a worker of the engine ended with code ${code}`)),
    );
    return { worker, ready: promise };
  }
}

/** Codes may come from anywhere: those that this model can't have made would end its run in the middle. */
function refuseForeign(codes: Codes, bins: readonly number[]): void {
  for (const [level, line] of codes.entries()) {
    const odd = line.find((code) => code >= (bins[level] ?? 0));
    if (odd !== undefined)
      throw new UserError(`These codes are another model's: on level ${level} there is no code ${odd} here.`);
  }
}

/** One song on its way: hands codes from level to level, and tells what happens. */
class Song implements Generation {
  readonly #crew: Crew;
  readonly #config: ModelConfig;
  readonly #request: SongRequest;
  readonly #options: GenerateOptions;
  readonly #totals: readonly number[];
  readonly #events = new EventQueue<SongEvent>();
  readonly #stop: StopFlag = new Int32Array(new SharedArrayBuffer(4));
  #recording: Recording | undefined;
  #started = false;
  #listenUntil = 0;

  constructor(
    crew: Crew,
    config: ModelConfig,
    request: SongRequest,
    options: GenerateOptions,
    totals: readonly number[],
  ) {
    this.#crew = crew;
    this.#config = config;
    this.#request = request;
    this.#options = options;
    this.#totals = totals;
  }

  [Symbol.asyncIterator](): AsyncIterator<SongEvent> {
    return this.#events[Symbol.asyncIterator]();
  }

  listen(untilSeconds: number): void {
    this.#listenUntil = untilSeconds;
    if (this.#started) this.#crew.tell(this.#crew.levels, { type: "listen", untilSeconds });
  }

  /** Settles when every worker is free again; what went wrong is thrown to the one who iterates. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    try {
      signal?.throwIfAborted();
      refuseForeign(this.#request.prompt ?? [], this.#config.vqvae.lBins);
      await this.#crew.ready();
      await this.#perform(signal);
      this.#events.end();
    } catch (error) {
      this.#events.fail(error);
    }
  }

  async #perform(signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const busy = new Set([...this.#wanted(), this.#crew.levels]);
    let failure: unknown;
    const halt = (why: unknown): void => {
      failure ??= why;
      Atomics.store(this.#stop, 0, 1);
      for (const worker of busy) this.#crew.tell(worker, { type: "stop" });
    };
    const abort = (): void => halt(signal!.reason);
    this.#crew.listen((worker, message) => {
      if (message.type === "failed") halt(unpackError(message.failure));
      else this.#pass(message);
      if (message.type === "failed" || message.type === "over") busy.delete(worker);
      if (busy.size === 0) resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
    this.#start();
    await promise;
    signal?.removeEventListener("abort", abort);
    this.#crew.listen(() => undefined);
    if (failure !== undefined) throw failure;
    if (this.#recording) this.#events.push({ type: "done", recording: this.#recording });
  }

  /** Codes go to the level below, to the sound, and to whoever listens. */
  #pass(message: FromWorker): void {
    if (message.type === "codes") {
      const { level, codes } = message;
      if (level > (this.#options.finest ?? 0)) this.#crew.tell(level - 1, { type: "codes", level, codes });
      this.#crew.tell(this.#crew.levels, { type: "codes", level, codes });
      this.#events.push(message);
    }
    if (message.type === "live" || message.type === "alignment") this.#events.push(message);
    if (message.type !== "over") return;
    const { recording, sheet } = message;
    if (sheet) this.#crew.tell(this.#crew.levels, { type: "sheet", sheet });
    this.#recording ??= recording;
  }

  #start(): void {
    const { labels, seed, sampling, prompt = [] } = this.#request;
    const { finest, out, bitrate, tags, live, liveFromSeconds, liveUntilSeconds } = this.#options;
    const known = this.#known();
    const stop = this.#stop;
    const total = this.#totals[0]! * hopsOf(this.#config.vqvae)[0]!;
    const scribe = this.#scribe();
    const sound = {
      total,
      known,
      ...(finest && { finest }),
      sheet: scribe?.sheet ?? false,
      ...(out && { out }),
      ...(bitrate && { bitrate }),
      ...(tags && { tags }),
      ...(live && { live }),
      ...(liveFromSeconds && { liveFromSeconds }),
      ...(liveUntilSeconds !== undefined && { liveUntilSeconds }),
    };
    this.#crew.tell(this.#crew.levels, { type: "sound", job: sound, stop });
    for (const level of this.#wanted()) {
      const total = this.#totals[level]!;
      const drawing = sampling[level]!; // as many as there are levels
      const temperature = drawing.temperature * this.#config.temperatures[level]!;
      const job: LevelJob = {
        labels: labelsAt(labels, level),
        seed,
        sampling: { ...drawing, temperature },
        total,
        prompt: prompt[level]?.length ?? 0,
        known: known[level]!,
      };
      const above = this.#totals[level + 1];
      this.#crew.tell(level, {
        type: "fill",
        job,
        stop,
        ...(above !== undefined && { above: { total: above, known: known[level + 1]! } }),
        ...(above === undefined && scribe && { scribe }),
      });
    }
    this.#started = true;
    if (this.#listenUntil > 0) this.listen(this.#listenUntil);
  }

  /** Of a song with lyrics, by a model that knows when they are sung. */
  #scribe(): ScribeJob | undefined {
    const { lyricCharacters, priors } = this.#config;
    const { lyrics = [] } = this.#request.labels;
    const { out, tags, lyrics: written, aligned = true } = this.#options;
    if (!aligned || lyrics.length === 0 || !lyricCharacters || !priors.at(-1)?.alignment) return undefined;
    const { TITLE: title, ARTIST: artist } = tags ?? {};
    const text = fromIds(lyrics, lyricCharacters);
    const known = artist !== undefined && artist !== "unknown";
    const spelling = written === undefined ? [] : spellingOf(written, lyricCharacters);
    const same = spelling.length === text.length;
    return {
      text,
      ...(same && { spelling }),
      ...(title && { title }),
      ...(known && { artist }),
      sheet: out !== undefined,
    };
  }

  /** The levels that are made. */
  #wanted(): number[] {
    return this.#totals.map((_, level) => level).filter((level) => level >= (this.#options.finest ?? 0));
  }

  /** Codes there from the start, cut to the song's length. */
  #known(): Codes {
    const { prompt } = this.#request;
    const { known } = this.#options;
    return this.#totals.map((total, level) =>
      (known?.[level] ?? prompt?.[level] ?? new Uint16Array(0)).slice(0, total),
    );
  }
}

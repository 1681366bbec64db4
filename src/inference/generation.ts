/** One song on its way: hands codes from level to level, and tells what happens. */
import { UserError, unpackError } from "../errors.ts";
import type { Alignment } from "../lyrics/alignment.ts";
import type { Heading } from "../lyrics/subtitles.ts";
import type { ModelConfig } from "../model/folder.ts";
import { hopsOf } from "../model/vqvae.ts";
import { labelsAt } from "../song/song.ts";
import { subtitlesOf } from "./alignment-files.ts";
import type { AlignmentJob } from "./alignment-recorder.ts";
import type { Codes, GenerateOptions, Generation, Recording, SongEvent, SongRequest } from "./engine.ts";
import { EventQueue } from "./events.ts";
import type { LevelJob } from "./level.ts";
import type { FromWorker, StopFlag } from "./messages.ts";
import { createPace, type Pace, reach, want } from "./pace.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** Codes may come from anywhere: those that this model can't have made would end its run in the middle. */
function refuseForeign(codes: Codes, bins: readonly number[]): void {
  for (const [level, line] of codes.entries()) {
    const odd = line.find((code) => code >= (bins[level] ?? 0));
    if (odd !== undefined)
      throw new UserError(`These codes are another model's: on level ${level} there is no code ${odd} here.`);
  }
}

export class SongGeneration implements Generation {
  readonly #pool: WorkerPool;
  readonly #config: ModelConfig;
  readonly #request: SongRequest;
  readonly #options: GenerateOptions;
  readonly #totals: readonly number[];
  readonly #events = new EventQueue<SongEvent>();
  readonly #pace: Pace;
  readonly #stop: StopFlag = new Int32Array(new SharedArrayBuffer(4));
  #recording: Recording | undefined;
  #started = false;
  #listenUntil = 0;

  constructor(
    pool: WorkerPool,
    config: ModelConfig,
    request: SongRequest,
    options: GenerateOptions,
    totals: readonly number[],
  ) {
    this.#pool = pool;
    this.#config = config;
    this.#request = request;
    this.#options = options;
    this.#totals = totals;
    this.#pace = createPace(options.live && (options.liveFromSeconds ?? 0));
  }

  [Symbol.asyncIterator](): AsyncIterator<SongEvent> {
    return this.#events[Symbol.asyncIterator]();
  }

  listen(untilSeconds: number): void {
    this.#listenUntil = untilSeconds;
    want(this.#pace, untilSeconds);
    if (this.#started) this.#pool.tell(this.#pool.levels, { type: "listen", untilSeconds });
  }

  /** Settles when every worker is free again; what went wrong is thrown to the one who iterates. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    try {
      signal?.throwIfAborted();
      refuseForeign(this.#request.prompt ?? [], this.#config.vqvae.lBins);
      await this.#pool.ready();
      await this.#perform(signal);
      this.#events.end();
    } catch (error) {
      this.#events.fail(error);
    }
  }

  async #perform(signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const busy = new Set([...this.#wanted(), this.#pool.levels]);
    let failure: unknown;
    const halt = (why: unknown): void => {
      failure ??= why;
      Atomics.store(this.#stop, 0, 1);
      for (const worker of busy) this.#pool.tell(worker, { type: "stop" });
    };
    const abort = (): void => halt(signal!.reason);
    this.#pool.listen((worker, message) => {
      if (message.type === "failed") halt(unpackError(message.failure));
      else this.#pass(message);
      if (message.type === "failed" || message.type === "over") busy.delete(worker);
      if (busy.size === 0) resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
    this.#start();
    await promise;
    signal?.removeEventListener("abort", abort);
    this.#pool.listen(() => undefined);
    if (failure !== undefined) throw failure;
    if (this.#recording) this.#events.push({ type: "done", recording: this.#recording });
  }

  /** Codes go to the level below, to the sound, and to whoever listens. */
  #pass(message: FromWorker): void {
    if (message.type === "codes") {
      const { level, codes } = message;
      if (level > (this.#options.finest ?? 0)) this.#pool.tell(level - 1, { type: "codes", level, codes });
      this.#pool.tell(this.#pool.levels, { type: "codes", level, codes });
      this.#events.push(message);
    }
    if (message.type === "live" || message.type === "alignment") this.#events.push(message);
    if (message.type !== "over") return;
    const { recording, sheet } = message;
    if (sheet) this.#pool.tell(this.#pool.levels, { type: "sheet", sheet });
    this.#recording ??= recording;
  }

  #start(): void {
    const { labels, seed, sampling, prompt = [] } = this.#request;
    const { finest, out, bitrate, tags, live, liveFromSeconds, liveUntilSeconds } = this.#options;
    const known = this.#known();
    const stop = this.#stop;
    const total = this.#totals[0]! * hopsOf(this.#config.vqvae)[0]!;
    const recorder = this.#alignmentJob();
    const planned = this.#planned();
    const sound = {
      total,
      known,
      ...(finest && { finest }),
      sheet: (recorder?.sheet ?? false) || (planned !== undefined && out !== undefined),
      ...(out && { out }),
      ...(bitrate && { bitrate }),
      ...(tags && { tags }),
      ...(live && { live }),
      ...(liveFromSeconds && { liveFromSeconds }),
      ...(liveUntilSeconds !== undefined && { liveUntilSeconds }),
    };
    this.#pool.tell(this.#pool.levels, { type: "sound", job: sound, stop });
    const [made, coarse] = [known.at(-1)!.length, this.#totals.at(-1)!]; // a model has a level at least
    reach(this.#pace, (made / coarse) * this.#request.seconds, made === coarse);
    if (planned) this.#announce(planned);
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
      this.#pool.tell(level, {
        type: "fill",
        job,
        stop,
        pace: this.#pace,
        ...(above !== undefined && { above: { total: above, known: known[level + 1]! } }),
        ...(above === undefined && recorder && { recorder }),
      });
    }
    this.#started = true;
    if (this.#listenUntil > 0) this.listen(this.#listenUntil);
  }

  /** The lines that are sung in what is made, where they were planned: known from the start. */
  #planned(): Alignment | undefined {
    const { labels, seconds } = this.#request;
    if (!labels.lines || this.#options.aligned === false) return undefined;
    return { lines: labels.lines.filter(({ from }) => from < seconds), confidence: 1 };
  }

  #announce(alignment: Alignment): void {
    const { seconds } = this.#request;
    this.#events.push({ type: "alignment", untilSeconds: seconds, alignment });
    if (this.#options.out === undefined) return;
    const sheet = subtitlesOf(alignment, { ...this.#heading(), seconds });
    this.#pool.tell(this.#pool.levels, { type: "sheet", sheet });
  }

  #heading(): Omit<Heading, "seconds"> {
    const { tags, wordTimes = false } = this.#options;
    const { TITLE: title, ARTIST: artist } = tags ?? {};
    return { wordTimes, ...(title && { title }), ...(artist && artist !== "unknown" && { artist }) };
  }

  /** Of a song with lyrics, by a model that knows when they are sung. */
  #alignmentJob(): AlignmentJob | undefined {
    const { lyricCharacters, priors } = this.#config;
    const { lyrics = [] } = this.#request.labels;
    const { out, lyrics: written, aligned = true } = this.#options;
    if (!aligned || lyrics.length === 0 || !lyricCharacters || !priors.at(-1)?.alignment) return undefined;
    return {
      lyrics,
      characters: lyricCharacters,
      ...(written !== undefined && { written }),
      ...this.#heading(),
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

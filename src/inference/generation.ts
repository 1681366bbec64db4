/** One song on its way: codes go from the composer to the renderer, and to whoever iterates. */
import { type Failure, unpackError } from "../errors.ts";
import type { Alignment } from "../lyrics/alignment.ts";
import type { Heading } from "../lyrics/subtitles.ts";
import type { ModelConfig } from "../model/folder.ts";
import { hopsOf } from "../model/vqvae.ts";
import type { Admission } from "./admission.ts";
import { subtitlesOf } from "./alignment-files.ts";
import type { AlignmentJob } from "./alignment-recorder.ts";
import type { Composer, Composition, CompositionEvent, CompositionOrder } from "./composer.ts";
import type { Codes, GenerateOptions, Generation, Recording, SongEvent, SongRequest } from "./engine.ts";
import { EventQueue } from "./events.ts";
import type { RenderEvent, Renderer, Rendering, RenderOrder } from "./renderer.ts";

export interface EngineParts {
  readonly config: ModelConfig;
  readonly composer: Composer;
  readonly renderer: Renderer;
  readonly admission: Admission;
}

export class SongGeneration implements Generation {
  readonly #parts: EngineParts;
  readonly #request: SongRequest;
  readonly #options: GenerateOptions;
  readonly #totals: readonly number[];
  readonly #events = new EventQueue<SongEvent>();
  #composition: Composition | undefined;
  #rendering: Rendering | undefined;
  /** Settled when both parts have ended. */
  readonly #ended = Promise.withResolvers<void>();
  #atWork = 2;
  #failure: { readonly error: unknown } | undefined;
  #recording: Recording | undefined;
  #listenUntil = 0;

  constructor(parts: EngineParts, request: SongRequest, options: GenerateOptions, totals: readonly number[]) {
    this.#parts = parts;
    this.#request = request;
    this.#options = options;
    this.#totals = totals;
  }

  [Symbol.asyncIterator](): AsyncIterator<SongEvent> {
    return this.#events[Symbol.asyncIterator]();
  }

  listen(untilSeconds: number): void {
    this.#listenUntil = untilSeconds;
    this.#composition?.listen(untilSeconds);
    this.#rendering?.listen(untilSeconds);
  }

  /** Settles when nothing works on the song any more; what went wrong is thrown to the one who iterates. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    try {
      signal?.throwIfAborted();
      this.#parts.admission.begin(this, this.#options.live !== undefined);
      await this.#make(signal);
      this.#events.end();
    } catch (error) {
      this.#events.fail(error);
    } finally {
      this.#parts.admission.end(this);
    }
  }

  async #make(signal?: AbortSignal): Promise<void> {
    const abort = (): void => this.#halt(signal!.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const planned = this.#planned();
    const alignment = this.#alignmentJob();
    this.#rendering = this.#parts.renderer.render(this.#renderOrder(planned, alignment), (event) =>
      this.#rendered(event),
    );
    if (planned) this.#announce(planned);
    this.#composition = this.#parts.composer.compose(this.#compositionOrder(alignment), (event) =>
      this.#composed(event),
    );
    if (this.#listenUntil > 0) this.listen(this.#listenUntil);
    await this.#ended.promise;
    signal?.removeEventListener("abort", abort);
    if (this.#failure) throw this.#failure.error;
    if (this.#recording) this.#events.push({ type: "done", recording: this.#recording });
  }

  #halt(error: unknown): void {
    this.#failure ??= { error };
    this.#composition?.stop();
    this.#rendering?.stop();
  }

  #composed(event: CompositionEvent): void {
    if (event.type === "codes") this.#rendering?.add(event.level, event.codes);
    if (event.type === "codes" && event.level === (this.#options.finest ?? 0))
      this.#parts.admission.made(this, (event.codes.length / this.#totals[event.level]!) * this.#request.seconds);
    if (event.type === "end") this.#parts.admission.end(this); // what is still rendered costs little
    if (event.type === "end" && event.sheet) this.#rendering?.keep(event.sheet);
    if (event.type === "codes" || event.type === "alignment") this.#events.push(event);
    else this.#partEnded(event);
  }

  #rendered(event: RenderEvent): void {
    if (event.type === "end") this.#recording = event.recording;
    if (event.type === "live") this.#events.push(event);
    else this.#partEnded(event);
  }

  #partEnded(event: { readonly type: "end" } | { readonly type: "failed"; readonly failure: Failure }): void {
    if (event.type === "failed") this.#halt(unpackError(event.failure));
    this.#atWork--;
    if (this.#atWork === 0) this.#ended.resolve();
  }

  #renderOrder(planned: Alignment | undefined, alignment: AlignmentJob | undefined): RenderOrder {
    const { finest, out, bitrate, tags, live, liveFromSeconds, liveUntilSeconds } = this.#options;
    return {
      total: this.#totals[0]! * hopsOf(this.#parts.config.vqvae)[0]!,
      known: this.#known(),
      ...(finest && { finest }),
      sheet: (alignment?.sheet ?? false) || (planned !== undefined && out !== undefined),
      ...(out && { out }),
      ...(bitrate && { bitrate }),
      ...(tags && { tags }),
      ...(live && { live }),
      ...(liveFromSeconds && { liveFromSeconds }),
      ...(liveUntilSeconds !== undefined && { liveUntilSeconds }),
    };
  }

  #compositionOrder(alignment: AlignmentJob | undefined): CompositionOrder {
    const { labels, seed, sampling, prompt = [] } = this.#request;
    const { finest = 0, live, liveFromSeconds = 0 } = this.#options;
    return {
      ...{ labels, seed, sampling, finest, totals: this.#totals },
      known: [...this.#known(), ...prompt.slice(this.#totals.length)], // levels that the model lacks are refused there
      prompt: this.#totals.map((_, level) => prompt[level]?.length ?? 0),
      ...(live && { liveFromSeconds }),
      ...(alignment && { alignment }),
    };
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
    this.#rendering?.keep(subtitlesOf(alignment, { ...this.#heading(), seconds }));
  }

  #heading(): Omit<Heading, "seconds"> {
    const { tags, wordTimes = false } = this.#options;
    const { TITLE: title, ARTIST: artist } = tags ?? {};
    return { wordTimes, ...(title && { title }), ...(artist && artist !== "unknown" && { artist }) };
  }

  /** Of a song with lyrics, by a model that knows when they are sung. */
  #alignmentJob(): AlignmentJob | undefined {
    const { lyricCharacters, priors } = this.#parts.config;
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

  /** Codes there from the start, cut to the song's length. */
  #known(): Codes {
    const { prompt } = this.#request;
    const { known } = this.#options;
    return this.#totals.map((total, level) =>
      (known?.[level] ?? prompt?.[level] ?? new Uint16Array(0)).slice(0, total),
    );
  }
}

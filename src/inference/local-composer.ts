/** The composer of this process: a worker thread for each level. */
import { type Failure, packError, UserError } from "../errors.ts";
import type { ModelConfig } from "../model/folder.ts";
import { hopsOf } from "../model/vqvae.ts";
import { labelsAt } from "../song/song.ts";
import type { AlignmentFiles } from "./alignment-files.ts";
import type { Composer, Composition, CompositionEvent, CompositionOrder } from "./composer.ts";
import type { LevelJob } from "./level.ts";
import { type FromLevel, newStopFlag, raise, type ToLevel, type WorkerSetup } from "./messages.ts";
import { createPace, reach, want } from "./pace.ts";
import { type Ending, WorkerThread } from "./worker-thread.ts";

type LevelThread = WorkerThread<ToLevel, FromLevel>;

export async function openLocalComposer(
  setup: Omit<WorkerSetup, "level">,
  config: ModelConfig,
  capacity: number,
): Promise<Composer> {
  const levels = config.priors.map((_, level): LevelThread => new WorkerThread({ ...setup, level }));
  const close = async (): Promise<void> => void (await Promise.all(levels.map((level) => level.close())));
  let songs = 0;
  try {
    await Promise.all(levels.map(({ ready }) => ready));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    capacity,
    compose: (order, onEvent) => new LocalComposition(levels, config, { song: songs++, order, onEvent }),
    close,
  };
}

interface SongToCompose {
  readonly song: number;
  readonly order: CompositionOrder;
  onEvent(event: CompositionEvent): void;
}

class LocalComposition implements Composition {
  readonly #threads: readonly LevelThread[];
  readonly #config: ModelConfig;
  readonly #composed: SongToCompose;
  readonly #stop = newStopFlag();
  readonly #pace;
  /** Levels at work. */
  readonly #busy = new Set<number>();
  #failure: Failure | undefined;
  #sheet: AlignmentFiles | undefined;

  constructor(threads: readonly LevelThread[], config: ModelConfig, composed: SongToCompose) {
    const { liveFromSeconds, totals } = composed.order;
    this.#threads = threads;
    this.#config = config;
    this.#composed = composed;
    this.#pace = createPace(liveFromSeconds, totals.length);
    void this.#start();
  }

  listen(untilSeconds: number): void {
    want(this.#pace, untilSeconds);
  }

  stop(): void {
    raise(this.#stop);
    for (const level of this.#busy) this.#threads[level]!.send(this.#composed.song, { type: "stop" });
  }

  async #start(): Promise<void> {
    const { song, order } = this.#composed;
    try {
      await Promise.all(this.#threads.map(({ ready }) => ready)); // one that died may just be starting again
      refuseForeign(order.known, this.#config.vqvae.lBins);
    } catch (error) {
      this.#composed.onEvent({ type: "failed", failure: packError(error) });
      return;
    }
    for (const [level, hop] of hopsOf(this.#config.vqvae).entries()) {
      const made = order.known[level]!.length;
      reach(this.#pace, level, (made * hop) / this.#config.sampleRate, made === order.totals[level]);
    }
    const wanted = this.#threads.keys().filter((level) => level >= order.finest);
    for (const level of wanted) this.#busy.add(level);
    for (const level of this.#busy) {
      this.#threads[level]!.follow(song, (event) => this.#take(level, event));
      this.#threads[level]!.send(song, this.#fillOf(level));
    }
  }

  #fillOf(level: number): ToLevel {
    const { labels, seed, sampling, totals, prompt, known, alignment } = this.#composed.order;
    const drawing = sampling[level]!; // as many as there are levels
    const job: LevelJob = {
      labels: labelsAt(labels, level),
      seed,
      sampling: { ...drawing, temperature: drawing.temperature * this.#config.temperatures[level]! },
      total: totals[level]!,
      prompt: prompt[level] ?? 0,
      known: known[level]!,
    };
    const above = totals[level + 1];
    return {
      type: "fill",
      job,
      stop: this.#stop,
      pace: this.#pace,
      ...(above !== undefined && { above: { total: above, known: known[level + 1]! } }),
      ...(above === undefined && alignment && { recorder: alignment }),
    };
  }

  #take(level: number, event: FromLevel | Ending): void {
    if (event.type === "codes" && this.#busy.has(level - 1))
      this.#threads[level - 1]!.send(this.#composed.song, { type: "codes", codes: event.codes });
    if (event.type === "codes" || event.type === "alignment") {
      this.#composed.onEvent(event);
      return;
    }
    this.#busy.delete(level);
    if (event.type === "end") this.#sheet ??= event.sheet;
    else {
      this.#failure ??= event.failure;
      this.stop();
    }
    if (this.#busy.size === 0) this.#composed.onEvent(this.#last());
  }

  #last(): CompositionEvent {
    if (this.#failure) return { type: "failed", failure: this.#failure };
    return { type: "end", ...(this.#sheet && { sheet: this.#sheet }) };
  }
}

/** Codes may come from anywhere: those that this model can't have made would end its run in the middle. */
function refuseForeign(known: readonly Uint16Array[], bins: readonly number[]): void {
  for (const [level, codes] of known.entries()) {
    const odd = codes.find((code) => code >= (bins[level] ?? 0));
    if (odd !== undefined)
      throw new UserError(`These codes are another model's: on level ${level} there is no code ${odd} here.`);
  }
}

/** Composer: labels and a seed become codes, level by level. In this process or on another machine: only plain data passes. */
import type { Failure } from "../errors.ts";
import type { Alignment } from "../lyrics/alignment.ts";
import type { LevelSampling } from "../song/sampling.ts";
import type { Labels } from "../song/song.ts";
import type { AlignmentFiles } from "./alignment-files.ts";
import type { AlignmentJob } from "./alignment-recorder.ts";

/** What to compose. Arrays are by level, finest first. */
export interface CompositionOrder {
  readonly labels: Labels;
  readonly seed: number;
  readonly sampling: readonly LevelSampling[];
  /** Codes of the whole song. */
  readonly totals: readonly number[];
  /** How many of the known codes are the prompt's: they decide what each window starts from. */
  readonly prompt: readonly number[];
  /** Codes that exist already, the prompt's first. */
  readonly known: readonly Uint16Array[];
  /** The finest level that is wanted. */
  readonly finest: number;
  /** Second of the song at which its listener starts; left out if nobody listens. */
  readonly liveFromSeconds?: number;
  /** Left out where no alignment of the lyrics is wanted. */
  readonly alignment?: AlignmentJob;
}

export type CompositionEvent =
  /** The next codes of one level; `from` is the song's index of the first one. Known codes don't come again. */
  | { readonly type: "codes"; readonly level: number; readonly from: number; readonly codes: Uint16Array }
  /** When the lyrics are sung, as far as the coarsest level has come; replaces the one before. */
  | { readonly type: "alignment"; readonly untilSeconds: number; readonly alignment: Alignment }
  /** The last event: everything is composed, or the composition was stopped. */
  | { readonly type: "end"; readonly sheet?: AlignmentFiles }
  /** The last event of a composition that failed. */
  | { readonly type: "failed"; readonly failure: Failure };

/** A song that is being composed. */
export interface Composition {
  /** The listener needs the song up to this second. */
  listen(untilSeconds: number): void;
  /** Frees its place within a row of codes; then comes the last event. */
  stop(): void;
}

export interface Composer {
  /** Songs that may be composed at once. */
  readonly capacity: number;
  /**
   * Begins a song at once. What it is doesn't depend on the songs beside it. Events come in order, none before this has
   * returned, and exactly one last one.
   */
  compose(order: CompositionOrder, onEvent: (event: CompositionEvent) => void): Composition;
  close(): Promise<void>;
}

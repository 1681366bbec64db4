/** Messages between the engine and its worker threads. Songs have numbers; a thread may work on several. */
import type { Failure } from "../errors.ts";
import type { Bits } from "../model/weights.ts";
import type { Device } from "../onnx/session.ts";
import type { AlignmentFiles } from "./alignment-files.ts";
import type { AlignmentJob } from "./alignment-recorder.ts";
import type { CompositionEvent } from "./composer.ts";
import type { LevelJob } from "./level.ts";
import type { Pace } from "./pace.ts";
import type { RenderEvent, RenderOrder } from "./renderer.ts";

/** What a worker is started with. */
export interface WorkerSetup {
  readonly folder: string;
  /** The level that it fills with codes; none for the one that renders. */
  readonly level?: number;
  readonly device: Device;
  readonly bits: Bits;
}

/** Shared by the threads of a song: not zero once it is to stop. */
export type StopFlag = Int32Array<SharedArrayBuffer>;

export const newStopFlag = (): StopFlag => new Int32Array(new SharedArrayBuffer(4));
export const raise = (stop: StopFlag): void => void Atomics.store(stop, 0, 1);
export const isRaised = (stop: StopFlag): boolean => Atomics.load(stop, 0) !== 0;

export type ToLevel =
  | {
      readonly type: "fill";
      readonly job: LevelJob;
      readonly recorder?: AlignmentJob;
      readonly above?: { readonly total: number; readonly known: Uint16Array };
      readonly stop: StopFlag;
      readonly pace: Pace;
    }
  /** Of the level above. */
  | { readonly type: "codes"; readonly codes: Uint16Array }
  /** The flag was raised. */
  | { readonly type: "stop" };

export type ToRenderer =
  | { readonly type: "render"; readonly order: RenderOrder; readonly stop: StopFlag }
  | { readonly type: "codes"; readonly level: number; readonly codes: Uint16Array }
  | { readonly type: "listen"; readonly untilSeconds: number }
  | { readonly type: "sheet"; readonly sheet: AlignmentFiles }
  | { readonly type: "stop" };

/** A worker's message of a song, or to it. */
export interface OfSong<T> {
  readonly song: number;
  readonly message: T;
}

/** A worker's events of a song; the last one is "end" or "failed". */
export type FromLevel = CompositionEvent;
export type FromRenderer = RenderEvent;

/** What a worker says before it takes songs. */
export type Opened = { readonly type: "ready" } | { readonly type: "unusable"; readonly failure: Failure };

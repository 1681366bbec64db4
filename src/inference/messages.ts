/** What the bot's thread and the engine's workers say to each other. */
import type { Failure } from "../errors.ts";
import type { Alignment } from "../lyrics/alignment.ts";
import type { Bits } from "../model/weights.ts";
import type { Device } from "../onnx/session.ts";
import type { AlignmentFiles } from "./alignment-files.ts";
import type { AlignmentJob } from "./alignment-recorder.ts";
import type { GenerateOptions, Recording } from "./engine.ts";
import type { LevelJob } from "./level.ts";
import type { Pace } from "./pace.ts";

/** What a worker is started with. */
export interface WorkerSetup {
  readonly folder: string;
  /** Fills this level with codes; none for the one that makes sound. */
  readonly level?: number;
  readonly device: Device;
  readonly bits: Bits;
}

/** What of a song the sound worker needs. */
export interface SoundJob
  extends Pick<
    GenerateOptions,
    "finest" | "out" | "bitrate" | "tags" | "live" | "liveFromSeconds" | "liveUntilSeconds"
  > {
  /** Samples of the whole song. */
  readonly total: number;
  /** Codes of each level that are there from the start. */
  readonly known: readonly Uint16Array[];
  /** Whether a sheet will come, to be written beside the song. */
  readonly sheet: boolean;
}

/** Shared by all workers of a song: not zero once it is to stop. */
export type StopFlag = Int32Array<SharedArrayBuffer>;

export type ToWorker =
  | {
      readonly type: "fill";
      readonly job: LevelJob;
      /** Of a level that tells when lyrics are sung. */
      readonly recorder?: AlignmentJob;
      readonly above?: { readonly total: number; readonly known: Uint16Array };
      readonly stop: StopFlag;
      readonly pace: Pace;
    }
  | { readonly type: "sound"; readonly job: SoundJob; readonly stop: StopFlag }
  | { readonly type: "codes"; readonly level: number; readonly codes: Uint16Array }
  | { readonly type: "listen"; readonly untilSeconds: number }
  | { readonly type: "sheet"; readonly sheet: AlignmentFiles }
  /** Look at the flag: it was raised. */
  | { readonly type: "stop" };

export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "codes"; readonly level: number; readonly from: number; readonly codes: Uint16Array }
  | { readonly type: "live"; readonly level: number; readonly fromSeconds: number; readonly frames: Uint8Array[] }
  | { readonly type: "alignment"; readonly untilSeconds: number; readonly alignment: Alignment }
  /** The worker's part of the song is over: done, or stopped. */
  | { readonly type: "over"; readonly recording?: Recording; readonly sheet?: AlignmentFiles }
  | { readonly type: "failed"; readonly failure: Failure };

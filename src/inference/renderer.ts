/** Renderer: codes become sound, live and in a file. It belongs to the machine with the voice connection. */
import type { Failure } from "../errors.ts";
import type { AlignmentFiles } from "./alignment-files.ts";
import type { GenerateOptions, Recording } from "./engine.ts";

/** What of a song the renderer needs. */
export interface RenderOrder
  extends Pick<
    GenerateOptions,
    "finest" | "out" | "bitrate" | "tags" | "live" | "liveFromSeconds" | "liveUntilSeconds"
  > {
  /** Samples of the whole song. */
  readonly total: number;
  /** Codes of each level that exist already. */
  readonly known: readonly Uint16Array[];
  /** Whether a sheet will come, to be written beside the song. */
  readonly sheet: boolean;
}

export type RenderEvent =
  | { readonly type: "live"; readonly level: number; readonly fromSeconds: number; readonly frames: Uint8Array[] }
  /** The last event; without a recording if it was stopped. */
  | { readonly type: "end"; readonly recording?: Recording }
  /** The last event of a rendering that failed. */
  | { readonly type: "failed"; readonly failure: Failure };

/** A song that is being rendered. */
export interface Rendering {
  /** Takes the next codes of a level. */
  add(level: number, codes: Uint16Array): void;
  /** Takes the files that are written beside the song. */
  keep(sheet: AlignmentFiles): void;
  /** Allows live frames up to this second of the song. */
  listen(untilSeconds: number): void;
  stop(): void;
}

export interface Renderer {
  /** Begins a song at once. No event comes before this has returned, and exactly one last one. */
  render(order: RenderOrder, onEvent: (event: RenderEvent) => void): Rendering;
  close(): Promise<void>;
}

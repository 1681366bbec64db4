/** What the rest of the house knows of the engine: labels go in, codes and sound come out while they are made. */
import type { Recording } from "../audio/tape.ts";
import type { Alignment } from "../lyrics/alignment.ts";
import type { LevelSampling } from "../song/sampling.ts";
import type { Labels } from "../song/song.ts";
import type { Vocabulary } from "../song/vocabulary.ts";

export type { Recording };

/** VQ-VAE indices of one song, by level (0 is the finest). */
export type Codes = readonly Uint16Array[];

/** What a model folder offers to people. */
export interface ModelCard extends Vocabulary {
  readonly name: string;
  /** Samples a code, by level, finest first: [16, 64, 128]. */
  readonly hops: readonly number[];
}

export interface SongRequest {
  readonly labels: Labels;
  /** Length of what is made in seconds, the prompt included. */
  readonly seconds: number;
  readonly seed: number;
  /** By level, finest first. */
  readonly sampling: readonly LevelSampling[];
  /** Codes that the song begins with, by level: how a clip is continued. With all of the coarsest only, it is upsampled. */
  readonly prompt?: Codes;
}

export interface GenerateOptions {
  /** Stops within 200 ms; iterating then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Codes an earlier run of the very same request already made (prompt included): the result is bit-identical. */
  readonly known?: Codes;
  /** The finest level that is made, heard and written: 0 if left out; the coarsest alone is a candidate's preview. */
  readonly finest?: number;
  /**
   * Where the finished song is written: `.ogg` (Opus) or `.wav`. It appears under this name only when complete, and with it
   * the files that tell when its lyrics are sung, as far as the model knows (`sheetPaths`).
   */
  readonly out?: string;
  /** The lyrics as they were written: what is told of them is in these words, not in the model's characters. */
  readonly lyrics?: string;
  /** Whether to tell when lyrics are sung: so it is if left out, for a model that knows. */
  readonly aligned?: boolean;
  /** Whether an LRC file with word times is written too, beside the plain one. */
  readonly wordTimes?: boolean;
  /** Opus bits a second of the file. */
  readonly bitrate?: number;
  /** Comments of the file, such as `TITLE` or `SEED`. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The kind of live frames wanted: 20 ms of 48 kHz stereo each, as Opus packets or as 3,840 bytes of s16le. */
  readonly live?: "opus" | "pcm";
  /** Second of the song at which live frames start. */
  readonly liveFromSeconds?: number;
  /** Second of the song at which they end; its end if left out. */
  readonly liveUntilSeconds?: number;
}

export type SongEvent =
  /** Codes of one level, in order: `from` is the song's index of the first one. Prompt and known codes are not told again. */
  | { readonly type: "codes"; readonly level: number; readonly from: number; readonly codes: Uint16Array }
  /** Live frames in order, the finest level that was ready; only as far as `listen` allows. */
  | {
      readonly type: "live";
      readonly level: number;
      readonly fromSeconds: number;
      readonly frames: readonly Uint8Array[];
    }
  /**
   * When the lyrics are sung, as far as the song's coarsest level has come: each takes the place of the one before. What was
   * known from the start is read last.
   */
  | { readonly type: "alignment"; readonly untilSeconds: number; readonly alignment: Alignment }
  /** The finished song, all of it the finest level that was to be made. The last event. */
  | { readonly type: "done"; readonly recording: Recording };

export interface Generation extends AsyncIterable<SongEvent> {
  /**
   * Allows live frames up to this second of the song. Ask no further ahead than must be: what is sent is the
   * finest level ready at that moment, coarse if need be. What is not ready yet comes as soon as it is.
   */
  listen(untilSeconds: number): void;
}

export interface EncodeOptions {
  /** Of a longer file the beginning is taken. */
  readonly maxSeconds: number;
  /** How refusals call the file. */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

/** The codes of a sound file, of all levels: what a song may begin with. */
export interface Encoded {
  readonly codes: Codes;
  /** Of the sound in the codes: whole codes of the coarsest level. */
  readonly seconds: number;
  /** Of the whole file, if it says so. */
  readonly wholeSeconds?: number;
  /** What is missing of the file's sound, and where: sentences that name the file. */
  readonly warnings: readonly string[];
}

export interface Engine {
  readonly model: ModelCard;
  /** Songs that it can generate at the same time. */
  readonly capacity: number;
  /**
   * Whether one more song with a listener leaves every such song ahead of its listener, by the speed measured now. No, while the
   * engine has fewer songs than `begun`: what the others need is not known yet.
   */
  admits?(begun: number): boolean;
  /** Codes of each level in so many seconds, rounded as the engine rounds. */
  codesIn(seconds: number): readonly number[];
  /** As many songs as there is capacity for are made at once, none changed by another; more wait for their turn in order. */
  generate(request: SongRequest, options?: GenerateOptions): Generation;
  /** Listens to a sound file of any maker; what is wrong with it is said in a UserError. One file at a time, songs go on. */
  encode(path: string, options: EncodeOptions): Promise<Encoded>;
  close(): Promise<void>;
}

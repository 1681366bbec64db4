/** What a listener hears while the song is being made: at each moment the finest level that is ready. */
import { frameSamples } from "./frames.ts";

export interface LiveFrame {
  /** The level that is heard at the frame's end. */
  readonly level: number;
  /** 20 ms of mono at 48 kHz. */
  readonly frame: Float32Array;
}

/**
 * Levels come in at their own pace; frames go out, 20 ms each. A frame is given out only while its level also has the
 * frame after it (or the song's end), so that whatever comes next, there is sound left to fade out with.
 */
export class LiveMix {
  /** By level, finest first. */
  readonly #tracks: readonly Track[];
  #at = 0;
  #total: number | undefined;
  /** The level heard last; none before the first frame. */
  #heard: number | undefined;

  constructor(levels: number) {
    this.#tracks = Array.from({ length: levels }, () => new Track());
  }

  /** Where the next frame starts, in samples at 48 kHz. */
  get position(): number {
    return this.#at;
  }

  /** Whether everything was taken. */
  get ended(): boolean {
    return this.#total !== undefined && this.#at >= this.#total;
  }

  /** Samples kept in memory, all levels together. */
  get stored(): number {
    return this.#tracks.reduce((sum, track) => sum + track.stored, 0);
  }

  /** The next chunk of a level, mono at 48 kHz; a level's chunks follow each other without a gap. */
  add(level: number, chunk: Float32Array): void {
    const track = this.#tracks[level];
    if (!track) throw new Error(`there is no level ${level}`);
    track.add(chunk);
    track.dropBefore(this.#at);
  }

  /** The finest level is complete, and the song has so many samples. */
  end(totalSamples: number): void {
    const there = this.#tracks[0]!.end;
    if (there < totalSamples) throw new Error(`the finest level has ${there} of ${totalSamples} samples`);
    this.#total = totalSamples;
  }

  /** Starts later than at the beginning: what comes before is dropped. */
  skipTo(sample: number): void {
    if (sample < this.#at) throw new Error(`sample ${sample} was dropped already`);
    this.#heard = undefined;
    this.#moveTo(sample);
  }

  /** The next 20 ms; nothing if no level is ready, or if the song is over. The last frame ends in silence. */
  take(): LiveFrame | undefined {
    if (this.ended) return undefined;
    const level = this.#finestReady();
    if (level === undefined) return undefined;
    const frame = this.#heardNow(level);
    const rest = (this.#total ?? Number.POSITIVE_INFINITY) - this.#at;
    if (rest < frameSamples) frame.fill(0, rest);
    this.#heard = level;
    this.#moveTo(this.#at + frameSamples);
    return { level, frame };
  }

  #finestReady(): number | undefined {
    const needed = Math.min(this.#at + 2 * frameSamples, this.#total ?? Number.POSITIVE_INFINITY);
    const level = this.#tracks.findIndex((track) => track.end >= needed);
    return level === -1 ? undefined : level;
  }

  /** The level's next 20 ms, faded in over the one heard before, or over silence when it starts inside the song. */
  #heardNow(level: number): Float32Array {
    const next = this.#tracks[level]!.read(this.#at, frameSamples);
    if (this.#heard === level || this.#at === 0) return next;
    if (this.#heard === undefined) return next.map((value, i) => value * fadeIn[i]!);
    const before = this.#tracks[this.#heard]!.read(this.#at, frameSamples);
    return next.map((value, i) => before[i]! + (value - before[i]!) * fadeIn[i]!);
  }

  #moveTo(sample: number): void {
    this.#at = sample;
    for (const track of this.#tracks) track.dropBefore(sample);
  }
}

/**
 * Weights of what comes in: half a cosine. They and the weights of what goes out sum to 1 (not their squares), since the
 * levels are the same music: where they agree, nothing must change.
 */
const fadeIn = Float32Array.from(
  { length: frameSamples },
  (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * (i + 1)) / (frameSamples + 1)),
);

/** One level's sound from where the listener is to where the level has come. */
class Track {
  #chunks: Float32Array[] = [];
  /** Song's index of the first sample kept. */
  #start = 0;
  #end = 0;

  /** Samples that came so far: where the next chunk begins. */
  get end(): number {
    return this.#end;
  }

  get stored(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  add(chunk: Float32Array): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
    this.#end += chunk.length;
  }

  dropBefore(sample: number): void {
    while (this.#chunks[0] && this.#start + this.#chunks[0].length <= sample) {
      this.#start += this.#chunks.shift()!.length;
    }
  }

  /** The samples of a stretch; what is not there is silence. */
  read(from: number, count: number): Float32Array {
    const out = new Float32Array(count);
    let at = this.#start;
    for (const chunk of this.#chunks) {
      if (at >= from + count) break;
      const part = chunk.subarray(Math.max(0, from - at), from + count - at);
      if (at + chunk.length > from) out.set(part, Math.max(0, at - from));
      at += chunk.length;
    }
    return out;
  }
}

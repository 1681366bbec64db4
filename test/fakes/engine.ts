/** An engine without a network: codes are counters, sound is a tone that the seed decides, and the pace is the test's. */
import { setTimeout as pause, setImmediate } from "node:timers/promises";
import { frameRate, frameSamples, toFrame } from "../../src/audio/frames.ts";
import { createEncoder } from "../../src/audio/opus.ts";
import { openTape } from "../../src/audio/tape.ts";
import type {
  Codes,
  Engine,
  GenerateOptions,
  Generation,
  ModelCard,
  Recording,
  SongEvent,
  SongRequest,
} from "../../src/inference/engine.ts";
import { fakeEncode } from "./encode.ts";

const card: ModelCard = {
  name: "fake",
  sampleRate: 12_000,
  hops: [120, 480, 1200],
  artists: ["unknown", "Ada", "The Kettles"],
  genres: ["unknown", "jazz", "jungle", "rock"],
  bands: [
    { artist: "Ada", genre: "jazz" },
    { artist: "The Kettles", genre: "rock" },
  ],
  rules: ["own", "own", "own"],
  minSeconds: 1,
  maxSeconds: 60,
};

const tones = [440, 554, 659, 784] as const;

/** The tone of a seed, in Hz. */
export const toneOf = (seed: number): number => tones[seed % tones.length]!; // always in range

/** The code of a song at an index: a counter that begins elsewhere for each seed and level. */
export const codeAt = (seed: number, level: number, index: number): number => (seed * 31 + level * 7 + index) % 2048;

/** The codes of every file it listens to are those of this seed. */
export const fileSeed = 1009;

export interface FakeEngineOptions {
  /** Seconds of song made in a second; without it there are no pauses at all. */
  readonly pace?: number;
  /** Whose lyric characters it reads; without, it doesn't sing. */
  readonly lyrics?: "v2" | "v3";
  /** Of its longest song. */
  readonly maxSeconds?: number;
}

export interface FakeEngine extends Engine {
  /** Requests so far, with the codes that were known. */
  readonly requests: readonly { readonly request: SongRequest; readonly options: GenerateOptions }[];
  /** The next song stops at this second until it is let go; answers when it has come there. */
  holdAt(seconds: number): { readonly reached: Promise<void>; letGo(): void };
  /** The next song breaks with this error after its first second. */
  breakWith(error: Error): void;
}

/** A fake engine; it works on one song at a time, like the real one. */
export function fakeEngine({ pace, lyrics, maxSeconds = 60 }: FakeEngineOptions = {}): FakeEngine {
  const requests: { request: SongRequest; options: GenerateOptions }[] = [];
  const trouble: Trouble = {};
  let last: Promise<unknown> = Promise.resolve();
  return {
    model: { ...card, ...(lyrics && { lyrics }), maxSeconds },
    capacity: 1,
    codesIn,
    requests,
    generate(request, options = {}) {
      requests.push({ request, options });
      const before = last;
      const over = Promise.withResolvers<void>();
      last = over.promise;
      return new FakeGeneration(request, options, pace, trouble, before, over.resolve);
    },
    holdAt(seconds) {
      const reached = Promise.withResolvers<void>();
      const free = Promise.withResolvers<void>();
      trouble.hold = { seconds, reached: reached.resolve, free: free.promise };
      return { reached: reached.promise, letGo: free.resolve };
    },
    breakWith(error) {
      trouble.error = error;
    },
    encode: fakeEncode(card, (level, index) => codeAt(fileSeed, level, index)),
    close: async () => undefined,
  };
}

interface Trouble {
  hold?: { readonly seconds: number; readonly reached: () => void; readonly free: Promise<void> };
  error?: Error;
}

const codesIn = (seconds: number): readonly number[] => {
  const coarsest = Math.floor((seconds * card.sampleRate) / 1200);
  return [coarsest * 10, (coarsest * 5) / 2, coarsest].map(Math.floor);
};

const stepSeconds = 0.2;
/** Real engines work in other threads: this one works in small pieces. */
const [framesAtOnce, samplesAtOnce] = [10, 2400];

class FakeGeneration implements Generation {
  readonly #request: SongRequest;
  readonly #options: GenerateOptions;
  readonly #pace: number | undefined;
  readonly #trouble: Trouble;
  readonly #before: Promise<unknown>;
  readonly #over: () => void;
  #allowed = 0;
  #listened = Promise.withResolvers<void>();

  constructor(
    request: SongRequest,
    options: GenerateOptions,
    pace: number | undefined,
    trouble: Trouble,
    before: Promise<unknown>,
    over: () => void,
  ) {
    this.#request = request;
    this.#options = options;
    this.#pace = pace;
    this.#trouble = trouble;
    this.#before = before;
    this.#over = over;
  }

  listen(untilSeconds: number): void {
    this.#allowed = Math.max(this.#allowed, untilSeconds);
    this.#listened.resolve();
    this.#listened = Promise.withResolvers();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SongEvent> {
    const { signal, live, out, finest = 0 } = this.#options;
    try {
      await this.#orAborted(this.#before);
      const song = this.#song();
      const totals = codesIn(this.#request.seconds);
      const seconds = totals[0]! / 100; // the finest level has 100 codes a second
      const air = live === undefined ? undefined : this.#air(seconds);
      const counts = song.map((codes) => codes.length);
      const reached = counts.map((count, level) => count / perSecond[level]!).slice(finest);
      for (let second = Math.min(...reached); second < seconds; ) {
        second = Math.min(seconds, Math.round((second + stepSeconds) * 100) / 100);
        await this.#await(second);
        for (const level of [2, 1, 0].filter((one) => one >= finest)) {
          const until = second === seconds ? totals[level]! : Math.floor(second * perSecond[level]!);
          const from = counts[level]!;
          if (until <= from) continue;
          counts[level] = until;
          const make = (_: unknown, index: number) => codeAt(this.#request.seed, level, from + index);
          yield { type: "codes", level, from, codes: Uint16Array.from({ length: until - from }, make) };
          if (level === 2 && air) yield* air.until(Math.min(second, this.#allowed));
        }
      }
      while (air && !air.done) {
        const listened = this.#listened.promise;
        yield* air.until(Math.min(seconds, this.#allowed));
        if (!air.done) await this.#orAborted(listened);
      }
      signal?.throwIfAborted();
      yield { type: "done", recording: out === undefined ? noRecording(seconds) : await this.#tape(out, seconds) };
    } finally {
      this.#over();
    }
  }

  /** The codes there are already; refuses such as no earlier run can have made. */
  #song(): Codes {
    const { prompt, seed } = this.#request;
    const known = this.#options.known ?? prompt ?? [];
    for (const [level, codes] of known.entries())
      for (const [index, code] of codes.entries()) {
        const expected = prompt?.[level]?.[index] ?? codeAt(seed, level, index);
        if (code !== expected) throw new Error(`known code ${index} of level ${level} is ${code}, not ${expected}`);
      }
    return perSecond.map((_, level) => known[level] ?? new Uint16Array());
  }

  /** The time a step takes, and the troubles of the test. */
  async #await(second: number): Promise<void> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const { hold, error } = this.#trouble;
    if (hold && second > hold.seconds) {
      delete this.#trouble.hold;
      hold.reached();
      await this.#orAborted(hold.free);
    }
    if (error && second > 1) {
      delete this.#trouble.error;
      throw error;
    }
    const wait = this.#pace === undefined ? 0 : (stepSeconds * 1000) / this.#pace;
    await pause(wait, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }

  async #orAborted(what: Promise<unknown>): Promise<void> {
    const { signal } = this.#options;
    if (signal === undefined) return void (await what);
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      await Promise.race([what, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  #air(seconds: number) {
    const encoder = createEncoder({ bitrate: 64_000 });
    const hz = toneOf(this.#request.seed);
    let frame = Math.round((this.#options.liveFromSeconds ?? 0) * 50);
    const last = Math.ceil(seconds * 50);
    return {
      get done() {
        return frame >= last;
      },
      async *until(second: number): AsyncGenerator<SongEvent> {
        const to = Math.min(last, Math.floor(second * 50));
        while (frame < to) {
          const fromSeconds = frame / 50;
          const frames: Uint8Array[] = [];
          for (const end = Math.min(to, frame + framesAtOnce); frame < end; frame++) {
            const first = frame * frameSamples;
            const stretch = Float32Array.from({ length: frameSamples }, (_, i) => sine(hz, first + i, frameRate));
            frames.push(Uint8Array.from(encoder.encode(toFrame(stretch))));
          }
          yield { type: "live", level: 0, fromSeconds, frames };
          await setImmediate();
        }
      },
    };
  }

  async #tape(path: string, seconds: number): Promise<Recording> {
    const { bitrate, tags } = this.#options;
    const { sampleRate } = card;
    const tape = openTape(path, { sampleRate, ...(bitrate && { bitrate }), ...(tags && { tags }) });
    const hz = toneOf(this.#request.seed);
    const total = Math.round(seconds * sampleRate);
    for (let from = 0; from < total; from += samplesAtOnce) {
      const length = Math.min(samplesAtOnce, total - from);
      tape.write(Float32Array.from({ length }, (_, i) => sine(hz, from + i, sampleRate)));
      await setImmediate();
    }
    return tape.close();
  }
}

/** Codes a second, by level. */
const perSecond = [100, 25, 10] as const;

const sine = (hz: number, index: number, rate: number) => 0.5 * Math.sin((2 * Math.PI * hz * index) / rate);

const noRecording = (seconds: number): Recording => ({ bytes: 0, seconds, peaks: [] });

/** Benchmarks the whole engine as the bot runs it: time to first sound, speed, memory, and delay of the main thread. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Engine } from "../inference/engine.ts";
import { openEngine } from "../inference/open-engine.ts";
import type { Bits } from "../model/weights.ts";
import { anySong } from "./any-song.ts";

export interface CascadeSpeed {
  /** Length of the song. */
  readonly seconds: number;
  /** From opening the engine to the first frame of sound; left out if the time limit was reached before. */
  readonly coldFirstSoundSeconds?: number;
  /** From the request to the first frame, with an engine that has generated a song before. */
  readonly warmFirstSoundSeconds?: number;
  /** × real time until the finished file; left out if the time limit was reached before. */
  readonly timesRealTime?: number;
  readonly residentMegabytes: number;
  /** From the abort of a running song until the engine is ready for the next one. */
  readonly abortMilliseconds: number;
  /** Longest event-loop delay of the main thread while a song was generated. */
  readonly longestEventLoopDelayMilliseconds: number;
}

export interface CascadeOptions {
  readonly seconds: number;
  readonly bits: Bits;
  /** A song is aborted after this time. */
  readonly limitSeconds: number;
}

/** Measures a model folder with a song of `seconds` seconds. Run it in its own process, as it reports peak memory. */
export async function cascadeSpeed(
  folder: string,
  { seconds, bits, limitSeconds }: CascadeOptions,
): Promise<CascadeSpeed> {
  const work = mkdtempSync(join(tmpdir(), "bench-"));
  const cold = performance.now();
  const engine = await openEngine(folder, { bits });
  try {
    const short = Math.max(4, engine.model.minSeconds);
    const first = await generateSong(engine, { seconds: short, out: join(work, "first.ogg"), limitSeconds });
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const second = await generateSong(engine, { seconds, out: join(work, "second.ogg"), limitSeconds });
    delay.disable();
    const abortMilliseconds = await measureAbort(engine, limitSeconds);
    return {
      seconds,
      ...(first.firstSound && { coldFirstSoundSeconds: (first.firstSound - cold) / 1000 }),
      ...(second.firstSound && { warmFirstSoundSeconds: (second.firstSound - second.start) / 1000 }),
      ...(second.whole && { timesRealTime: seconds / ((second.end - second.start) / 1000) }),
      abortMilliseconds,
      residentMegabytes: process.resourceUsage().maxRSS / 1024,
      longestEventLoopDelayMilliseconds: delay.max / 1e6,
    };
  } finally {
    await engine.close();
    rmSync(work, { recursive: true });
  }
}

interface Times {
  readonly start: number;
  readonly firstSound: number | undefined;
  readonly end: number;
  /** Whether it was finished within the limit. */
  readonly whole: boolean;
}

interface SongOptions {
  readonly seconds: number;
  readonly out: string;
  readonly limitSeconds: number;
}

/** Generates a song as the bot does: played live, 0.8 s ahead of the listener, and written to a file. */
async function generateSong(engine: Engine, { seconds, out, limitSeconds }: SongOptions): Promise<Times> {
  const start = performance.now();
  const signal = AbortSignal.timeout(1000 * limitSeconds);
  const song = engine.generate(anySong(engine, seconds), { live: "opus", out, signal });
  const ahead = 0.8;
  let firstSound: number | undefined;
  const clock = setInterval(() => firstSound && song.listen((performance.now() - firstSound) / 1000 + ahead), 20);
  song.listen(ahead);
  const [total] = engine.codesIn(seconds);
  try {
    for await (const event of song) {
      if (event.type === "live") firstSound ??= performance.now();
      const whole = event.type === "codes" && event.level === 0 && event.from + event.codes.length === total;
      if (whole) song.listen(Number.POSITIVE_INFINITY); // all codes are final; render the rest at once
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearInterval(clock);
  }
  return { start, firstSound, end: performance.now(), whole: !signal.aborted };
}

/** Milliseconds that an abort takes, sent at the first codes of the finest level, or of any level after the limit. */
async function measureAbort(engine: Engine, limitSeconds: number): Promise<number> {
  const controller = new AbortController();
  const start = performance.now();
  const song = engine.generate(anySong(engine, 60, 2), { signal: controller.signal });
  let aborted = 0;
  try {
    for await (const event of song) {
      const late = performance.now() - start > 1000 * limitSeconds;
      if (aborted || event.type !== "codes" || (event.level !== 0 && !late)) continue;
      aborted = performance.now();
      controller.abort();
    }
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  }
  return performance.now() - aborted;
}

/** The whole engine as the bot runs it: first sound, speed to the final file, memory, and what the bot's thread feels. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Engine } from "../inference/engine.ts";
import { openEngine } from "../inference/open-engine.ts";
import type { Bits } from "../model/weights.ts";
import { anySong } from "./any-song.ts";

export interface CascadeSpeed {
  /** Of the song that was asked for. */
  readonly seconds: number;
  /** From the command to the first 20 ms of sound, the engine closed before; left out where time did not allow it. */
  readonly coldFirstSoundSeconds?: number;
  /** The same with an engine that has sung before. */
  readonly warmFirstSoundSeconds?: number;
  /** Until the finest sound of all of it is in the file; left out where time did not allow it. */
  readonly timesRealTime?: number;
  readonly residentMegabytes: number;
  /** From the abort of a song in full swing until the engine is free for the next one. */
  readonly abortMilliseconds: number;
  /** Longest time that the bot's own thread did not answer while a song was made. */
  readonly longestGapMilliseconds: number;
}

export interface CascadeOptions {
  readonly seconds: number;
  readonly bits: Bits;
  /** A song that takes longer is stopped. */
  readonly limitSeconds: number;
}

/** Measures a model folder with a song of so many seconds; run in a process of its own, for its memory. */
export async function cascadeSpeed(
  folder: string,
  { seconds, bits, limitSeconds }: CascadeOptions,
): Promise<CascadeSpeed> {
  const work = mkdtempSync(join(tmpdir(), "bench-"));
  const cold = performance.now();
  const engine = await openEngine(folder, { bits });
  try {
    const short = Math.max(4, engine.model.minSeconds);
    const first = await sing(engine, { seconds: short, out: join(work, "first.ogg"), limitSeconds });
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const second = await sing(engine, { seconds, out: join(work, "second.ogg"), limitSeconds });
    delay.disable();
    const abortMilliseconds = await abortTime(engine, limitSeconds);
    return {
      seconds,
      ...(first.firstSound && { coldFirstSoundSeconds: (first.firstSound - cold) / 1000 }),
      ...(second.firstSound && { warmFirstSoundSeconds: (second.firstSound - second.start) / 1000 }),
      ...(second.whole && { timesRealTime: seconds / ((second.end - second.start) / 1000) }),
      abortMilliseconds,
      residentMegabytes: process.resourceUsage().maxRSS / 1024,
      longestGapMilliseconds: delay.max / 1e6,
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
  /** Whether it came to its end. */
  readonly whole: boolean;
}

interface Singing {
  readonly seconds: number;
  readonly out: string;
  readonly limitSeconds: number;
}

/** One song as the bot asks for it: heard by a listener who is a second behind, and kept as a file. */
async function sing(engine: Engine, { seconds, out, limitSeconds }: Singing): Promise<Times> {
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
      if (whole) song.listen(Number.POSITIVE_INFINITY); // nothing gets finer by waiting
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearInterval(clock);
  }
  return { start, firstSound, end: performance.now(), whole: !signal.aborted };
}

/** Aborted once the finest level sings, or as soon as anything comes when that takes too long. */
async function abortTime(engine: Engine, limitSeconds: number): Promise<number> {
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

/** The whole engine as the bot runs it: first sound, speed to the final file, memory, and what the bot's thread feels. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Engine } from "../inference/engine.ts";
import { openEngine } from "../inference/thread.ts";
import type { Bits } from "../model/weights.ts";

export interface CascadeSpeed {
  readonly seconds: number;
  /** From the command to the first 20 ms of sound, the engine closed before. */
  readonly coldFirstSoundSeconds: number;
  /** The same with an engine that has sung before. */
  readonly warmFirstSoundSeconds: number;
  /** Until the finest sound of all of it is in the file. */
  readonly timesRealTime: number;
  readonly residentMegabytes: number;
  /** From the abort of a song in full swing until the engine is free for the next one. */
  readonly abortMilliseconds: number;
  /** Longest time that the bot's own thread did not answer while a song was made. */
  readonly longestGapMilliseconds: number;
}

/** Measures a model folder with a song of so many seconds; run in a process of its own, for its memory. */
export async function cascadeSpeed(folder: string, seconds: number, bits: Bits): Promise<CascadeSpeed> {
  const work = mkdtempSync(join(tmpdir(), "bench-"));
  const cold = performance.now();
  const engine = await openEngine(folder, { bits });
  try {
    const first = await sing(engine, 4, join(work, "first.ogg"));
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const second = await sing(engine, seconds, join(work, "second.ogg"));
    delay.disable();
    const abortMilliseconds = await abortTime(engine);
    return {
      seconds,
      coldFirstSoundSeconds: (first.firstSound - cold) / 1000,
      warmFirstSoundSeconds: (second.firstSound - second.start) / 1000,
      timesRealTime: seconds / ((second.end - second.start) / 1000),
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
  readonly firstSound: number;
  readonly end: number;
}

const usual = ({ model }: Engine) => model.hops.map(() => ({ temperature: 1 }));

/** One song as the bot asks for it: heard by a listener who is a second behind, and kept as a file. */
async function sing(engine: Engine, seconds: number, out: string): Promise<Times> {
  const start = performance.now();
  const labels = anyLabels(engine, seconds);
  const song = engine.generate({ labels, seconds, seed: 1, sampling: usual(engine) }, { live: "opus", out });
  const ahead = 0.8;
  let firstSound = 0;
  const clock = setInterval(() => firstSound && song.listen((performance.now() - firstSound) / 1000 + ahead), 20);
  song.listen(ahead);
  const [total] = engine.codesIn(seconds);
  for await (const event of song) {
    if (event.type === "live") firstSound ||= performance.now();
    const whole = event.type === "codes" && event.level === 0 && event.from + event.codes.length === total;
    if (whole) song.listen(Number.POSITIVE_INFINITY); // nothing gets finer by waiting
  }
  clearInterval(clock);
  return { start, firstSound, end: performance.now() };
}

async function abortTime(engine: Engine): Promise<number> {
  const controller = new AbortController();
  const labels = anyLabels(engine, 60);
  const song = engine.generate(
    { labels, seconds: 60, seed: 2, sampling: usual(engine) },
    { signal: controller.signal },
  );
  let aborted = 0;
  try {
    for await (const event of song) {
      if (aborted || event.type !== "codes" || event.level !== 0) continue;
      aborted = performance.now();
      controller.abort();
    }
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  }
  return performance.now() - aborted;
}

/** Some artist and genre: speed does not depend on them. */
const anyLabels = ({ model }: Engine, totalSeconds: number) => ({
  levels: model.hops.map(() => ({ artist: 1, genres: [1] })),
  totalSeconds,
});

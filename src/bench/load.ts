/** Benchmarks live playback beside busy programs: how often the sound is late. */
import { spawn } from "node:child_process";
import type { Engine, Generation } from "../inference/engine.ts";
import { openEngine } from "../inference/open-engine.ts";
import type { Bits } from "../model/weights.ts";
import { anySong } from "./any-song.ts";

export interface LoadedPlay {
  /** Number of busy programs, each of which would use a whole core. */
  readonly programs: number;
  /** Number of gaps in playback, and their total length. */
  readonly gaps: number;
  readonly gapSeconds: number;
  /** Share of the played sound that was decoded from a finer level than the coarsest. */
  readonly finerShare: number;
}

export interface LoadOptions {
  readonly seconds: number;
  readonly bits: Bits;
  readonly programs: number;
}

/** Plays a song of `seconds` seconds live while `programs` busy loops run. */
export async function loadedPlay(folder: string, { seconds, bits, programs }: LoadOptions): Promise<LoadedPlay> {
  const engine = await openEngine(folder, { bits });
  const busy = Array.from({ length: programs }, () => spawn(process.execPath, ["-e", "for (;;);"]));
  const over = new AbortController();
  try {
    const song = engine.generate(anySong(engine, seconds), { live: "opus", signal: over.signal });
    return { programs, ...(await listenTo(song, engine, Math.floor(seconds * 50) - 1)) };
  } finally {
    over.abort();
    for (const program of busy) program.kill();
    await engine.close();
  }
}

const frameMs = 20;
/** As in the bot: frames needed to start, also after a gap; and seconds of sound that are requested ahead. */
const [startFrames, aheadSeconds] = [20, 0.8];

/** Takes a frame every 20 ms, `wanted` in all. */
async function listenTo(song: Generation, { model }: Engine, wanted: number): Promise<Omit<LoadedPlay, "programs">> {
  let [ready, played, finer, gaps, late] = [0, 0, 0, 0, 0];
  let begun: number | undefined;
  let flowing = true;
  const beat = (): void => {
    if (flowing && ready === played) gaps++;
    flowing = ready > played && (flowing || ready >= Math.min(wanted, played + startFrames));
    if (flowing) played++;
    else late++;
  };
  const clock = setInterval(() => {
    while (begun && played < wanted && performance.now() - begun > (played + late) * frameMs) beat();
    song.listen((played * frameMs) / 1000 + aheadSeconds);
  }, frameMs / 2);
  try {
    for await (const event of song) {
      if (event.type !== "live") continue;
      ready += event.frames.length;
      if (event.level < model.hops.length - 1) finer += event.frames.length;
      if (ready >= startFrames) begun ??= performance.now();
      if (ready >= wanted) break;
    }
    return { gaps, gapSeconds: (late * frameMs) / 1000, finerShare: finer / ready };
  } finally {
    clearInterval(clock);
  }
}

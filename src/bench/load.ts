/** What a listener hears of a song while other programs want the processor: how often the sound is late. */
import { spawn } from "node:child_process";
import type { Engine, Generation } from "../inference/engine.ts";
import { openEngine } from "../inference/open-engine.ts";
import type { Bits } from "../model/weights.ts";
import { anySong } from "./any-song.ts";

export interface LoadedPlay {
  /** Programs that want a whole core each. */
  readonly programs: number;
  /** How often the sound was late, and how long altogether. */
  readonly gaps: number;
  readonly gapSeconds: number;
  /** Share of what was heard that was finer than the coarsest level. */
  readonly finerShare: number;
}

export interface LoadOptions {
  readonly seconds: number;
  readonly bits: Bits;
  readonly programs: number;
}

/** Plays a song of so many seconds while so many programs do nothing but count. */
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
/** As the bot plays: so much to begin with and to go on after a gap, and so far ahead it asks. */
const [startFrames, aheadSeconds] = [20, 0.8];

/** Takes a frame every 20 ms, as many as are wanted. */
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

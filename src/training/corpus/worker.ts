/** A thread that renders songs: a plan comes in, its WAV file appears, its id goes back. */
import { parentPort } from "node:worker_threads";
import { createWav } from "../../audio/wav.ts";
import { compose } from "./compose.ts";
import type { PlannedSong } from "./plan.ts";
import { render } from "./render.ts";
import { sampleRate } from "./score.ts";

export interface RenderOrder {
  readonly song: PlannedSong;
  readonly path: string;
}

parentPort?.on("message", ({ song, path }: RenderOrder) => {
  const sound = render(compose(song));
  const wav = createWav(path, sampleRate);
  wav.write(sound);
  wav.close();
  parentPort?.postMessage(song.id);
});

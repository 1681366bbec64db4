/** Worker thread that renders planned songs to WAV files, with timed lyrics beside them; answers with the song's id. */
import { parentPort } from "node:worker_threads";
import { createWav } from "../audio/wav.ts";
import { compose } from "../corpus/compose.ts";
import type { PlannedSong } from "../corpus/plan.ts";
import { render } from "../corpus/render.ts";
import { type Score, sampleRate } from "../corpus/score.ts";
import { mixSong } from "../corpus/voice/mix.ts";
import { singerOf, singSong } from "../corpus/voice/song.ts";
import { roundedWords, writeWords } from "./sung-words.ts";

export interface RenderOrder {
  readonly song: PlannedSong;
  readonly path: string;
  /** Path for the timed lyrics of a song with a singer. */
  readonly words: string;
}

parentPort?.on("message", ({ song, path, words }: RenderOrder) => {
  const score = compose(song);
  const sound = singerOf(score) ? sing(score, song.seed, words) : render(score);
  const wav = createWav(path, sampleRate);
  wav.write(sound);
  wav.close();
  parentPort?.postMessage(song.id);
});

function sing(score: Score, seed: number, words: string): Float32Array {
  const sung = singSong(score, { singer: singerOf(score)!, seed });
  writeWords(words, roundedWords(sung));
  return mixSong(score, sung.sound);
}

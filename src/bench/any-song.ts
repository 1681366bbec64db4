/** The song that is timed: some artist and genre, as speed does not depend on them. */
import type { Engine, SongRequest } from "../inference/engine.ts";
import { songRequest } from "../inference/song-request.ts";

export function anySong({ model }: Pick<Engine, "model">, seconds: number, seed = 1): SongRequest {
  const labels = { levels: model.hops.map(() => ({ artist: 1, genres: [1] })), totalSeconds: seconds };
  const song = { genre: "unknown", artist: "unknown", seconds, seed, temperature: 1 };
  return songRequest({ song }, { model, labels });
}

/** A song in words for people: its title, and the comments of its file. */
import type { Song } from "./song.ts";

/** A short title, such as "jazz by The Copper Owls, 20 s, seed 7". */
export function describe({ genre, artist, seconds, seed }: Song): string {
  const length = Number(seconds.toFixed(1));
  const kind = genre === "unknown" ? "a song" : genre;
  return `${kind}${artist === "unknown" ? "" : ` by ${artist}`}, ${length} s, seed ${seed}`;
}

/** The comments of the song's file: enough to make it again. */
export function tagsFor(song: Song): Record<string, string> {
  return {
    TITLE: describe(song),
    ARTIST: song.artist,
    GENRE: song.genre,
    SECONDS: String(song.seconds),
    ...(song.totalSeconds !== undefined && { OF: String(song.totalSeconds) }),
    SEED: String(song.seed),
    TEMPERATURE: String(song.temperature),
    ...(song.lyrics !== undefined && { LYRICS: song.lyrics }),
  };
}

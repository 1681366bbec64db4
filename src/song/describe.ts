/** A song in words for people: its title, and the comments of its file. */
import type { LevelSampling, Sampling } from "./sampling.ts";
import type { Song } from "./song.ts";

/** A short title, such as "jazz by The Copper Owls, dark, soft, 20 s, seed 7". */
export function describe({ genre, artist, mood, dynamics, chords, seconds, seed }: Song): string {
  const length = Number(seconds.toFixed(1));
  const kind = genre === "unknown" ? "a song" : genre;
  const name = `${kind}${artist === "unknown" ? "" : ` by ${artist}`}`;
  return [name, mood, dynamics, chords, `${length} s`, `seed ${seed}`].filter((part) => part !== undefined).join(", ");
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
    ...(song.mood !== undefined && { MOOD: song.mood }),
    ...(song.dynamics !== undefined && { DYNAMICS: song.dynamics }),
    ...(song.chords !== undefined && { CHORDS: song.chords }),
    ...samplingTags(song),
    ...(song.lyrics !== undefined && { LYRICS: song.lyrics }),
  };
}

/** As `npm run play` reads it: "0.9/0.9/0.8" by level, finest first, "-" where nothing was said. */
function samplingTags({ temperature, sampling = [{}] }: Sampling): Record<string, string> {
  const tagOf = (knob: keyof LevelSampling, usual = "-"): string =>
    sampling.map((level) => String(level[knob] ?? usual)).join("/");
  const knobs = { TOP_K: tagOf("topK"), TOP_P: tagOf("topP"), HOP: tagOf("hopFraction") };
  const others = Object.entries(knobs).filter(([, text]) => /\d/.test(text));
  const each = sampling.some((level) => level.temperature !== undefined);
  return {
    TEMPERATURE: each ? tagOf("temperature", String(temperature)) : String(temperature),
    ...Object.fromEntries(others),
  };
}

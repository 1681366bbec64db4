/** How a band plays: mood, tempo, key and chords of a song, as far as nobody asked for others. */
import { UserError } from "../errors.ts";
import { modeOf } from "../music/chords.ts";
import { END, type MetreRequest, type MoodMetre } from "../music/metre.ts";
import { chordsSpelled, inKey, keyOf } from "../music/progression.ts";
import { momentNamed } from "./mood.ts";
import type { Song, SongOptions } from "./song.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Mood, and tempo and key as the band likes them in that mood or as chords have it, unless they are asked for. */
export function beatFor(
  options: SongOptions,
  { artist, genre }: Pick<Song, "genre" | "artist">,
  seed: number,
  { bands, metre: rules }: Vocabulary,
): Pick<Song, "tempo" | "key" | "mood" | "dynamics" | "chords"> {
  const chords = options.chords ? { chords: chordsSpelled(options.chords, rules?.chords) } : {};
  const mood = options.mood ? momentNamed("mood", options.mood, rules) : undefined;
  const loudness = options.dynamics && { dynamics: momentNamed("dynamics", options.dynamics, rules) };
  if (!rules) return {};
  const players = bands.filter((band) => band.genre === genre);
  const band = (players.find((player) => player.artist === artist) ?? players[scatter(seed) % players.length])?.metre;
  if (!band && options.chords)
    throw new UserError(`I know no beat of ${genre}, and chords need one: choose another genre.`);
  if (!band) return { ...(mood && { mood }), ...loudness };
  const { moods = [] } = band;
  const fit = chords.chords && keyOf(chords.chords, rules.keys);
  const fitting = moods.filter(({ keys }) => !fit || keys.some((key) => modeOf(key) === modeOf(fit)));
  const drawn = fitting.length > 0 ? fitting : moods;
  const chosen = moods.find((one) => one.mood === mood) ?? (mood ? undefined : drawn[scatter(seed + 2) % drawn.length]);
  const { tempo, keys } = chosen ?? band;
  return {
    tempo: options.tempo ?? tempo,
    key: options.key ? momentNamed("key", options.key, rules) : (fit ?? keys[scatter(seed + 1) % keys.length]!),
    ...chords,
    ...((mood ?? chosen) && { mood: mood ?? chosen!.mood }),
    ...loudness,
  };
}

/** The chords that a song in this key goes through: those asked for, else those of its genre and mood. */
export function harmonyFor(song: Song, key: string, vocabulary: Vocabulary): Pick<MetreRequest, "harmony"> {
  return song.chords ? harmonyAsked(song.chords, key, vocabulary) : harmonyOfMood(song, key, vocabulary);
}

/** All parts go round through the same chords, and the song ends on the first. */
function harmonyAsked(chords: string, key: string, { metre: rules }: Vocabulary): Pick<MetreRequest, "harmony"> {
  const { round, last } = inKey(chordsSpelled(chords, rules?.chords), key);
  return { harmony: Object.fromEntries(rules!.sections.map((name) => [name, name === END ? last : round])) };
}

/** The chords of a mood; none in keys that they weren't written for, as a minor mood's in major. */
function harmonyOfMood(song: Song, key: string, vocabulary: Vocabulary): Pick<MetreRequest, "harmony"> {
  const written = (name: string): boolean => modeOf(name) === modeOf(key);
  const found = moodsOf(song, vocabulary).find(({ keys }) => keys.some(written));
  return found?.harmony ? { harmony: found.harmony } : {};
}

/** How loud the parts of a song are in its mood. */
export function loudnessFor(song: Song, vocabulary: Vocabulary): Pick<MetreRequest, "loudness"> {
  const [found] = moodsOf(song, vocabulary);
  return found?.loudness ? { loudness: found.loudness } : {};
}

/** How a song's mood is played by its own band, and then by others of its genre. */
function moodsOf({ artist, genre, mood }: Song, { bands }: Vocabulary): MoodMetre[] {
  const players = bands.filter((band) => band.genre === genre);
  const own = players.toSorted((a, b) => Number(b.artist === artist) - Number(a.artist === artist));
  return own.flatMap(({ metre }) => metre?.moods?.filter((one) => one.mood === mood) ?? []);
}

/** Neighbouring seeds to numbers far apart (the last steps of MurmurHash3), so that seeds 1, 2, 3 meet all bands. */
export function scatter(seed: number): number {
  let mixed = Math.imul(seed ^ (seed >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

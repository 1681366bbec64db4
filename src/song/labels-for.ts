/** A song as numbers, for a model that knows it: names to ids, seconds, lyrics, beats. */
import { lyricIds } from "../lyrics/lyrics.ts";
import { transliterationNote } from "../lyrics/scripts.ts";
import { type Metre, metreOf, moodAlone } from "../music/metre.ts";
import { checkNumbers } from "./check-numbers.ts";
import { harmonyFor, loudnessFor } from "./habits.ts";
import { momentNamed } from "./mood.ts";
import type { Labels, Song } from "./song.ts";
import { checkBand, checkSinger, evenMetre, planSinging, plansSinging, type SungPlan } from "./sung-plan.ts";
import { numbered, spelled, type Vocabulary } from "./vocabulary.ts";

/** The song as numbers, for a model that knows it; names it doesn't know and numbers out of range are refused. */
export function labelsFor(song: Song, vocabulary: Vocabulary): Labels {
  checkNumbers(song, vocabulary);
  const names = {
    artist: spelled("artist", song.artist, vocabulary),
    genre: spelled("genre", song.genre, vocabulary),
  };
  return {
    levels: vocabulary.rules.map((rule) => numbered(names, rule, vocabulary)),
    totalSeconds: song.totalSeconds ?? song.seconds,
    ...metreFor(song, vocabulary),
    ...(song.lyrics !== undefined && !plansSinging(vocabulary) && readLyrics(song.lyrics, vocabulary)),
  };
}

/** For a model that reads lyrics itself, in its own characters. */
function readLyrics(text: string, { lyrics: set }: Vocabulary): Pick<Labels, "lyrics" | "notes"> {
  return { lyrics: lyricIds(text, set), ...noted(transliterationNote(text)) };
}

const noted = (notes: readonly string[]): Pick<Labels, "notes"> => (notes.length > 0 ? { notes } : {});

/** The song's beats, in the form of its band, or of the first that plays this genre. */
function metreFor(song: Song, vocabulary: Vocabulary): SongMetre {
  const { artist, genre, tempo, key, mood, dynamics, seconds, totalSeconds = seconds } = song;
  const { metre: rules, bands, sampleRate } = vocabulary;
  const players = bands.filter((band) => band.genre === genre);
  const band = (players.find((player) => player.artist === artist) ?? players[0])?.metre;
  const feel = {
    ...(mood !== undefined && { mood: momentNamed("mood", mood, rules) }),
    ...(dynamics !== undefined && { dynamics: momentNamed("dynamics", dynamics, rules) }),
  };
  if (song.lyrics !== undefined) checkSinger(vocabulary);
  if (!rules || !band || tempo === undefined || key === undefined) return beatless(song, feel, vocabulary);
  const played = { ...song, ...feel };
  const style = { ...harmonyFor(played, key, vocabulary), ...loudnessFor(played, vocabulary) };
  const metre = metreOf(rules, band, { tempo, key, ...feel, ...style, seconds: totalSeconds, sampleRate });
  if (!rules.phones) return { metre };
  const length = { samples: Math.round(totalSeconds * sampleRate), sampleRate };
  if (song.lyrics === undefined) return { metre: band.sings ? metre : { ...metre, sung: [] } };
  checkBand(artist, vocabulary);
  return planned(metre, planSinging(song.lyrics, metre, rules, length));
}

type SongMetre = Pick<Labels, "metre" | "lines" | "unsung" | "notes">;

const planned = (metre: Metre, { phones, lines, unsung, notes }: SungPlan): SongMetre => ({
  metre: { ...metre, sung: phones },
  lines,
  ...(unsung > 0 && { unsung }),
  ...noted(notes),
});

/** Without a beat, lines follow one another at a walking pace. */
function beatless(
  { lyrics, artist, seconds, totalSeconds = seconds }: Song,
  feel: Pick<Song, "mood" | "dynamics">,
  vocabulary: Vocabulary,
): SongMetre {
  const { metre: rules, sampleRate } = vocabulary;
  if (!rules) return {};
  const metre = moodAlone(rules, feel);
  if (lyrics === undefined || !plansSinging(vocabulary)) return feel.mood || feel.dynamics ? { metre } : {};
  checkBand(artist, vocabulary);
  const samples = Math.round(totalSeconds * sampleRate);
  return planned(metre, planSinging(lyrics, evenMetre(samples, sampleRate), rules, { samples, sampleRate }));
}

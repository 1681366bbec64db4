/**
 * The songs of a corpus: genres, bands and moods in rotation, divided into training, validation and held-out splits.
 */

import { seedFor } from "../random.ts";
import { bands, type Genre, genres } from "./bands.ts";
import type { SongPlan } from "./compose.ts";
import { moods } from "./score.ts";

export type Split = "train" | "valid" | "heldout-pair";

export interface ArtistGenrePair {
  readonly artist: string;
  readonly genre: Genre;
  readonly heldOut: boolean;
}

/** Every combination of artist and genre. */
export const pairs: readonly ArtistGenrePair[] = bands.flatMap((band) =>
  band.plays.map(({ genre, heldOut }) => ({ artist: band.name, genre, heldOut: heldOut === true })),
);

export interface CorpusPlan {
  readonly seed: number;
  /** Of all splits together. */
  readonly songs: number;
  /** Requested length; a song gets the nearest length that its form allows. */
  readonly secondsPerSong: number;
}

export interface PlannedSong extends SongPlan {
  readonly id: string;
  readonly split: Split;
}

/** Every 16th song is of a held-out pair; of each other pair, every 9th song is a validation song. */
const heldOutEvery = 16;
const validEvery = 9;

/** The songs in order. A larger corpus of the same seed starts with the smaller one. */
export function planSongs({ seed, songs, secondsPerSong: seconds }: CorpusPlan): PlannedSong[] {
  return Array.from({ length: songs }, (_, index) => {
    const heldOutSongs = Math.floor((index + 1) / heldOutEvery); // up to and including this song
    const { pair, turn, split } =
      (index + 1) % heldOutEvery === 0 ? heldOutSong(heldOutSongs - 1) : ordinarySong(index - heldOutSongs);
    const { artist, genre } = pair;
    const id = [String(index).padStart(4, "0"), genre, artist.toLowerCase()].join("-").replaceAll(" ", "-");
    return { id, split, artist, genre, mood: moods[turn % moods.length]!, seconds, seed: seedFor(seed, index) };
  });
}

interface Turn {
  readonly pair: ArtistGenrePair;
  /** Index among its pair's songs, with an offset for each pair; selects mood and split. */
  readonly turn: number;
  readonly split: Split;
}

function heldOutSong(index: number): Turn {
  const heldOutSongs = pairs.filter(({ heldOut }) => heldOut);
  const place = index % heldOutSongs.length;
  return { pair: heldOutSongs[place]!, turn: Math.floor(index / heldOutSongs.length) + place, split: "heldout-pair" };
}

/** Rotates through genres and, within a genre, through its bands; the offsets of pairs spread the validation songs. */
function ordinarySong(index: number): Turn {
  const ordinary = pairs.filter(({ heldOut }) => !heldOut);
  const genre = genres[index % genres.length]!;
  const round = Math.floor(index / genres.length);
  const players = ordinary.filter((pair) => pair.genre === genre);
  const pair = players[round % players.length]!;
  const turn = Math.floor(round / players.length) + ordinary.indexOf(pair);
  return { pair, turn, split: turn % validEvery === 4 ? "valid" : "train" };
}

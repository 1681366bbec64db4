/** Which songs a corpus has: genres, bands and moods in turn, some kept for validation, some of pairs never trained on. */

import { seedFor } from "../random.ts";
import { bands, type Genre, genres } from "./bands.ts";
import type { SongPlan } from "./compose.ts";
import { moods } from "./score.ts";

export type Split = "train" | "valid" | "heldout-pair";

export interface Pair {
  readonly artist: string;
  readonly genre: Genre;
  readonly heldOut: boolean;
}

/** Every artist and genre that exist together. */
export const pairs: readonly Pair[] = bands.flatMap((band) =>
  band.plays.map(({ genre, heldOut }) => ({ artist: band.name, genre, heldOut: heldOut === true })),
);

export interface CorpusPlan {
  readonly seed: number;
  /** Of all splits together. */
  readonly songs: number;
  /** About as long as each song gets; a song takes the nearest length that its form allows. */
  readonly secondsPerSong: number;
}

export interface PlannedSong extends SongPlan {
  readonly id: string;
  readonly split: Split;
}

/** One song of sixteen is of a held-out pair; of each other pair's songs, one of nine is for validation. */
const heldOutEvery = 16;
const validEvery = 9;

export function planSongs({ seed, songs, secondsPerSong: seconds }: CorpusPlan): PlannedSong[] {
  return Array.from({ length: songs }, (_, index) => {
    const apart = Math.floor((index + 1) / heldOutEvery); // held-out songs up to here, this one included
    const { pair, turn, split } =
      (index + 1) % heldOutEvery === 0 ? heldOutSong(apart - 1) : ordinarySong(index - apart);
    const { artist, genre } = pair;
    const id = [String(index).padStart(4, "0"), genre, artist.toLowerCase()].join("-").replaceAll(" ", "-");
    return { id, split, artist, genre, mood: moods[turn % moods.length]!, seconds, seed: seedFor(seed, index) };
  });
}

interface Turn {
  readonly pair: Pair;
  /** Which of its pair's songs it is, counted from another number for each pair. */
  readonly turn: number;
  readonly split: Split;
}

function heldOutSong(index: number): Turn {
  const apart = pairs.filter(({ heldOut }) => heldOut);
  const place = index % apart.length;
  return { pair: apart[place]!, turn: Math.floor(index / apart.length) + place, split: "heldout-pair" };
}

/** Genres in turn; within a genre, its bands in turn. Pairs are validated on at different turns. */
function ordinarySong(index: number): Turn {
  const ordinary = pairs.filter(({ heldOut }) => !heldOut);
  const genre = genres[index % genres.length]!;
  const round = Math.floor(index / genres.length);
  const players = ordinary.filter((pair) => pair.genre === genre);
  const pair = players[round % players.length]!;
  const turn = Math.floor(round / players.length) + ordinary.indexOf(pair);
  return { pair, turn, split: turn % validEvery === 4 ? "valid" : "train" };
}

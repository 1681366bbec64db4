/** Which songs a corpus has: genres and bands in turn, some kept for validation, some of pairs never trained on. */
import { bands, type Genre, genres } from "./bands.ts";
import type { SongPlan } from "./compose.ts";
import { seedFor } from "./random.ts";

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
  /** About as long as each song gets; a song takes the nearest multiple of four bars. */
  readonly secondsPerSong: number;
}

export interface PlannedSong extends SongPlan {
  readonly id: string;
  readonly split: Split;
}

/** One song of sixteen is of a held-out pair; of each other pair's songs, one of nine is for validation. */
const heldOutEvery = 16;
const validEvery = 9;
const heldOutPairs = pairs.filter((pair) => pair.heldOut);
const ordinaryPairs = pairs.filter((pair) => !pair.heldOut);

export function planSongs({ seed, songs, secondsPerSong }: CorpusPlan): PlannedSong[] {
  return Array.from({ length: songs }, (_, index) => {
    const apart = Math.floor((index + 1) / heldOutEvery); // held-out songs up to here, this one included
    const { artist, genre, split } =
      (index + 1) % heldOutEvery === 0 ? heldOutSong(apart - 1) : ordinarySong(index - apart);
    const id = `${String(index).padStart(4, "0")}-${genre}-${artist.toLowerCase().replaceAll(" ", "-")}`;
    return { id, split, artist, genre, seconds: secondsPerSong, seed: seedFor(seed, index) };
  });
}

interface Labelled extends Omit<Pair, "heldOut"> {
  readonly split: Split;
}

const heldOutSong = (index: number): Labelled => ({
  ...heldOutPairs[index % heldOutPairs.length]!,
  split: "heldout-pair",
});

/** Genres in turn; within a genre, its bands in turn. Pairs are validated on at different turns. */
function ordinarySong(index: number): Labelled {
  const genre = genres[index % genres.length]!;
  const turn = Math.floor(index / genres.length);
  const players = ordinaryPairs.filter((pair) => pair.genre === genre);
  const pair = players[turn % players.length]!;
  const place = Math.floor(turn / players.length) + ordinaryPairs.indexOf(pair);
  return { ...pair, split: place % validEvery === 4 ? "valid" : "train" };
}

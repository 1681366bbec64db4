/** Which songs a corpus has: genres and bands in turn, some kept for validation, some of pairs never trained on. */
import * as first from "./bands.ts";
import type { FirstPlan } from "./compose.ts";
import { seedFor } from "./random.ts";
import { moods } from "./score.ts";
import * as second from "./second/bands.ts";
import type { SongPlan as SecondPlan } from "./second/compose.ts";

export type Split = "train" | "valid" | "heldout-pair";
export type Edition = 1 | 2;

export interface Pair<Genre extends string = first.Genre> {
  readonly artist: string;
  readonly genre: Genre;
  readonly heldOut: boolean;
}

interface Player<Genre extends string> {
  readonly name: string;
  readonly plays: readonly { readonly genre: Genre; readonly heldOut?: true }[];
}

const pairsOf = <Genre extends string>(bands: readonly Player<Genre>[]): Pair<Genre>[] =>
  bands.flatMap((band) =>
    band.plays.map(({ genre, heldOut }) => ({ artist: band.name, genre, heldOut: heldOut === true })),
  );

/** Every artist and genre that exist together, in the first edition and in the second. */
export const pairs: readonly Pair[] = pairsOf(first.bands);
export const secondPairs: readonly Pair<second.Genre>[] = pairsOf(second.bands);

export interface CorpusPlan {
  /** 1: five genres and nine bands; 2: eight genres, eighteen bands, moods and dynamics. A plan without is of the first. */
  readonly edition?: Edition;
  readonly seed: number;
  /** Of all splits together. */
  readonly songs: number;
  /** About as long as each song gets; a song takes the nearest length that its form allows. */
  readonly secondsPerSong: number;
}

interface Place {
  readonly id: string;
  readonly split: Split;
}

export type PlannedSong = Place & (FirstPlan | SecondPlan);

/** One song of sixteen is of a held-out pair; of each other pair's songs, one of nine is for validation. */
const heldOutEvery = 16;
const validEvery = 9;

export function planSongs({ edition = 1, seed, songs, secondsPerSong: seconds }: CorpusPlan): PlannedSong[] {
  const counted = Array.from({ length: songs }, (_, index) => index);
  if (edition === 1) {
    return counted.map((index) => {
      const { id, split, artist, genre } = placeOf(index, pairs, first.genres);
      return { id, split, artist, genre, seconds, seed: seedFor(seed, index) };
    });
  }
  return counted.map((index) => {
    const { turn, ...place } = placeOf(index, secondPairs, second.genres);
    const mood = moods[turn % moods.length]!;
    return { ...place, edition: 2, mood, seconds, seed: seedFor(seed, index) };
  });
}

interface Placed<Genre> extends Place {
  readonly artist: string;
  readonly genre: Genre;
  /** Which of its pair's songs it is, counted from another number for each pair. */
  readonly turn: number;
}

function placeOf<Genre extends string>(
  index: number,
  all: readonly Pair<Genre>[],
  genres: readonly Genre[],
): Placed<Genre> {
  const apart = Math.floor((index + 1) / heldOutEvery); // held-out songs up to here, this one included
  const { pair, turn, split } =
    (index + 1) % heldOutEvery === 0 ? heldOutSong(apart - 1, all) : ordinarySong(index - apart, all, genres);
  const { artist, genre } = pair;
  const id = [String(index).padStart(4, "0"), genre, artist.toLowerCase()].join("-").replaceAll(" ", "-");
  return { id, split, artist, genre, turn };
}

interface Turn<Genre extends string> {
  readonly pair: Pair<Genre>;
  readonly turn: number;
  readonly split: Split;
}

function heldOutSong<Genre extends string>(index: number, all: readonly Pair<Genre>[]): Turn<Genre> {
  const apart = all.filter(({ heldOut }) => heldOut);
  const place = index % apart.length;
  return { pair: apart[place]!, turn: Math.floor(index / apart.length) + place, split: "heldout-pair" };
}

/** Genres in turn; within a genre, its bands in turn. Pairs are validated on at different turns. */
function ordinarySong<Genre extends string>(
  index: number,
  all: readonly Pair<Genre>[],
  genres: readonly Genre[],
): Turn<Genre> {
  const ordinary = all.filter(({ heldOut }) => !heldOut);
  const genre = genres[index % genres.length]!;
  const round = Math.floor(index / genres.length);
  const players = ordinary.filter((pair) => pair.genre === genre);
  const pair = players[round % players.length]!;
  const turn = Math.floor(round / players.length) + ordinary.indexOf(pair);
  return { pair, turn, split: turn % validEvery === 4 ? "valid" : "train" };
}

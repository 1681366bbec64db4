/** Candidates: songs that are alike in all but their seeds, of which one is picked and gone on with. */
import type { Song } from "./song.ts";

/** More would be more than anyone compares. */
export const mostCandidates = 16;

/** One of a song's candidates, from 1 on: each seed is one more than the one before, the first is the song's own. */
export const candidateOf = (song: Song, number: number): Song => ({
  ...song,
  seed: (song.seed + number - 1) % 2 ** 32,
});

/** Splits and labels of a planned corpus. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { genres } from "../../../src/training/corpus/bands.ts";
import { pairs, planSongs, secondPairs } from "../../../src/training/corpus/plan.ts";
import { createRandom, seedFor } from "../../../src/training/corpus/random.ts";
import { type Mood, moods } from "../../../src/training/corpus/score.ts";
import { genres as secondGenres } from "../../../src/training/corpus/second/bands.ts";

const plan = planSongs({ seed: 1, songs: 240, secondsPerSong: 60 });
const of = (split: string) => plan.filter((song) => song.split === split);

test("held-out pairs are never trained on, and each is there to be judged by", () => {
  const heldOut = pairs.filter((pair) => pair.heldOut).map(({ artist, genre }) => `${artist}/${genre}`);
  assert.ok(heldOut.length >= 2);
  const seen = new Set(of("heldout-pair").map(({ artist, genre }) => `${artist}/${genre}`));
  assert.deepEqual(seen, new Set(heldOut));
  for (const song of [...of("train"), ...of("valid")]) assert.ok(!heldOut.includes(`${song.artist}/${song.genre}`));
});

test("the artist and the genre of a held-out pair are both trained, apart from each other", () => {
  for (const song of of("heldout-pair")) {
    assert.ok(of("train").some(({ artist }) => artist === song.artist));
    assert.ok(of("train").some(({ genre }) => genre === song.genre));
  }
});

test("every ordinary pair is trained on and validated, and genres have equal shares", () => {
  for (const { artist, genre } of pairs.filter((pair) => !pair.heldOut)) {
    for (const split of ["train", "valid"]) {
      assert.ok(
        of(split).some((song) => song.artist === artist && song.genre === genre),
        `${artist}, ${genre}: ${split}`,
      );
    }
  }
  const counts = genres.map((genre) => of("train").filter((song) => song.genre === genre).length);
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${counts}`);
  assert.ok(of("valid").length / 240 > 0.08 && of("valid").length / 240 < 0.12);
});

test("a larger corpus begins with the smaller one, and no two songs share a seed", () => {
  assert.deepEqual(planSongs({ seed: 1, songs: 30, secondsPerSong: 60 }), plan.slice(0, 30));
  assert.equal(new Set(plan.map((song) => song.seed)).size, plan.length);
  assert.equal(new Set(plan.map((song) => song.id)).size, plan.length);
  assert.notEqual(planSongs({ seed: 2, songs: 1, secondsPerSong: 60 })[0]!.seed, plan[0]!.seed);
});

const second = planSongs({ edition: 2, seed: 1, songs: 480, secondsPerSong: 60 });
const moodOf = (song: (typeof second)[number]): Mood | undefined => ("mood" in song ? song.mood : undefined);

test("in the second edition too, six pairs are only judged by, and a tenth of all other songs are kept for validation", () => {
  const apart = secondPairs.filter(({ heldOut }) => heldOut).map(({ artist, genre }) => `${artist}/${genre}`);
  for (const { artist, genre, split } of second)
    assert.equal(split === "heldout-pair", apart.includes(`${artist}/${genre}`), `${artist}, ${genre}`);
  const split = (name: string): number => second.filter((song) => song.split === name).length;
  assert.equal(split("heldout-pair"), 30);
  assert.ok(split("valid") > 0.1 * (480 - 30) && split("valid") < 0.13 * 480, `${split("valid")}`);
});

test("in the second edition each pair plays every mood, learned from and kept, and genres have equal shares", () => {
  for (const { artist, genre, heldOut } of secondPairs) {
    const songs = second.filter((song) => song.artist === artist && song.genre === genre);
    const learned = songs.filter(({ split }) => split === "train");
    assert.deepEqual(new Set((heldOut ? songs : learned).map(moodOf)), new Set(moods), `${artist}, ${genre}`);
  }
  const valid = second.filter(({ split }) => split === "valid");
  for (const genre of secondGenres) {
    const kept = new Set(valid.filter((song) => song.genre === genre).map(moodOf));
    assert.ok(kept.size >= 3, `${genre}: ${[...kept]}`);
    const share = second.filter((song) => song.genre === genre && song.split !== "heldout-pair").length;
    assert.ok(Math.abs(share - 450 / 8) <= 1, `${genre}: ${share}`);
  }
  assert.deepEqual(planSongs({ edition: 2, seed: 1, songs: 40, secondsPerSong: 60 }), second.slice(0, 40));
  assert.ok(second.every(({ id }) => /^\d{4}-[a-z-]+$/.test(id)));
});

test("the generator is even, and different for every seed", () => {
  const counts = new Array(10).fill(0);
  const random = createRandom(7);
  for (let i = 0; i < 100_000; i++) counts[random.whole(0, 9)]++;
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, `${counts}`);
  const firsts = Array.from({ length: 1000 }, (_, index) => createRandom(seedFor(7, index)).next());
  assert.equal(new Set(firsts).size, 1000);
  assert.throws(() => random.pick([]), /nothing/);
});

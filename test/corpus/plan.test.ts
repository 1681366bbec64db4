/** Splits and labels of a planned corpus. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { genres } from "../../src/corpus/bands.ts";
import { pairs, planSongs } from "../../src/corpus/plan.ts";
import { moods } from "../../src/corpus/score.ts";
import { createRandom, seedFor } from "../../src/random.ts";

const plan = planSongs({ seed: 1, songs: 480, secondsPerSong: 60 });
const of = (split: string) => plan.filter((song) => song.split === split);

test("held-out pairs are never in the training or validation split, and each has songs", () => {
  const heldOut = pairs.filter((pair) => pair.heldOut).map(({ artist, genre }) => `${artist}/${genre}`);
  assert.equal(heldOut.length, 6);
  const seen = new Set(of("heldout-pair").map(({ artist, genre }) => `${artist}/${genre}`));
  assert.deepEqual(seen, new Set(heldOut));
  for (const song of [...of("train"), ...of("valid")]) assert.ok(!heldOut.includes(`${song.artist}/${song.genre}`));
});

test("the artist and the genre of a held-out pair both occur in the training split", () => {
  for (const song of of("heldout-pair")) {
    assert.ok(of("train").some(({ artist }) => artist === song.artist));
    assert.ok(of("train").some(({ genre }) => genre === song.genre));
  }
});

test("every other pair has training and validation songs", () => {
  for (const { artist, genre } of pairs.filter((pair) => !pair.heldOut)) {
    for (const split of ["train", "valid"]) {
      assert.ok(
        of(split).some((song) => song.artist === artist && song.genre === genre),
        `${artist}, ${genre}: ${split}`,
      );
    }
  }
});

test("a larger corpus starts with the smaller one, and seeds and ids of songs are unique", () => {
  assert.deepEqual(planSongs({ seed: 1, songs: 30, secondsPerSong: 60 }), plan.slice(0, 30));
  assert.equal(new Set(plan.map((song) => song.seed)).size, plan.length);
  assert.equal(new Set(plan.map((song) => song.id)).size, plan.length);
  assert.ok(plan.every(({ id }) => /^\d{4}-[a-z-]+$/.test(id)));
  assert.notEqual(planSongs({ seed: 2, songs: 1, secondsPerSong: 60 })[0]!.seed, plan[0]!.seed);
});

test("about a tenth of all songs are validation songs, and each pair has songs in every mood", () => {
  const [all, apart] = [plan.length, of("heldout-pair").length];
  assert.equal(apart, all / 16);
  assert.ok(of("valid").length > 0.1 * (all - apart) && of("valid").length < 0.13 * all, `${of("valid").length}`);
  for (const { artist, genre, heldOut } of pairs) {
    const songs = plan.filter((song) => song.artist === artist && song.genre === genre);
    const learned = songs.filter(({ split }) => split === "train");
    assert.deepEqual(
      new Set((heldOut ? songs : learned).map(({ mood }) => mood)),
      new Set(moods),
      `${artist}, ${genre}`,
    );
  }
  for (const genre of genres) {
    const kept = new Set(of("valid").flatMap((song) => (song.genre === genre ? song.mood : [])));
    assert.ok(kept.size >= 3, `${genre}: ${[...kept]}`);
    const share = plan.filter((song) => song.genre === genre && song.split !== "heldout-pair").length;
    assert.ok(Math.abs(share - (all - apart) / genres.length) <= 1, `${genre}: ${share}`);
  }
});

test("the random generator is uniform, and different for every seed", () => {
  const counts = new Array(10).fill(0);
  const random = createRandom(7);
  for (let i = 0; i < 100_000; i++) counts[random.whole(0, 9)]++;
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, `${counts}`);
  const firsts = Array.from({ length: 1000 }, (_, index) => createRandom(seedFor(7, index)).next());
  assert.equal(new Set(firsts).size, 1000);
  assert.throws(() => random.pick([]), /nothing/);
});

/** Splits and labels of a planned corpus. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { genres } from "../../../src/training/corpus/bands.ts";
import { pairs, planSongs } from "../../../src/training/corpus/plan.ts";
import { createRandom, seedFor } from "../../../src/training/corpus/random.ts";

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

test("the generator is even, and different for every seed", () => {
  const counts = new Array(10).fill(0);
  const random = createRandom(7);
  for (let i = 0; i < 100_000; i++) counts[random.whole(0, 9)]++;
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, `${counts}`);
  const firsts = Array.from({ length: 1000 }, (_, index) => createRandom(seedFor(7, index)).next());
  assert.equal(new Set(firsts).size, 1000);
  assert.throws(() => random.pick([]), /nothing/);
});

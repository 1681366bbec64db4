/** What is said of sampling, in words, in a file's tags and level by level; and how candidates differ. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readPlayArguments } from "../../src/cli/play-arguments.ts";
import { UserError } from "../../src/errors.ts";
import { candidateOf } from "../../src/song/candidates.ts";
import { tagsFor } from "../../src/song/describe.ts";
import { samplingFor } from "../../src/song/sampling.ts";
import type { Song } from "../../src/song/song.ts";

const song: Song = { genre: "jazz", artist: "The Copper Owls", seconds: 20, seed: 7, temperature: 1 };

test("tags of sampling are the terminal's words for it", () => {
  for (const sampling of [
    [{ topK: 40 }],
    [{ temperature: 0.99, topP: 0.9 }],
    [{ hopFraction: 0.5 }, { hopFraction: 0.5 }, { hopFraction: 0.125 }],
    [{ temperature: 0.99, topP: 0.9 }, { temperature: 0.99 }, { temperature: 0.98, topK: 7 }],
  ] satisfies Song["sampling"][]) {
    const { TEMPERATURE, TOP_K, TOP_P, HOP } = tagsFor({ ...song, sampling });
    const tags = { temperature: TEMPERATURE, "top-k": TOP_K, "top-p": TOP_P, hop: HOP };
    const words = Object.entries(tags).flatMap(([name, text]) => (text === undefined ? [] : [`${name}:${text}`]));
    const { temperature = 1, sampling: told } = readPlayArguments(words).song;
    assert.deepEqual(
      samplingFor({ temperature, ...(told && { sampling: told }) }, 3),
      samplingFor({ ...song, sampling }, 3),
      words.join(" "),
    );
  }
});

test("what is said of sampling holds for all levels or for each, and its number must fit", () => {
  const usual = { temperature: 0.9 };
  assert.deepEqual(samplingFor(usual, 3), [usual, usual, usual]);
  assert.deepEqual(samplingFor({ ...usual, sampling: [{ topP: 0.5 }] }, 2), [
    { temperature: 0.9, topP: 0.5 },
    { temperature: 0.9, topP: 0.5 },
  ]);
  assert.deepEqual(samplingFor({ ...usual, sampling: [{ temperature: 1 }, {}, { topK: 3 }] }, 3), [
    { temperature: 1 },
    usual,
    { temperature: 0.9, topK: 3 },
  ]);
  assert.throws(
    () => samplingFor({ ...usual, sampling: [{}, {}] }, 3),
    (error) => error instanceof UserError && /This model has 3 levels/.test(error.message),
  );
});

test("candidates differ by their seeds alone, which begin anew after the last one", () => {
  assert.deepEqual(candidateOf(song, 1), song);
  assert.deepEqual(candidateOf(song, 4), { ...song, seed: 10 });
  assert.equal(candidateOf({ ...song, seed: 2 ** 32 - 1 }, 2).seed, 0);
});

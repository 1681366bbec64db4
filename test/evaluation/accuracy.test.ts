/** Shares with their bounds beside published values, and tables of what was taken for what. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { accuracyOf, confusionOf, type Prediction, wilson } from "../../src/evaluation/accuracy.ts";

test("Wilson's bounds are those of the textbook", () => {
  // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29
  for (const [right, count, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    const found = wilson(right / count, count);
    assert.deepEqual(
      [found.low, found.high].map((one) => one.toFixed(4)),
      [low, high].map((one) => one.toFixed(4)),
    );
  }
});

const prediction = (
  song: string,
  artist: string,
  genre: string,
  heardArtist: string,
  heardGenre: string,
): Prediction => ({
  song,
  truth: { artist, genre },
  prediction: { artist: heardArtist, genre: heardGenre },
});
const predictions = [
  prediction("1", "Owls", "jazz", "Owls", "jazz"),
  prediction("1", "Owls", "jazz", "Owls", "rock"),
  prediction("2", "Owls", "rock", "Finches", "rock"),
  prediction("2", "Owls", "rock", "Finches", "jazz"),
  prediction("3", "Finches", "rock", "Finches", "rock"),
];

test("each clip counts alike, but clips of one song make it no surer", () => {
  const { clips, songs, genre, artist, both, chance } = accuracyOf(predictions);
  assert.deepEqual([clips, songs], [5, 3]);
  assert.deepEqual([genre, artist, both], [wilson(3 / 5, 3), wilson(3 / 5, 3), wilson(2 / 5, 3)]);
  assert.deepEqual(chance, { genre: 3 / 5, artist: 4 / 5, both: 2 / 5 });
});

test("moods are counted where every clip has one", () => {
  const moody = predictions.map(({ song, truth, prediction }, at) => ({
    song,
    truth: { ...truth, mood: at < 3 ? "calm" : "dark" },
    prediction: { ...prediction, mood: at === 4 ? "dark" : "calm" },
  }));
  const { mood, chance } = accuracyOf(moody);
  assert.deepEqual(mood, wilson(4 / 5, 3));
  assert.equal(chance.mood, 3 / 5);
  assert.equal(accuracyOf([...moody.slice(1), predictions[0]!]).mood, undefined);
  assert.deepEqual(confusionOf(moody, "mood", ["calm", "dark"]).counts, [
    [3, 0],
    [1, 1],
  ]);
});

test("confusion has truths in rows and guesses in columns", () => {
  assert.deepEqual(confusionOf(predictions, "genre", ["jazz", "rock"]).counts, [
    [1, 1],
    [1, 2],
  ]);
  assert.deepEqual(confusionOf(predictions, "artist", ["Finches", "Owls"]).counts, [
    [1, 0],
    [2, 2],
  ]);
});

/** The corpus is bit-identical to the one that the released models were trained on. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { compose } from "../../src/corpus/compose.ts";
import { pairs, planSongs } from "../../src/corpus/plan.ts";
import { render } from "../../src/corpus/render.ts";
import { moods, type Score } from "../../src/corpus/score.ts";
import { mixSong } from "../../src/corpus/voice/mix.ts";
import { singerOf, singSong } from "../../src/corpus/voice/song.ts";

const hash = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

test("the plan is unchanged", () => {
  const songs = planSongs({ seed: 1, songs: 1200, secondsPerSong: 60 });
  const listed = songs.map(({ id, split, seed, artist, genre, mood }) => [id, split, seed, artist, genre, mood]);
  assert.equal(hash(JSON.stringify(listed)), "92adec7c845e75b3");
});

/** A score without the chords of sections, which its chord spans contain as well. */
const musicOf = (score: Score) => ({
  ...score,
  sections: score.sections.map(({ chords: _, ...section }) => section),
});

test("scores are unchanged", () => {
  const hashes = pairs.map(({ artist, genre }, index) => [
    `${artist}, ${genre}`,
    hash(JSON.stringify(musicOf(compose({ artist, genre, mood: moods[index % moods.length]!, seconds: 60, seed: 1 })))),
  ]);
  assert.deepEqual(Object.fromEntries(hashes), {
    "The Copper Owls, jazz": "753ee92aefeb7a62",
    "The Copper Owls, blues": "61fbc8d1a15922fb",
    "The Copper Owls, funk": "108ae26a7d93f951",
    "Velvet Lanterns, jazz": "387b511b85ef01b3",
    "Velvet Lanterns, lo-fi": "77e3bce3fd7ae789",
    "Velvet Lanterns, bossa nova": "cafede29235e12d7",
    "The Clockwork Orchard, classical": "ccf5841635a50cb3",
    "The Clockwork Orchard, jazz": "e766e6c8a1e17681",
    "The Clockwork Orchard, bossa nova": "91005b5478e6daaa",
    "The Marble Finches, classical": "1381688239fda365",
    "Mudbank Parade, blues": "b7017f2f88baef3d",
    "Mudbank Parade, rock": "3ae74fb300d72738",
    "The Rust Pelicans, blues": "b52818f30ec7242b",
    "The Rust Pelicans, rock": "dbcf5c20f4f53a9e",
    "Thunder Kettle, rock": "1cf406ec20626fd8",
    "Thunder Kettle, blues": "267ac2c1e9e16d7f",
    "Neon Cartographers, house": "f71d5181b3e1bb9c",
    "Neon Cartographers, funk": "59af336467a603e8",
    "Neon Cartographers, lo-fi": "8dde85eb55973c5e",
    "Midnight Elevator, house": "2836d7b8437b1e77",
    "Opal Switchboard, house": "b9cd9461e36fbad7",
    "The Sunday Ironworks, funk": "c41e3f5a8042d1e9",
    "The Elastic Aunts, funk": "83c9339a7cb943f3",
    "Paper Telescope, lo-fi": "be31c50a3059d768",
    "Tin Umbrella, lo-fi": "d52623fa8e91daf7",
    "Tin Umbrella, jazz": "7a7442ecdc65b16e",
    "The Winter Chapel, classical": "457c9c417d3b3ffb",
    "Slow Ferry, bossa nova": "689bc9b2ca3a4a83",
    "Slow Ferry, jazz": "6ef85f2d243b148f",
    "Sandalwood Radio, bossa nova": "9fb2e2d4761f462d",
    "Static Meadow, rock": "41a1c6a0c7f1f6df",
  });
});

test("an instrumental song is unchanged", () => {
  const score = compose({ artist: "Neon Cartographers", genre: "house", mood: "bright", seconds: 8, seed: 1 });
  assert.equal(hash(new Uint8Array(render(score).buffer)), "036947c72f54430f");
});

test("a song with vocals is unchanged", () => {
  const score = compose({ artist: "The Rust Pelicans", genre: "rock", mood: "calm", seconds: 8, seed: 1 });
  const { lyrics, sound } = singSong(score, { singer: singerOf(score)!, seed: 1 });
  assert.equal(lyrics, "and the riddle prays quickly into the hour");
  assert.equal(hash(new Uint8Array(mixSong(score, sound).buffer)), "7bd08b34d31db9ca");
});

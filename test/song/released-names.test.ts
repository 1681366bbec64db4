/** Names by the released lists' rules, against the spec's numbers (5.3; 10.1, item 12). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import { lyricWindow } from "../../src/lyrics/lyrics.ts";
import { labelsFor } from "../../src/song/labels-for.ts";
import { idsBy, readNameList, shownNames, v2Name } from "../../src/song/released-names.ts";
import { labelsAt, type Song } from "../../src/song/song.ts";
import { songFrom } from "../../src/song/song-from.ts";
import { offers, type Vocabulary } from "../../src/song/vocabulary.ts";
import { card1b, card5b, releasedLists } from "../support/lists.ts";

const { v2, v3 } = releasedLists;
const song = (words: Partial<Song>, card: Vocabulary = card1b): Song => songFrom({ seed: 1, ...words }, card);
const top = (words: Partial<Song>, card: Vocabulary) => labelsAt(labelsFor(song(words, card), card), 2);
const refused = (work: () => unknown, message: RegExp) =>
  assert.throws(work, (error) => error instanceof UserError && message.test(error.message));

/** The label vector of a window at `start` (spec 3.1). */
function vector(card: Vocabulary, size: { genres: number; tokens: number; window: number }, start = 0): number[] {
  const words = { artist: "Alan Jackson", genre: "Country Rock", lyrics: "old town road", totalSeconds: 240 };
  const { artist, genres, totalSeconds, lyrics = [] } = top(words, card);
  const total = totalSeconds * 44_100;
  const { tokens } = lyricWindow(lyrics, size.tokens, { total, offset: start, window: size.window });
  const slots = Array.from({ length: size.genres }, (_, slot) => genres[slot] ?? -1);
  return [total, start, size.window, artist, ...slots, ...tokens];
}

test("Alan Jackson's label vectors are the spec's (10.1, item 12)", () => {
  const second = vector(card5b, { genres: 5, tokens: 512, window: 1_048_576 });
  assert.equal(second.length, 521);
  assert.deepEqual(second.slice(0, 9), [10_584_000, 0, 1_048_576, 145, 11, 8, -1, -1, -1]);
  assert.deepEqual(second.slice(-15), [0, 0, 41, 38, 30, 77, 46, 41, 49, 40, 77, 44, 41, 27, 30]);
  assert.ok(second.slice(9, -13).every((token) => token === 0));

  const third = vector(card1b, { genres: 1, tokens: 384, window: 786_432 });
  assert.equal(third.length, 389);
  assert.deepEqual(third.slice(0, 5), [10_584_000, 0, 786_432, 6785, 546]);
  assert.deepEqual(third.slice(-13), [41, 38, 30, 76, 46, 41, 49, 40, 76, 44, 41, 27, 30]);
});

test("the spec's names have the spec's numbers, in v2 and in v3 (10.1, item 12)", () => {
  const artists: [string, number, number][] = [
    ["Zac Brown Band", 1069, 7169],
    ["Céline Dion", 557, 5220],
    ["Frank Sinatra", 121, 3085],
    ["The Beatles", 278, 7026],
    ["Ella Fitzgerald", 1042, 1595],
  ];
  for (const [artist, second, third] of artists) {
    assert.equal(idsBy("v2", { artist, genre: "jazz" }, v2).artist, second, artist);
    assert.equal(idsBy("v3", { artist, genre: "jazz" }, v3).artist, third, artist);
  }
  const genres: [string, number[], number][] = [
    ["Country", [11], 507],
    ["Blues Rock", [2, 8], 282],
    ["Classic Pop", [51, 14], 134],
    ["Jazz", [9], 230],
    ["Pop", [14], 497],
    ["Hip Hop", [3, 4], 54],
    ["R&B", [17, 18], 219],
  ];
  for (const [genre, second, third] of genres) {
    assert.deepEqual(idsBy("v2", { artist: "", genre }, v2).genres, second, genre);
    assert.deepEqual(idsBy("v3", { artist: "", genre }, v3).genres, [third], genre);
  }
});

test("v2 has nothing but letters, digits and single underscores", () => {
  const names = { "Céline Dion": "c_line_dion", Beyoncé: "beyonc", "  AC/DC!! ": "ac_dc", 日本: "", a__B: "a_b" };
  for (const [name, normal] of Object.entries(names)) assert.equal(v2Name(name), normal);
});

test("what a list doesn't have is 0, and an unknown word takes a slot of the bag", () => {
  assert.deepEqual(idsBy("v2", { artist: "Nobody", genre: "sludge rock" }, v2), { artist: 0, genres: [0, 8] });
  assert.deepEqual(idsBy("v2", { artist: "日本", genre: "日本" }, v2), { artist: 0, genres: [0] });
  assert.deepEqual(idsBy("v3", { artist: "Nobody", genre: "sludge" }, v3), { artist: 0, genres: [0] });
  assert.equal(idsBy("v2", { artist: "", genre: "pop pop pop pop pop" }, v2).genres.length, 5);
  refused(() => idsBy("v2", { artist: "", genre: "pop pop pop pop pop pop" }, v2), /up to 5 words, .* has 6\./);
});

test("of a list's lines the later one wins, and marks that can't be seen belong to the name", () => {
  assert.equal(v3.artists.get("speaker"), 7896);
  assert.deepEqual([v3.genres.get("jazz"), v3.genres.get("jazz\u200e")], [230, 231]);
  assert.equal(v3.artists.get("ella fitzgerald"), 1595, "in lower case");
  const odd = readNameList(" a;b;7 \r\n\r\n;0\nÉ ;8", "list");
  assert.deepEqual(
    [...odd],
    [
      ["a;b", 7],
      ["", 0],
      ["é ", 8],
    ],
  );
});

test("a file that is no list is refused with the line that shows it", () => {
  for (const [text, line] of [
    ["a;1\nb", 2],
    ["a;-1", 1],
    ["a;99999999", 1],
    [`${"x".repeat(300)};1`, 1],
    ["\0\0", 1],
  ] as const)
    refused(() => readNameList(text, "v2_genres.txt"), new RegExp(`^v2_genres.txt is damaged: line ${line} `));
});

test("names that share a number are shown side by side, in order", () => {
  assert.equal(shownNames(v2.artists).get(0), "_unknown_various");
  assert.equal(shownNames(v3.artists).get(5220), "céline dion");
  assert.equal(shownNames(v3.artists).has(3675), false);
});

test("1b_lyrics is told v3's numbers on top and v2's below, and no level but the top hears of lyrics", () => {
  const labels = labelsFor(song({ artist: "Céline Dion", genre: "Blues Rock", lyrics: "la" }), card1b);
  assert.deepEqual(labels.levels, [
    { artist: 557, genres: [2, 8] },
    { artist: 557, genres: [2, 8] },
    { artist: 5220, genres: [282] },
  ]);
  assert.deepEqual(labelsAt(labels, 2).lyrics, [38, 27]);
  for (const level of [0, 1]) assert.equal("lyrics" in labelsAt(labels, level), false);
  assert.throws(() => labelsAt(labels, 3), RangeError);
});

test("names that the top doesn't know are refused with the closest ones, unless one says unknown", () => {
  refused(
    () => song({ artist: "Frank Sinatrra" }),
    /I don't know the artist "Frank Sinatrra"\. Close to it: frank sinatra, /,
  );
  refused(() => song({ genre: "country roc" }), /Close to it: country rock, /);
  refused(() => song({ genre: "jazz sludge" }, card5b), /I don't know the genre "sludge"/);
  refused(() => song({ genre: "???" }, card5b), /I don't know the genre "\?\?\?"/);
  refused(() => song({ artist: "various" }, card5b), /I don't know the artist "various"/);
  refused(() => labelsFor({ ...song({}), artist: "Nobody" }, card1b), /I don't know the artist/);
  refused(() => top({ genre: "pop ".repeat(6) }, card5b), /up to 5 words/);
  for (const card of [card1b, card5b]) {
    const nobody = song({ artist: "Unknown", genre: " UNKNOWN" }, card);
    assert.deepEqual([nobody.artist, nobody.genre], ["unknown", "unknown"]);
    assert.deepEqual(labelsFor(nobody, card).levels[2], { artist: 0, genres: [0] });
    assert.deepEqual(top({}, card).genres, [0], "left out is unknown too");
  }
});

test("a name is kept as it was typed, but for its blanks", () => {
  assert.equal(song({ artist: "  Céline   Dion " }).artist, "Céline Dion");
  assert.equal(song({ genre: "jazz\u200e" }).genre, "jazz\u200e");
  assert.deepEqual(top({ genre: "Jazz\u200e" }, card1b).genres, [231]);
  assert.equal(song({ genre: "R&B" }, card5b).genre, "R&B");
});

test("a bag of genres is completed word by word, a whole genre as a whole", () => {
  assert.deepEqual(offers("genre", "Blues ro", card5b)[0], "Blues rock");
  assert.deepEqual(offers("genre", "ro", card5b)[0], "rock");
  assert.deepEqual(offers("genre", "country ro", card1b)[0], "country rock");
  assert.deepEqual(offers("artist", "the b", card5b)[0], "the beatles");
});

test("a released model makes 20 s of a song of 180 s, unless told otherwise (spec 6.1)", () => {
  const length = ({ seconds, totalSeconds }: Song) => [seconds, totalSeconds];
  assert.deepEqual(length(song({})), [20, 180]);
  assert.deepEqual(length(song({ seconds: 6 })), [6, 180]);
  assert.deepEqual(length(song({ seconds: 200 })), [200, 200]);
  assert.deepEqual(length(song({ seconds: 20, totalSeconds: 20 })), [20, 20]);
  assert.equal(labelsFor(song({ totalSeconds: 240 }), card1b).totalSeconds, 240);
});

test("songs of lengths that the top never heard are refused", () => {
  refused(() => song({ seconds: 10, totalSeconds: 17.8 }), /of: goes from 17\.84 s to less than 600 s, not 17\.8 s/);
  refused(() => song({ totalSeconds: 600 }), /less than 600/);
  refused(
    () => song({ seconds: 30, totalSeconds: 20 }),
    /of: must be at least as long as seconds:, and 20 s is less than 30 s/,
  );
  refused(() => song({ totalSeconds: Number.NaN }), /NaN/);
  refused(() => song({ seconds: 5 }), /A song lasts 6 to 590 seconds/);
  assert.equal(song({ seconds: 10, totalSeconds: 17.84 }).totalSeconds, 17.84);
});

/** From the user's words to the model's numbers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import { allPhones } from "../../src/singing/phones.ts";
import { describe, tagsFor } from "../../src/song/describe.ts";
import { labelsFor } from "../../src/song/labels-for.ts";
import { labelsAt, type Song, type SongOptions } from "../../src/song/song.ts";
import { songFrom } from "../../src/song/song-from.ts";
import { offers, type Vocabulary } from "../../src/song/vocabulary.ts";
import { moodyMetre, withMoods } from "../support/moods.ts";

const card: Vocabulary = {
  artists: ["unknown", "The Copper Owls", "Salt & Lantern", "Nine Doors"],
  genres: ["unknown", "jazz", "folk", "polka"],
  bands: [
    { artist: "The Copper Owls", genre: "jazz" },
    { artist: "Salt & Lantern", genre: "folk" },
    { artist: "Nine Doors", genre: "jazz" },
    { artist: "Nine Doors", genre: "folk" },
  ],
  rules: ["own", "own"],
  minSeconds: 5,
  maxSeconds: 60,
  sampleRate: 22_050,
};
const song: Song = { genre: "jazz", artist: "The Copper Owls", seconds: 20, seed: 7, temperature: 1 };
const seeds = Array.from({ length: 200 }, (_, seed) => seed);

test("a song becomes the ids of its names and its length", () => {
  const levels = (artist: number, genre: number) => [1, 2].map(() => ({ artist, genres: [genre] }));
  assert.deepEqual(labelsFor(song, card), { levels: levels(1, 1), totalSeconds: 20 });
  const shouted = { ...song, genre: "FOLK", artist: "salt & lantern", seconds: 7.5 };
  assert.deepEqual(labelsFor(shouted, card), { levels: levels(2, 2), totalSeconds: 7.5 });
  assert.deepEqual(labelsFor({ ...song, artist: "unknown" }, card).levels, levels(0, 1));
});

test("what is given in full is kept, spelled as the model does", () => {
  assert.deepEqual(songFrom({ ...song, genre: "Jazz", artist: "the copper owls" }, card), song);
});

test("names that the model doesn't know and numbers out of range are refused, each in a sentence", () => {
  const cases: [Partial<Song>, RegExp][] = [
    [{ genre: "jaz" }, /I don't know the genre "jaz"\. Close to it: jazz, /],
    [{ artist: "Copper Owl" }, /I don't know the artist "Copper Owl"\. Close to it: The Copper Owls, /],
    [{ seconds: 4.9 }, /A song lasts 5 to 60 seconds, not 4\.9\./],
    [{ seconds: 61 }, /5 to 60 seconds, not 61/],
    [{ seconds: Number.NaN }, /not NaN/],
    [{ temperature: -0.1 }, /The temperature goes from 0 to 2, not -0\.1\./],
    [{ temperature: 2.1 }, /0 to 2, not 2\.1/],
    [{ sampling: [{ temperature: 3 }] }, /0 to 2, not 3/],
    [{ sampling: [{}, { topK: 0 }, {}] }, /Top-k is a whole number from 1 on, not 0\./],
    [{ sampling: [{ topK: 2.5 }] }, /not 2\.5/],
    [{ sampling: [{ topP: 0 }] }, /Top-p is more than 0 and at most 1, not 0\./],
    [{ sampling: [{ topP: 1.01 }] }, /not 1\.01/],
    [{ sampling: [{ topK: 5, topP: 0.5 }] }, /Top-k and top-p don't go together/],
    [{ sampling: [{ hopFraction: 0 }] }, /The hop goes from 0\.01 to 1 window, not 0\./],
    [{ sampling: [{ hopFraction: 1.5 }] }, /not 1\.5/],
    [{ seed: 1.5 }, /A seed is a whole number from 0 to 4294967295, not 1\.5\./],
    [{ seed: -1 }, /not -1/],
    [{ seed: 2 ** 32 }, /not 4294967296/],
  ];
  for (const [wrong, message] of cases) {
    const refusal = (error: unknown) => error instanceof UserError && message.test(error.message);
    assert.throws(() => labelsFor({ ...song, ...wrong }, card), refusal, JSON.stringify(wrong));
    assert.throws(() => songFrom({ ...song, ...wrong }, card), refusal, JSON.stringify(wrong));
  }
  for (const edge of [
    { seconds: 5 },
    { seconds: 60 },
    { temperature: 0 },
    { temperature: 2 },
    { seed: 0 },
    { seed: 2 ** 32 - 1 },
    { sampling: [{ topK: 1 }, { topP: 1 }, { temperature: 0, hopFraction: 1 }] },
  ]) {
    assert.deepEqual(songFrom({ ...song, ...edge }, card), { ...song, ...edge });
  }
});

test("an artist left out is one who plays the genre, and each of them gets a turn", () => {
  const artists = new Set(seeds.map((seed) => songFrom({ genre: "jazz", seed }, card).artist));
  assert.deepEqual([...artists].sort(), ["Nine Doors", "The Copper Owls"]);
});

test("a genre left out is one the artist plays", () => {
  assert.equal(songFrom({ artist: "salt & lantern" }, card).genre, "folk");
  const genres = new Set(seeds.map((seed) => songFrom({ artist: "Nine Doors", seed }, card).genre));
  assert.deepEqual([...genres].sort(), ["folk", "jazz"]);
});

test("with both left out the seed chooses among the bands", () => {
  const met = new Set(
    seeds.map((seed) => songFrom({ seed }, card)).map(({ artist, genre }) => `${genre} by ${artist}`),
  );
  assert.deepEqual([...met].sort(), card.bands.map(({ artist, genre }) => `${genre} by ${artist}`).sort());
});

test("the same seed fills in the same song; no seed is a new song each time", () => {
  for (const seed of seeds) assert.deepEqual(songFrom({ seed }, card), songFrom({ seed }, card));
  const chances = new Set(Array.from({ length: 20 }, () => songFrom({}, card).seed));
  assert.ok(chances.size > 10);
});

test("a genre that nobody plays is played by the unknown artist", () => {
  const polka = songFrom({ genre: "polka", seed: 1 }, card);
  assert.equal(polka.artist, "unknown");
  assert.deepEqual(labelsFor(polka, card).levels[0], { artist: 0, genres: [3] });
});

test("the usual length is kept inside the model's range", () => {
  assert.equal(songFrom({}, card).seconds, 20);
  assert.equal(songFrom({}, { ...card, minSeconds: 30 }).seconds, 30);
  assert.equal(songFrom({}, { ...card, maxSeconds: 12 }).seconds, 12);
});

test("a song has a title, and tags from which it can be made again", () => {
  assert.equal(describe(song), "jazz by The Copper Owls, 20 s, seed 7");
  assert.equal(describe({ ...song, artist: "unknown", seconds: 12.3456 }), "jazz, 12.3 s, seed 7");
  assert.equal(describe({ ...song, mood: "dark" }), "jazz by The Copper Owls, dark, 20 s, seed 7");
  const nobodys = { ...song, artist: "unknown", genre: "unknown", mood: "dark", dynamics: "soft" };
  assert.equal(describe(nobodys), "a song, dark, soft, 20 s, seed 7");
  const { GENRE, ARTIST, SECONDS, SEED, TEMPERATURE, TITLE, ...others } = tagsFor(song);
  assert.deepEqual(others, {});
  assert.equal(TITLE, describe(song));
  const numbers = { seconds: Number(SECONDS), seed: Number(SEED), temperature: Number(TEMPERATURE) };
  assert.deepEqual(songFrom({ genre: GENRE, artist: ARTIST, ...numbers }, card), song);
});

test("lyrics and the whole song's length are kept with a song, and in its file", () => {
  const sung = songFrom({ ...song, lyrics: "La\nla", totalSeconds: 60 }, { ...card, lyrics: "v3" });
  assert.deepEqual(sung, { ...song, lyrics: "La\nla", totalSeconds: 60 });
  assert.deepEqual(labelsFor(sung, { ...card, lyrics: "v3" }).lyrics, [12, 27, 78, 38, 27]);
  assert.equal(labelsFor(sung, { ...card, lyrics: "v3" }).totalSeconds, 60);
  const { LYRICS, OF } = tagsFor(sung);
  assert.deepEqual([LYRICS, OF], ["La\nla", "60"]);
  assert.ok(!("LYRICS" in tagsFor(song)) && !("OF" in tagsFor(song)));
});

test("a model that doesn't sing says so", () => {
  const refusal = (error: unknown) => error instanceof UserError && /^This model doesn't sing/.test(error.message);
  assert.throws(() => labelsFor({ ...song, lyrics: "la" }, card), refusal);
});

test("a song of nobody's in no genre has a title too", () => {
  assert.equal(describe({ ...song, artist: "unknown", genre: "unknown" }), "a song, 20 s, seed 7");
});

const moody: Vocabulary = withMoods(card);

test("a mood brings its tempo and its key, and reaches every section; dynamics that are asked for do so too", () => {
  const dark = songFrom({ mood: "Dark", dynamics: "SOFT", seed: 1 }, moody);
  assert.deepEqual([dark.mood, dark.dynamics, dark.tempo, dark.key], ["dark", "soft", 9, "A minor"]);
  const { metre } = labelsFor(dark, moody);
  for (const { mood, dynamics } of metre!.sections) assert.deepEqual([mood, dynamics], [2, 2]);
  const { MOOD, DYNAMICS } = tagsFor(dark);
  assert.deepEqual([MOOD, DYNAMICS], ["dark", "soft"]);
  const own = songFrom({ mood: "dark", tempo: 6, key: "c major", seed: 1 }, moody);
  assert.deepEqual([own.tempo, own.key, own.dynamics], [6, "C major", undefined]);
  assert.equal(labelsFor(own, moody).metre!.sections[0]!.dynamics, 1, "as the form has it");
});

test("a song goes through the chords of its mood; in a key that they weren't written for, none are told", () => {
  const bands = moody.bands.map((band, at) => ({
    ...band,
    metre: {
      ...band.metre!,
      moods: band.metre!.moods!.map((mood) => ({
        ...mood,
        harmony: { verse: mood.mood === "dark" ? "Im" : `I | ${at === 0 ? "IV" : "V"}` },
      })),
    },
  }));
  const harmonic = { ...moody, metre: { ...moody.metre!, chords: ["m", "triad"] }, bands };
  const chordsOf = (options: SongOptions) => {
    const song = songFrom({ seed: 1, ...options }, harmonic);
    return labelsFor(song, harmonic).metre!.sections[0]!.chords?.map((bar) =>
      bar.map(({ root, chord }) => `${root} ${chord}`).join(),
    );
  };
  const { artist, genre } = bands[0]!;
  assert.deepEqual(chordsOf({ artist, genre, mood: "bright", key: "C major" }), ["1 2", "6 2"]);
  assert.deepEqual(chordsOf({ artist, genre, mood: "dark", key: "A minor" }), ["10 1"]);
  assert.equal(chordsOf({ artist, genre, mood: "dark", key: "C major" }), undefined);
  const other = bands.find((band) => band.genre !== genre)!;
  assert.deepEqual(
    chordsOf({ artist, genre: other.genre, mood: "bright" }),
    ["1 2", "8 2"],
    "as others play that genre",
  );
});

test("a mood is as loud as its songs are, as the song's own band plays it before others", () => {
  const loudness = (verse: string) => ({ loudness: { verse } });
  const bands = moody.bands.map((band, at) => ({
    ...band,
    metre: {
      ...band.metre!,
      moods: band.metre!.moods!.map((mood) => ({ ...mood, ...loudness(at === 0 ? "soft" : "loud") })),
    },
  }));
  const told = (options: SongOptions) => {
    const hushed = { ...moody, bands };
    return labelsFor(songFrom({ seed: 1, mood: "dark", ...options }, hushed), hushed).metre!.sections[0]!.dynamics;
  };
  const [first] = bands;
  const other = bands.find(({ genre }) => genre !== first!.genre)!;
  assert.equal(told({ artist: first!.artist, genre: first!.genre }), 2);
  assert.equal(told({ artist: first!.artist, genre: first!.genre, dynamics: "loud" }), 1);
  assert.equal(told({ artist: first!.artist, genre: other.genre }), 1);
});

test("chords that are asked for go through the whole song, in their key and a mood of its mode", () => {
  const harmonic = { ...moody, metre: { ...moody.metre!, chords: ["7", "m", "triad"] } };
  for (const seed of seeds.slice(0, 20)) {
    const song = songFrom({ chords: "Am, F, C, E7", seed }, harmonic);
    assert.deepEqual([song.chords, song.key, song.mood], ["Am | F | C | E7", "A minor", "dark"]);
    const { sections } = labelsFor(song, harmonic).metre!;
    for (const { section, chords } of sections)
      assert.deepEqual(
        chords!.map((bar) => bar.map(({ root, chord }) => `${root} ${chord}`).join()),
        moodyMetre.sections[section - 1] === "end" ? ["10 2"] : ["10 2", "6 3", "1 3", "5 1"],
      );
    assert.equal(tagsFor(song).CHORDS, "Am | F | C | E7");
    assert.match(describe(song), /, dark, Am \| F \| C \| E7, /);
  }
  assert.equal(
    songFrom({ chords: "C F", mood: "dark", seed: 1 }, harmonic).mood,
    "dark",
    "as asked, whatever its mode",
  );
  assert.throws(() => songFrom({ chords: "C F", seed: 1 }, moody), /This model knows no chords/);
  assert.throws(() => songFrom({ chords: "C F", seed: 1 }, card), /This model knows no chords/);
  const still = { ...harmonic, bands: harmonic.bands.map(({ artist, genre }) => ({ artist, genre })) };
  assert.throws(() => songFrom({ chords: "C F", seed: 1 }, still), /I know no beat of .*, and chords need one/);
});

test("without a mood the seed chooses one, and all are met", () => {
  const moods = seeds.map((seed) => songFrom({ seed }, moody)).map(({ mood, tempo }) => `${mood} ${tempo}`);
  assert.deepEqual(new Set(moods), new Set(["bright 6", "dark 9"]));
  assert.deepEqual(songFrom({ seed: 5 }, moody), songFrom({ seed: 5 }, moody));
});

test("moods are refused by name, and by models that have none", () => {
  assert.throws(() => songFrom({ mood: "green" }, moody), /I know bright, dark/);
  assert.throws(() => labelsFor({ ...song, dynamics: "huge" }, moody), /I know loud, soft/);
  assert.throws(() => songFrom({ mood: "dark" }, card), UserError);
});

const choral: Vocabulary = {
  ...moody,
  metre: { ...moody.metre!, phones: allPhones },
  bands: moody.bands.map((band) => ({
    ...band,
    metre: { ...band.metre!, ...(band.artist === "Nine Doors" && { sings: true }) },
  })),
};

test("lyrics go to a band that has a singer, and are laid out in its song", () => {
  for (const seed of seeds.slice(0, 20)) assert.equal(songFrom({ lyrics: "la la", seed }, choral).artist, "Nine Doors");
  const sung = songFrom({ lyrics: "silver river", artist: "nine doors", genre: "folk", seed: 3 }, choral);
  const labels = labelsFor(sung, choral);
  assert.equal(labels.lyrics, undefined, "such a model reads no characters");
  assert.ok(labels.lines!.length > 1 && labels.lines!.every(({ text }) => text === "silver river"));
  assert.ok(labels.metre!.sung!.length > 10);
  assert.deepEqual(Object.keys(labelsAt(labels, 0)).sort(), ["artist", "genres", "metre", "totalSeconds"]);
});

test("without lyrics a band without a singer is told silence, and one with a singer may hum", () => {
  const sungBy = (artist: string) => labelsFor(songFrom({ artist, seed: 1 }, choral), choral).metre!.sung;
  assert.deepEqual(sungBy("The Copper Owls"), []);
  assert.equal(sungBy("Nine Doors"), undefined);
});

test("in a genre without a beat, lines follow one another at a walking pace", () => {
  const { lines, metre } = labelsFor(songFrom({ seed: 1, genre: "polka", lyrics: "la la la" }, choral), choral);
  assert.ok(lines!.length >= 3 && lines!.every(({ from }, index) => Math.abs(from - 4 * index) < 0.3));
  assert.ok(metre!.sung!.length > 0 && metre!.tempo === 0);
});

test("lyrics for a band without a singer, or of no letters, are refused", () => {
  const ask = (options: Partial<Song>) => () => labelsFor(songFrom({ seed: 1, ...options }, choral), choral);
  assert.throws(
    ask({ artist: "The Copper Owls", lyrics: "la" }),
    /The Copper Owls has no singer\. Lyrics are sung by Nine Doors\./,
  );
  assert.throws(ask({ lyrics: "♪" }), /nothing to sing/);
  assert.throws(() => labelsFor(songFrom({ seed: 1, lyrics: "la" }, moody), moody), /doesn't sing/);
});

test("moods and dynamics are offered as names are, and none by a model that has none", () => {
  assert.deepEqual(offers("mood", "", moody), ["bright", "dark"]);
  assert.deepEqual(offers("mood", " DA", moody), ["dark", "bright"]);
  assert.deepEqual(offers("dynamics", "", moody), ["loud", "soft"]);
  for (const kind of ["mood", "dynamics"] as const) assert.deepEqual(offers(kind, "da", card), []);
});

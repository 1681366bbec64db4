/** Names and ids of a corpus, and reading its codes. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { planSongs } from "../../src/corpus/plan.ts";
import { namesOf, readCodedCorpus, silentCode } from "../../src/dataset/coded-corpus.ts";
import { type CorpusSong, writeIndex } from "../../src/dataset/corpus-files.ts";
import { UserError } from "../../src/errors.ts";
import { temporaryFolder } from "../support/folder.ts";

const plan = { seed: 1, songs: 16, secondsPerSong: 4 };

/** A corpus of silence, each song a little longer than the one before. */
function silentCorpus(folder: string): readonly CorpusSong[] {
  const songs = planSongs(plan).map((song, index) => {
    const samples = 1024 + index;
    return {
      ...song,
      file: `${song.id}.wav`,
      seconds: samples / 22_050,
      samples,
      bpm: 120,
      tempo: 6,
      key: "C major",
      sections: [{ name: "end", bars: 1 }],
    };
  });
  mkdirSync(folder);
  writeIndex(folder, { version: 1, plan, sampleRate: 22_050, songs });
  for (const { file, samples } of songs) writeFileSync(join(folder, file), new Uint8Array(44 + 2 * samples));
  return songs;
}

test("songs are read with their ids, the requested codes, and their length", (t) => {
  const folder = temporaryFolder(t);
  const [corpus, codes] = [join(folder, "songs"), join(folder, "codes")];
  const songs = silentCorpus(corpus);
  mkdirSync(codes);
  songs.forEach(({ id }, index) => {
    writeFileSync(join(codes, `${id}.1.u16`), Uint8Array.of(index, 0, 1, 2)); // little-endian: index, 513
  });
  const names = namesOf(songs);
  const training = songs.filter(({ split }) => split === "train");
  assert.equal(names.artists[0], "unknown");
  assert.equal(names.genres[0], "unknown");
  assert.deepEqual(names.artists.slice(1), [...new Set(training.map(({ artist }) => artist))]);
  for (const { artist, genre } of training)
    assert.equal(names.bands.filter((band) => band.artist === artist && band.genre === genre).length, 1);

  const { train, valid } = readCodedCorpus(corpus, { folder: codes, levels: [1] });
  assert.ok(
    valid.length > 0 && train.length + valid.length < songs.length,
    "songs of held-out pairs are in neither split",
  );
  train.forEach(({ artist, genre, samples, codes: [none, some] }, index) => {
    const song = training[index]!;
    assert.equal(names.artists[artist], song.artist);
    assert.equal(names.genres[genre], song.genre);
    assert.equal(samples, song.samples);
    assert.equal(none!.length, 0);
    assert.deepEqual([...some!], [songs.indexOf(song), 513]);
  });
  assert.throws(
    () => readCodedCorpus(corpus, { folder: codes, levels: [1, 2] }),
    (error) => error instanceof UserError,
  );
});

test("the silent code is the most frequent one at the ends of songs, not in whole songs and not the last", () => {
  const song = (end: readonly number[]): Uint16Array => Uint16Array.from([...new Array(997).fill(5), ...end]);
  const songs = [
    [7, 7, 1],
    [7, 7, 2],
    [8, 8, 8],
    [7, 7, 3],
  ].map((end) => ({ artist: 1, genre: 1, samples: 1, codes: [song(end)] }));
  // the last 3 of 300 codes are counted
  const long = songs.map((one) => ({ ...one, codes: [one.codes[0]!.slice(700)] }));
  assert.equal(silentCode(long, 0), 7);
});

test("names of the model that training continues keep their ids, and new names follow them", (t) => {
  const songs = silentCorpus(join(temporaryFolder(t), "songs"));
  const known = { artists: ["unknown", "The Old Hands"], genres: ["unknown", "polka", "jazz"] };
  const fresh = namesOf(songs);
  const names = namesOf(songs, known);
  assert.deepEqual(names.artists, [...known.artists, ...fresh.artists.slice(1)]);
  assert.deepEqual(names.genres.slice(0, 3), known.genres);
  assert.deepEqual([...names.genres].sort(), [...new Set([...known.genres, ...fresh.genres])].sort());
});

const songOf = (song: Pick<CorpusSong, "artist" | "genre" | "mood" | "tempo" | "key">, index: number): CorpusSong => ({
  ...song,
  id: String(index),
  file: `${index}.wav`,
  split: "train",
  seconds: 1,
  samples: 22_050,
  bpm: 100,
  sections: [
    { name: "verse", bars: 8, dynamics: "soft" },
    { name: "end", bars: 1, dynamics: "loud" },
  ],
  seed: 1,
});

test("songs with moods add mood and dynamics to the rules, and tempo, keys and form by mood to each band", () => {
  const flute = { artist: "Slow Ferry", genre: "bossa nova" } as const;
  const songs = [
    { ...flute, mood: "dark", tempo: 9, key: "B minor" } as const,
    { ...flute, mood: "bright", tempo: 8, key: "D major" } as const,
    { ...flute, mood: "bright", tempo: 8, key: "A major" } as const,
  ].map(songOf);
  const { bands, metre: found } = namesOf(songs);
  const metre = found!;
  assert.deepEqual(
    [metre.moods, metre.dynamics],
    [
      ["bright", "dark"],
      ["loud", "soft"],
    ],
  );
  const loudness = { verse: "soft", end: "loud" };
  assert.deepEqual(bands[0]!.metre!.moods, [
    { mood: "dark", tempo: 9, keys: ["B minor"], loudness },
    { mood: "bright", tempo: 8, keys: ["A major", "D major"], loudness },
  ]);
  assert.equal(bands[0]!.metre!.tempo, 8);
  assert.deepEqual(bands[0]!.metre!.intro, ["intro", 4, "soft"]);
  assert.deepEqual(namesOf(songs, { metre: { ...metre, moods: ["odd"] } }).metre!.moods, ["odd", "bright", "dark"]);
});

test("a section's dynamics in a mood are the most common ones of its songs", () => {
  const band = { artist: "Slow Ferry", genre: "bossa nova", mood: "calm", tempo: 9, key: "D major" } as const;
  const songs = (["loud", "soft", "soft"] as const).map((dynamics, at) => ({
    ...songOf(band, at),
    sections: [{ name: "verse", bars: 8, dynamics }],
  }));
  assert.deepEqual(namesOf(songs).bands[0]!.metre!.moods![0]!.loudness, { verse: "soft" });
});

test("songs with chords add chord qualities to the rules, and chords by mood and section to each band", () => {
  const flute = { artist: "Slow Ferry", genre: "bossa nova", mood: "dark", tempo: 9, key: "B minor" } as const;
  const song: CorpusSong = {
    ...songOf(flute, 0),
    sections: [
      { name: "verse", bars: 8, chords: "Im7 | IIm7b5 V7" },
      { name: "end", bars: 1, chords: "Im" },
    ],
  };
  const { bands, metre } = namesOf([song]);
  assert.deepEqual(metre!.chords, ["7", "m", "m7", "m7b5"]);
  assert.deepEqual(bands[0]!.metre!.moods![0]!.harmony, { verse: "Im7 | IIm7b5 V7", end: "Im" });
});

test("songs without moods add neither moods nor dynamics", () => {
  const song = { artist: "The Copper Owls", genre: "jazz", tempo: 6, key: "F major" } as const;
  const plain = { ...songOf(song, 0), sections: [{ name: "A", bars: 8 }] };
  const { bands, metre } = namesOf([plain]);
  assert.deepEqual(Object.keys(metre!), ["ticksPerBar", "grain", "tempos", "keys", "sections"]);
  assert.deepEqual(Object.keys(bands[0]!.metre!), ["tempo", "keys", "intro", "form", "outro"]);
});

/** The words after `npm run play --`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileNameFor, numbered, readArguments } from "../../src/cli/play-arguments.ts";
import { UserError } from "../../src/errors.ts";

const nothing = { song: {}, model: "models/garage", stdout: false, json: false, help: false };

test("no words at all are fine", () => {
  assert.deepEqual(readArguments([]), nothing);
});

test("a song is told word by word, in any order among the flags", () => {
  const words = [
    "genre:blues",
    "--json",
    "seed:7",
    'artist:"Salt: & Lantern"',
    "--out",
    "a b.wav",
    "temperature:.5",
    "seconds:20",
  ];
  assert.deepEqual(readArguments(words), {
    ...nothing,
    song: { genre: "blues", seed: 7, artist: "Salt: & Lantern", temperature: 0.5, seconds: 20 },
    json: true,
    out: "a b.wav",
  });
  const flags = ["--stdout", "--model=models/tiny", "--device", "cpu", "-h"];
  assert.deepEqual(readArguments(flags), { ...nothing, stdout: true, model: "models/tiny", device: "cpu", help: true });
});

test("lyrics and the length of the whole song are told with the others", () => {
  const { song } = readArguments(["of:180", 'lyrics:"One: two / three\\nfour"', "seconds:20"]);
  assert.deepEqual(song, { totalSeconds: 180, lyrics: "One: two\nthree\nfour", seconds: 20 });
  assert.deepEqual(readArguments(["--lyrics-file", "song.txt"]), { ...nothing, lyricsFile: "song.txt" });
  assert.throws(() => readArguments(["lyrics:la", "--lyrics-file=a.txt"]), /^UserError: lyrics were told twice/);
  assert.throws(() => readArguments(["of:long"]), /of must be a number/);
});

test("mood, dynamics and chords are words of the song", () => {
  const { song } = readArguments(["mood:dark", 'dynamics:"soft"', "genre:jazz", "chords:Am F | C"]);
  assert.deepEqual(song, { mood: "dark", dynamics: "soft", genre: "jazz", chords: "Am F | C" });
  assert.throws(() => readArguments(["mood:dark", "mood:calm"]), /^UserError: mood was told twice/);
});

test("a song may begin with a file, with five seconds of it unless told otherwise", () => {
  assert.deepEqual(readArguments(["--prime", "a b.mp3"]).prime, { file: "a b.mp3", seconds: 5 });
  assert.deepEqual(readArguments(["--prime=x", "--prime-seconds", "2.5"]).prime, { file: "x", seconds: 2.5 });
});

test("words that make no sense are refused with those that do", () => {
  const cases: [string, RegExp][] = [
    [
      "blues",
      /^I don't understand "blues"\. Say it as genre:…, artist:…, mood:…, dynamics:…, chords:…, seconds:…, of:…, lyrics:…, seed:…, temperature:…, top-k:…, top-p:…, hop:… or --help\.$/,
    ],
    ["gender:blues", /I don't understand "gender:blues"/],
    ["toString:1", /I don't understand/],
    ["seconds:long", /^seconds must be a number, not "long"\.$/],
    ["seed:", /seed must be a number/],
    ["temperature:Infinity", /temperature must be a number/],
    ["--loud", /--loud.*--help tells what there is/],
    ["--out", /--out/],
    ["--out=", /--out needs the name of a file/],
    ["--json=yes", /--json/],
    ["--prime-seconds=3", /^--prime-seconds goes with --prime FILE\.$/],
    ["top-k:", /top-k must be a number, not ""/],
    ["hop:0.5/half/0.5", /hop must be a number, not "half"/],
    ["--candidates=many", /--candidates must be a number, not "many"/],
    ["--candidates=1", /--candidates is a whole number from 2 to 16, not 1\./],
    ["--candidates=2.5", /from 2 to 16, not 2\.5/],
    ["--pick=1", /--pick needs --candidates/],
  ];
  for (const [word, message] of cases) {
    assert.throws(
      () => readArguments([word]),
      (error) => error instanceof UserError && message.test(error.message),
      word,
    );
  }
  for (const seconds of ["0", "-1", "long", ""])
    assert.throws(() => readArguments(["--prime=x", `--prime-seconds=${seconds}`]), UserError);
  for (const [words, message] of [
    [["--prime", "a.mp3", "--upsample", "b.json"], /A song has one beginning/],
    [["--continue", "a.json", "--upsample", "b.json"], /A song has one beginning/],
    [["--codes", "song.txt"], /Codes are kept in \.json and \.safetensors files/],
    [["--candidates", "4", "--upsample", "b.json"], /--codes and --upsample go with whole songs/],
    [["seed:1", "seed:2"], /seed was told twice/],
    [["top-p:0.5", "top-p:0.6"], /top-p was told twice/],
    [["--candidates", "4", "--pick", "5"], /--pick is a whole number from 1 to 4, not 5\./],
    [["--candidates", "4", "--stdout"], /--stdout plays one song/],
    [["hop:0.5/0.5/0.125", "top-p:0.9/0.8"], /top-p has 2 numbers and another word has 3\./],
  ] as const)
    assert.throws(() => readArguments(words), message);
});

test("numbers of sampling are told for all levels or for each", () => {
  const told = (...words: string[]) => readArguments(words).song;
  assert.deepEqual(told("temperature:0.5"), { temperature: 0.5 });
  assert.deepEqual(told("top-k:40"), { sampling: [{ topK: 40 }] });
  assert.deepEqual(told("temperature:0.9", "top-p:0.95", "hop:0.5/0.5/0.125"), {
    temperature: 0.9,
    sampling: [0.5, 0.5, 0.125].map((hopFraction) => ({ topP: 0.95, hopFraction })),
  });
  assert.deepEqual(told("temperature:0.99/-/0.98", "top-k:-/50/-"), {
    sampling: [{ temperature: 0.99 }, { topK: 50 }, { temperature: 0.98 }],
  });
});

test("codes to begin with, and codes to keep, are told by file", () => {
  const words = ["--continue", "a.json", "--codes=b.safetensors", "--candidates=2", "--pick=1"];
  const begin = { file: "a.json", as: "continued" };
  assert.deepEqual(readArguments(words), { ...nothing, begin, codes: "b.safetensors", candidates: 2, pick: 1 });
  assert.deepEqual(readArguments(["--upsample=a.json"]), { ...nothing, begin: { file: "a.json", as: "upsampled" } });
});

test("candidates and the pick among them are told by number", () => {
  assert.deepEqual(readArguments(["--candidates", "4"]), { ...nothing, candidates: 4 });
  assert.deepEqual(readArguments(["--candidates", "4", "--pick=4", "--stdout"]), {
    ...{ ...nothing, candidates: 4, pick: 4, stdout: true },
  });
  assert.equal(numbered("jazz-7.ogg", 2), "jazz-7-2.ogg");
  assert.equal(numbered("my.songs/jazz", 2), "my.songs/jazz-2");
});

test("a file is named after genre and seed, whatever the genre is called", () => {
  assert.equal(fileNameFor({ genre: "Deep Blue", seed: 7 }), "deep-blue-7.ogg");
  assert.equal(fileNameFor({ genre: "../Drum & Bass/", seed: 0 }), "drum-bass-0.ogg");
  assert.equal(fileNameFor({ genre: "///", seed: 1 }), "song-1.ogg");
});

/** Arguments of `npm run play`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultFileName, numberedPath, readPlayArguments } from "../../src/cli/play-arguments.ts";
import { UserError } from "../../src/errors.ts";

const nothing = { song: {}, model: "models/garage", stdout: false, json: false, help: false };

test("no arguments are needed", () => {
  assert.deepEqual(readPlayArguments([]), nothing);
});

test("attributes of a song may come in any order among the options", () => {
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
  assert.deepEqual(readPlayArguments(words), {
    ...nothing,
    song: { genre: "blues", seed: 7, artist: "Salt: & Lantern", temperature: 0.5, seconds: 20 },
    json: true,
    out: "a b.wav",
  });
  const flags = ["--stdout", "--model=models/tiny", "--device", "cpu", "-h"];
  assert.deepEqual(readPlayArguments(flags), {
    ...nothing,
    stdout: true,
    model: "models/tiny",
    device: "cpu",
    help: true,
  });
});

test("lyrics, and the length of the full song, are attributes", () => {
  const { song } = readPlayArguments(["of:180", 'lyrics:"One: two / three\\nfour"', "seconds:20"]);
  assert.deepEqual(song, { totalSeconds: 180, lyrics: "One: two\nthree\nfour", seconds: 20 });
  assert.deepEqual(readPlayArguments(["--lyrics-file", "song.txt"]), { ...nothing, lyricsFile: "song.txt" });
  assert.throws(
    () => readPlayArguments(["lyrics:la", "--lyrics-file=a.txt"]),
    /^UserError: Use either lyrics: or --lyrics-file/,
  );
  assert.throws(() => readPlayArguments(["of:long"]), /of must be a number/);
});

test("mood, dynamics and chords are attributes", () => {
  const { song } = readPlayArguments(["mood:dark", 'dynamics:"soft"', "genre:jazz", "chords:Am F | C"]);
  assert.deepEqual(song, { mood: "dark", dynamics: "soft", genre: "jazz", chords: "Am F | C" });
  assert.throws(() => readPlayArguments(["mood:dark", "mood:calm"]), /^UserError: mood is given twice/);
});

test("a song may continue a file, by default its first five seconds", () => {
  assert.deepEqual(readPlayArguments(["--prime", "a b.mp3"]).prime, { file: "a b.mp3", seconds: 5 });
  assert.deepEqual(readPlayArguments(["--prime=x", "--prime-seconds", "2.5"]).prime, { file: "x", seconds: 2.5 });
});

test("wrong arguments are refused, and the error lists the right ones", () => {
  const cases: [string, RegExp][] = [
    [
      "blues",
      /^I don't understand "blues"\. Use genre:…, artist:…, mood:…, dynamics:…, chords:…, seconds:…, of:…, lyrics:…, seed:…, temperature:…, top-k:…, top-p:…, hop:… or --help\.$/,
    ],
    ["gender:blues", /I don't understand "gender:blues"/],
    ["toString:1", /I don't understand/],
    ["seconds:long", /^seconds must be a number, not "long"\.$/],
    ["seed:", /seed must be a number/],
    ["temperature:Infinity", /temperature must be a number/],
    ["--loud", /--loud.*--help lists the options/],
    ["--out", /--out/],
    ["--out=", /--out needs a file name/],
    ["--json=yes", /--json/],
    ["--prime-seconds=3", /^--prime-seconds needs --prime FILE\.$/],
    ["top-k:", /top-k must be a number, not ""/],
    ["hop:0.5/half/0.5", /hop must be a number, not "half"/],
    ["--candidates=many", /--candidates must be a whole number from 2 to 16, not "many"/],
    ["--candidates=1", /--candidates must be a whole number from 2 to 16, not "1"\./],
    ["--candidates=2.5", /from 2 to 16, not "2\.5"/],
    ["--pick=1", /--pick needs --candidates/],
  ];
  for (const [word, message] of cases) {
    assert.throws(
      () => readPlayArguments([word]),
      (error) => error instanceof UserError && message.test(error.message),
      word,
    );
  }
  for (const seconds of ["0", "-1", "long", ""])
    assert.throws(() => readPlayArguments(["--prime=x", `--prime-seconds=${seconds}`]), UserError);
  for (const [words, message] of [
    [["--prime", "a.mp3", "--upsample", "b.json"], /Use only one of --prime, --continue and --upsample/],
    [["--continue", "a.json", "--upsample", "b.json"], /Use only one of --prime, --continue and --upsample/],
    [["--codes", "song.txt"], /Codes are kept in \.json and \.safetensors files/],
    [["--candidates", "4", "--upsample", "b.json"], /--codes and --upsample need a whole song/],
    [["seed:1", "seed:2"], /seed is given twice/],
    [["top-p:0.5", "top-p:0.6"], /top-p is given twice/],
    [["--candidates", "4", "--pick", "5"], /--pick must be a whole number from 1 to 4, not "5"\./],
    [["--candidates", "4", "--stdout"], /--stdout plays a single song/],
    [["hop:0.5/0.5/0.125", "top-p:0.9/0.8"], /top-p has 2 numbers, another argument has 3\./],
  ] as const)
    assert.throws(() => readPlayArguments(words), message);
});

test("sampling arguments hold for all levels or for each", () => {
  const songOf = (...words: string[]) => readPlayArguments(words).song;
  assert.deepEqual(songOf("temperature:0.5"), { temperature: 0.5 });
  assert.deepEqual(songOf("top-k:40"), { sampling: [{ topK: 40 }] });
  assert.deepEqual(songOf("temperature:0.9", "top-p:0.95", "hop:0.5/0.5/0.125"), {
    temperature: 0.9,
    sampling: [0.5, 0.5, 0.125].map((hopFraction) => ({ topP: 0.95, hopFraction })),
  });
  assert.deepEqual(songOf("temperature:0.99/-/0.98", "top-k:-/50/-"), {
    sampling: [{ temperature: 0.99 }, { topK: 50 }, { temperature: 0.98 }],
  });
});

test("codes to continue, and codes to write, are files", () => {
  const words = ["--continue", "a.json", "--codes=b.safetensors", "--candidates=2", "--pick=1"];
  const begin = { file: "a.json", as: "continued" };
  assert.deepEqual(readPlayArguments(words), { ...nothing, begin, codes: "b.safetensors", candidates: 2, pick: 1 });
  assert.deepEqual(readPlayArguments(["--upsample=a.json"]), {
    ...nothing,
    begin: { file: "a.json", as: "upsampled" },
  });
});

test("candidates and the pick among them are numbers", () => {
  assert.deepEqual(readPlayArguments(["--candidates", "4"]), { ...nothing, candidates: 4 });
  assert.deepEqual(readPlayArguments(["--candidates", "4", "--pick=4", "--stdout"]), {
    ...{ ...nothing, candidates: 4, pick: 4, stdout: true },
  });
  assert.equal(numberedPath("jazz-7.ogg", 2), "jazz-7-2.ogg");
  assert.equal(numberedPath("my.songs/jazz", 2), "my.songs/jazz-2");
});

test("a file is named after genre and seed, and never leaves its folder", () => {
  assert.equal(defaultFileName({ genre: "Deep Blue", seed: 7 }), "deep-blue-7.ogg");
  assert.equal(defaultFileName({ genre: "../Drum & Bass/", seed: 0 }), "drum-bass-0.ogg");
  assert.equal(defaultFileName({ genre: "///", seed: 1 }), "song-1.ogg");
});

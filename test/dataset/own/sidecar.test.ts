/** Sidecars: what they tell is found by the file's name, and what can't be right is said with its line, never used. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { rowsIn } from "../../../src/dataset/own/csv.ts";
import { labelsOf, spellings } from "../../../src/dataset/own/labels.ts";
import { readSidecars } from "../../../src/dataset/own/sidecar.ts";
import { splitsOf } from "../../../src/dataset/own/splits.ts";
import { timedLyrics, wordTimes } from "../../../src/dataset/own/timed-lyrics.ts";
import { temporaryFolder } from "../../support/folder.ts";

const sounds = ["a.mp3", "b.wav", "sub/c.flac"];

function sidecarsOf(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>) {
  const folder = temporaryFolder(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const { told, doubtful, remarks } = readSidecars(folder, Object.keys(files), sounds);
  const fields = Object.fromEntries([...told].map(([song, one]) => [song, Object.fromEntries(one.fields)]));
  return { fields, doubtful: Object.fromEntries(doubtful), remarks };
}

test("a table's rows keep their lines through quotes, breaks and any separator", () => {
  const text = '\ufefffile;lyrics\r\na.mp3;"one\ntwo; ""three"""\r\n\r\nb.wav;x\n';
  assert.deepEqual(rowsIn(text), [
    { line: 1, fields: ["file", "lyrics"] },
    { line: 2, fields: ["a.mp3", 'one\ntwo; "three"'] },
    { line: 5, fields: ["b.wav", "x"] },
  ]);
  assert.deepEqual(rowsIn('file,a\nx,"never'), [
    { line: 1, fields: ["file", "a"] },
    { line: 2, fields: ["x", "never"], damage: "a quote in it never ends, so all that follows is lost" },
  ]);
  assert.equal(rowsIn('a,b\n"x"y,z').at(-1)!.damage, "something follows a closing quote");
});

test("CSV and JSON tell of the files beside them", (t) => {
  const { fields, remarks, doubtful } = sidecarsOf(t, {
    "songs.csv": "File,artist,genre,year\na.mp3,Ann,folk,1999\nsub\\c.flac,Cy,,\n",
    "b.json": '{"artist": "Bo", "keywords": ["x", "y"]}',
  });
  assert.deepEqual(fields, {
    "a.mp3": { artist: "Ann", genre: "folk", year: "1999" },
    "sub/c.flac": { artist: "Cy" },
    "b.wav": { artist: "Bo", keywords: ["x", "y"] },
  });
  assert.deepEqual([remarks, doubtful], [[], {}]);
  const list = sidecarsOf(t, {
    "sub/list.json": '[{"file": "c.flac", "mood": "calm"}, {"file": "../a.mp3", "genre": "ska"}]',
  });
  assert.deepEqual(list.fields, { "sub/c.flac": { mood: "calm" }, "a.mp3": { genre: "ska" } });
});

test("files that are not there, lines that can't be read and songs told twice are said with their lines", (t) => {
  const { fields, remarks, doubtful } = sidecarsOf(t, {
    "1.csv":
      'file,artist,tempo\nz.mp3,Zoe,1\na.mp3,Ann,1\nb.wav,Bo\n"sub/c.flac"x,Cy,1\n,Nobody,1\na.mp3,Eve,1\n../../etc/passwd,x,1\n',
    "2.csv": "name,artist\na.mp3,Ann\n",
    "3.json": '{"songs": [1]}',
    "4.json": "{\n oops",
    "5.csv": Buffer.from([102, 0xff, 10]),
  });
  assert.deepEqual(fields, { "a.mp3": { artist: "Ann" } });
  assert.deepEqual(doubtful, {
    "b.wav": `"1.csv", line 4, which tells of it, can't be read (it has 2 fields, not 3)`,
    "sub/c.flac": `"1.csv", line 5, which tells of it, can't be read (something follows a closing quote)`,
  });
  for (const said of [
    /^"1.csv", line 2, names "z.mp3", which is not there/,
    /^"1.csv", line 3, has fields that I don't know: tempo/,
    /^"1.csv", line 6, names no file/,
    /^"1.csv", line 7, tells of "a.mp3" again: "1.csv", line 3, counts/,
    /^"1.csv", line 8, names "..\/..\/etc\/passwd", which is not there/,
    /^"2.csv", line 1, has no column "file"/,
    /^"3.json", song 1, is no object/,
    /^"4.json" is no JSON \(line 2\)/,
    /^"5.csv" is not UTF-8/,
  ])
    assert.ok(
      remarks.some((one) => said.test(one)),
      `${said} among\n${remarks.join("\n")}`,
    );
});

test("a song whose own sidecar can't be read is doubtful", (t) => {
  const { doubtful } = sidecarsOf(t, { "a.json": "[", "b.wav.json": "3" });
  assert.deepEqual(doubtful, {
    "a.mp3": 'its sidecar "a.json" is no JSON (it ends too early)',
    "b.wav": 'its sidecar "b.wav.json" holds neither an object nor a list of them',
  });
});

const none = new Map();
const told = (fields: Record<string, unknown>) => ({
  where: '"songs.csv", line 2',
  fields: new Map(Object.entries(fields)) as never,
});

test("a sidecar counts before tags, and what can't be right is left out and said", () => {
  const tags = new Map([
    ["artist", ["Tagged"]],
    ["album", ["Tagged album"]],
    ["genre", ["Rock; Pop"]],
    ["year", ["0000"]],
  ] as const);
  const { labels, remarks } = labelsOf(
    "x.mp3",
    tags,
    told({ artist: " Told \n artist ", mood: "CALM", lyrics: { a: 1 } }),
  );
  assert.deepEqual(labels, {
    artist: "Told artist",
    genre: "Rock",
    moreGenres: ["Pop"],
    album: "Tagged album",
    mood: "calm",
  });
  assert.deepEqual(remarks, [
    `"x.mp3": the lyrics that "songs.csv", line 2 gives is no text, so it is left out.`,
    `"x.mp3": the year that the tags of "x.mp3" gives can't be right ("0000"), so it is left out.`,
  ]);
  for (const year of ["3025", "19x7", "20011", "year 2001", "-1999"]) {
    const read = labelsOf("x.mp3", none, told({ year }));
    assert.equal(read.labels.year, undefined, year);
    assert.match(read.remarks[0]!, /"songs.csv", line 2/);
  }
  assert.equal(labelsOf("x.mp3", none, told({ year: 2001 })).labels.year, 2001);
  const nobody = labelsOf("x.mp3", none, told({ artist: "<Unknown>", genre: "x".repeat(101) }));
  assert.deepEqual(nobody.labels, { artist: "unknown", genre: "unknown", moreGenres: [] });
  assert.equal(nobody.remarks.length, 1);
});

test("one spelling stands for all: the known one, else the commonest", () => {
  const spelled = spellings(["Jazz", "jazz", "jazz", "SKA", "Blues"], ["blues"]);
  assert.deepEqual(Object.fromEntries(spelled), { jazz: "jazz", ska: "SKA", blues: "blues" });
});

test("word times lie on the lyrics' characters, and those that run backwards, beyond the song or beside the lyrics are refused", () => {
  const times = [["Hey", 1, 2] as const, { word: "you", from: 2.5, to: 4 }];
  const read = wordTimes(JSON.stringify(times));
  assert.ok(typeof read !== "string");
  const sung = timedLyrics(read, "hey, you!", 5);
  assert.ok(typeof sung !== "string");
  assert.equal(sung.characters.length, 9);
  assert.deepEqual(
    [sung.characters[0], sung.characters[4], sung.characters[6], sung.characters[8]],
    [
      [1, 1 + 1 / 3],
      [2, 2.5],
      [3, 3.5],
      [4, 4],
    ],
  );
  assert.equal((timedLyrics(read, undefined, 5) as { lyrics: string }).lyrics, "Hey you");
  assert.equal(timedLyrics(read, "hey, you!", 3.9), "go beyond the song's 3.9 s at word 2");
  assert.match(String(timedLyrics(read, "you, hey!", 5)), /are not of its lyrics: "you", word 2/);
  assert.match(
    String(
      wordTimes([
        ["a", 2, 3],
        ["b", 1, 4],
      ]),
    ),
    /run backwards at word 2, "b"/,
  );
  assert.match(String(wordTimes([["a", 3, 2]])), /run backwards at word 1/);
  for (const odd of ["nonsense", [], [["a", "1", 2]], [null], [["", 1, 2]], [["a", Number.NaN, 2]], { a: 1 }])
    assert.equal(typeof wordTimes(odd), "string");
});

const songs = (count: number, artists = 3) =>
  Array.from({ length: count }, (_, index) => ({
    id: ((Math.imul(index + 1, 0x9e37_79b1) >>> 0).toString(16).padStart(8, "0") + "0".repeat(8)).slice(0, 16),
    artist: `artist ${index % artists}`,
    genre: "one",
  }));

test("about a tenth is held out, songs that come move no others, and few songs still leave one to judge by", () => {
  const held = (all: ReturnType<typeof songs>, before = new Map()): string[] =>
    [...splitsOf(all, before)].flatMap(([id, split]) => (split === "valid" ? [id] : []));
  const many = held(songs(1000));
  assert.ok(many.length > 70 && many.length < 130, `${many.length}`);
  assert.deepEqual(
    held(songs(500)),
    many.filter((id) => songs(500).some((song) => song.id === id)),
  );
  for (const count of [1, 2]) assert.deepEqual(held(songs(count)), []);
  for (const count of [3, 5, 9]) assert.ok(held(songs(count)).length >= 1 && held(songs(count)).length < count);
  const three = splitsOf(songs(3), new Map());
  const more = splitsOf(songs(12), three);
  for (const [id, split] of three) assert.equal(more.get(id), split);
  assert.equal(held(songs(200, 200)).length, 1, "the only song of its artist is learned from");
});

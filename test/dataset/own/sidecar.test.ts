/** Sidecars: what they tell is found by the file's name, and what can't be right is said with its line, never used. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { rowsIn } from "../../../src/dataset/own/csv.ts";
import { labelsOf, spellings } from "../../../src/dataset/own/labels.ts";
import { readSidecars } from "../../../src/dataset/own/sidecar.ts";
import { splitsOf } from "../../../src/dataset/own/splits.ts";
import { timedLyrics, wordTimes } from "../../../src/dataset/own/timed-lyrics.ts";
import { temporaryFolder } from "../../support/folder.ts";

const sounds = ["a.mp3", "b.wav", "sub/c.flac"];

function sidecarsOf(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>, names = sounds) {
  const folder = temporaryFolder(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const { told, doubtful, remarks, useless } = readSidecars(folder, Object.keys(files), names);
  const fields = Object.fromEntries([...told].map(([song, one]) => [song, Object.fromEntries(one.fields)]));
  return { fields, doubtful: Object.fromEntries(doubtful), remarks, useless };
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
  const { fields, remarks, doubtful, useless } = sidecarsOf(t, {
    "1.csv":
      'file,artist,tempo\nz.mp3,Zoe,1\na.mp3,Ann,1\nb.wav,Bo,1,2\n"sub/c.flac"x,Cy,1\n,Nobody,1\na.mp3,Eve,1\n../../etc/passwd,x,1\n',
    "2.csv": "title,artist\na.mp3,Ann\n",
    "3.json": '{"songs": [1]}',
    "4.json": "{\n oops",
    "5.csv": "file,artist\nx.mp3,Ann\ny.mp3,Ann\n",
    "6.jsonl": '{"file": "x.mp3"}\n{',
  });
  assert.deepEqual(fields, { "a.mp3": { artist: "Ann" } });
  assert.deepEqual(doubtful, {
    "b.wav": `"1.csv", line 4, which describes it, can't be read (it has 4 fields, not 3)`,
    "sub/c.flac": `"1.csv", line 5, which describes it, can't be read (something follows a closing quote)`,
  });
  for (const said of [
    /^"1.csv", line 2, names "z.mp3", which does not exist/,
    /^"1.csv", line 3, has fields that I don't know: tempo/,
    /^"1.csv", line 6, names no file/,
    /^"1.csv", line 7, describes "a.mp3" again: "1.csv", line 3, is used/,
    /^"1.csv", line 8, names "..\/..\/etc\/passwd", which does not exist/,
    /^"3.json", song 1, is not an object/,
    /^"6.jsonl", line 2, is not a JSON object/,
  ])
    assert.ok(
      remarks.some((one) => said.test(one)),
      `${said} among\n${remarks.join("\n")}`,
    );
  assert.deepEqual(useless, [
    `"2.csv", line 1, has no column "file".`,
    `No row of "3.json" matches a song in the folder: "3.json", song 1, is not an object: it is ignored.`,
    `"4.json" is not JSON (line 2).`,
    `No row of "5.csv" matches a song in the folder: "5.csv", line 2, names "x.mp3", which does not exist: it is ignored.`,
    `No row of "6.jsonl" matches a song in the folder: "6.jsonl", line 1, names "x.mp3", which does not exist: it is ignored.`,
  ]);
});

const tins = ["song1.mp3", "song2.mp3", "song3.mp3", "Größe.mp3"];
const table = (name: string): Buffer => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));

test("tables are read as Excel writes them in the West", (t) => {
  const wanted = {
    "song1.mp3": { artist: "The Tins", genre: "rock", lyrics: "hey, you" },
    "song2.mp3": { artist: "The Tins", genre: "rock", lyrics: "la" },
    "song3.mp3": { artist: "Müller", genre: "jazz" },
    "Größe.mp3": { artist: "Müller", genre: "jazz" },
  };
  const guessed = sidecarsOf(t, { "t.csv": table("excel-semicolon-cp1252.csv") }, tins);
  assert.deepEqual([guessed.fields, guessed.useless], [wanted, []]);
  assert.deepEqual(guessed.remarks, ['"t.csv" is not UTF-8, so I read it as Windows-1252.']);
  const told = sidecarsOf(t, { "t.csv": table("excel-sep-line.csv") }, tins);
  assert.deepEqual([told.fields, told.remarks, told.useless], [wanted, [], []]);
  const short = sidecarsOf(t, { "t.csv": table("short-rows.csv") }, tins).fields;
  assert.deepEqual(short, { "song1.mp3": { artist: "The Tins", genre: "rock" }, "song2.mp3": short["song1.mp3"] });
  const ends = sidecarsOf(t, { "t.csv": table("trailing-commas2.csv") }, tins);
  assert.deepEqual([ends.fields, ends.useless], [{ "song1.mp3": { artist: "The Tins", genre: "rock" } }, []]);
});

/** Text in a code page, by the place of its letters there. */
const inCodePage = (text: string, encoding: string): Buffer => {
  const letters = new TextDecoder(encoding).decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  return Buffer.from(Array.from(text, (letter) => [...letters].indexOf(letter)));
};
const big = (text: string): Buffer => Buffer.from(text, "utf16le").swap16();

test("every encoding, separator, end of a line and shape of a row gives the same labels", (t) => {
  const artists = ["Müller & Söhne", "Кино и друзья", "Plain"];
  for (const artist of artists)
    for (const separator of [",", ";", "\t", "|"])
      for (const end of ["\n", "\r\n", "\r"])
        for (const head of ["", `sep=${separator}${end}`])
          for (const more of ["", separator, separator.repeat(3)]) {
            const rows = [
              ["File", "Artist", "Genre"],
              ["a.mp3", artist, "folk"],
              ["B.WAV", `"${artist}"`, `"two${end}lines"`],
              ["sub/c", artist],
            ];
            const text = head + rows.map((row) => row.join(separator) + more).join(end) + end;
            const codePage = artist.startsWith("К") ? "windows-1251" : "windows-1252";
            const files = [
              Buffer.from(text),
              Buffer.from(`\ufeff${text}`),
              Buffer.from(`\ufeff${text}`, "utf16le"),
              Buffer.from(text, "utf16le"),
              big(`\ufeff${text}`),
              big(text),
              inCodePage(text, codePage),
            ];
            for (const [index, bytes] of files.entries()) {
              const { fields, useless } = sidecarsOf(t, { "t.csv": bytes });
              const wanted = {
                "a.mp3": { artist, genre: "folk" },
                "b.wav": { artist, genre: `two${end}lines` },
                "sub/c.flac": { artist },
              };
              assert.deepEqual([fields, useless], [wanted, []], JSON.stringify([text, index]));
            }
          }
});

test("lyrics beside a song are its lyrics, unless a table tells them", (t) => {
  const { fields, remarks } = sidecarsOf(t, {
    "a.lrc": "[ti:A song]\n[00:01.00]<00:01.00>la <00:02.00>la<00:03.00>\n[00:03.00]\n[00:04.00][00:09.00]lo\n",
    "b_lyrics.txt": "one\r\ntwo\r\n",
    "README.txt": "about all this",
    "x_lyrics.txt": "whose?",
    "c.jsonl": '{"file": "sub/c.flac", "lyrics": "told"}\n\n{"file": "a.mp3", "artist": "Ann"}\n',
    "sub/c.txt": "again",
    "d.tsv": "file\tartist\nb.wav\tBo\n",
  });
  assert.deepEqual(fields, {
    "a.mp3": { artist: "Ann", lyrics: "la la\n\nlo" },
    "b.wav": { artist: "Bo", lyrics: "one\ntwo" },
    "sub/c.flac": { lyrics: "told" },
  });
  assert.deepEqual(remarks, [
    '"x_lyrics.txt" is left out: there is no song with its name beside it.',
    '"sub/c.txt" is left out: "c.jsonl", line 1, has the lyrics of "sub/c.flac".',
  ]);
});

test("a song whose own sidecar can't be read is doubtful", (t) => {
  const { doubtful } = sidecarsOf(t, { "a.json": "[", "b.wav.json": "3" });
  assert.deepEqual(doubtful, {
    "a.mp3": 'its sidecar "a.json" is not JSON (it ends too early)',
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
    `"x.mp3": the lyrics that "songs.csv", line 2 gives is not text, so it is left out.`,
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

test("a song that was held out without labels is learned from once it is the only one of its artist", () => {
  const unlabelled = songs(60).map((song) => ({ ...song, artist: "unknown", genre: "unknown" }));
  const first = splitsOf(unlabelled, new Map());
  const held = unlabelled.filter(({ id }) => first.get(id) === "valid");
  assert.ok(held.length > 1);
  const lonely = held[0]!.id;
  const labelled = songs(60).map((song) => (song.id === lonely ? { ...song, artist: "Lonely" } : song));
  const second = splitsOf(labelled, first);
  assert.equal(second.get(lonely), "train");
  for (const { id } of labelled) if (id !== lonely) assert.equal(second.get(id), first.get(id));
});

test("of three songs that all get labels of their own one is still held out", () => {
  const first = splitsOf(
    songs(3).map((song) => ({ ...song, artist: "unknown", genre: "unknown" })),
    new Map(),
  );
  const second = splitsOf(songs(3, 3), first);
  assert.deepEqual(second, first, "none that was learned from is judged by");
  const fourth = { id: "00000001".padEnd(16, "0"), artist: "artist 0", genre: "one" };
  const third = splitsOf([...songs(3, 3), fourth], second);
  assert.deepEqual([...third.values()].filter((split) => split === "valid").length, 1);
});

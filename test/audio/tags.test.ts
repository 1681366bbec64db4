/** What files tell of their music: each container's tags, written here from the formats' definitions, and what hostile ones can do. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readTags } from "../../src/audio/tags/read.ts";
import { temporaryFolder } from "../support/folder.ts";
import {
  encoded,
  type Id3Frame,
  id3v1,
  id3v2,
  syncSafe,
  taggedFlac,
  taggedOgg,
  taggedWav,
  textFrame,
  vorbisComments,
} from "../support/tags.ts";
import { wavBytes } from "../support/wav.ts";

const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, "fixtures", name));
const sound = (): Buffer => fixture("untagged.mp3");

function tagsOf(t: TestContext, bytes: Uint8Array): Record<string, readonly string[]> {
  const path = join(temporaryFolder(t), "file");
  writeFileSync(path, bytes);
  return Object.fromEntries(readTags(path).tags);
}

const comments = [
  ["artist", "Øystein & Søn"],
  ["TITLE", "Fjord"],
  ["Genre", "folk"],
  ["GENRE", "jazz"],
  ["DATE", "1999-05-01"],
  ["MOOD", "calm"],
  ["LYRICS", "one\ntwo"],
  ["METADATA_BLOCK_PICTURE", "A".repeat(5000)],
] as const;
const commented = {
  artist: ["Øystein & Søn"],
  title: ["Fjord"],
  genre: ["folk", "jazz"],
  year: ["1999-05-01"],
  mood: ["calm"],
  lyrics: ["one\ntwo"],
};

test("Vorbis comments are read from FLAC, Ogg Vorbis and Ogg Opus", (t) => {
  assert.deepEqual(tagsOf(t, taggedFlac(fixture("stereo.flac"), comments)), commented);
  assert.deepEqual(tagsOf(t, taggedOgg(fixture("stereo.ogg"), "\x03vorbis", comments)), commented);
  assert.deepEqual(tagsOf(t, taggedOgg(fixture("stereo.opus"), "OpusTags", comments)), commented);
});

for (const encoding of [0, 1, 2, 3] as const)
  test(`ID3 texts of encoding ${encoding} are read in each version that has it`, (t) => {
    const artist = encoding === 0 ? "Café Ñandú" : "Café 音楽";
    const lyrics = (id: string): Id3Frame => ({
      id,
      data: Buffer.concat([
        Buffer.of(encoding),
        Buffer.from("eng"),
        encoded("a description\0", encoding),
        encoded("la\nla", encoding),
      ]),
    });
    const wanted = { artist: [artist], genre: ["Rock"], lyrics: ["la\nla"] };
    const old = id3v2(2, [textFrame("TP1", artist, encoding), textFrame("TCO", "(17)", encoding), lyrics("ULT")]);
    assert.deepEqual(tagsOf(t, Buffer.concat([old, sound()])), wanted);
    for (const version of [3, 4] as const) {
      const tag = id3v2(version, [
        textFrame("TPE1", artist, encoding),
        textFrame("TCON", "17", encoding),
        lyrics("USLT"),
      ]);
      assert.deepEqual(tagsOf(t, Buffer.concat([tag, sound()])), wanted);
    }
  });

test("genres are named, numbered or both, and several texts stand in one frame", (t) => {
  const genres = (version: 3 | 4, text: string) =>
    tagsOf(t, Buffer.concat([id3v2(version, [textFrame("TCON", text)]), sound()])).genre;
  assert.deepEqual(genres(3, "(4)Eurodisco"), ["Eurodisco", "Disco"]);
  assert.deepEqual(genres(3, "(8)(0)"), ["Jazz", "Blues"]);
  assert.deepEqual(genres(3, "((odd) music"), ["(odd) music"]);
  assert.deepEqual(genres(4, "80\0Neofolk"), ["Folk", "Neofolk"]);
  assert.equal(genres(3, "(255)"), undefined);
});

test("frames that are unsynchronised, grouped or counted are unwrapped, packed and locked ones passed over", (t) => {
  const text = Buffer.concat([Buffer.of(1), encoded("ÿþ", 1)]); // ff fe ff 00 fe 00
  const stuffed = Buffer.from(text.toString("hex").replaceAll("ff", "ff00"), "hex");
  const frames = [
    { id: "TPE1", data: stuffed, flags: 0x02 },
    { id: "TALB", data: Buffer.concat([Buffer.of(7, 0, 0, 0, 5), Buffer.from("\x03Blue")]), flags: 0x41 },
    { id: "TIT2", data: Buffer.from("packed"), flags: 0x08 },
    { id: "TMOO", data: Buffer.from("locked"), flags: 0x04 },
  ];
  const tags = tagsOf(t, Buffer.concat([id3v2(4, frames), sound()]));
  assert.deepEqual(tags, { artist: ["ÿþ"], album: ["Blue"] });
  const whole = id3v2(3, [{ id: "TPE1", data: stuffed }]); // its size is that of the text before
  whole.writeUInt32BE(text.length, 14);
  whole[5] = 128;
  assert.deepEqual(tagsOf(t, Buffer.concat([whole, sound()])), { artist: ["ÿþ"] });
});

test("mood and keywords are read from texts of the user's own", (t) => {
  const own = (name: string, value: string): Id3Frame => ({ id: "TXXX", data: Buffer.from(`\x03${name}\0${value}`) });
  const tag = id3v2(4, [own("Mood", "dark"), own("keywords", "night, rain"), own("constructor", "x")]);
  assert.deepEqual(tagsOf(t, Buffer.concat([tag, sound()])), { mood: ["dark"], keywords: ["night, rain"] });
});

test("the old tag at the end fills in what the new one leaves open; its usual genre says nothing", (t) => {
  const old = id3v1("Old title", "Old artist", "", "1984", 12);
  assert.deepEqual(tagsOf(t, Buffer.concat([sound(), old])), {
    title: ["Old title"],
    artist: ["Old artist"],
    year: ["1984"],
  });
  const both = Buffer.concat([
    id3v2(3, [textFrame("TPE1", "New artist")]),
    sound(),
    id3v1("T", "Old artist", "A", "", 8),
  ]);
  assert.deepEqual(tagsOf(t, both), { artist: ["New artist"], title: ["T"], album: ["A"], genre: ["Jazz"] });
});

test("a WAV file tells by its INFO list, whichever its encoding, and by an ID3 part", (t) => {
  const wav = wavBytes(8000, [new Float32Array(101)]);
  const info = [
    ["IART", "Jürgen"],
    ["IGNR", "house"],
    ["ICRD", "2004"],
  ] as const;
  assert.deepEqual(tagsOf(t, taggedWav(wav, info)), { artist: ["Jürgen"], genre: ["house"], year: ["2004"] });
  const latin = taggedWav(wav, [["IART", "J?rgen"]]);
  latin[latin.indexOf("J?") + 1] = 0xfc;
  assert.deepEqual(tagsOf(t, latin), { artist: ["Jürgen"] });
  assert.deepEqual(tagsOf(t, taggedWav(wav, [], [["id3 ", id3v2(4, [textFrame("TMOO", "bright")])]])), {
    mood: ["bright"],
  });
});

test("untagged files tell nothing", (t) => {
  assert.deepEqual(tagsOf(t, sound()), {});
  assert.deepEqual(tagsOf(t, wavBytes(8000, [new Float32Array(10)])), {});
  assert.deepEqual(tagsOf(t, new Uint8Array(3)), {});
});

/** What is read of these bytes, and whether something of it is damaged. */
function readOf(t: TestContext, bytes: Uint8Array) {
  const path = join(temporaryFolder(t), "file");
  writeFileSync(path, bytes);
  const { tags, damaged } = readTags(path);
  return { ...Object.fromEntries(tags), damaged };
}

test("sizes that can't be right cost only what they are of", (t) => {
  const huge = vorbisComments([["ARTIST", "x"]]);
  huge.writeUInt32LE(0xffff_fff0, 10); // the number of comments
  const flac = fixture("stereo.flac");
  const start = 8 + flac.readUIntBE(5, 3);
  const block = Buffer.concat([Buffer.of(4, 0, 0, huge.length), huge]);
  const inFlac = Buffer.concat([
    flac.subarray(0, 4),
    Buffer.of(0),
    flac.subarray(5, start),
    block,
    flac.subarray(start),
  ]);
  assert.deepEqual(readOf(t, inFlac), { artist: ["x"], damaged: true });
  const endless = Buffer.concat([Buffer.from("ID3\x03\0\0"), Buffer.of(127, 127, 127, 127), sound()]);
  assert.equal(readOf(t, endless).damaged, true);
  const list = taggedWav(wavBytes(8000, [new Float32Array(10)]), [
    ["INAM", "title"],
    ["IART", "x"],
  ]);
  list.writeUInt32LE(0x7fff_ffff, list.indexOf("IART") + 4);
  assert.deepEqual(readOf(t, list), { title: ["title"], damaged: true });
});

/** A frame's bytes as 2.3 and 2.4 have them; the size may be wrong. */
const rawFrame = (id: string, data: Uint8Array, size: Buffer): Buffer =>
  Buffer.concat([Buffer.from(id, "latin1"), size, Buffer.of(0, 0), data]);
const plainSize = (size: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(size);
  return bytes;
};
const rawTag = (version: 3 | 4, frames: readonly Buffer[]): Buffer => {
  const body = Buffer.concat([...frames, Buffer.alloc(20)]);
  return Buffer.concat([Buffer.from("ID3"), Buffer.of(version, 0, 0), syncSafe(body.length), body]);
};

for (const version of [3, 4] as const)
  test(`one bad frame of ID3v2.${version}, wherever it stands, costs only itself`, (t) => {
    const sizeOf = (size: number): Buffer => (version === 4 ? syncSafe(size) : plainSize(size));
    const frame = (id: string, data: Uint8Array): Buffer => rawFrame(id, data, sizeOf(data.length));
    const long = "x".repeat(300); // its size is another one in seven bits a byte
    const good = [
      frame("TPE1", Buffer.from("\0The Tins", "latin1")),
      frame("TIT2", Buffer.from(`\x03${long}`)),
      frame("TCON", Buffer.from("\0(17)")),
    ];
    const wanted = { artist: ["The Tins"], title: [long], genre: ["Rock"] };
    const bad: readonly (readonly [string, Buffer])[] = [
      ["invalid UTF-8", frame("TALB", Buffer.from("\x03Gr\xf6\xdfe", "latin1"))],
      ["a zero in its name", frame("TCP\0", Buffer.from("\x001"))],
      ["letters that no name has", frame("t?e1", Buffer.from("\0x"))],
      ["a bad encoding", frame("TALB", Buffer.from("\x09Gr\xf6\xdfe", "latin1"))],
      ["too long a size", rawFrame("TALB", Buffer.from("\0short"), sizeOf(9999))],
      ["a size of nothing", rawFrame("TYER", Buffer.of(), sizeOf(0))],
      ["half a letter", frame("TALB", Buffer.from("\x01\xff\xfeG\0r", "latin1"))],
      ["plain or safe", rawFrame("TALB", Buffer.from(`\0${long}`), version === 4 ? plainSize(301) : syncSafe(301))],
      ["noise", Buffer.from(Array.from({ length: 40 }, (_, at) => 128 + ((at * 37) % 127)))],
    ];
    for (const [name, bytes] of bad)
      for (let place = 0; place <= good.length; place++) {
        const tag = rawTag(version, good.toSpliced(place, 0, bytes));
        const {
          damaged: _,
          album,
          year,
          ...read
        } = readOf(t, Buffer.concat([tag, sound()])) as Record<string, unknown>;
        assert.deepEqual(read, wanted, `${name} at ${place}`);
        if (/UTF-8|bad encoding/.test(name)) assert.deepEqual(album, ["Größe"], name);
        if (name === "plain or safe") assert.deepEqual(album, [long]);
        assert.equal(year, undefined);
      }
  });

test("tags as other programs wrote them are read", (t) => {
  const files = {
    "nul-id.mp3": { artist: ["The Tins"], genre: ["Rock"] },
    "utf8-invalid.mp3": { title: ["Größe"], artist: ["The Tins"], genre: ["Rock"] },
    "v24-plain-sizes.mp3": { artist: ["The Tins"], genre: ["Rock"] },
  };
  for (const [name, tags] of Object.entries(files)) {
    const { damaged, ...read } = readOf(t, fixture(name));
    assert.deepEqual(read, tags, name);
    assert.equal(damaged, false, name);
  }
});

test("Russian texts that are said to be Latin-1 are read", (t) => {
  const cyrillic = Buffer.from("\0\xca\xe8\xed\xee \xe8 \xef\xe5\xf1\xed\xe8", "latin1");
  const tag = id3v2(3, [{ id: "TPE1", data: cyrillic }]);
  assert.deepEqual(tagsOf(t, Buffer.concat([tag, sound()])), { artist: ["Кино и песни"] });
});

test("no cut or changed byte of tags throws, and what stands before it is read", (t) => {
  const files = [
    Buffer.concat([id3v2(4, [textFrame("TPE1", "someone"), textFrame("TCON", "(3)x", 1)]), sound().subarray(0, 200)]),
    taggedFlac(fixture("stereo.flac"), comments.slice(0, 3)).subarray(0, 300),
    taggedWav(wavBytes(8000, [new Float32Array(4)]), [["IART", "someone"]]),
  ];
  const path = join(temporaryFolder(t), "file");
  const survives = (bytes: Uint8Array): void => {
    writeFileSync(path, bytes);
    readTags(path);
  };
  for (const file of files) {
    for (let at = 0; at < Math.min(file.length, 250); at += 2) {
      survives(file.subarray(0, at));
      const changed = Buffer.from(file);
      changed[at]! ^= 1 << (at % 8);
      survives(changed);
    }
  }
});

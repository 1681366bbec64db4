/** A folder of songs becomes a corpus: every label where it belongs, everything left out said by name, and nothing decoded twice. */
import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { decodeFile } from "../../../src/audio/decode.ts";
import { namesOf } from "../../../src/dataset/coded-corpus.ts";
import {
  isComposed,
  readCorpus,
  readIndex,
  readSamples,
  wordsPath,
  writeIndex,
} from "../../../src/dataset/corpus-files.ts";
import { importSongs } from "../../../src/dataset/own/import.ts";
import { beginWith, checkBegun } from "../../../src/dataset/own/learned.ts";
import { readWords } from "../../../src/dataset/sung-words.ts";
import { UserError } from "../../../src/errors.ts";
import { allPhones } from "../../../src/singing/phones.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { soundFixture, writeOwnSongs } from "../../support/own-songs.ts";

const leastSamples = 8192;

function places(t: TestContext) {
  const folder = temporaryFolder(t);
  const [data, corpus] = [join(folder, "data"), join(folder, "corpus")];
  const said: string[] = [];
  const run = (known?: { artists: string[]; genres: string[] }) =>
    importSongs(data, {
      ...{ corpus, sampleRate: 22_050, leastSamples, threads: 2, tell: (line: string) => said.push(line) },
      ...(known && { known }),
    });
  return { folder, data, corpus, said, run };
}

test("songs come with their labels, and all that is left out is said by name", async (t) => {
  const { data, corpus, said, run } = places(t);
  writeOwnSongs(data);
  const songs = await run();
  assert.deepEqual(
    songs.map(({ artist, genre, mood, own }) => [own!.from, artist, genre, mood]),
    [
      ["album/again.mp3", "The Tins", "Rock", undefined],
      ["album/tins 2.flac", "The Tins", "Rock", undefined],
      ["owls.ogg", "Owls", "jazz", undefined],
      ["owls.opus", "Owls", "jazz", "dark"],
      ["plain.wav", "unknown", "unknown", "calm"],
    ],
  );
  const text = said.join("\n");
  for (const sentence of [
    /"everything" is a link, and I don't follow links/,
    /"songs.csv", line 3, names "none.mp3", which does not exist/,
    /"owls.opus": the year that the tags of "owls.opus" gives can't be right \("9999"\)/,
    /"plain.wav": its word times go beyond the song's 0.7 s at word 1, so they are left out/,
    /^"broken.flac" ends at 0.2 s, though its header says 0.5 s\.$/m,
    /Skipped: "broken.flac" is too short, 0.2 s/,
    /Skipped: "doubt.mp3": its sidecar "doubt.json" is not JSON \(line 1\)/,
    /Skipped: "other.m4a" is an MPEG-4 file \(m4a, mp4, mov\), which I can't decode\. Convert it/,
    /Skipped: "short.wav" is too short, 0.1 s: songs need 0.4 s or more/,
    /Skipped: "silent.wav" is silent/,
    /Skipped: "tins.mp3" is the same file as "album\/again.mp3"/,
    /5 songs, \d.\d s; 1 of them for validation; 6 files skipped/,
    /2 artists: (Owls|The Tins) \(2\), (Owls|The Tins) \(2\)/,
    /No artist is known of "plain.wav": trained on as "unknown"/,
    /not used by this training: a song's genres after the first, albums, years, lyrics/,
  ])
    assert.match(text, sentence);
  assert.deepEqual(readCorpus(corpus), songs);
  assert.ok(songs.every((song) => !isComposed(song) && song.samples >= leastSamples));
  const opus = songs.find(({ own }) => own!.from === "owls.opus")!;
  assert.equal(readWords(wordsPath(corpus, opus)).lyrics, "hoo hoo");
  const plain = songs.find(({ own }) => own!.from === "plain.wav")!;
  assert.ok(!existsSync(wordsPath(corpus, plain)));
  const wanted = await decodeFile(join(data, "owls.opus"), { sampleRate: 22_050, maxSeconds: 10 });
  const heard = readSamples(corpus, opus);
  assert.equal(heard.length, wanted.channels[0]!.length);
  for (const [at, value] of heard.entries()) assert.ok(Math.abs(value - wanted.channels[0]![at]!) < 1 / 32_000);
});

test("nothing is begun while a table of labels can't be used at all", async (t) => {
  const { data, corpus, run } = places(t);
  writeOwnSongs(data);
  writeFileSync(join(data, "list.csv"), "title;singer\nx;y\n");
  writeFileSync(join(data, "more.tsv"), "file\tartist\nnone.mp3\tNobody\n");
  await assert.rejects(run(), (error) => {
    assert.ok(error instanceof UserError);
    const [first, second, last] = error.message.split("\n");
    assert.equal(first, `"list.csv", line 1, has no column "file".`);
    assert.match(
      second!,
      /^No row of "more\.tsv" matches a song in the folder: "more\.tsv", line 2, names "none\.mp3"/,
    );
    assert.equal(last, "Nothing was started. Correct this, or remove the file from the folder.");
    return true;
  });
  assert.deepEqual(readdirSync(corpus), []);
});

test("run again, only what has changed is decoded; songs that go are forgotten, and none moves", async (t) => {
  const { data, corpus, said, run } = places(t);
  writeOwnSongs(data);
  const first = await run();
  const written = (id: string): number => statSync(join(corpus, `${id}.wav`)).mtimeMs;
  const times = new Map(first.map(({ id }) => [id, written(id)]));
  const told = said.splice(0);
  assert.deepEqual(await run(), first);
  assert.deepEqual(said.splice(0), told, "also what was skipped is said again");
  rmSync(join(data, "owls.ogg"));
  appendFileSync(join(data, "album/again.mp3"), soundFixture("untagged.mp3").subarray(-500));
  writeFileSync(join(data, "new.mp3"), soundFixture("mono-vbr.mp3"));
  const second = await run({ artists: ["unknown", "THE TINS"], genres: ["unknown", "ROCK"] });
  const kept = second.filter(({ id }) => times.has(id));
  for (const { id, split } of kept) {
    assert.equal(written(id), times.get(id));
    assert.equal(split, first.find((song) => song.id === id)!.split);
  }
  assert.deepEqual(kept.map(({ own }) => own!.from).sort(), [
    "album/tins 2.flac",
    "owls.opus",
    "plain.wav",
    "tins.mp3",
  ]);
  assert.ok(second.some(({ own }) => own!.from === "new.mp3"));
  assert.ok(second.some(({ artist, genre }) => artist === "THE TINS" && genre === "ROCK"));
  const gone = first.find(({ own }) => own!.from === "owls.ogg")!;
  assert.ok(!existsSync(join(corpus, gone.file)));
  assert.equal(Object.keys(readIndex(corpus)!.looked!).length, 11);
});

test("a training that has begun with other songs or labels is not gone on with", async (t) => {
  const { folder, data, run } = places(t);
  writeOwnSongs(data);
  const [songs, work] = [await run(), join(folder, "work")];
  beginWith(songs, work, "models/own");
  beginWith(songs.slice(1), work, "models/own"); // nothing is learned yet
  writeFileSync(join(work, "prior.2.checkpoint.safetensors"), "");
  checkBegun(songs.slice(1), work, "models/own");
  assert.throws(
    () => checkBegun(songs, work, "models/own"),
    (error) => error instanceof UserError && /--from models\/own --out/.test(error.message),
  );
});

test("songs without a beat bring names and moods, and bands without a metre; what a model knew stays", async (t) => {
  const { data, run } = places(t);
  writeOwnSongs(data);
  const songs = (await run()).map((song) => ({ ...song, split: "train" as const }));
  const { bands, metre, genres } = namesOf(songs);
  assert.deepEqual(metre!.moods, ["calm", "dark"]);
  assert.deepEqual([metre!.tempos, metre!.keys, metre!.sections], [[], [], []]);
  assert.ok(bands.every((band) => band.metre === undefined));
  assert.deepEqual([...genres].sort(), ["Rock", "jazz", "unknown"]);
  assert.deepEqual(metre!.phones, allPhones, "of one the words are timed");
  const unlabelled = songs.map(({ mood: _, own, ...song }) => ({ ...song, own: { from: own!.from } }));
  assert.equal(namesOf(unlabelled).metre, undefined);
  const known = { artists: ["unknown", "Old"], genres: ["unknown"], bands: [{ artist: "Old", genre: "polka" }] };
  assert.deepEqual(namesOf(songs, known).bands.at(-1), known.bands[0]);
});

test("what can't become a corpus is said before anything is written", async (t) => {
  const { data, folder, corpus, run } = places(t);
  await assert.rejects(run(), (error) => error instanceof UserError && /There is no folder/.test(error.message));
  writeOwnSongs(data);
  await assert.rejects(
    importSongs(data, { corpus: join(data, "corpus"), sampleRate: 22_050, leastSamples }),
    (error) => error instanceof UserError && /would lie among the songs/.test(error.message),
  );
  mkdirSync(corpus);
  writeIndex(corpus, { version: 2, plan: { seed: 1, songs: 0, secondsPerSong: 2 }, sampleRate: 22_050, songs: [] });
  await assert.rejects(run(), (error) => error instanceof UserError && /contains composed songs/.test(error.message));
  const late = importSongs(data, { corpus: join(folder, "other"), sampleRate: 22_050, leastSamples: 2 ** 22 });
  await assert.rejects(late, (error) => error instanceof UserError && /no song in/.test(error.message));
});

/** Making, interrupting, resuming, growing and reading a tiny corpus. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { compose } from "../../src/corpus/compose.ts";
import { planSongs } from "../../src/corpus/plan.ts";
import { render } from "../../src/corpus/render.ts";
import { chordAt, grain, samplesOf, ticksPerBar } from "../../src/corpus/score.ts";
import { namesOf } from "../../src/dataset/coded-corpus.ts";
import { readCorpus, readSamples, sungIn, wordsPath } from "../../src/dataset/corpus-files.ts";
import { makeCorpus } from "../../src/dataset/make-corpus.ts";
import { UserError } from "../../src/errors.ts";
import { metreFrom, momentsAt, momentTables } from "../../src/music/metre.ts";
import { allPhones } from "../../src/singing/phones.ts";

const parent = mkdtempSync(join(tmpdir(), "corpus-"));
after(() => rmSync(parent, { recursive: true }));
const options = { seed: 5, songs: 3, secondsPerSong: 8 };
const whole = join(parent, "whole");
const songs = await makeCorpus(whole, options);
const contents = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString("base64")]));

test("the index lists key, mood and the dynamics of each section", () => {
  const planned = planSongs(options);
  songs.forEach(({ mood, sections, key, samples }, index) => {
    const score = compose(planned[index]!);
    assert.deepEqual([mood, key, samples], [score.mood, score.key, samplesOf(score)]);
    assert.equal(sections.at(-1)!.name, "end");
    const bars = sections.reduce((sum, section) => sum + section.bars, 0);
    assert.equal(bars, score.bars);
    for (const { dynamics } of sections) assert.ok(dynamics);
  });
});

test("the chords in the index are those of the score at each tick", () => {
  const rules = { ...namesOf(songs.map((song) => ({ ...song, split: "train" as const }))).metre! };
  const [roots, names] = [new Set<number>(), new Set<string>()];
  songs.forEach((song, index) => {
    const { chords, grainsPerTick, bars } = compose(planSongs(options)[index]!);
    const metre = metreFrom(rules, song);
    const count = bars * ticksPerBar;
    const ids = momentsAt(metre, momentTables(rules), { start: 0, hop: grainsPerTick * grain, count });
    for (let tick = 0; tick < count; tick++) {
      const chord = chordAt(chords, tick);
      assert.equal(ids.get("root")![tick], 1 + chord.tones[0]!, `root at tick ${tick}`);
      const quality = rules.chords![ids.get("chord")![tick]! - 1]!;
      assert.ok(chord.name.endsWith(quality === "triad" ? "" : quality), `${chord.name} listed as ${quality}`);
      roots.add(chord.tones[0]!);
      names.add(quality);
    }
  });
  assert.ok(roots.size > 2 && names.size > 2, "songs have several chords");
});

test("an index of an earlier version without chords is rewritten, and its sound files are kept", async () => {
  const before = contents(whole);
  const path = join(whole, "songs.json");
  const index = JSON.parse(readFileSync(path, "utf8"));
  for (const song of index.songs) for (const part of song.sections) delete part.chords;
  writeFileSync(path, JSON.stringify(index));
  await makeCorpus(whole, options);
  assert.deepEqual(contents(whole), before);
  index.songs[0].mood = "another";
  writeFileSync(path, JSON.stringify(index));
  await assert.rejects(makeCorpus(whole, options), UserError);
  writeFileSync(path, Buffer.from(before["songs.json"]!, "base64"));
});

test("every song has its labels, and its file holds the rendered score", () => {
  assert.deepEqual(readCorpus(whole), songs);
  assert.equal(songs.length, 3);
  const planned = planSongs(options);
  songs.forEach((song, index) => {
    const { artist, genre, split } = planned[index]!;
    assert.deepEqual({ artist: song.artist, genre: song.genre, split: song.split }, { artist, genre, split });
    assert.equal(song.seconds, song.samples / 22_050);
    assert.ok(song.bpm > 70 && song.bpm < 150 && song.seconds > 6 && song.seconds < 15, `${song.bpm}, ${song.seconds}`);
  });
  const sound = render(compose(planned[1]!));
  const stored = readSamples(whole, songs[1]!);
  assert.equal(stored.length, sound.length);
  stored.forEach((sample, index) => {
    assert.ok(Math.abs(sample - sound[index]!) <= 0.51 / 32768);
  });
});

test("a span of a song equals that part of the whole", () => {
  const song = songs[1]!;
  const all = readSamples(whole, song);
  assert.deepEqual(readSamples(whole, song, 12_345, 678), all.subarray(12_345, 12_345 + 678));
  assert.equal(readSamples(whole, song, song.samples - 10, 100).length, 10);
});

test("a resumed corpus equals an uninterrupted one, for any number of threads", async () => {
  const folder = join(parent, "resumed");
  const stop = new AbortController();
  const first = makeCorpus(folder, {
    ...options,
    threads: 1,
    signal: stop.signal,
    onProgress: (done) => done === 1 && stop.abort(new Error("enough")),
  });
  await assert.rejects(first, /enough/);
  assert.throws(() => readCorpus(folder), UserError);
  const kept = readdirSync(folder).filter((name) => name.endsWith(".wav"));
  assert.ok(kept.length >= 1 && kept.length < 3, `${kept}`);
  const before = kept.map((name) => statSync(join(folder, name)).mtimeMs);
  const counts: number[] = [];
  await makeCorpus(folder, { ...options, threads: 3, onProgress: (done) => counts.push(done) });
  assert.deepEqual(
    kept.map((name) => statSync(join(folder, name)).mtimeMs),
    before,
    "finished songs are left alone",
  );
  assert.deepEqual(
    counts,
    Array.from({ length: 4 - kept.length }, (_, index) => kept.length + index),
  );
  assert.deepEqual(contents(folder), contents(whole));
});

test("a corpus grows to the one that would have been made at once, and never shrinks", async () => {
  const folder = join(parent, "grown");
  await makeCorpus(folder, { ...options, songs: 2 });
  const [first] = readCorpus(folder);
  const before = statSync(join(folder, first!.file)).mtimeMs;
  await makeCorpus(folder, options);
  assert.deepEqual(contents(folder), contents(whole));
  assert.equal(statSync(join(folder, first!.file)).mtimeMs, before, "finished songs are left alone");
  await assert.rejects(makeCorpus(folder, { ...options, songs: 2 }), /holds another corpus/);
});

test("a truncated song is rendered again", async () => {
  const before = contents(whole);
  truncateSync(join(whole, songs[0]!.file), 1000);
  assert.throws(() => readCorpus(whole), /songs missing: 1\./);
  await makeCorpus(whole, options);
  assert.deepEqual(contents(whole), before);
});

test("a folder with another corpus is refused, and so is reading a missing corpus", async () => {
  await assert.rejects(makeCorpus(whole, { ...options, seed: 6 }), UserError);
  assert.throws(() => readCorpus(join(parent, "nowhere")), UserError);
});

test("a song with a singer has a file of timed lyrics, reproducible to the byte; other songs have none", async () => {
  assert.deepEqual(
    songs.map(({ singer }) => singer),
    [undefined, undefined, "low"],
  );
  const sung = songs[2]!;
  assert.equal(sungIn(whole, songs[0]!), undefined);
  const { lyrics, characters, phones } = sungIn(whole, sung)!;
  assert.equal(characters.length, lyrics.length);
  assert.ok(lyrics.split("\n").length >= 2, lyrics);
  for (const spans of [characters, phones.map(([, from, to]) => [from, to] as const)])
    for (const [index, [from, to]] of spans.entries())
      assert.ok(from <= to && from >= (spans[index - 1]?.[0] ?? 0) && to <= sung.seconds + 0.5);
  assert.ok(phones.every(([phone]) => allPhones.includes(phone)));
  const before = contents(whole);
  rmSync(wordsPath(whole, sung));
  assert.throws(() => readCorpus(whole), /songs missing: 1\./);
  await makeCorpus(whole, options);
  assert.deepEqual(contents(whole), before);
});

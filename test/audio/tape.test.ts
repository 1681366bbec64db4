/** The tape: whole files or none, in both kinds. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createDecoder } from "../../src/audio/opus.ts";
import { openTape } from "../../src/audio/tape.ts";
import { openWav } from "../../src/audio/wav.ts";
import { UserError } from "../../src/errors.ts";
import { resampleSlowly } from "../oracle/resample.ts";
import { temporaryFolder } from "../support/folder.ts";
import { needsTool } from "../support/needs.ts";
import { readOgg } from "../support/ogg.ts";
import { pieces, seeded } from "../support/random.ts";

const sampleRate = 22_050;
/** 1.5 seconds and 3 samples of a tone that swells. */
const swell = Float32Array.from({ length: 33_078 }, (_, i) => (i / 33_078) * Math.sin(i / 10));

function record(path: string, sound = swell) {
  const tape = openTape(path, { sampleRate, tags: { SEED: "7" } });
  for (const chunk of pieces(sound, 5000, seeded(10))) tape.write(chunk);
  assert.equal(tape.seconds, sound.length / sampleRate);
  return tape.close();
}

test("an .ogg tape holds the sound, its tags and its exact length, and appears only when closed", (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "song.ogg");
  const tape = openTape(path, { sampleRate, tags: { SEED: "7" } });
  tape.write(swell);
  assert.deepEqual(readdirSync(folder), ["song.ogg.part"]);
  const recording = tape.close();
  assert.deepEqual(readdirSync(folder), ["song.ogg"]);
  assert.deepEqual([recording.path, recording.bytes], [path, statSync(path).size]);
  assert.equal(recording.seconds, swell.length / sampleRate);

  const file = readOgg(readFileSync(path));
  assert.equal(file.tags.get("SEED"), "7");
  assert.equal(file.samples, Math.round((swell.length * 48_000) / sampleRate));
  const decoder = createDecoder();
  const stereo = [...file.packets()].flatMap((packet) => [...decoder.decode(packet)]);
  const wanted = resampleSlowly(swell.subarray(-2000), sampleRate, 48_000).subarray(200, -200);
  const from = file.preSkip + file.samples - 200 - wanted.length;
  const error = wanted.map((value, i) => value - stereo[2 * (from + i)]! / 32768);
  const loudness = (sound: Float64Array) => Math.hypot(...sound);
  assert.ok(loudness(error) < 0.05 * loudness(wanted), "the last stretch of the song, where it belongs");
});

test("opusinfo finds nothing wrong with a tape", (t) => {
  if (!needsTool(t, "opusinfo")) return;
  const path = join(temporaryFolder(t), "song.ogg");
  record(path);
  const { status, stdout, stderr } = spawnSync("opusinfo", [path], { encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""], stdout);
  assert.doesNotMatch(stdout, /warning|error/i);
});

test("a .WAV tape holds the samples as they came", (t) => {
  const path = join(temporaryFolder(t), "song.WAV");
  const recording = record(path);
  assert.deepEqual([recording.path, recording.bytes], [path, 44 + swell.length * 2]);
  const wav = openWav(path);
  assert.deepEqual([wav.sampleRate, wav.samples], [sampleRate, swell.length]);
  const back = wav.read(0, wav.samples);
  assert.ok(back.every((value, i) => Math.abs(value - swell[i]!) <= 1 / 32768));
});

test("the peaks are the loudest samples of equal stretches, at most 256 of them", (t) => {
  const folder = temporaryFolder(t);
  const samples = 441 * 1000; // 20 s: 1,000 stretches of 20 ms
  const sound = Float32Array.from({ length: samples }, (_, i) => (i % 441 === 7 ? -Math.floor(i / 441) / 1000 : 0));
  const { peaks } = record(join(folder, "long.wav"), sound);
  const edges = Array.from({ length: 257 }, (_, i) => Math.floor((i * 1000) / 256));
  assert.deepEqual(
    peaks,
    edges.slice(1).map((edge) => Math.fround((edge - 1) / 1000)),
  );
  assert.deepEqual(record(join(folder, "short.wav"), Float32Array.of(0.25, -3)).peaks, [1]);
  assert.deepEqual(record(join(folder, "none.wav"), new Float32Array()).peaks, []);
});

test("a discarded tape leaves nothing, and a kept one stays", (t) => {
  const folder = temporaryFolder(t);
  for (const name of ["song.ogg", "song.wav"]) {
    const tape = openTape(join(folder, name), { sampleRate });
    tape.write(swell);
    tape.discard();
    tape.discard();
    assert.deepEqual(readdirSync(folder), []);
  }
  const tape = openTape(join(folder, "song.ogg"), { sampleRate });
  tape.close();
  tape.discard();
  assert.deepEqual(readdirSync(folder), ["song.ogg"]);
});

test("an old file stays until the new one is whole", (t) => {
  const path = join(temporaryFolder(t), "song.wav");
  writeFileSync(path, "old");
  const tape = openTape(path, { sampleRate });
  tape.write(swell);
  assert.equal(readFileSync(path, "utf8"), "old");
  tape.close();
  assert.equal(openWav(path).samples, swell.length);
});

test("a full disk is told in a sentence, and nothing half-written remains", (t) => {
  const folder = temporaryFolder(t);
  for (const name of ["song.ogg", "song.wav"]) {
    const path = join(folder, name);
    symlinkSync("/dev/full", `${path}.part`); // every write to it finds the disk full
    const fill = () => {
      const tape = openTape(path, { sampleRate });
      tape.write(swell);
      tape.close();
    };
    assert.throws(fill, (error) => refusal(error, /no room left/, path));
    assert.deepEqual(readdirSync(folder), []);
  }
});

const refusal = (error: unknown, pattern: RegExp, path: string) =>
  error instanceof UserError && pattern.test(error.message) && error.message.includes(path);

test("places where nothing can be written are refused before any sound is made", (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "file"), "");
  mkdirSync(join(folder, "folder.ogg"));
  const cases: [string, RegExp][] = [
    ["missing/song.ogg", /does not exist/],
    ["file/song.ogg", /file where a folder should be/],
    ["folder.ogg", /is a folder/],
    [`${"long".repeat(100)}.wav`, /too long/],
    ["song.mp3", /I write \.ogg and \.wav files/],
    ["song", /I write \.ogg and \.wav files/],
  ];
  for (const [name, pattern] of cases) {
    const path = join(folder, name);
    assert.throws(
      () => openTape(path, { sampleRate }),
      (error) => refusal(error, pattern, path),
      name,
    );
  }
});

test("a folder that belongs to someone else is refused", (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "song.ogg");
  const root = process.getuid?.() === 0;
  chmodSync(folder, 0o500);
  if (root) process.seteuid!(65_534); // root may write anywhere
  try {
    assert.throws(
      () => openTape(path, { sampleRate }),
      (error) => refusal(error, /not allowed/, path),
    );
  } finally {
    if (root) process.seteuid!(0);
    chmodSync(folder, 0o700);
  }
});

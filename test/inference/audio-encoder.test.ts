/** The engine listens to sound files: their codes are the encoder's, songs begin with them, and nothing stays behind. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { decodeFile } from "../../src/audio/decode.ts";
import { UserError } from "../../src/errors.ts";
import { encodeAll } from "../../src/inference/encode.ts";
import type { Engine } from "../../src/inference/engine.ts";
import { openEngine } from "../../src/inference/open-engine.ts";
import { openModelFolder } from "../../src/model/folder.ts";
import { samplingFor } from "../../src/song/sampling.ts";
import { tinyConfig, writeTinyModel } from "../support/model.ts";
import { noise, seeded } from "../support/random.ts";
import { wavBytes } from "../support/wav.ts";

let folder: string;
let engine: Engine;
const { sampleRate } = tinyConfig;
const mp3 = join(import.meta.dirname, "../audio/fixtures/stereo.mp3");

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "ear-"));
  await writeTinyModel(folder);
  engine = await openEngine(folder);
});

after(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

/** A file of so many seconds of noise. */
function noiseFile(seconds: number): string {
  const path = join(folder, `noise-${seconds}.wav`);
  writeFileSync(path, wavBytes(sampleRate, [noise(Math.round(seconds * sampleRate), seeded(seconds))]));
  return path;
}

test("a file's codes are those of its sound, as many of each level as fill whole codes of the coarsest", async () => {
  const { codes, seconds, wholeSeconds } = await engine.encode(mp3, { maxSeconds: 60 });
  const { config, store } = await openModelFolder(folder, "vqvae");
  const { channels } = await decodeFile(mp3, { sampleRate, maxSeconds: 60 });
  assert.deepEqual(codes, await encodeAll(channels[0]!, { size: config.vqvae, store }));
  const [samples, coarsest] = [10_005, 128]; // 20,011 at twice the rate
  const whole = Math.floor(samples / coarsest) * coarsest;
  assert.deepEqual(
    codes.map(({ length }) => length),
    [16, 64, 128].map((hop) => whole / hop),
  );
  assert.equal(seconds, whole / sampleRate);
  assert.equal(wholeSeconds, 20_011 / 44_100);
});

test("of a longer file the beginning is taken", async () => {
  const path = noiseFile(5);
  const all = await engine.encode(path, { maxSeconds: 60 });
  const { codes, seconds, wholeSeconds } = await engine.encode(path, { maxSeconds: 2 });
  assert.deepEqual([codes.at(-1)!.length, wholeSeconds], [Math.floor((2 * sampleRate) / 128), 5]);
  assert.ok(seconds <= 2 && seconds > 1.99);
  const same = codes[2]!.filter((code, index) => code === all.codes[2]![index]).length;
  assert.ok(same > 0.9 * codes[2]!.length, "all but what hears the end");
});

test("a song begins with a file's codes, and other songs are made meanwhile", async () => {
  const path = noiseFile(2);
  const labels = { levels: [0, 1, 2].map(() => ({ artist: 1, genres: [1] })), totalSeconds: 3 };
  const wish = { labels, seconds: 3, seed: 1, sampling: samplingFor({ temperature: 1 }, 3) };
  const song = engine.generate(wish);
  const [{ codes: prompt }] = await Promise.all([engine.encode(path, { maxSeconds: 9 }), Array.fromAsync(song)]);
  const first = new Map<number, number>();
  for await (const event of engine.generate({ ...wish, prompt }))
    if (event.type === "codes" && !first.has(event.level)) first.set(event.level, event.from);
  assert.deepEqual([...first].sort(), [...prompt.map(({ length }) => length).entries()]);
});

test("files that won't do are refused by the name they are known under", async () => {
  const path = noiseFile(0.003);
  const short = engine.encode(path, { maxSeconds: 9, name: "mine.wav" });
  await assert.rejects(short, (error) => error instanceof UserError && /^"mine\.wav" is too short/.test(error.message));
  const missing = engine.encode(join(folder, "nothing.mp3"), { maxSeconds: 9 });
  await assert.rejects(missing, (error) => error instanceof UserError && /no file "nothing\.mp3"/.test(error.message));
  assert.ok((await engine.encode(mp3, { maxSeconds: 9 })).seconds > 0);
});

test("listening ends with its signal, also while it waits, and leaves no thread behind", async () => {
  const path = noiseFile(40);
  const threads = () => process.getActiveResourcesInfo().filter((name) => /MessagePort|Worker/.test(name)).length;
  const before = threads();
  for (const started of [false, true]) {
    const controller = new AbortController();
    const { signal } = controller;
    const twice = [1, 2].map(() => assert.rejects(engine.encode(path, { maxSeconds: 60, signal }), /never mind/));
    while (started && threads() === before) await setTimeout(1);
    controller.abort(new Error("never mind"));
    await Promise.all(twice);
  }
  assert.ok((await engine.encode(mp3, { maxSeconds: 9 })).seconds > 0);
  assert.equal(threads(), before);
});

test("an engine that is closed while it listens ends both", async () => {
  const other = await openEngine(folder);
  const listening = other.encode(noiseFile(40), { maxSeconds: 60 });
  const refused = assert.rejects(listening, /the engine was closed/);
  await setTimeout(30);
  void other.close();
  await refused;
  await other.close();
});

/** The engine in its threads, with a tiny random model: what it makes, how it stops, and how it goes on. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openWav } from "../../src/audio/wav.ts";
import { UserError } from "../../src/errors.ts";
import type { Engine, GenerateOptions, SongRequest } from "../../src/inference/engine.ts";
import { openEngine } from "../../src/inference/open-engine.ts";
import { writeTinyModel } from "../support/model.ts";
import { labels, request, sing as singing, wholeSound } from "../support/songs.ts";

let folder: string;
let engine: Engine;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "engine-"));
  await writeTinyModel(folder);
  engine = await openEngine(folder);
});

after(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

const sing = (song: SongRequest, options?: GenerateOptions) => singing(engine, song, options);

test("a song has all its codes, in order, and the same request makes the same song", async () => {
  const first = await sing(request());
  assert.deepEqual(
    first.codes.map(({ length }) => length),
    engine.codesIn(4),
  );
  for (const level of [0, 1, 2]) {
    let next = 0;
    for (const event of first.events) {
      if (event.type !== "codes" || event.level !== level) continue;
      assert.equal(event.from, next);
      next += event.codes.length;
    }
  }
  assert.equal(first.events.at(-1)?.type, "done");
  assert.deepEqual((await sing(request())).codes, first.codes);
});

test("another seed, artist or genre makes another song", async () => {
  const { codes } = await sing(request());
  const others = [request({ seed: 8 }), request({ labels: labels(2, 1, 4) }), request({ labels: labels(1, 2, 4) })];
  for (const other of others) assert.notDeepEqual((await sing(other)).codes, codes);
});

test("a song taken up again from any of its codes is the same to the bit", async () => {
  const { codes } = await sing(request());
  for (const share of [0.03, 0.37, 0.8, 1]) {
    const known = codes.map((level, index) => level.slice(0, Math.floor(level.length * share ** (3 - index))));
    const { codes: fresh } = await sing(request(), { known });
    assert.deepEqual(
      fresh.map((level, index) => Uint16Array.from([...known[index]!, ...level])),
      codes,
      `from ${share}`,
    );
  }
});

test("a continued song begins with its prompt, and is the same when taken up again", async () => {
  const { codes: prompt } = await sing(request());
  const longer = request({ prompt, seconds: 6, labels: labels(1, 1, 6), seed: 9 });
  const { codes: fresh } = await sing(longer);
  assert.deepEqual(
    fresh.map(({ length }) => length),
    engine.codesIn(6).map((total, level) => total - prompt[level]!.length),
  );
  const known = prompt.map((level, index) => Uint16Array.from([...level, ...fresh[index]!.slice(0, 50)]));
  assert.deepEqual(
    (await sing(longer, { known })).codes,
    fresh.map((level) => level.slice(50)),
  );
});

test("the file is the finest level decoded as one whole, to 1e-4", async () => {
  const out = join(folder, "song.wav");
  const { codes, events } = await sing(request(), { out });
  const done = events.at(-1);
  assert.ok(done?.type === "done" && done.recording.path === out);
  const expected = await wholeSound(folder, codes, 0);
  const wav = openWav(out);
  assert.equal(wav.samples, expected.length);
  const heard = wav.read(0, wav.samples);
  for (const [i, value] of expected.entries()) {
    const clipped = Math.max(-1, Math.min(32767 / 32768, value));
    assert.ok(Math.abs(heard[i]! - clipped) <= 1e-4 + 0.5 / 32768, `sample ${i}`);
  }
  rmSync(out);
});

test("a listener who waits hears the finest level; all frames come, in order", async () => {
  const frames = new Map<number, number>();
  let next = 0;
  const song = engine.generate(request(), { live: "pcm" });
  song.listen(0.5);
  for await (const event of song) {
    if (event.type !== "live") continue;
    assert.ok(Math.abs(event.fromSeconds - next * 0.02) < 1e-9);
    next += event.frames.length;
    for (const frame of event.frames) assert.equal(frame.length, 3840);
    frames.set(event.level, (frames.get(event.level) ?? 0) + event.frames.length);
    song.listen(event.fromSeconds + 0.5);
  }
  const seconds = (engine.codesIn(4)[2]! * 128) / 22_050;
  assert.equal(next, Math.ceil(seconds / 0.02));
  assert.ok(frames.has(0), "the finest level is heard");
});

test("no more is sent live than was allowed, not even when the song is made", async () => {
  const stretchSeconds = 4096 / 22_050; // what is decoded at once
  const [total] = engine.codesIn(4);
  const song = engine.generate(request(), { live: "opus" });
  let [frames, early] = [0, 0];
  song.listen(0.5);
  for await (const event of song) {
    if (event.type === "live") frames += event.frames.length;
    if (event.type !== "codes" || event.level !== 0 || event.from + event.codes.length !== total) continue;
    const release = (): void => {
      if (frames === 0) return void setTimeout(release, 10);
      early = frames;
      song.listen(Number.POSITIVE_INFINITY);
    };
    setTimeout(release, 300);
  }
  assert.ok(early > 0 && early * 0.02 <= 0.5 + stretchSeconds + 0.02, `${early} frames`);
  assert.ok(frames >= 199, `${frames} frames in all`);
});

test("an aborted song throws its reason, leaves no file, and the engine goes on", async () => {
  const out = join(folder, "aborted.ogg");
  const controller = new AbortController();
  const reason = new Error("enough");
  const song = engine.generate(request({ seconds: 600, labels: labels(1, 1, 600) }), {
    out,
    signal: controller.signal,
  });
  await assert.rejects(async () => {
    for await (const event of song) if (event.type === "codes" && event.level === 0) controller.abort(reason);
  }, reason);
  assert.ok(!existsSync(out));
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes("aborted")),
    [],
  );
  assert.equal((await sing(request())).events.at(-1)?.type, "done");
});

test("songs wait for each other, and one aborted while it waits never starts", async () => {
  const controller = new AbortController();
  const first = sing(request());
  const second = sing(request({ seed: 1 }), { signal: controller.signal });
  const third = sing(request({ seed: 2 }));
  controller.abort(new Error("not that one"));
  await assert.rejects(second, /not that one/);
  assert.equal((await first).events.at(-1)?.type, "done");
  assert.equal((await third).events.at(-1)?.type, "done");
});

test("a file that can't be written fails with a sentence, whatever codes still come, and the next song is well", async () => {
  const out = join(folder, "nowhere", "song.ogg");
  const long = request({ seconds: 300, labels: labels(1, 1, 300) });
  for (let turn = 0; turn < 24; turn++) {
    if (turn % 4 === 0) await sing(request()); // a song that is whole takes no more codes
    await assert.rejects(sing(long, { out }), UserError);
  }
  assert.equal((await sing(request())).events.at(-1)?.type, "done");
});

test("closing in mid-song ends the song, and the process lives", async () => {
  const other = await openEngine(folder);
  const song = other.generate(request({ seconds: 600, labels: labels(1, 1, 600) }));
  await assert.rejects(async () => {
    for await (const event of song)
      if (event.type === "codes" && event.level === 0) await Promise.race([other.close(), undefined]);
  }, /the engine was closed/);
  await other.close();
});

test("a missing folder, damaged weights and an unknown device are refused in words", async () => {
  await assert.rejects(
    openEngine(join(folder, "nothing")),
    (error) => error instanceof UserError && /can't read the model/.test(error.message),
  );
  await assert.rejects(
    openEngine(folder, { device: "abacus" }),
    (error) => error instanceof UserError && /abacus/.test(error.message),
  );
});

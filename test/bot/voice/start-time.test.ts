/** When songs begin to play that are made slower than they are heard: simulated, second for second, by a clock that the test turns. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createFeed } from "../../../src/bot/voice/feed.ts";
import { createStartTime } from "../../../src/bot/voice/start-time.ts";
import { aTown, hasSong } from "../../e2e/support.ts";
import { fakeEngine } from "../../fakes/engine.ts";
import { seeded } from "../../support/random.ts";

interface Model {
  /** Seconds of the song made in a second, at a moment. */
  readonly speed: (at: number) => number;
  /** Seconds of the song that come at once. */
  readonly piece?: number;
  /** How much less than is made can be played. */
  readonly lag?: number;
  readonly total?: number;
  readonly known?: number;
  readonly from?: number;
}

interface Played {
  /** Second at which it was first heard, and at which it ended. */
  readonly start: number;
  readonly end: number;
  readonly gaps: number;
  /** The waits that were told, with the moments. */
  readonly told: readonly { readonly at: number; readonly seconds: number; readonly again: boolean }[];
}

const tick = 0.02;

/** Makes and plays a song in steps of 20 ms. */
function play({ speed, piece = 0.1, lag = 0, total = 60, known = 0, from = 0 }: Model): Played {
  let [at, made, exact, sent, until] = [0, known, known, from, 0];
  const startTime = createStartTime({ totalSeconds: total, madeSeconds: known, now: () => at * 1000 });
  const feed = createFeed({ fromSeconds: from, lasts: startTime.lasts, listen: (seconds) => (until = seconds) });
  const told: { at: number; seconds: number; again: boolean }[] = [];
  const send = (): void => {
    const playable = made >= total ? total : made - lag;
    const count = Math.floor((Math.min(until, playable) - sent) / tick + 1e-6);
    feed.push(Array.from({ length: Math.max(0, count) }, () => Uint8Array.of(1)));
    sent += Math.max(0, count) * tick;
    if (sent >= total - tick / 2) feed.end();
  };
  let start: number | undefined;
  for (; at < 20_000; at += tick) {
    exact = Math.min(total, exact + speed(at) * tick);
    if (exact - made >= piece || exact === total) {
      made = exact;
      startTime.made(made);
      if (startTime.wait) told.push({ at, ...startTime.wait });
    }
    send();
    const packet = feed.stream.read() as Buffer | null;
    if (packet) start ??= at;
    if (packet === null && feed.stream.readableEnded) break;
    if (packet === null && sent >= total - tick / 2 && start !== undefined) break;
  }
  assert.ok(at < 20_000 && start !== undefined, "it is played to its end");
  assert.ok(Math.abs(feed.heard.seconds - total) < 2 * tick, `heard to ${feed.heard.seconds}`);
  return { start, end: at, gaps: feed.heard.gaps, told };
}

for (const speed of [0.02, 0.08, 0.3, 0.5, 0.9, 0.97])
  for (const total of [8, 60, 240])
    test(`at ${speed} times real time, ${total} s are played without a gap, and not much later than can be`, () => {
      const { start, gaps } = play({ speed: () => speed, total, lag: 0.1 });
      assert.equal(gaps, 0);
      const earliest = (total * (1 - speed)) / speed;
      assert.ok(start >= earliest - 1, `${start} s, before ${earliest} s`);
      assert.ok(start <= earliest + 0.12 * total + 3 + 0.2 / speed, `${start} s, long after ${earliest} s`);
    });

for (const speed of [1.2, 2, 20])
  test(`at ${speed} times real time the song is played at once`, () => {
    const { start, gaps } = play({ speed: () => speed });
    assert.equal(gaps, 0);
    assert.ok(start <= 0.65 / speed + 2 * tick, `${start} s`);
  });

test("codes that come in large or uneven pieces change little", () => {
  for (const speed of [0.08, 0.5, 0.9]) {
    assert.ok(play({ speed: () => speed, piece: 2 }).gaps <= 1);
    const random = seeded(3);
    const uneven = Array.from({ length: 20_000 }, () => speed * 2 * random());
    assert.ok(play({ speed: (at) => uneven[Math.floor(at)] ?? speed }).gaps <= 1, `${speed}`);
  }
});

test("a speed that drops costs one pause, long enough to go on to the end", () => {
  for (const [before, after] of [
    [3, 0.2],
    [1.5, 0.5],
    [0.9, 0.3],
  ] as const) {
    const { gaps } = play({ speed: (at) => (at < 8 ? before : after) });
    assert.equal(gaps, before > 1 ? 1 : gaps);
    assert.ok(gaps <= 1, `${before} to ${after}: ${gaps} gaps`);
  }
});

test("a song that was begun earlier, or is made already, starts with what there is", () => {
  assert.ok(play({ speed: () => 0.1, known: 60 }).start <= 2 * tick);
  assert.ok(play({ speed: () => 0.1, known: 59.5, from: 30 }).start < 5);
  const { start, gaps } = play({ speed: () => 0.5, known: 20, from: 18 });
  assert.equal(gaps, 0);
  assert.ok(start < 45, `${start} s`);
});

test("what is told of the wait comes true", () => {
  for (const speed of [0.08, 0.5]) {
    const { start, told } = play({ speed: () => speed });
    const later = told.filter(({ at }) => at > start / 10 && at < start);
    assert.ok(later.length > 10);
    for (const { at, seconds, again } of later) {
      assert.equal(again, false);
      assert.ok(Math.abs(at + seconds - start) <= 0.1 * start, `at ${at}: ${seconds}, and it was ${start - at}`);
    }
  }
});

test("a slow song is heard whole and without silence in it, and its status tells from when", async (t) => {
  const { discord, guild } = await aTown(t, { engine: fakeEngine({ pace: 0.5 }) });
  const ada = discord.addListener(guild, "Music", "ada", { keep: "all" });
  const asked = await discord.slash("ada", "general", "jukebox", { seconds: 6, seed: 1 });
  await asked.reply(({ content }) => /Playback starts in about \d+ s\./.test(content), { timeout: 20_000 });
  assert.equal(ada.stats.frames, 0);
  await asked.reply(hasSong, { timeout: 60_000 });
  await discord.botInVoice(guild, null, { timeout: 30_000 });
  assert.equal(ada.stats.decrypted, 6 * 50);
  assert.ok(ada.stats.silence < 50, `${ada.stats.silence} frames of silence`);
  assert.deepEqual(discord.findings, []);
});

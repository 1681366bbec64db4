/** The feed between the engine and the player: it starts, asks ahead, fills gaps and ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createFeed } from "../../../src/bot/voice/feed.ts";

const silence = "f8fffe";

/** Packets that can be told apart: their own number. */
const packets = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => Uint8Array.of(from + index));

function aFeed(options: { fromSeconds?: number; startSeconds?: number; aheadSeconds?: number } = {}) {
  const asked: number[] = [];
  const heard: number[] = [];
  const feed = createFeed({ listen: (until) => asked.push(until), heard: (at) => heard.push(at), ...options });
  /** Reads as the player does: one packet at a time. */
  const read = (count: number) =>
    Array.from({ length: count }, () => (feed.stream.read() as Buffer | null)?.toString("hex") ?? null);
  return { feed, asked, heard, read };
}

const hex = (from: number, count: number) => packets(from, count).map((packet) => Buffer.from(packet).toString("hex"));

test("nothing is heard before enough is there to start with", () => {
  const { feed, read } = aFeed({ startSeconds: 0.1 });
  feed.push(packets(0, 4));
  assert.deepEqual(read(1), [null]);
  feed.push(packets(4, 1));
  assert.deepEqual(read(5), hex(0, 5));
});

test("a song shorter than the start is heard at its end", () => {
  const { feed, read } = aFeed({ startSeconds: 1 });
  feed.push(packets(0, 3));
  feed.end();
  assert.deepEqual(read(4), [...hex(0, 3), null]);
  assert.deepEqual(feed.heard, { seconds: 0.06, gaps: 0, gapSeconds: 0 });
});

test("late packets leave a gap of silence, which ends when enough is there again", () => {
  const { feed, read } = aFeed({ startSeconds: 0.06 });
  feed.push(packets(0, 3));
  assert.deepEqual(read(5), [...hex(0, 3), silence, silence]);
  feed.push(packets(3, 2)); // too few to go on with
  assert.deepEqual(read(2), [silence, silence]);
  feed.push(packets(5, 1));
  const rest = read(6);
  assert.deepEqual(
    rest.filter((packet) => packet !== silence),
    hex(3, 3),
  );
  assert.equal(rest.at(-1), silence);
  assert.equal(feed.heard.gaps, 2, "the song is late again");
});

test("packets are asked for a little ahead of what was heard", () => {
  const { feed, asked, heard, read } = aFeed({ fromSeconds: 10, aheadSeconds: 0.8, startSeconds: 0.02 });
  assert.deepEqual(asked, [10.8]);
  feed.push(packets(0, 50));
  read(25);
  assert.ok(Math.abs(asked.at(-1)! - 11.3) < 0.021, `asked up to ${asked.at(-1)}`);
  assert.ok(Math.abs(heard.at(-1)! - 10.5) < 0.021, `heard up to ${heard.at(-1)}`);
});

test("during a gap nothing more is asked for: what was asked for comes first", () => {
  const { feed, asked, read } = aFeed({ startSeconds: 0.02 });
  feed.push(packets(0, 5));
  read(5);
  const before = asked.length;
  read(50);
  assert.equal(asked.length, before);
  assert.ok(feed.heard.gapSeconds >= 1);
});

test("the stream ends after the last packet and tells so", async () => {
  const { feed, read } = aFeed({ startSeconds: 0.02 });
  feed.push(packets(0, 2));
  feed.end();
  const ended = new Promise((resolve) => feed.stream.once("end", resolve));
  assert.deepEqual(read(3), [...hex(0, 2), null]);
  await ended;
});

/** What a listener hears, with levels that can be told apart: level n's sound is its own steady value. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CodeBuffer } from "../../src/inference/code-buffer.ts";
import type { LevelDecoder } from "../../src/inference/decode.ts";
import { Live, type Stretch } from "../../src/inference/live.ts";
import { floats, type Tensors } from "../../src/onnx/session.ts";
import { createRandom } from "../../src/random.ts";

const hops = [16, 64, 128];
const values = [0.5, -0.25, 0.75];
const [stretch, fade, total] = [512, 100, 128 * 50];

/** A decoder that needs no network: its reach is real, its sound one value. */
const decoderOf = (level: number): LevelDecoder => ({
  hop: hops[level]!,
  grain: 1,
  reach: 3,
  perFrame: 1,
  readsAbove: false,
  isSpectral: false,
  session: {
    run: async (feeds: Tensors) => {
      const samples = feeds.codes!.dims[1]! * hops[level]!;
      return { sound: floats(new Float32Array(samples).fill(values[level]!), [1, 1, samples]) };
    },
    close: async () => undefined,
  },
});

interface Hall {
  readonly live: Live;
  readonly lines: readonly CodeBuffer[];
}

function open(from = 0): Hall {
  const lines = hops.map((hop) => new CodeBuffer(total / hop));
  const voices = lines.map((line, level) => ({ decoder: decoderOf(level), line }));
  return { live: new Live({ voices, total, from, stretch, fade }), lines };
}

/** Lets a level have come so far, in samples. */
function reach({ lines }: Hall, level: number, samples: number): void {
  const line = lines[level]!;
  const codes = Math.min(Math.floor(samples / hops[level]!), line.codes.length) - line.made;
  if (codes > 0) line.add(new Uint16Array(codes));
}

test("nothing is heard before the coarsest level has a stretch and what it depends on", async () => {
  const hall = open();
  assert.equal(await hall.live.next(), undefined);
  reach(hall, 2, stretch + fade + 128 + 2 * 128);
  assert.equal(await hall.live.next(), undefined);
  reach(hall, 2, stretch + fade + 128 + 3 * 128);
  assert.equal((await hall.live.next())?.level, 2);
});

test("the finest level that is ready is heard, and a level that falls behind gives way without a click", async () => {
  const hall = open();
  reach(hall, 2, total);
  const heard: Stretch[] = [];
  const hear = async (): Promise<void> => void heard.push((await hall.live.next())!);
  await hear();
  reach(hall, 1, 3000);
  await hear();
  reach(hall, 0, 2000);
  await hear();
  await hear();
  await hear();
  assert.deepEqual(
    heard.map(({ level }) => level),
    [2, 1, 0, 1, 1],
  );
  explain(heard);
});

test("for any order of arrival every sample is heard once, in order, with steps no larger than a fade's", async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = createRandom(seed);
    const hall = open();
    const at = [0, 0, 0];
    const heard: Stretch[] = [];
    while (!hall.live.ended) {
      const level = Math.floor(random.next() * 3);
      const above = level === 2 ? total : at[level + 1]!;
      at[level] = Math.min(above, at[level]! + Math.floor(random.next() * 1500));
      reach(hall, level, at[level]!);
      const next = random.next() < 0.6 ? await hall.live.next() : undefined;
      if (next) heard.push(next);
    }
    assert.equal(
      heard.reduce((sum, { sound }) => sum + sound.length, 0),
      total,
    );
    explain(heard);
  }
});

test("it can begin in the middle", async () => {
  const hall = open(1280);
  reach(hall, 2, total);
  assert.equal((await hall.live.next())?.from, 1280);
});

/** Each stretch is its level's value, after a fade from the level before. */
function explain(heard: readonly Stretch[]): void {
  let place = heard[0]!.from;
  let before = values[heard[0]!.level]!;
  let last = before;
  const largest = 1.2 / fade; // between the two values furthest apart, one sample's share of a fade
  for (const { level, from, sound } of heard) {
    assert.equal(from, place);
    place += sound.length;
    for (const [i, value] of sound.entries()) {
      const share = before === values[level] ? 1 : Math.min(1, (i + 1) / (fade + 1));
      const expected = share * values[level]! + (1 - share) * before;
      assert.ok(Math.abs(value - expected) < 1e-6, `${value} at ${from + i}, not ${expected}`);
      assert.ok(Math.abs(value - last) < largest, `a click at ${from + i}`);
      last = value;
    }
    before = values[level]!;
  }
}

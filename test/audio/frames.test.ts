/** Frames of 20 ms, counted by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameCutter, frameBytes, toFrame } from "../../src/audio/frames.ts";
import { noise, pieces, seeded } from "../support/random.ts";

test("a stream in any pieces is cut into stretches of 960 samples, the last filled with silence", () => {
  const random = seeded(4);
  for (const samples of [0, 1, 959, 960, 961, 5000]) {
    const sound = noise(samples, random);
    const cutter = new FrameCutter();
    const stretches = [...pieces(sound, 2500, random)].flatMap((piece) => cutter.push(piece));
    assert.equal(stretches.length, Math.floor(samples / 960));
    stretches.push(...cutter.flush());
    assert.equal(stretches.length, Math.ceil(samples / 960));
    const joined = stretches.flatMap((stretch) => [...stretch]);
    assert.deepEqual(joined, [...sound, ...new Array(joined.length - samples).fill(0)]);
    assert.deepEqual(cutter.flush(), []);
  }
});

test("a frame is 3,840 bytes of stereo s16le, clipped, and silent where there is no sound", () => {
  const bytes = Buffer.from(toFrame(Float32Array.of(0.5, -0.5, 1, -1, 3, -3, Number.NaN)));
  assert.equal(bytes.length, frameBytes);
  const wanted = [16384, -16384, 32767, -32768, 32767, -32768, 0, 0];
  for (const [i, value] of wanted.entries()) {
    assert.deepEqual([bytes.readInt16LE(i * 4), bytes.readInt16LE(i * 4 + 2)], [value, value]);
  }
  assert.ok(bytes.subarray(7 * 4).every((byte) => byte === 0));
});

test("a mono frame is half as long", () => {
  const bytes = Buffer.from(toFrame(Float32Array.of(0.5, -0.25), 1));
  assert.equal(bytes.length, 1920);
  assert.deepEqual([bytes.readInt16LE(0), bytes.readInt16LE(2), bytes.readInt16LE(4)], [16384, -8192, 0]);
});

test("a frame never swallows samples", () => {
  assert.throws(() => toFrame(new Float32Array(961)), /960 samples, not 961/);
});

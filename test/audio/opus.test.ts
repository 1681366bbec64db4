/** Opus, heard again: tones through encoder and decoder. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameCutter, toFrame } from "../../src/audio/frames.ts";
import { createDecoder, createEncoder, encoderDelay, packetSamples } from "../../src/audio/opus.ts";
import { UserError } from "../../src/errors.ts";
import { seeded } from "../support/random.ts";

/** A glide from 200 Hz to 3.2 kHz over a second: no two stretches of it are alike. */
const glide = Float32Array.from({ length: 48_000 }, (_, i) => {
  const seconds = i / 48_000;
  return 0.6 * Math.sin(2 * Math.PI * (200 + 1500 * seconds) * seconds);
});

const encoded = (sound: Float32Array, channels: 1 | 2, bitrate: number) => {
  const encoder = createEncoder({ channels, bitrate });
  return new FrameCutter().push(sound).map((stretch) => encoder.encode(toFrame(stretch, channels)));
};

const decoded = (packets: Uint8Array[]) => {
  const decoder = createDecoder();
  return Float64Array.from(
    packets.flatMap((packet) => [...decoder.decode(packet)]),
    (value) => value / 32768,
  );
};

const loudness = (sound: Float64Array) => Math.sqrt(sound.reduce((sum, x) => sum + x * x, 0) / sound.length);

for (const channels of [1, 2] as const) {
  test(`sound comes back ${encoderDelay} samples late and else the same, through ${channels} channel(s)`, () => {
    const out = decoded(encoded(glide, channels, 128_000));
    assert.equal(out.length, 48_000 * 2);
    const likeness = (delay: number) => {
      let sum = 0;
      for (let i = 4800; i < 40_000; i++) sum += glide[i]! * out[(i + delay) * 2]!;
      return sum;
    };
    const delays = Array.from({ length: 700 }, (_, delay) => delay);
    const best = delays.reduce((most, delay) => (likeness(delay) > likeness(most) ? delay : most), 0);
    assert.equal(best, encoderDelay);
    const heard = Float64Array.from({ length: 35_200 }, (_, i) => out[(i + 4800 + encoderDelay) * 2]!);
    const error = loudness(heard.map((value, i) => value - glide[i + 4800]!));
    assert.ok(error < 0.05 * loudness(heard), `error ${error}`);
  });
}

test("the bit rate is the bit rate", () => {
  for (const bitrate of [32_000, 96_000, 192_000]) {
    const bytes = encoded(glide, 2, bitrate).reduce((sum, packet) => sum + packet.length, 0);
    assert.ok(Math.abs(bytes * 8 - bitrate) < 0.15 * bitrate, `${bytes * 8} for ${bitrate}`);
  }
});

test("every packet made says that it holds 960 samples", () => {
  for (const packet of encoded(glide, 2, 64_000)) assert.equal(packetSamples(packet), 960);
});

test("the samples of a packet are told as in the table of the standard", () => {
  // configuration, frame size in ms (RFC 6716, table 2)
  const table: [number, number][] = [
    [0, 10],
    [3, 60],
    [7, 60],
    [11, 60],
    [12, 10],
    [13, 20],
    [15, 20],
    [16, 2.5],
    [19, 20],
    [31, 20],
  ];
  for (const [configuration, ms] of table) {
    assert.equal(packetSamples(Uint8Array.of(configuration << 3)), ms * 48);
    assert.equal(packetSamples(Uint8Array.of((configuration << 3) | 1)), ms * 96);
    assert.equal(packetSamples(Uint8Array.of((configuration << 3) | 3, 2)), ms * 96);
  }
  assert.equal(packetSamples(Uint8Array.of((31 << 3) | 3, 63)), 0, "more than 120 ms");
  assert.equal(packetSamples(Uint8Array.of((31 << 3) | 3)), 0, "a count that is missing");
  assert.equal(packetSamples(new Uint8Array()), 0);
});

test("a frame of the wrong size and a bit rate out of range are refused", () => {
  assert.throws(() => createEncoder().encode(new Uint8Array(1920)), /3840 bytes, not 1920/);
  assert.throws(() => createEncoder({ bitrate: 1000 }), /not 1000/);
  assert.throws(() => createEncoder({ bitrate: Number.NaN }), /not NaN/);
});

test("damaged packets are refused or decode to as many samples as they say", () => {
  const random = seeded(6);
  const packets = encoded(glide, 2, 64_000);
  let refused = 0;
  for (const packet of [...packets, new Uint8Array(), Uint8Array.of(255, 255, 255), new Uint8Array(5000).fill(7)]) {
    const damaged = packet.map((byte) => (random() < 0.05 ? Math.floor(random() * 256) : byte));
    damaged[0] = Math.floor(random() * 256);
    try {
      assert.equal(createDecoder().decode(damaged).length, packetSamples(damaged) * 2);
    } catch (error) {
      assert.ok(error instanceof UserError, String(error));
      refused++;
    }
  }
  assert.ok(refused > 5 && refused < packets.length, `${refused} refused`);
});

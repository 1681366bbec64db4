/** Levels of spectra: the same in pieces as in one pass, the same codes for a steady tone, and oscillators that hold its pitch. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { powerSpectrum } from "../../src/audio/spectrum.ts";
import { CodeBuffer } from "../../src/inference/code-buffer.ts";
import { openCodec } from "../../src/inference/codec.ts";
import { decodeSpan, openDecoder } from "../../src/inference/decode.ts";
import { createEncoder } from "../../src/inference/encode.ts";
import { spectraOf } from "../../src/model/spectra.ts";
import { type SpectralLevel, soundOf } from "../../src/model/spectral.ts";
import { decoderReach, encoderReach } from "../../src/model/vqvae.ts";
import { declared } from "../../src/model/weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { floats, floatsOf, ints, openSession } from "../../src/onnx/session.ts";
import { noise, seeded } from "../support/random.ts";
import { spectralVqvae as SIZE, spectralVqvaeStore as store } from "../support/spectral-vqvae.ts";

const RATE = 22_050;

for (const level of [0, 1])
  test(`sound has the same frames of level ${level} in pieces and in one pass`, async () => {
    const sound = noise(128 * 120, seeded(6));
    const piece = 2 * encoderReach(level, SIZE) + 128 * 10;
    const [whole, pieces] = [2 ** 15, piece].map((one) => createEncoder({ level, size: SIZE, store, piece: one }));
    const expected = await whole!.encode(sound);
    assert.equal(expected.length, 120 * SIZE.codesPerFrame![level]!);
    assert.ok(piece < sound.length);
    assert.deepEqual(await pieces!.encode(sound), expected);
    assert.ok(new Set(expected).size > 5);
    await whole!.close();
    await pieces!.close();
  });

test("a steady tone has one frame of codes", async () => {
  const tone = Float32Array.from({ length: 128 * 200 }, (_, at) => 0.3 * Math.sin((2 * Math.PI * 440 * at) / 8000));
  const encoder = createEncoder({ level: 1, size: SIZE, store });
  const codes = await encoder.encode(tone);
  await encoder.close();
  const frames = Array.from({ length: 100 }, (_, at) => codes.subarray(3 * (50 + at), 3 * (51 + at)).join());
  assert.ok(new Set(frames).size <= 2, `${new Set(frames).size} different frames`);
});

test("a stretch sounds as it does in the whole song, wherever it begins", async () => {
  const random = seeded(7);
  const decoder = await openDecoder(store, 0, SIZE, {});
  assert.equal(decoder.reach, decoderReach(0, SIZE) / 128);
  const frames = 3 * decoder.reach + 40;
  const drawn = (count: number): Uint16Array => Uint16Array.from({ length: count }, () => Math.floor(random() * 32));
  const above = new CodeBuffer(frames, drawn(3 * frames), { perFrame: 3 });
  const line = new CodeBuffer(frames, drawn(2 * frames), { perFrame: 2, above });
  const whole = await decodeSpan(decoder, line, 0, frames);
  const largest = Math.max(...whole.map(Math.abs));
  assert.ok(largest > 1e-3);
  for (const [from, to] of [
    [0, 5],
    [decoder.reach + 3, decoder.reach + 11],
    [frames - 4, frames],
  ] as const) {
    const part = await decodeSpan(decoder, line, from, to);
    const expected = whole.subarray(128 * from, 128 * to);
    assert.ok(part.every((sample, at) => Math.abs(sample - expected[at]!) <= 1e-3 * largest));
  }
  await decoder.session.close();
});

test("a reconstruction is as long as its sound", async () => {
  const codec = await openCodec(0, { size: SIZE, store, threads: 1 });
  assert.equal((await codec.reconstruct(noise(3000, seeded(1)))).length, 128 * 23);
  await codec.close();
});

const LEVEL: SpectralLevel = { hop: 256, embWidth: 8, sampleRate: RATE, width: 8, fineWidth: 4, depth: 2 };

/** What spectra say by themselves: a network of zeros corrects nothing. */
async function resounded(sound: Float32Array, first: number): Promise<Float32Array> {
  const graph = new Graph();
  const shapes = new Map<string, readonly number[]>();
  const input = graph.input("sound", "float32", [1, 1, sound.length]);
  const at = graph.input("at", "int32", [1]);
  graph.output("copy", soundOf(spectraOf(input, LEVEL), declared(graph, shapes), LEVEL, at));
  const session = await openSession(graph);
  const zeros = [...shapes].map(
    ([name, shape]) => [name, floats(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape)] as const,
  );
  const feeds = { sound: floats(sound, [1, 1, sound.length]), at: ints(Int32Array.of(first), [1]) };
  const out = await session.run({ ...Object.fromEntries(zeros), ...feeds });
  await session.close();
  return floatsOf(out, "copy");
}

const rms = (sound: Float32Array): number => Math.sqrt(sound.reduce((sum, one) => sum + one * one, 0) / sound.length);

test("before anything is learned, spectra already make the pitch of a tone, and about the loudness of noise", async () => {
  const tone = Float32Array.from({ length: 256 * 100 }, (_, at) => 0.3 * Math.sin((2 * Math.PI * 329.63 * at) / RATE));
  for (const first of [0, 12_345]) {
    const copy = (await resounded(tone, first)).subarray(256 * 30, 256 * 70);
    const { columns, data } = powerSpectrum(copy, { nFft: 8192, hop: 2048 });
    const frame = data.subarray(0, columns);
    const loudest = frame.indexOf(Math.max(...frame));
    assert.ok(Math.abs((loudest * RATE) / 8192 - 329.63) < 6, `${(loudest * RATE) / 8192} Hz`);
  }
  const random = seeded(2);
  const hiss = Float32Array.from({ length: 256 * 100 }, () => 0.2 * (2 * random() - 1));
  const copy = (await resounded(hiss, 0)).subarray(256 * 30, 256 * 70);
  const decibels = 20 * Math.log10(rms(copy) / rms(hiss));
  assert.ok(Math.abs(decibels) < 8, `${decibels} dB`);
});

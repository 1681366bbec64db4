/** WAV files, against bytes put together by hand. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createWav, openWav } from "../../src/audio/wav.ts";
import { UserError } from "../../src/errors.ts";
import { temporaryFolder } from "../support/folder.ts";

const tag = (name: string, body: Buffer) => {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from(name), size, body, Buffer.alloc(body.length % 2)]);
};
const format = (kind: number, channels: number, sampleRate: number, bits: number) => {
  const body = Buffer.alloc(16);
  body.writeUInt16LE(kind, 0);
  body.writeUInt16LE(channels, 2);
  body.writeUInt32LE(sampleRate, 4);
  body.writeUInt32LE((sampleRate * channels * bits) / 8, 8);
  body.writeUInt16LE((channels * bits) / 8, 12);
  body.writeUInt16LE(bits, 14);
  return tag("fmt ", body);
};
const riff = (...parts: Buffer[]) => tag("RIFF", Buffer.concat([Buffer.from("WAVE"), ...parts]));
const int16 = (...values: number[]) => Buffer.from(Int16Array.from(values).buffer);
const float32 = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer);

test("a written WAV file is, byte for byte, the header and the samples of the format", (t) => {
  const path = join(temporaryFolder(t), "song.wav");
  const wav = createWav(path, 22_050);
  wav.write(Float32Array.of(0, 0.5, -0.5));
  wav.write(Float32Array.of(1, -1, 7, -7, Number.NaN));
  assert.equal(wav.samples, 8);
  assert.equal(wav.close(), 60);
  const sound = int16(0, 16384, -16384, 32767, -32768, 32767, -32768, 0);
  assert.deepEqual(readFileSync(path), riff(format(1, 1, 22_050, 16), tag("data", sound)));
});

test("a WAV file has its name only when it is closed, and a discarded one leaves nothing", (t) => {
  const folder = temporaryFolder(t);
  const [kept, dropped] = [join(folder, "kept.wav"), join(folder, "dropped.wav")];
  const wav = createWav(kept, 8000);
  wav.write(new Float32Array(100));
  assert.equal(existsSync(kept), false);
  wav.close();
  wav.discard();
  assert.equal(existsSync(kept), true);
  const other = createWav(dropped, 8000);
  other.write(new Float32Array(100));
  other.discard();
  assert.equal(existsSync(dropped) || existsSync(`${dropped}.part`) || existsSync(`${kept}.part`), false);
  assert.throws(() => other.write(new Float32Array(1)), /closed/);
});

test("any span read from a WAV file is that span of what was written", (t) => {
  const path = join(temporaryFolder(t), "ramp.wav");
  const wav = createWav(path, 48_000);
  const ramp = Float32Array.from({ length: 1000 }, (_, i) => (i - 500) / 512);
  for (let from = 0; from < 1000; from += 77) wav.write(ramp.subarray(from, from + 77));
  wav.close();
  const read = openWav(path);
  assert.deepEqual({ sampleRate: read.sampleRate, samples: read.samples }, { sampleRate: 48_000, samples: 1000 });
  for (const [from, count] of [
    [0, 1000],
    [3, 10],
    [999, 1],
    [990, 50],
    [1000, 5],
    [5000, 5],
    [7, 0],
  ] as const) {
    assert.deepEqual(read.read(from, count), ramp.slice(from, from + count), `${count} samples from ${from}`);
  }
});

test("stereo, float and extensible WAV files are read as clipped mono, whatever parts surround the sound", (t) => {
  const path = join(temporaryFolder(t), "other.wav");
  const odd = tag("LIST", Buffer.from("odd"));
  writeFileSync(path, riff(odd, format(1, 2, 44_100, 16), tag("data", int16(16384, 0, -32768, -32768)), odd));
  assert.deepEqual(openWav(path).read(0, 9), Float32Array.of(0.25, -1));
  const floats = float32(0.25, 1e35, Number.NaN, -2);
  writeFileSync(path, riff(format(3, 1, 44_100, 32), odd, tag("data", floats)));
  assert.deepEqual(openWav(path).read(0, 9), Float32Array.of(0.25, 1, 0, -1));
  const extensible = Buffer.concat([format(0xfffe, 1, 44_100, 16).subarray(8), Buffer.alloc(8), Buffer.from([1, 0])]);
  writeFileSync(path, riff(tag("fmt ", extensible), tag("data", int16(-16384))));
  assert.deepEqual(openWav(path).read(0, 9), Float32Array.of(-0.5));
});

test("whole numbers of 8, 16, 24 and 32 bits and floats of 32 and 64 are the same sound, channel by channel", (t) => {
  const path = join(temporaryFolder(t), "kinds.wav");
  const [left, right] = [
    [0, 0.5, -1, 0.25],
    [-0.5, 0, 0.75, -0.25],
  ];
  const values = left!.flatMap((value, at) => [value, right![at]!]);
  const kinds: [number, number, (value: number, out: Buffer) => void][] = [
    [1, 8, (value, out) => out.writeUInt8(value * 128 + 128)],
    [1, 16, (value, out) => out.writeInt16LE(value * 2 ** 15)],
    [1, 24, (value, out) => out.writeIntLE(value * 2 ** 23, 0, 3)],
    [1, 32, (value, out) => out.writeInt32LE(value * 2 ** 31)],
    [3, 32, (value, out) => out.writeFloatLE(value)],
    [3, 64, (value, out) => out.writeDoubleLE(value)],
  ];
  for (const [kind, bits, write] of kinds) {
    const bytes = values.map((value) => {
      const out = Buffer.alloc(bits / 8);
      write(value, out);
      return out;
    });
    writeFileSync(path, riff(format(kind, 2, 8000, bits), tag("data", Buffer.concat(bytes))));
    const wav = openWav(path);
    assert.deepEqual(wav.readChannels(0, 9), [Float32Array.from(left!), Float32Array.from(right!)], `${kind}, ${bits}`);
    assert.deepEqual(wav.read(1, 2), Float32Array.of(0.25, -0.125));
  }
  writeFileSync(path, riff(format(3, 1, 8000, 32), tag("data", float32(1e35, Number.NaN))));
  assert.deepEqual(openWav(path).readChannels(0, 2), [Float32Array.of(1e35, Number.NaN)], "for others to judge");
});

test("a WAV stream whose size was never filled in is read to the end of the file", (t) => {
  const path = join(temporaryFolder(t), "stream.wav");
  const bytes = riff(format(1, 1, 8000, 16), tag("data", int16(16384, -16384)));
  bytes.writeUInt32LE(0xffff_ffff, 40);
  writeFileSync(path, bytes);
  assert.deepEqual(openWav(path).read(0, 9), Float32Array.of(0.5, -0.5));
});

test("a damaged or foreign WAV file is refused in one sentence", (t) => {
  const path = join(temporaryFolder(t), "bad.wav");
  const sound = tag("data", int16(1, 2, 3));
  const cases: [string, Buffer, RegExp][] = [
    ["empty", Buffer.alloc(0), /not a WAV file/],
    ["text", Buffer.from("Once upon a time there was"), /not a WAV file/],
    ["no format", riff(sound), /without a format chunk/],
    ["short format", riff(tag("fmt ", Buffer.alloc(4)), sound), /damaged header/],
    ["no sound", riff(format(1, 1, 8000, 16)), /without sound/],
    ["40 bits", riff(format(1, 1, 8000, 40), sound), /40 bits/],
    ["mp3 inside", riff(format(0x55, 1, 8000, 16), sound), /sound of MP3; .* Convert it/],
    ["unknown inside", riff(format(0x99, 1, 8000, 16), sound), /sound of kind 153 with 16 bits;/],
    ["no channels", riff(format(1, 0, 8000, 16), sound), /0 channels/],
    ["many channels", riff(format(1, 9, 8000, 16), sound), /9 channels/],
    ["no rate", riff(format(1, 1, 0, 16), sound), /0 Hz/],
    [
      "endless parts",
      riff(...Array.from({ length: 500 }, () => tag("junk", Buffer.alloc(0)))),
      /without a format chunk/,
    ],
  ];
  for (const [name, bytes, message] of cases) {
    writeFileSync(path, bytes);
    assert.throws(
      () => openWav(path),
      (error) => error instanceof UserError && message.test(error.message),
      name,
    );
  }
});

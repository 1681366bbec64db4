/** Files as other programs write, cut, join and damage them: each is decoded as far as it goes, with a warning where sound is missing. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { collect, type Sound } from "../../../src/audio/decoding/collect.ts";
import { frameAt, tagIn } from "../../../src/audio/decoding/mpeg.ts";
import { openSource } from "../../../src/audio/decoding/open.ts";
import { checksum, makePage } from "../../../src/audio/pages.ts";
import { UserError } from "../../../src/errors.ts";
import { chirp } from "../../support/chirp.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { pagesOf } from "../../support/ogg.ts";

const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, "../fixtures", name));

/** Reads these bytes at the file's own rate, as a rule. */
function reader(t: TestContext, sampleRate = 44_100) {
  const path = join(temporaryFolder(t), "song");
  return async (bytes: Uint8Array): Promise<Sound> => {
    writeFileSync(path, bytes);
    const wanted = { sampleRate, channels: 1, maxSeconds: 30, longer: "refuse" } as const;
    return collect(await openSource(path, "song", 1e7), wanted, "song");
  };
}

const soundOf = ({ channels }: Sound): Float32Array => channels[0]!;

/** How many samples of one sound are those of another, from these places on. */
function equalFrom(a: Float32Array, b: Float32Array, [fromA, fromB]: readonly [number, number]): number {
  let count = 0;
  while (fromA + count < a.length && a[fromA + count] === b[fromB + count]) count++;
  return count;
}

const missing = /^"song": .+ near 0:0\d could not be read\.$/;

// MP3

const mp3 = fixture("stereo.mp3");

/** Where each frame begins; the first is the encoder's tag. */
const frames = (bytes: Buffer): number[] => {
  const places: number[] = [];
  for (let at = 0, frame = frameAt(bytes, at); frame; at += frame.bytes, frame = frameAt(bytes, at)) places.push(at);
  return places;
};

test("an MP3 file's count of frames may be 0, one off, or of the whole that it was cut out of", async (t) => {
  const read = reader(t);
  const whole = await read(mp3);
  const at = mp3.indexOf("Info") + 8;
  assert.ok(tagIn(mp3, 0, frameAt(mp3, 0)!)!.frames === mp3.readUInt32BE(at));
  for (const [count, warning] of [
    [0, /^$/],
    [1, /^$/],
    [18, /^$/],
    [20, /^$/],
    [30, /^"song" ends at 0\.\d s, though its header says 0\.\d s\.$/],
    [0xffff_ffff, /^"song" ends at 0:00, though its header says/],
  ] as const) {
    const copy = Buffer.from(mp3);
    copy.writeUInt32BE(count, at);
    const sound = await read(copy);
    assert.match(sound.warnings.join(), warning, `${count}`);
    const same = equalFrom(soundOf(sound), soundOf(whole), [0, 0]);
    assert.equal(same, soundOf(whole).length, `${count}`);
  }
});

test("joined MP3 files are read one after the other, with tags between them and at other rates", async (t) => {
  const read = reader(t);
  const whole = soundOf(await read(mp3));
  const other = fixture("mono-vbr.mp3");
  const tags = [
    Buffer.alloc(0),
    Buffer.concat([Buffer.from("TAG"), Buffer.alloc(125)]),
    Buffer.from("ID3\x04\0\0\0\0\0\x03abc"),
  ];
  for (const tag of tags) {
    const sound = await read(Buffer.concat([mp3, tag, mp3]));
    assert.deepEqual(sound.warnings, []);
    assert.deepEqual(soundOf(sound).subarray(0, whole.length), whole);
    assert.deepEqual(soundOf(sound).subarray(whole.length), whole);
  }
  const mixed = await read(Buffer.concat([mp3, other]));
  assert.deepEqual(mixed.warnings, []);
  assert.equal(soundOf(mixed).length, whole.length + 15_013 * 2);
});

test("a hole, a bad head or anything strange in an MP3 file costs the frames that it hits", async (t) => {
  const read = reader(t);
  const bytes = fixture("untagged.mp3").subarray(0, -128);
  const whole = soundOf(await read(bytes));
  const places = frames(bytes);
  const [from, to] = [places[7]!, places[9]!];
  const noise = Buffer.from(Array.from({ length: 700 }, (_, at) => (at * 7919) % 251));
  const holes: readonly (readonly [string, Buffer])[] = [
    ["zeros", Buffer.from(bytes).fill(0, from, to)],
    ["ones", Buffer.from(bytes).fill(255, from, to)],
    ["a bad head", Buffer.from(bytes).fill(0, from, from + 1)],
    ["another bit rate", Buffer.from(bytes).fill(bytes[from + 2]! ^ 0x30, from + 2, from + 3)],
    ["half a frame gone", Buffer.concat([bytes.subarray(0, from + 100), bytes.subarray(to)])],
    ["noise put in", Buffer.concat([bytes.subarray(0, from), noise, bytes.subarray(from)])],
  ];
  for (const [name, copy] of holes) {
    const sound = await read(copy);
    assert.match(sound.warnings.join(), missing, name);
    const got = soundOf(sound);
    assert.ok(equalFrom(got, whole, [0, 0]) >= 7 * 1152, `${name}: what stands before`);
    const tail = 5 * 1152; // the decoder finds its way back within a few frames
    const apart = got.subarray(-tail).map((value, at) => Math.abs(value - whole[whole.length - tail + at]!));
    assert.ok(Math.max(...apart) < 1e-5, `${name}: what stands behind is ${Math.max(...apart)} apart`);
    assert.ok(Math.abs(got.length - whole.length) < 3000, `${name}: its length`);
  }
});

test("what stands before and behind the frames of an MP3 file is no loss", async (t) => {
  const read = reader(t);
  const whole = soundOf(await read(mp3));
  const ape = Buffer.alloc(32 + 10);
  ape.write("APETAGEX");
  ape.writeUInt32LE(10, 12);
  for (const end of [Buffer.alloc(5000), ape, Buffer.concat([Buffer.from("TAG"), Buffer.alloc(125, 32)])]) {
    const sound = await read(Buffer.concat([mp3, end]));
    assert.deepEqual([soundOf(sound), sound.warnings], [whole, []]);
  }
  const lyingTag = Buffer.from("ID3\x03\0\0\x7f\x7f\x7f\x7f", "latin1");
  assert.deepEqual(soundOf(await read(Buffer.concat([lyingTag, mp3]))), whole, "the size of a tag may be wrong");
});

// WAV

const ramp = Int16Array.from({ length: 4000 }, (_, at) => ((at * 37) % 20_000) - 10_000);
const rampBytes = Buffer.from(ramp.buffer);
const rampSound = Float32Array.from(ramp, (value) => value / 32_768);

const u16 = (...values: number[]): Buffer => Buffer.from(Uint16Array.from(values).buffer);
const u32 = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);
const chunk = (id: string, body: Uint8Array, size = body.length): Buffer =>
  Buffer.concat([Buffer.from(id), u32(size), body]);
const format = (kind: number, bits: number, block = bits / 8, rate = 44_100): Buffer =>
  chunk("fmt ", Buffer.concat([u16(kind, 1), u32(rate, rate * block), u16(block, bits)]));
const riff = (...chunks: Buffer[]): Buffer => {
  const body = Buffer.concat([Buffer.from("WAVE"), ...chunks]);
  return Buffer.concat([Buffer.from("RIFF"), u32(body.length), body]);
};
const pcm = format(1, 16);

test("a WAV file's size of its sound may never have been filled in, or be wrong", async (t) => {
  const read = reader(t);
  for (const size of [0, 0x7fff_f000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_fff0, 0xffff_ff00 - 44]) {
    const sound = await read(riff(pcm, chunk("data", rampBytes, size)));
    assert.deepEqual([soundOf(sound), sound.warnings], [rampSound, []], `${size}`);
  }
  for (const more of [100, 5000, 80_000]) {
    const { channels, warnings } = await read(riff(pcm, chunk("data", rampBytes, rampBytes.length + more)));
    assert.deepEqual(channels[0], rampSound);
    assert.match(warnings.join(), /^"song" ends at 0\.1 s, though its header says [01]\.\d s\.$/);
  }
  const odd = await read(riff(pcm, chunk("data", rampBytes.subarray(0, -1), 0)));
  assert.equal(soundOf(odd).length, ramp.length - 1, "half a sample is none");
  await assert.rejects(read(riff(pcm, chunk("data", Buffer.of(), 0))), /^UserError: "song" contains no sound/);
  await assert.rejects(
    read(riff(pcm, chunk("data", Buffer.of(), 0), chunk("LIST", Buffer.alloc(4)))),
    /contains no sound/,
  );
});

test("chunks around a WAV file's sound are passed over, however many and whatever their sizes", async (t) => {
  const read = reader(t);
  const data = chunk("data", rampBytes);
  const many = Array.from({ length: 70 }, (_, at) => chunk(`x${String(at).padStart(3, "0")}`, Buffer.alloc(at * 2)));
  const files: readonly (readonly [string, Buffer])[] = [
    ["70 chunks", riff(...many, pcm, ...many, data)],
    ["odd, padded", riff(pcm, chunk("LIST", Buffer.alloc(5, 1)), Buffer.of(0), data)],
    ["odd, not padded", riff(pcm, chunk("LIST", Buffer.alloc(5, 1)), data)],
    ["odd, not padded, twice", riff(chunk("bext", Buffer.alloc(3)), pcm, chunk("LIST", Buffer.alloc(5, 1)), data)],
    ["a size that leads astray", riff(pcm, chunk("junk", Buffer.alloc(40), 0x00ff_ffff), data)],
    ["a size beyond all", riff(pcm, chunk("junk", Buffer.alloc(40), 0xffff_ffff), data)],
    ["sound before its format", riff(data, pcm)],
    ["something behind", riff(pcm, data, chunk("LIST", Buffer.alloc(10)), Buffer.from("garbage"))],
    ["RF64", rf64("RF64")],
    ["BW64", rf64("BW64")],
    ["W64", wave64()],
    ["RIFX", rifx()],
  ];
  for (const [name, bytes] of files) {
    const sound = await read(bytes);
    assert.deepEqual([soundOf(sound), sound.warnings], [rampSound, []], name);
  }
  const { warnings } = await read(Buffer.concat([riff(pcm, data), riff(pcm, data)]));
  assert.deepEqual(warnings, ['"song" is followed by a second WAV file, which is ignored.']);
});

function rf64(id: string): Buffer {
  const sizes = Buffer.alloc(28);
  sizes.writeBigUInt64LE(BigInt(rampBytes.length), 8);
  const file = riff(chunk("ds64", sizes), pcm, chunk("data", rampBytes, 0xffff_ffff), chunk("LIST", Buffer.alloc(8)));
  file.write(id);
  file.writeUInt32LE(0xffff_ffff, 4);
  return file;
}

function wave64(): Buffer {
  const guid = (start: string, end: string): Buffer => Buffer.concat([Buffer.from(start), Buffer.from(end, "hex")]);
  const rest = "f3acd3118cd100c04f8edb8a";
  const part = (id: string, body: Buffer): Buffer => {
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(body.length + 24));
    return Buffer.concat([guid(id, rest), size, body, Buffer.alloc((8 - (body.length % 8)) % 8)]);
  };
  const body = Buffer.concat([guid("wave", rest), part("fmt ", pcm.subarray(8)), part("data", rampBytes)]);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(body.length + 24));
  return Buffer.concat([guid("riff", "2e91cf11a5d628db04c10000"), size, body]);
}

function rifx(): Buffer {
  const swapped = (bytes: Buffer): Buffer => Buffer.from(bytes);
  const head = Buffer.alloc(44);
  head.write("RIFX");
  head.writeUInt32BE(36 + rampBytes.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32BE(16, 16);
  head.writeUInt16BE(1, 20);
  head.writeUInt16BE(1, 22);
  head.writeUInt32BE(44_100, 24);
  head.writeUInt32BE(88_200, 28);
  head.writeUInt16BE(2, 32);
  head.writeUInt16BE(16, 34);
  head.write("data", 36);
  head.writeUInt32BE(rampBytes.length, 40);
  return Buffer.concat([head, swapped(rampBytes).swap16()]);
}

/** G.711 from its definition, one sample at a time: the segment, its middle, the sign. */
function companded(code: number, law: "a" | "mu"): number {
  const bits = law === "a" ? code ^ 0x55 : ~code & 0xff;
  const [segment, step] = [(bits >> 4) & 7, bits & 15];
  const positive = law === "a" ? (bits & 0x80) !== 0 : (bits & 0x80) === 0;
  const size =
    law === "mu"
      ? (2 * step + 33) * 2 ** segment - 33
      : segment === 0
        ? 2 * step + 1
        : (2 * step + 33) * 2 ** (segment - 1);
  return ((positive ? 1 : -1) * size) / (law === "mu" ? 8192 : 4096) || 0;
}

test("A-law and µ-law are what G.711 says", async (t) => {
  const read = reader(t);
  const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
  for (const [kind, law] of [
    [6, "a"],
    [7, "mu"],
  ] as const) {
    const sound = soundOf(await read(riff(format(kind, 8), chunk("data", codes))));
    assert.deepEqual(
      sound,
      Float32Array.from(codes, (code) => companded(code, law)),
      law,
    );
  }
});

test("ADPCM of both kinds is the sound that was packed", async (t) => {
  for (const [name, rate, decibels] of [
    ["ima.wav", 22_050, 15],
    ["ms.wav", 44_100, 15],
  ] as const) {
    const sound = soundOf(await reader(t, rate)(fixture(name)));
    const sides = name === "ms.wav" ? [0, 1] : [0];
    const wanted = sides.map((side) => chirp(rate, 6000, side));
    let [signal, noise] = [0, 0];
    for (let at = 1000; at < 6000; at++) {
      const value = wanted.reduce((sum, side) => sum + side[at]!, 0) / sides.length;
      signal += value ** 2;
      noise += (sound[at]! - value) ** 2;
    }
    const clean = 10 * Math.log10(signal / noise);
    t.diagnostic(`${name}: ${clean.toFixed(1)} dB`);
    assert.ok(clean > decibels, `${name}: ${clean} dB`);
  }
});

// Ogg

for (const name of ["pages.ogg", "pages.opus"] as const) {
  const bytes = fixture(name);
  const pages = [...pagesOf(bytes)];
  const rate = name === "pages.ogg" ? 22_050 : 48_000;
  const unmarked = (): Buffer => {
    const copy = Buffer.from(bytes);
    const last = copy.length - pages.at(-1)!.bytes.length;
    copy[last + 5] = 0;
    copy.writeUInt32LE(0, last + 22);
    copy.writeUInt32LE(checksum(copy.subarray(last)), last + 22);
    return copy;
  };

  test(`${name} without a mark of its end, or with bytes behind it, is whole`, async (t) => {
    const read = reader(t, rate);
    const whole = soundOf(await read(bytes));
    const garbage = Buffer.from("something else that a program left here");
    const ends = [unmarked(), Buffer.concat([bytes, garbage]), Buffer.concat([unmarked(), Buffer.alloc(3000)])];
    for (const copy of ends) {
      const sound = await read(copy);
      assert.deepEqual([soundOf(sound), sound.warnings], [whole, []]);
    }
  });

  test(`${name} is read on behind a damaged page, its time kept, and behind its end`, async (t) => {
    const read = reader(t, rate);
    const whole = soundOf(await read(bytes));
    const hit = Math.floor(pages.length / 2) + 1;
    const at = pages.slice(0, hit).reduce((sum, page) => sum + page.bytes.length, 0);
    const size = pages[hit]!.bytes.length;
    const flipped = Buffer.from(bytes);
    flipped[at + 40]! ^= 1;
    const copies = [
      flipped,
      Buffer.from(bytes).fill(0, at, at + size),
      Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]),
    ];
    for (const [index, copy] of copies.entries()) {
      const sound = await read(copy);
      assert.match(sound.warnings.join(), missing, `${index}`);
      assert.ok(Math.abs(soundOf(sound).length - whole.length) < 2500, `${soundOf(sound).length} of ${whole.length}`);
      const before = equalFrom(soundOf(sound), whole, [0, 0]);
      assert.ok(before > 2000, `${before} samples before`);
    }
    const chained = await read(Buffer.concat([bytes, bytes]));
    assert.deepEqual(chained.warnings, []);
    assert.deepEqual(soundOf(chained).subarray(0, whole.length), whole);
    assert.equal(soundOf(chained).length, 2 * whole.length);
    const cut = await read(bytes.subarray(0, at + 50));
    assert.equal(equalFrom(soundOf(cut), whole, [0, 0]), soundOf(cut).length);
    assert.match(cut.warnings.join(), missing);
  });
}

test("streams of other kinds and rates may follow, or lie beside the sound", async (t) => {
  const read = reader(t);
  const [vorbis, opus, flac] = [fixture("mono.ogg"), fixture("stereo.opus"), fixture("flac.oga")];
  const seconds = async (bytes: Buffer): Promise<number> => soundOf(await read(bytes)).length / 44_100;
  const [a, b, c] = [await seconds(vorbis), await seconds(opus), await seconds(flac)];
  const all = await read(Buffer.concat([vorbis, opus, flac]));
  assert.deepEqual(all.warnings, []);
  assert.ok(Math.abs(soundOf(all).length / 44_100 - a - b - c) < 0.001);
  const [head, ...rest] = [...pagesOf(fixture("pages.opus"))].map((page) => page.bytes);
  const other = (flags: number, sequence: number): Uint8Array =>
    makePage([Buffer.from(sequence === 0 ? "\x80theora and more" : "a picture")], {
      position: 0,
      flags,
      serial: 99,
      sequence,
    });
  const beside = rest.flatMap((page, at) => [page, other(0, at + 1)]);
  const sound = await read(Buffer.concat([other(2, 0), head!, ...beside]));
  assert.deepEqual([soundOf(sound), sound.warnings], [soundOf(await read(fixture("pages.opus"))), []]);
});

test("what lies in an Ogg file and can't be decoded is named", async (t) => {
  const read = reader(t);
  const page = (text: string): Buffer =>
    Buffer.from(makePage([Buffer.from(text, "latin1")], { position: 0, flags: 2, serial: 1, sequence: 0 }));
  await assert.rejects(read(page("Speex   1.2")), /^UserError: "song" is an Ogg file with Speex; .* Convert it/);
  await assert.rejects(read(page("\x80theora...")), /with Theora video/);
  await assert.rejects(read(page("whatever")), /with something unknown/);
  const [, , ...middle] = [...pagesOf(fixture("pages.ogg"))].map((one) => one.bytes);
  await assert.rejects(read(Buffer.concat(middle)), /without its beginning/);
});

// FLAC

test("a FLAC file's total may be wrong or missing, and anything may stand behind it", async (t) => {
  const read = reader(t);
  const flac = fixture("stereo.flac");
  const whole = soundOf(await read(flac));
  const totalled = (total: number): Buffer => {
    const copy = Buffer.from(flac);
    copy.writeUInt32BE(total, 22);
    return copy;
  };
  for (const total of [0, 1, 100, 20_010]) {
    const sound = await read(totalled(total));
    assert.deepEqual([soundOf(sound), sound.warnings], [whole, []], `${total}`);
  }
  for (const total of [30_000, 0xffff_ffff]) {
    const sound = await read(totalled(total));
    assert.deepEqual(soundOf(sound), whole);
    assert.match(sound.warnings.join(), /^"song" ends at 0[.:]\d+( s)?, though its header says/);
  }
  for (const end of [Buffer.alloc(9000), Buffer.alloc(9000, 255), Buffer.from("TAG".padEnd(128))])
    for (const total of [0, 20_011]) {
      const sound = await read(Buffer.concat([totalled(total), end]));
      assert.deepEqual([soundOf(sound), sound.warnings], [whole, []]);
    }
  const twice = await read(Buffer.concat([flac, flac]));
  assert.deepEqual([soundOf(twice).length, twice.warnings], [2 * whole.length, []]);
});

// WebM

test("WebM as browsers record it is read, finished or not, and on behind damage", async (t) => {
  const read = reader(t, 48_000);
  for (const name of ["live.webm", "finished.webm"]) {
    const bytes = fixture(name);
    const whole = await read(bytes);
    assert.deepEqual(whole.warnings, []);
    assert.ok(Math.abs(soundOf(whole).length - (20_011 * 48_000) / 44_100) < 2, `${soundOf(whole).length}`);
    const cut = await read(bytes.subarray(0, 2000));
    assert.match(cut.warnings.join(), missing);
    const same = equalFrom(soundOf(cut), soundOf(whole), [0, 0]);
    assert.ok(same === soundOf(cut).length && same > 8000, `${name}: ${same} of ${soundOf(cut).length}`);
  }
  const renamed = Buffer.from(fixture("live.webm").toString("latin1").replace("A_OPUS", "A_AAC\0"), "latin1");
  await assert.rejects(read(renamed), /^UserError: "song" is a WebM or Matroska file with AAC; .* Convert it/);
});

// Anything else

test("files of other formats are called by their names, with a way to convert them", async (t) => {
  const read = reader(t);
  const files: readonly (readonly [Uint8Array, RegExp])[] = [
    [
      fixture("other.m4a"),
      /an MPEG-4 file \(m4a, mp4, mov\), which I can't decode\. Convert it, for example with "ffmpeg/,
    ],
    [Buffer.from("\xff\xf1\x50\x80 and so on", "latin1"), /an AAC file, .*Convert/],
    [Buffer.from("\xff\xfd\xa4\x00 and so on", "latin1"), /an MP2 file, .*Convert/],
    [Buffer.from("#!AMR\n and so on"), /an AMR file, .*Convert/],
    [Buffer.from("3026b2758e66cf11a6d900aa0062ce6c", "hex"), /a Windows Media file .*Convert/],
    [Buffer.from("MThd\0\0\0\x06"), /a MIDI file: it contains notes, not sound\.$/],
    [Buffer.from("PK\x03\x04 and so on"), /an archive\. Unpack it first\.$/],
    [Buffer.from("<!DOCTYPE html><html>"), /a web page, not a sound file\.$/],
  ];
  for (const [bytes, sentence] of files)
    await assert.rejects(
      read(bytes),
      (error) => error instanceof UserError && sentence.test(error.message),
      `${sentence}`,
    );
});

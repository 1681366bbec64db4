/** Ogg Opus files, before other programs' eyes and against damage. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import prism from "prism-media";
import { FrameCutter, toFrame } from "../../src/audio/frames.ts";
import { writeOgg } from "../../src/audio/ogg.ts";
import { createEncoder, encoderDelay } from "../../src/audio/opus.ts";
import { checksum } from "../../src/audio/pages.ts";
import { UserError } from "../../src/errors.ts";
import { temporaryFolder } from "../support/folder.ts";
import { needsTool } from "../support/needs.ts";
import { readOgg, readTags } from "../support/ogg.ts";
import { noise, seeded } from "../support/random.ts";

const head = { channels: 1, preSkip: encoderDelay, sampleRate: 22_050 } as const;
const tags = { TITLE: "Song = dance", ARTIST: "The Copper Owls", SEED: "7", NOTE: "Свет ♪" };

/** A file of so many samples of noise, and the packets in it. */
function file(samples: number, { bitrate = 64_000, comments = tags as Record<string, string> } = {}) {
  const parts: Uint8Array[] = [];
  const packets: Uint8Array[] = [];
  const encoder = createEncoder({ channels: 1, bitrate });
  const ogg = writeOgg((bytes) => parts.push(bytes), head, comments);
  const cutter = new FrameCutter();
  const sound = noise(samples, seeded(7)).map((value) => value / 4);
  const padded = [...cutter.push(sound), ...cutter.push(new Float32Array(encoderDelay)), ...cutter.flush()];
  for (const stretch of padded) {
    packets.push(encoder.encode(toFrame(stretch, 1)));
    ogg.packet(packets.at(-1)!);
  }
  ogg.close(samples);
  return { bytes: Buffer.concat(parts), packets };
}

/** A file with one byte changed and the checksums of its pages made right again. */
function changed(bytes: Uint8Array, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  for (let page = 0; page < copy.length; ) {
    const sizes = copy.subarray(page + 27, page + 27 + copy[page + 26]!);
    const end = page + 27 + sizes.length + sizes.reduce((sum, size) => sum + size, 0);
    copy.writeUInt32LE(0, page + 22);
    copy.writeUInt32LE(slowChecksum(copy.subarray(page, end)), page + 22);
    page = end;
  }
  return copy;
}

function slowChecksum(bytes: Uint8Array): number {
  let value = 0n;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const top = (value >> 31n) & 1n;
      value = ((value << 1n) & 0xffff_ffffn) ^ ((top ^ BigInt((byte >> bit) & 1)) === 1n ? 0x04c1_1db7n : 0n);
    }
  }
  return Number(value);
}

test("the checksum agrees with a loop over bits", () => {
  const random = seeded(8);
  for (const size of [0, 1, 4, 5, 300]) {
    const bytes = Uint8Array.from({ length: size }, () => random() * 256);
    assert.equal(checksum(bytes), slowChecksum(bytes));
  }
});

test("what was written is read back: head, tags, every packet and the exact length", () => {
  for (const samples of [0, 1, 647, 648, 649, 960, 48_000, 123_456]) {
    const { bytes, packets } = file(samples);
    const sound = readOgg(bytes);
    assert.deepEqual([sound.channels, sound.preSkip, sound.sampleRate], [1, 312, 22_050]);
    assert.deepEqual(Object.fromEntries(sound.tags), tags);
    assert.equal(sound.samples, samples);
    assert.deepEqual(
      [...sound.packets()].map((packet) => Buffer.from(packet)),
      packets.map((packet) => Buffer.from(packet)),
    );
  }
});

test("packets of any size fit on the pages", () => {
  for (const bitrate of [6000, 96_000, 510_000]) {
    const { bytes, packets } = file(100_000, { bitrate });
    assert.equal(readOgg(bytes).samples, 100_000);
    assert.equal([...readOgg(bytes).packets()].length, packets.length);
  }
});

test("the same song is the same file, byte for byte", () => {
  assert.deepEqual(file(30_000).bytes, file(30_000).bytes);
});

test("tags are read from the beginning of a file, and names don't care for case", () => {
  const { bytes } = file(48_000, { comments: { title: "a", Title: "b", seed: "7=7" } });
  const read = readTags(bytes.subarray(0, 2000));
  assert.deepEqual(Object.fromEntries(read), { TITLE: "a", SEED: "7=7" });
  assert.throws(() => readTags(bytes.subarray(0, 60)), UserError);
});

test("an independent demuxer finds the same packets", async () => {
  const { bytes, packets } = file(100_000);
  const demuxer = new prism.opus.OggDemuxer();
  const found: Buffer[] = [];
  demuxer.on("data", (packet: Buffer) => found.push(packet));
  demuxer.end(bytes);
  await once(demuxer, "end");
  assert.deepEqual(
    found,
    packets.map((packet) => Buffer.from(packet)),
  );
});

test("opusinfo has nothing to complain of, and finds head, tags and length", (t) => {
  if (!needsTool(t, "opusinfo")) return;
  for (const samples of [0, 1, 48_000, 123_456]) {
    const path = join(temporaryFolder(t), "song.ogg");
    writeFileSync(path, file(samples).bytes);
    const { status, stdout, stderr } = spawnSync("opusinfo", [path], { encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""], stdout + stderr);
    assert.doesNotMatch(stdout, /warning|error|corrupt|hole|negative/i);
    assert.match(stdout, /Pre-skip: 312\n/);
    assert.match(stdout, /Channels: 1\n/);
    assert.match(stdout, /ARTIST=The Copper Owls\n/);
    const [minutes, seconds] = /Playback length: (\d+)m:([\d.]+)s/.exec(stdout)!.slice(1).map(Number);
    assert.equal(minutes! * 60 + seconds!, Math.trunc(samples / 48) / 1000);
  }
});

test("opusdec decodes exactly the length that was written", (t) => {
  if (!needsTool(t, "opusdec")) return;
  const [song, raw] = ["song.ogg", "song.raw"].map((name) => join(temporaryFolder(t), name));
  for (const samples of [1, 959, 48_000, 123_456]) {
    writeFileSync(song!, file(samples).bytes);
    const { status, stderr } = spawnSync("opusdec", ["--quiet", "--rate", "48000", song!, raw!], { encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(readFileSync(raw!).length, samples * 2);
  }
});

test("every single changed byte is noticed", () => {
  const { bytes } = file(5000);
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at] = damaged[at]! ^ 0x10;
    assert.throws(() => readOgg(damaged), UserError, `byte ${at}`);
  }
});

test("a file that breaks off anywhere is refused", () => {
  const { bytes } = file(60_000);
  for (let size = 0; size < bytes.length; size += 13) {
    assert.throws(() => readOgg(bytes.subarray(0, size)), UserError, `${size} bytes`);
  }
});

test("hostile pages with right checksums are refused or read, and nothing else", () => {
  const { bytes } = file(3000);
  const random = seeded(9);
  let refused = 0;
  for (let round = 0; round < 3000; round++) {
    const at = Math.floor(random() * 300); // the heads, the tags and the first sizes
    if (at % 28 === 26) continue;
    try {
      const hostile = changed(bytes, at, Math.floor(random() * 256));
      const sound = readOgg(hostile);
      assert.ok(sound.samples >= 0 && [...sound.packets()].length <= hostile.length);
    } catch (error) {
      if (error instanceof RangeError) continue; // the test's own walk over the pages lost its way
      assert.ok(error instanceof UserError, String(error));
      refused++;
    }
  }
  assert.ok(refused > 500, `${refused} refused`);
});

test("a small file cannot ask for much memory", () => {
  const { bytes } = file(3000, { comments: { A: "b" } });
  const tagsAt = bytes.indexOf("OpusTags");
  for (const at of [tagsAt + 8, tagsAt + 8 + 4 + "jukebox-bot".length]) {
    const hostile = changed(changed(bytes, at + 3, 0xff), at + 2, 0xff); // a length, then a count, of four billion
    assert.throws(() => readOgg(hostile), /damaged tags|more than 1000 tags/);
  }
});

test("packets that are none, lengths that don't fit and tags without a name are refused when writing", () => {
  const ogg = () => writeOgg(() => {}, head);
  assert.throws(() => ogg().packet(new Uint8Array()), /not an Opus packet/);
  assert.throws(() => ogg().close(0), /don't end/);
  const packet = createEncoder({ channels: 1 }).encode(new Uint8Array(1920));
  for (const [packets, samples] of [
    [1, 649],
    [2, 648],
    [2, 1609],
  ] as const) {
    const writer = ogg();
    for (let i = 0; i < packets; i++) writer.packet(packet);
    assert.throws(() => writer.close(samples), /don't end in the last/, `${samples} in ${packets}`);
  }
  assert.throws(() => writeOgg(() => {}, head, { "A=B": "" }), /is not a tag name/);
  assert.throws(() => writeOgg(() => {}, head, { A: "x".repeat(70_000) }), /longer than 64 KiB/);
});

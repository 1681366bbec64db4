/** Strangers' sound files: exact lengths, nothing shifted, and nothing that a damaged one can do. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type DecodeOptions, decodeFile } from "../../src/audio/decode.ts";
import { UserError } from "../../src/errors.ts";
import { resampleSlowly } from "../oracle/resample.ts";
import { chirp } from "../support/chirp.ts";
import { temporaryFolder } from "../support/folder.ts";
import { wavBytes } from "../support/wav.ts";

const fixtures = join(import.meta.dirname, "fixtures");
const fixture = (name: string): string => join(fixtures, name);

/** What each fixture holds, the least signal to noise in dB, and how late the sound is if nothing in the file tells of a delay. */
const files = [
  { name: "mono-24.wav", sampleRate: 22_050, channels: 1, samples: 15_013, decibels: 130 },
  { name: "mono-24.flac", sampleRate: 22_050, channels: 1, samples: 15_013, decibels: 130 },
  { name: "stereo.flac", sampleRate: 44_100, channels: 2, samples: 20_011, decibels: 85 },
  { name: "stereo.mp3", sampleRate: 44_100, channels: 2, samples: 20_011, decibels: 25 },
  { name: "mono-vbr.mp3", sampleRate: 22_050, channels: 1, samples: 15_013, decibels: 20 },
  { name: "untagged.mp3", sampleRate: 44_100, channels: 2, samples: 19 * 1152, decibels: 20, late: 576 + 529 },
  { name: "stereo.ogg", sampleRate: 44_100, channels: 2, samples: 20_011, decibels: 20 },
  { name: "mono.ogg", sampleRate: 22_050, channels: 1, samples: 15_013, decibels: 20 },
  { name: "stereo.opus", sampleRate: 48_000, channels: 2, samples: 24_007, decibels: 15 },
  { name: "mono-60.opus", sampleRate: 48_000, channels: 1, samples: 24_007, decibels: 10 },
] as const;

/** Signal to noise of a sound that is so many samples late, its ends aside. */
function decibels(heard: Float32Array, wanted: Float64Array, late: number): number {
  let [signal, noise] = [0, 0];
  for (let at = 2500; at < 12_000; at++) {
    signal += wanted[at]! ** 2;
    noise += (heard[at + late]! - wanted[at]!) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

for (const { name, sampleRate, channels, samples, ...file } of files)
  test(`${name} has its exact length, and no sample is shifted`, async (t) => {
    const late = "late" in file ? file.late : 0;
    const sound = await decodeFile(fixture(name), { sampleRate, channels, maxSeconds: 10 });
    assert.deepEqual([sound.sampleRate, sound.channels.length], [sampleRate, channels]);
    assert.equal(sound.wholeSeconds, samples / sampleRate);
    for (const [side, heard] of sound.channels.entries()) {
      assert.equal(heard.length, samples);
      const wanted = chirp(sampleRate, 15_000, side);
      const lags = Array.from({ length: 101 }, (_, lag) => late + lag - 50);
      const best = lags.reduce((most, lag) =>
        decibels(heard, wanted, lag) > decibels(heard, wanted, most) ? lag : most,
      );
      const clean = decibels(heard, wanted, late);
      t.diagnostic(`channel ${side}: ${clean.toFixed(1)} dB`);
      assert.equal(best, late);
      assert.ok(clean > file.decibels, `${clean} dB`);
    }
  });

const flac = { sampleRate: 44_100, maxSeconds: 10 };

test("mono is half of left and half of right, and stereo of mono is twice the same", async () => {
  const [left, right] = (await decodeFile(fixture("stereo.flac"), { ...flac, channels: 2 })).channels;
  const [mono] = (await decodeFile(fixture("stereo.flac"), flac)).channels;
  assert.deepEqual(
    mono,
    left!.map((value, at) => (value + right![at]!) / 2),
  );
  const { channels } = await decodeFile(fixture("mono.ogg"), { ...flac, channels: 2 });
  assert.equal(channels.length, 2);
  assert.deepEqual(channels[0], channels[1]);
});

test("another sample rate is what the slow formula says, and the beginning of a file is that of the whole", async () => {
  const [mono] = (await decodeFile(fixture("stereo.flac"), flac)).channels;
  const slow = resampleSlowly(mono!, 44_100, 22_050);
  const [fast] = (await decodeFile(fixture("stereo.flac"), { ...flac, sampleRate: 22_050 })).channels;
  assert.equal(fast!.length, slow.length);
  for (const [at, value] of fast!.entries()) assert.ok(Math.abs(value - slow[at]!) < 1e-6, `sample ${at}`);
  const cut = { sampleRate: 22_050, maxSeconds: 0.2, longer: "cut" } as const;
  const beginning = await decodeFile(fixture("stereo.flac"), cut);
  assert.deepEqual(beginning.channels[0], fast!.slice(0, 4410));
  assert.equal(beginning.wholeSeconds, 20_011 / 44_100, "the file tells");
  assert.equal((await decodeFile(fixture("stereo.ogg"), cut)).channels[0]!.length, 4410);
});

test("a file is what is in it, whatever its name says", async (t) => {
  const path = join(temporaryFolder(t), "song.wav");
  for (const name of ["stereo.flac", "stereo.mp3", "stereo.ogg"]) {
    copyFileSync(fixture(name), path);
    assert.equal((await decodeFile(path, flac)).channels[0]!.length, 20_011);
  }
});

/** Whoever reads this file is told this. */
async function refused(path: string, sentence: RegExp, options: Partial<DecodeOptions> = {}): Promise<void> {
  await assert.rejects(
    decodeFile(path, { ...flac, ...options }),
    (error) => error instanceof UserError && sentence.test(error.message),
    `${path}: ${sentence}`,
  );
}

/** The path of a file with these bytes. */
function fileOf(t: TestContext, bytes: Uint8Array, name = "song"): string {
  const path = join(temporaryFolder(t), name);
  writeFileSync(path, bytes);
  return path;
}

test("a file that is not sound is refused, with the supported formats", async (t) => {
  const formats =
    /^"song" is not a sound file that I can read\. I read WAV, AIFF, FLAC, MP3, Ogg Vorbis, Ogg Opus and WebM with Opus\.$/;
  for (const text of ["R", "Once upon a time there was a song. ".repeat(99), "ID3"])
    await refused(fileOf(t, Buffer.from(text)), formats);
  await refused(fileOf(t, Buffer.of()), /^"song" is empty\.$/);
  await refused(fileOf(t, Buffer.from("OggS")), /^"song" is an Ogg file without its beginning/);
  await refused(join(fixtures, "nowhere"), /^There is no file "nowhere"\.$/);
  await refused(fixtures, /^"fixtures" is not a file\.$/);
  const unreadable = join(temporaryFolder(t), "folder");
  mkdirSync(unreadable);
  await refused(join(unreadable, "x".repeat(20)), /^There is no file "a nice name"\.$/, { name: "a nice name" });
});

test("a file that is too long or too large is refused in words", async () => {
  for (const name of ["stereo.flac", "stereo.mp3", "stereo.ogg", "stereo.opus", "mono-24.wav"])
    await refused(fixture(name), /^"\S+" is too long: I take 0\.3 s at most\.$/, { maxSeconds: 0.3 });
  await refused(fixture("mono-24.wav"), /is too large: I read files of at most 0 MiB/, {
    limits: { maxBytes: 45_000 },
  });
});

test("silence is refused, and so is a silent beginning", async (t) => {
  const quiet = new Float32Array(8000);
  await refused(fileOf(t, wavBytes(8000, [quiet])), /^"song" is silent\.$/);
  const late = new Float32Array(16_000);
  late.fill(0.5, 12_000);
  const path = fileOf(t, wavBytes(8000, [late]));
  await refused(path, /^"song" is silent for its first 1 s\.$/, { maxSeconds: 1, longer: "cut", sampleRate: 8000 });
  assert.equal((await decodeFile(path, { sampleRate: 8000, maxSeconds: 2 })).channels[0]!.length, 16_000);
});

test("floats are clipped to −1 … 1, and silence stands for what is no number, with a warning", async (t) => {
  const sound = Float32Array.from({ length: 8000 }, (_, at) => (at < 4000 ? 1e35 : -7));
  const clipped = await decodeFile(fileOf(t, wavBytes(8000, [sound])), { sampleRate: 8000, maxSeconds: 10 });
  assert.deepEqual(
    clipped.channels[0],
    sound.map((value) => Math.sign(value)),
  );
  const resampled = await decodeFile(fileOf(t, wavBytes(8000, [sound])), { sampleRate: 44_100, maxSeconds: 10 });
  assert.ok(resampled.channels[0]!.every((value) => Math.abs(value) <= 1));
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const long = new Float32Array(100_000).fill(0.5);
    long[80_000] = bad;
    const read = await decodeFile(fileOf(t, wavBytes(8000, [long])), { sampleRate: 8000, maxSeconds: 20 });
    assert.deepEqual(read.warnings, ['"song": 0.1 s near 0:08 could not be read.']);
    assert.deepEqual([...read.channels[0]!.subarray(79_999, 80_002)], [0.5, 0, 0.5]);
    long.fill(bad);
    await refused(fileOf(t, wavBytes(8000, [long])), /^"song" is damaged: nothing audible could be read/, {
      maxSeconds: 20,
    });
  }
});

test("a cut file is read as far as it goes, with a warning where it says that it lasts longer", async (t) => {
  for (const name of ["stereo.flac", "stereo.mp3", "mono-vbr.mp3", "stereo.ogg", "stereo.opus", "mono-24.wav"]) {
    const bytes = readFileSync(fixture(name));
    const options = { sampleRate: 44_100, maxSeconds: 10 };
    const [whole] = (await decodeFile(fixture(name), options)).channels;
    for (const share of [0.75, 0.8]) {
      const path = fileOf(t, bytes.subarray(0, bytes.length * share));
      if (/ogg|opus/.test(name) && share < 1) {
        // these have one page of sound: nothing can be read of it
        await refused(path, /^"song" (is damaged: nothing audible|contains no sound)/);
        continue;
      }
      const { channels, warnings } = await decodeFile(path, options);
      const [part] = channels;
      assert.ok(part!.length > 0.6 * whole!.length && part!.length < whole!.length, `${name}: ${part!.length}`);
      const same = part!.length - 200; // the filter's reach
      assert.deepEqual(part!.subarray(0, same), whole!.subarray(0, same), name);
      assert.match(
        warnings.join(),
        /^"song"(: something near 0:00 could not be read| ends at 0\.\d s, though its header says 0\.\d s)\.$/,
        name,
      );
    }
  }
});

test("sample rates that can't be turned into the wanted one are refused", async (t) => {
  const sound = wavBytes(383_987, [new Float32Array(1000).fill(0.5)]);
  await refused(fileOf(t, sound), /^"song" has a sample rate of 383987 Hz, which I can't convert to 44100 Hz\.$/);
});

test("the thread that reads a file has its limits, and is ended with the signal", async () => {
  await refused(fixture("stereo.mp3"), /^"stereo\.mp3" took longer than 1 s to read/, { limits: { timeMs: 1 } });
  await refused(fixture("stereo.mp3"), /needs more memory than I give/, { limits: { heapMegabytes: 6 } });
  const controller = new AbortController();
  const reading = decodeFile(fixture("stereo.mp3"), { ...flac, signal: controller.signal });
  controller.abort(new Error("never mind"));
  await assert.rejects(reading, /never mind/);
  await assert.rejects(decodeFile(fixture("stereo.mp3"), { ...flac, signal: controller.signal }), /never mind/);
});

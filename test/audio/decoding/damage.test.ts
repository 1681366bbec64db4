/** Hundreds of damaged files of each format: read or refused in a sentence, and nothing else. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { decodeFile } from "../../../src/audio/decode.ts";
import { collect } from "../../../src/audio/decoding/collect.ts";
import { openSource } from "../../../src/audio/decoding/open.ts";
import { makePage } from "../../../src/audio/pages.ts";
import { UserError } from "../../../src/errors.ts";
import { damaged, rechecked } from "../../support/damage.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { packetsOf, pagesOf } from "../../support/ogg.ts";
import { seeded } from "../../support/random.ts";

const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, "../fixtures", name));
const wanted = { sampleRate: 22_050, channels: 1, maxSeconds: 20, longer: "refuse" } as const;

/** The sound of these bytes, nothing if they are refused in words; and whether something is said to be missing. */
async function readOf(path: string, bytes: Uint8Array): Promise<{ sound?: Float32Array; warned: boolean }> {
  writeFileSync(path, bytes);
  try {
    const { channels, warnings } = await collect(await openSource(path, "song", 1e6), wanted, "song");
    for (const warning of warnings) assert.match(warning, /^"song"[^\n]+\.$/);
    return { sound: channels[0]!, warned: warnings.length > 0 };
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, /^"song" [^\n]+\.$/);
    assert.doesNotMatch(error.message, /is silent/);
    return { warned: false };
  }
}

const soundOf = async (path: string, bytes: Uint8Array): Promise<Float32Array | undefined> =>
  (await readOf(path, bytes)).sound;

/** Decoders complain in the log of their process; here nobody listens. */
const quietly = (t: TestContext): void => void t.mock.method(console, "error", () => {});

const rounds = 240;

for (const name of ["stereo.mp3", "mono-vbr.mp3", "untagged.mp3", "mono-24.wav", "stereo.flac"])
  test(`${rounds} damaged copies of ${name} are read or refused`, async (t) => {
    quietly(t);
    const path = join(temporaryFolder(t), "song");
    const random = seeded(3);
    let read = 0;
    for (let round = 0; round < rounds; round++) {
      const sound = await soundOf(path, damaged(fixture(name), random));
      if (sound) read++;
      assert.ok(!sound || (sound.length > 0 && sound.every((value) => Math.abs(value) <= 1)));
    }
    t.diagnostic(`${read} read, ${rounds - read} refused`);
    assert.ok(read > rounds / 2);
  });

for (const name of ["mono.ogg", "stereo.ogg", "stereo.opus", "mono-60.opus"]) {
  test(`no damage to ${name} goes unnoticed`, async (t) => {
    quietly(t);
    const path = join(temporaryFolder(t), "song");
    const whole = await soundOf(path, fixture(name));
    const random = seeded(4);
    for (let round = 0; round < rounds; round++) {
      const { sound, warned } = await readOf(path, damaged(fixture(name), random));
      if (sound && !warned) assert.deepEqual(sound, whole);
    }
  });

  test(`${rounds} copies of ${name} whose checksums hide the damage are read or refused`, async (t) => {
    quietly(t);
    const path = join(temporaryFolder(t), "song");
    const random = seeded(5);
    let read = 0;
    for (let round = 0; round < rounds; round++)
      if (await soundOf(path, rechecked(damaged(fixture(name), random)))) read++;
    t.diagnostic(`${read} read, ${rounds - read} refused`);
    assert.ok(read > 0 && read < rounds);
  });
}

test("damage to a frame of FLAC is noticed where it is, and nothing but the frame is missing", async (t) => {
  const path = join(temporaryFolder(t), "song");
  const bytes = fixture("stereo.flac");
  const at44100 = { ...wanted, sampleRate: 44_100 };
  const read = async (copy: Uint8Array) => {
    writeFileSync(path, copy);
    return collect(await openSource(path, "song", 1e6), at44100, "song");
  };
  const whole = (await read(bytes)).channels[0]!;
  const random = seeded(6);
  for (let round = 0; round < 100; round++) {
    const copy = Buffer.from(bytes);
    const at = 300 + Math.floor(random() * (bytes.length - 300)); // behind the head
    copy[at] = copy[at]! ^ (1 << Math.floor(random() * 8));
    const { channels, warnings } = await read(copy);
    assert.match(
      warnings.join(),
      /^"song"(: .* near 0:00 could not be read| ends at 0\.4 s, though its header says .*)\.$/,
      `byte ${at}`,
    );
    let missing = 0;
    for (const [index, value] of channels[0]!.entries())
      if (value !== whole[index]) {
        assert.equal(value, 0, `byte ${at}, sample ${index}`);
        missing++;
      }
    missing += whole.length - channels[0]!.length;
    assert.ok(missing <= 4608, `byte ${at}: ${missing} samples`);
  }
});

test("damaged files of each format end the thread that reads them, and no other", async (t) => {
  const path = join(temporaryFolder(t), "song");
  const random = seeded(7);
  for (const name of ["stereo.mp3", "mono-24.wav", "stereo.flac", "mono.ogg", "stereo.opus"])
    for (let round = 0; round < 6; round++) {
      writeFileSync(path, rechecked(damaged(fixture(name), random)));
      await decodeFile(path, wanted).catch((error: unknown) => assert.ok(error instanceof UserError, String(error)));
    }
});

/** Numbers as Vorbis packs them: the lowest bit first. */
function packed(fields: readonly (readonly [value: number, bits: number])[]): Buffer {
  const bits = fields.flatMap(([value, count]) =>
    Array.from({ length: count }, (_, bit) => Math.floor(value / 2 ** bit) & 1),
  );
  const bytes = { length: Math.ceil(bits.length / 8) };
  return Buffer.from(
    Uint8Array.from(bytes, (_, at) => bits.slice(at * 8, at * 8 + 8).reduce((sum, bit, i) => sum | (bit << i), 0)),
  );
}

test("a small Vorbis file that asks for four gigabytes gets a few megabytes", async (t) => {
  const packets = [...packetsOf(fixture("stereo.ogg"), () => 1e6)].map(({ packet }) => packet);
  const [books, entries] = [256, 2 ** 24 - 1];
  const book = [
    [0x56_4342, 24],
    [1, 16],
    [entries, 24],
    [1, 1], // lengths of the codes are in order: many of one length take a few bits
    [29, 5],
    [entries, 24],
    [0, 4],
  ] as const;
  const setup = [[books - 1, 8] as const, ...Array.from({ length: books }, () => book).flat(), [0, 32] as const];
  const head = Buffer.concat([Buffer.from("\x05vorbis", "latin1"), packed(setup)]);
  const page = (content: Uint8Array[], sequence: number, position: number, flags: number): Buffer =>
    Buffer.from(makePage(content, { position, flags, serial: 1, sequence }));
  const path = join(temporaryFolder(t), "song");
  const pages = [page([packets[0]!], 0, 0, 2), page([packets[1]!, head], 1, 0, 0), page(packets.slice(3), 2, 9999, 4)];
  writeFileSync(path, Buffer.concat(pages));
  const most = () => process.resourceUsage().maxRSS / 1024; // MiB, at any time so far
  const before = most();
  await assert.rejects(decodeFile(path, wanted), UserError);
  const grown = most() - before;
  t.diagnostic(`${grown.toFixed(0)} MiB more`);
  assert.ok(grown < 300, `${grown} MiB`);
});

for (const name of ["mono.ogg", "stereo.opus"])
  test(`${name} may end with a page of nothing, or without a mark of its end`, async (t) => {
    const path = join(temporaryFolder(t), "song");
    const whole = await soundOf(path, fixture(name));
    const pages = [...pagesOf(fixture(name))];
    const { position, serial, sequence } = pages.at(-1)!;
    const bytes = Buffer.concat(pages.map((page) => page.bytes));
    bytes[bytes.length - pages.at(-1)!.bytes.length + 5] = 0; // the last page is not the last any more
    const end = makePage([], { position, serial, sequence: sequence + 1, flags: 4 });
    assert.deepEqual(await readOf(path, Buffer.concat([rechecked(bytes), end])), { sound: whole, warned: false });
    assert.deepEqual(await readOf(path, rechecked(bytes)), { sound: whole, warned: false }, "no end is marked");
  });

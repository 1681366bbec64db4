/** Twenty thousand and more damaged checkpoints: each is read, or refused with a sentence; none crashes, hangs, or takes more than twice its size. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import { checkpointOf } from "../../src/import/checkpoint.ts";
import { seeded } from "../support/random.ts";
import {
  call,
  dict,
  global,
  int,
  memorySource,
  oldFile,
  ordered,
  tensor,
  text,
  zipEntries,
  zipFile,
} from "./torch-file.ts";

const fixture = (name: string): Uint8Array => readFileSync(join(import.meta.dirname, "fixtures", `${name}.pth.tar`));

/** A sound file, and up to which byte from either end it is structure rather than numbers. */
interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly head: number;
  readonly tail: number;
  readonly files: number;
}

const storages = ["0", "1"].map((key) => ({ key, count: 64, bytes: new Uint8Array(256) }));
const small = (old: boolean): Uint8Array =>
  dict({
    model: ordered({
      a: tensor({ key: "0", type: "Float", count: 64, shape: [4, 5], strides: [1, 12] }, { old }),
      b: tensor({ key: "0", type: "Float", count: 64, offset: 3, shape: [60] }, { old }),
      c: call("torch._utils._rebuild_parameter", tensor({ key: "1", type: "Int", count: 64, shape: [2, 2] }, { old })),
    }),
    hps: call("numpy.core.multiarray.scalar", global("numpy.dtype"), text("x")),
    step: int(3),
  });
const archive = zipFile(zipEntries(small(false), storages), { wide: true });

const seeds: readonly Seed[] = [
  { name: "a small old file", bytes: oldFile(small(true), storages), head: 1000, tail: 0, files: 9000 },
  { name: "a small archive", bytes: archive, head: 900, tail: 700, files: 7000 },
  { name: "upsampler", bytes: fixture("upsampler"), head: 11_000, tail: 0, files: 3500 },
  { name: "sep_enc_dec", bytes: fixture("sep_enc_dec"), head: 19_000, tail: 11_000, files: 3000 },
  { name: "vqvae", bytes: fixture("vqvae"), head: 36_000, tail: 0, files: 1500 },
];

test("damaged checkpoints are read or refused, whatever is damaged", () => {
  assert.ok(seeds.reduce((all, { files }) => all + files, 0) >= 20_000);
  for (const [index, seed] of seeds.entries()) {
    const random = seeded(1000 + index);
    let refused = 0;
    for (let turn = 0; turn < seed.files; turn++) {
      const bytes = damage(seed, random);
      try {
        if (!isRead(bytes)) refused++;
      } catch (cause) {
        throw new Error(`${seed.name}, file ${turn}`, { cause });
      }
    }
    const share = refused / seed.files;
    assert.ok(share > 0.2 && share < 0.98, `${seed.name}: ${refused} of ${seed.files} were refused`);
  }
  const { rss } = process.memoryUsage();
  assert.ok(rss < 1e9, `${rss} bytes of memory are taken`);
});

/** Whether every tensor of a file is read; if not, it must have been refused. */
function isRead(bytes: Uint8Array): boolean {
  const source = memorySource(bytes);
  let tensors = 0;
  try {
    const checkpoint = checkpointOf(source);
    const names = checkpoint.names();
    tensors = names.length;
    const numbers = names.reduce((all, name) => {
      source.largest();
      const read = checkpoint.read(name);
      const memory = read.byteLength + source.largest();
      assert.ok(memory <= 2 * bytes.length + 2 ** 17, `${name} takes ${memory} bytes of ${bytes.length}`);
      return all + read.length;
    }, 0);
    assert.ok(numbers <= 2 * bytes.length, `${numbers} numbers of ${bytes.length} bytes`);
    return true;
  } catch (error) {
    if (error instanceof UserError && /^test\.pth\.tar [\P{C}]{5,500}$/u.test(error.message)) return false;
    throw error;
  } finally {
    const most = (8 + tensors) * bytes.length + 2 ** 17;
    assert.ok(source.taken() <= most, `${source.taken()} bytes were read of ${bytes.length}`);
  }
}

type Random = () => number;
const below = (random: Random, limit: number): number => Math.floor(random() * limit);

/** One to four damages, mostly where the structure is. */
function damage(seed: Seed, random: Random): Uint8Array {
  let bytes = seed.bytes;
  for (let times = 1 + below(random, 4); times > 0; times--) {
    const kind = DAMAGES[below(random, DAMAGES.length)]!;
    bytes = kind(bytes, (length) => place(seed, length, random), random);
  }
  return bytes;
}

function place({ head, tail }: Seed, length: number, random: Random): number {
  if (random() < 0.1) return below(random, length);
  const structure = Math.min(length, head + tail);
  const at = below(random, structure);
  return Math.max(0, at < head ? Math.min(at, length - 1) : length - 1 - (at - head));
}

type Damage = (bytes: Uint8Array, at: (length: number) => number, random: Random) => Uint8Array;

/** Operations of pickles, and bytes that make large numbers. */
const TELLING = Uint8Array.from([
  0,
  1,
  0x7f,
  0x80,
  0xff,
  ...Buffer.from("(.0125NQRXKMJ)]}abcdeqrhjtsu\x81\x85\x86\x87\x8a\x93\x94"),
]);

const DAMAGES: readonly Damage[] = [
  (bytes, at) => bytes.slice(0, at(bytes.length) + 1),
  (bytes, at, random) => changed(bytes, at(bytes.length), (byte) => byte ^ (1 << below(random, 8))),
  (bytes, at, random) => changed(bytes, at(bytes.length), (byte) => byte ^ (1 << below(random, 8))),
  (bytes, at, random) => changed(bytes, at(bytes.length), () => TELLING[below(random, TELLING.length)]!),
  (bytes, at, random) => changed(bytes, at(bytes.length), () => below(random, 256)),
  (bytes, at, random) => {
    const from = at(bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + below(random, 40))]);
  },
  (bytes, at, random) => {
    const [from, to] = [at(bytes.length), at(bytes.length)];
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from, from + below(random, 60)), bytes.subarray(to)]);
  },
  (bytes, at, random) => {
    const [from, to] = [at(bytes.length), at(bytes.length)];
    const copy = Buffer.from(bytes);
    Buffer.from(bytes).copy(copy, to, from, from + below(random, 60));
    return copy;
  },
];

function changed(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const copy = Buffer.from(bytes);
  if (at < copy.length) copy[at] = change(copy[at]!);
  return copy;
}

/** FLAC frames put together bit by bit, with every way of storing a sample that the format has. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { collect } from "../../../src/audio/decoding/collect.ts";
import { openFlac } from "../../../src/audio/decoding/flac.ts";
import { readFrame } from "../../../src/audio/decoding/flac-frame.ts";
import { openSource } from "../../../src/audio/decoding/open.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { seeded } from "../../support/random.ts";

/** Bits, the highest first; negative numbers as two's complement. */
class Writer {
  readonly bits: number[] = [];

  put(value: number, count: number): this {
    for (let bit = count - 1; bit >= 0; bit--) this.bits.push(Math.floor(value / 2 ** bit) & 1);
    return this;
  }

  unary(zeros: number): this {
    return this.put(0, zeros).put(1, 1);
  }

  bytes(): Buffer {
    while (this.bits.length % 8 !== 0) this.bits.push(0);
    const byte = (_: unknown, at: number) => Number.parseInt(this.bits.slice(at * 8, at * 8 + 8).join(""), 2);
    return Buffer.from(Uint8Array.from({ length: this.bits.length / 8 }, byte));
  }
}

/** The checksum's definition: division of polynomials, bit by bit. */
function slowCrc(bytes: Uint8Array, width: number, polynomial: number): number {
  let value = 0;
  for (const byte of bytes)
    for (let bit = 7; bit >= 0; bit--) {
      const top = (value >> (width - 1)) & 1;
      value = ((value << 1) & (2 ** width - 1)) ^ ((top ^ ((byte >> bit) & 1)) === 1 ? polynomial : 0);
    }
  return value;
}

interface Plan {
  readonly samples: number;
  /** 0 … 7: so many channels and one; 8 left and side, 9 side and right, 10 mid and side. */
  readonly assignment: number;
  readonly bitsCode: number;
  readonly subframes: readonly ((out: Writer) => void)[];
}

function frameOf({ samples, assignment, bitsCode, subframes }: Plan): Buffer {
  const head = new Writer().put(0xfff8, 16).put(7, 4).put(0, 4).put(assignment, 4).put(bitsCode, 3).put(0, 1);
  head.put(0xc2b7, 16).put(samples - 1, 16); // a number of two bytes, and the size
  const bytes = head.bytes();
  const body = new Writer();
  for (const byte of [...bytes, slowCrc(bytes, 8, 0x07)]) body.put(byte, 8);
  for (const write of subframes) write(body);
  const frame = body.bytes();
  return Buffer.concat([frame, new Writer().put(slowCrc(frame, 16, 0x8005), 16).bytes()]);
}

const random = seeded(11);
const numbers = (samples: number, bits: number): number[] =>
  Array.from({ length: samples }, () => Math.floor((random() - 0.5) * 2 ** bits));

const verbatim = (values: readonly number[], bits: number) => (out: Writer) => {
  out.put(0, 1).put(1, 6).put(0, 1);
  for (const value of values) out.put(value, bits);
};

const formatOf = (channels: number, bits: number) => ({ sampleRate: 44_100, channels, bits });
const frame = (plan: Plan, bits: number): number[][] => {
  const bytes = frameOf(plan);
  const channels = plan.assignment < 8 ? plan.assignment + 1 : 2;
  const read = readFrame(Buffer.concat([bytes, Buffer.from("and more")]), formatOf(channels, bits));
  assert.equal(read.bytes, bytes.length);
  return read.channels.map((channel) => [...channel]);
};

test("samples as they are, one for all, and with bits that were left out", () => {
  const [a, b] = [numbers(300, 16), numbers(300, 16)];
  const plan = { samples: 300, assignment: 1, bitsCode: 4 };
  assert.deepEqual(frame({ ...plan, subframes: [verbatim(a, 16), verbatim(b, 16)] }, 16), [a, b]);
  const constant = (out: Writer) => out.put(0, 8).put(-12_345, 16);
  const wasted = (out: Writer) => {
    out.put(0, 1).put(1, 6).put(1, 1).unary(2); // three bits less
    for (const value of a) out.put(value >> 3, 13);
  };
  const both = frame({ ...plan, subframes: [(out) => void constant(out), wasted] }, 16);
  assert.deepEqual(both, [Array(300).fill(-12_345), a.map((value) => (value >> 3) * 8)]);
});

test("left and right come back from their difference and their mean", () => {
  const [left, right] = [numbers(200, 24), numbers(200, 24)];
  const side = left.map((value, at) => value - right[at]!);
  const mid = left.map((value, at) => Math.floor((value + right[at]!) / 2));
  const pairs = [
    [8, verbatim(left, 24), verbatim(side, 25)],
    [9, verbatim(side, 25), verbatim(right, 24)],
    [10, verbatim(mid, 24), verbatim(side, 25)],
  ] as const;
  for (const [assignment, ...subframes] of pairs)
    assert.deepEqual(frame({ samples: 200, assignment, bitsCode: 6, subframes }, 24), [left, right], `${assignment}`);
});

/** Rice codes in two partitions, the second of them without codes. */
function residual(out: Writer, values: readonly number[], order: number, samples: number): void {
  out.put(0, 2).put(1, 4);
  const first = values.slice(0, samples / 2 - order);
  out.put(6, 4);
  for (const value of first) {
    const folded = value < 0 ? -2 * value - 1 : 2 * value;
    out.unary(Math.floor(folded / 64)).put(folded % 64, 6);
  }
  out.put(15, 4).put(20, 5);
  for (const value of values.slice(first.length)) out.put(value, 20);
}

test("fixed predictors of every order, and rice codes with and without parameter", () => {
  const binomials = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];
  const samples = 64;
  const values = Array.from({ length: samples }, (_, at) => Math.round(3000 * Math.sin(at / 5)) + (at % 7));
  for (const [order, weights] of binomials.entries()) {
    const missed = values.slice(order).map((value, index) => {
      const sum = weights.reduce((total, weight, back) => total + weight * values[order + index - 1 - back]!, 0);
      return value - sum;
    });
    const subframe = (out: Writer) => {
      out
        .put(0, 1)
        .put(8 + order, 6)
        .put(0, 1);
      for (const value of values.slice(0, order)) out.put(value, 16);
      residual(out, missed, order, samples);
    };
    assert.deepEqual(frame({ samples, assignment: 0, bitsCode: 4, subframes: [subframe] }, 16), [values], `${order}`);
  }
});

test("a predictor of its own, with weights of 12 bits and a shift", () => {
  const [samples, shift] = [64, 9];
  const weights = [900, -430, 77];
  const values = numbers(samples, 12);
  const missed = values.slice(3).map((value, index) => {
    const sum = weights.reduce((total, weight, back) => total + weight * values[2 + index - back]!, 0);
    return value - (sum >> shift);
  });
  const subframe = (out: Writer) => {
    out.put(0, 1).put(34, 6).put(0, 1);
    for (const value of values.slice(0, 3)) out.put(value, 16);
    out.put(11, 4).put(shift, 5);
    for (const weight of weights) out.put(weight, 12);
    residual(out, missed, 3, samples);
  };
  assert.deepEqual(frame({ samples, assignment: 0, bitsCode: 4, subframes: [subframe] }, 16), [values]);
});

test("a frame of another format than the file's is refused", () => {
  const bytes = frameOf({ samples: 16, assignment: 0, bitsCode: 4, subframes: [verbatim(numbers(16, 16), 16)] });
  assert.throws(() => readFrame(bytes, formatOf(2, 16)), /changes its format/);
  assert.throws(() => readFrame(bytes, formatOf(1, 24)), /changes its format/);
  assert.throws(() => readFrame(bytes.subarray(0, -1), formatOf(1, 16)), /ends too early/);
});

/** What the fixture gives after a change of its bytes. */
async function read(t: TestContext, change: (bytes: Buffer) => Buffer) {
  const path = join(temporaryFolder(t), "song");
  writeFileSync(path, change(readFileSync(join(import.meta.dirname, "../fixtures/stereo.flac"))));
  const wanted = { sampleRate: 44_100, channels: 1, maxSeconds: 9, longer: "refuse" } as const;
  return collect(await openSource(path, "song", 1e6), wanted, "song");
}

test("a file that doesn't know its length is read to its end, and tags around the sound are no sound", async (t) => {
  const whole = await read(t, (bytes) => bytes);
  const unknown = (bytes: Buffer) => bytes.fill(0, 22, 26).fill(bytes[21]! & 0xf0, 21, 22);
  assert.deepEqual(await read(t, unknown), whole);
  const tagged = (bytes: Buffer) => Buffer.concat([bytes, Buffer.from("TAG"), Buffer.alloc(125)]);
  assert.deepEqual(await read(t, (bytes) => unknown(tagged(bytes))), whole);
  const id3 = Buffer.concat([Buffer.from("ID3\x04\0\0\0\0\0\x05"), Buffer.from("words")]);
  assert.deepEqual(await read(t, (bytes) => Buffer.concat([id3, bytes])), whole);
  await assert.rejects(openFlac(Buffer.from("fLaC")), /damaged header/);
});

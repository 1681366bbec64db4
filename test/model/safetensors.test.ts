/** Safetensors: what is written is read back, and a file that lies is refused with a sentence. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import { halfForm } from "../../src/model/packing.ts";
import { openSafetensors, readSafetensors, streamSafetensors, writeSafetensors } from "../../src/model/safetensors.ts";
import { temporaryFolder } from "../support/folder.ts";
import { noise, seeded } from "../support/random.ts";

const random = seeded(5);
const store = new Map([
  ["b.weight", { shape: [3, 5], data: noise(15, random) }],
  ["a", { shape: [], data: Float32Array.of(-0) }],
  ["empty", { shape: [0, 4], data: new Float32Array(0) }],
]);

test("numbers of 32 bits come back to the last bit, with names, shapes and notes", (t) => {
  const path = join(temporaryFolder(t), "w.safetensors");
  writeSafetensors(path, store, { notes: { plan: "ünï" } });
  const read = readSafetensors(path);
  assert.deepEqual(new Map([...read.store].sort()), new Map([...store].sort()));
  assert.deepEqual(read.notes, { plan: "ünï" });
  assert.deepEqual(readdirSync(join(path, "..")), ["w.safetensors"]);
});

test("numbers of 16 bits come back rounded", async (t) => {
  const path = join(temporaryFolder(t), "w.safetensors");
  await streamSafetensors(
    path,
    [...store].map(([name, tensor]) => halfForm(name, tensor)),
  );
  const read = readSafetensors(path).store.get("b.weight")!;
  store.get("b.weight")!.data.forEach((number, at) => {
    assert.equal(read.data[at], Math.f16round(number));
  });
});

test("tensors that stay in the file are told where they are, and read when they are asked for", async (t) => {
  const path = join(temporaryFolder(t), "w.safetensors");
  const numbers = { F32: Float32Array.of(1, -2.5), F16: Float16Array.of(0.5, 3, -4), U8: Uint8Array.of(0, 7, 255) };
  await streamSafetensors(
    path,
    (["F32", "F16", "U8"] as const).map((type) => ({
      name: type,
      type,
      shape: [numbers[type].length],
      read: () => numbers[type],
    })),
  );
  const { store: opened } = openSafetensors(path);
  const bytes = readFileSync(path);
  for (const [type, { buffer }] of Object.entries(numbers)) {
    const { data, slice, shape } = opened.get(type)!;
    assert.deepEqual([...data], [...numbers[type as "F32"]]);
    assert.deepEqual(shape, [data.length]);
    const { folder, file, offset, length } = slice!;
    assert.equal(join(folder, file), path);
    assert.deepEqual(bytes.subarray(offset, offset + length), Buffer.from(buffer));
    assert.equal(slice!.type, type);
  }
  assert.deepEqual(readSafetensors(path).store.get("F16")!.data, opened.get("F16")!.data);
});

test("writing that is stopped leaves nothing, and not the older file changed", async (t) => {
  const path = join(temporaryFolder(t), "w.safetensors");
  writeSafetensors(path, store);
  const before = readFileSync(path);
  const stopping = new AbortController();
  const read = () => {
    stopping.abort(new Error("enough"));
    return Float32Array.of(1);
  };
  const tensors = ["a", "b"].map((name) => ({ name, type: "F32" as const, shape: [1], read }));
  await assert.rejects(streamSafetensors(path, tensors, {}, stopping.signal), /enough/);
  assert.deepEqual(readFileSync(path), before);
  assert.deepEqual(readdirSync(join(path, "..")), ["w.safetensors"]);
});

test("the bytes are those of the format", (t) => {
  const path = join(temporaryFolder(t), "w.safetensors");
  writeSafetensors(path, new Map([["x", { shape: [2], data: Float32Array.of(1, -2) }]]));
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  assert.equal(length % 8, 0);
  assert.deepEqual(JSON.parse(bytes.toString("utf8", 8, 8 + length)), {
    __metadata__: {},
    x: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
  });
  assert.deepEqual([bytes.readFloatLE(8 + length), bytes.readFloatLE(12 + length)], [1, -2]);
});

const x = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
const lies: readonly { readonly says: string; readonly file: Buffer; readonly answer: RegExp }[] = [
  { says: "nothing in it", file: Buffer.alloc(0), answer: /only 0 bytes/ },
  { says: "a header longer than the file", file: hostile({ x }, 8, 2n ** 40n), answer: /claims 1099511627776 bytes/ },
  { says: "a header of 2^64 bytes", file: hostile({ x }, 8, 2n ** 64n - 1n), answer: /header claims/ },
  { says: "a header that is not JSON", file: Buffer.concat([sized(2n), Buffer.from("{x")]), answer: /not JSON/ },
  { says: "a header that is not UTF-8", file: Buffer.concat([sized(2n), Buffer.of(0xff, 0xfe)]), answer: /not JSON/ },
  { says: "a header that is a list", file: hostile([], 0), answer: /not a list of tensors/ },
  { says: "a tensor that is a number", file: hostile({ x: 3 }, 8), answer: /x is not described/ },
  { says: "a type we don't read", file: hostile({ x: { ...x, dtype: "I64" } }, 8), answer: /I64, not F32/ },
  { says: "a negative size", file: hostile({ x: { ...x, shape: [-2] } }, 8), answer: /no proper shape/ },
  { says: "a broken size", file: hostile({ x: { ...x, shape: [0.5, 4] } }, 8), answer: /no proper shape/ },
  {
    says: "a shape of nine sizes",
    file: hostile({ x: { ...x, shape: Array(9).fill(1) } }, 8),
    answer: /no proper shape/,
  },
  { says: "more numbers than bytes", file: hostile({ x: { ...x, shape: [2 ** 40] } }, 8), answer: /has 8 bytes, not/ },
  { says: "sizes that overflow", file: hostile({ x: { ...x, shape: [2 ** 50, 2 ** 50] } }, 8), answer: /has 8 bytes/ },
  {
    says: "bytes before the numbers",
    file: hostile({ x: { ...x, data_offsets: [-8, 0] } }, 8),
    answer: /no proper place/,
  },
  {
    says: "bytes behind the end",
    file: hostile({ x: { ...x, data_offsets: [8, 16] } }, 8),
    answer: /starts at byte 8, not 0/,
  },
  { says: "two tensors in one place", file: hostile({ x, y: x }, 8), answer: /y starts at byte 0, not 8/ },
  { says: "too few bytes", file: hostile({ x }, 4), answer: /take 8 bytes, and there are 4/ },
  { says: "bytes nobody names", file: hostile({ x }, 12), answer: /take 8 bytes, and there are 12/ },
  { says: "notes that are no texts", file: hostile({ x, __metadata__: { steps: 3 } }, 8), answer: /note steps/ },
];

for (const { says, file, answer } of lies)
  test(`a file with ${says} is refused`, (t) => {
    const path = join(temporaryFolder(t), "bad.safetensors");
    writeFileSync(path, file);
    assert.throws(
      () => readSafetensors(path),
      (error) => error instanceof UserError && answer.test(error.message) && error.message.includes(path),
    );
  });

function sized(length: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(length);
  return bytes;
}

function hostile(header: unknown, dataBytes: number, claimed?: bigint): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  return Buffer.concat([sized(claimed ?? BigInt(text.length)), text, Buffer.alloc(dataBytes)]);
}

/** Checkpoints that lie, or are none: each is refused with a sentence that says what is wrong, and nothing is allocated on their word. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import { checkpointOf, openCheckpoint } from "../../src/import/checkpoint.ts";
import { temporaryFolder } from "../support/folder.ts";
import {
  call,
  dict,
  global,
  int,
  kept,
  memorySource,
  no,
  none,
  oldFile,
  ordered,
  pickle,
  type TensorOptions,
  tensor,
  text,
  tuple,
  zipEntries,
  zipFile,
} from "./torch-file.ts";

const storage = { key: "0", count: 6, bytes: new Uint8Array(24) };
const good: TensorOptions = { key: "0", type: "Float", count: 6, shape: [2, 3] };
const withModel = (model: Uint8Array): Uint8Array => oldFile(dict({ model }), [storage]);
const withTensor = (options: Partial<TensorOptions>): Uint8Array =>
  withModel(dict({ x: tensor({ ...good, ...options }) }));
const sound = withTensor({});
const soundZip = zipEntries(dict({ model: dict({ x: tensor(good, { old: false }) }) }), [storage]);
const longRoot = dict({ model: dict({ x: tensor({ ...good, count: 1e6, offset: 9e5 }, { old: false }) }) });
const long = zipEntries(longRoot, [storage]);
const magic = pickle(Buffer.from("8a0a6cfc9c46f9206aa85019", "hex"));
const after = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat([magic, ...parts]);
const version = pickle(int(1001));
const raw = (...bytes: readonly number[]): Uint8Array => after(Uint8Array.of(0x80, 2, ...bytes));
const thousand = Object.fromEntries(
  Array.from({ length: 1000 }, (_, at) => [`x${at}`, tensor({ ...good, count: 1000, shape: [1000] })] as const),
);
const rebuilt = (...args: readonly Uint8Array[]): Uint8Array =>
  withModel(dict({ x: call("torch._utils._rebuild_tensor_v2", ...args) }));

const lies: readonly { readonly says: string; readonly file: Uint8Array; readonly answer: RegExp }[] = [
  { says: "nothing", file: new Uint8Array(0), answer: /neither of torch's two formats/ },
  { says: "a picture's first bytes", file: Buffer.from("\x89PNG\r\n\x1a\n and more"), answer: /neither of torch's/ },
  { says: "another magic number", file: pickle(int(5)), answer: /neither of torch's two formats/ },
  { says: "another version", file: after(pickle(int(1002))), answer: /version 1002, not 1001/ },
  {
    says: "the highest byte first",
    file: after(version, pickle(dict({ little_endian: no }))),
    answer: /not said to be little-endian/,
  },
  { says: "half of it", file: sound.subarray(0, 200), answer: /at byte \d+ \d+ more bytes are needed/ },
  {
    says: "no last byte",
    file: sound.subarray(0, -1),
    answer: /storage 0 would end at byte \d+, and the file has \d+/,
  },
  { says: "no model", file: oldFile(dict({ weights: dict({}) }), []), answer: /its top level has no "model"/ },
  { says: "a list on top", file: oldFile(tuple(), []), answer: /its top level has no "model"/ },
  { says: "a model of another class", file: withModel(call("os.system", text("true"))), answer: /made by os\.system/ },
  {
    says: "a weight made by a call that could do anything",
    file: withModel(dict({ x: call("builtins.eval", text("1")) })),
    answer: /x is made by builtins\.eval, which I don't read as a weight/,
  },
  { says: "a number as a weight", file: withModel(dict({ x: int(5) })), answer: /x is made by a number/ },
  {
    says: "a name that clears the screen",
    file: withModel(dict({ "\u001b[2J": int(5) })),
    answer: /: \ufffd\[2J is made by a number/,
  },
  {
    says: "a type nobody reads",
    file: withTensor({ type: "ComplexFloat" }),
    answer: /of type torch\.ComplexFloatStorage/,
  },
  {
    says: "a type called constructor",
    file: withTensor({ type: "constructor" }),
    answer: /type torch\.constructorStorage/,
  },
  {
    says: "a tensor larger than its storage",
    file: withTensor({ shape: [2, 4] }),
    answer: /x \[2, 4\] ends at number 8 of/,
  },
  { says: "a tensor that starts too late", file: withTensor({ offset: 1 }), answer: /x \[2, 3\] ends at number 7 of/ },
  { says: "a tensor before its storage", file: withTensor({ offset: -1 }), answer: /no proper shape, offset and/ },
  { says: "a stride that goes back", file: withTensor({ strides: [3, -1] }), answer: /no proper shape, offset and/ },
  { says: "sizes that overflow", file: withTensor({ shape: [2 ** 50, 2 ** 50] }), answer: /ends at number/ },
  {
    says: "one number a million times",
    file: withTensor({ shape: [1e6], strides: [0] }),
    answer: /numbers of its storage twice/,
  },
  {
    says: "rows over one another",
    file: withTensor({ shape: [3, 3], strides: [1, 1] }),
    answer: /of its storage twice/,
  },
  {
    says: "fewer strides than sizes",
    file: withTensor({ strides: [1] }),
    answer: /no proper shape, offset and strides/,
  },
  { says: "nine sizes", file: withTensor({ shape: [1, 1, 1, 1, 1, 1, 1, 1, 1] }), answer: /no proper shape/ },
  { says: "a view behind its storage", file: withTensor({ view: { from: 3, length: 4 } }), answer: /view of no part/ },
  {
    says: "a tensor larger than its view",
    file: withTensor({ view: { from: 3, length: 3 } }),
    answer: /of a storage of 3/,
  },
  { says: "a storage of another length", file: withTensor({ count: 7 }), answer: /has 6 numbers, and was to have 7/ },
  {
    says: "one storage of two types",
    file: withModel(dict({ x: tensor(good), y: tensor({ ...good, type: "Half" }) })),
    answer: /storage 0 has both 6 numbers of type Float and 6 numbers of type Half/,
  },
  { says: "a storage nobody listed", file: withTensor({ key: "1" }), answer: /storage 0, of which nothing is known/ },
  {
    says: "a storage listed twice",
    file: oldFile(dict({ model: dict({ x: tensor(good) }) }), [storage, storage]),
    answer: /storage 0, .* or lists it twice/,
  },
  {
    says: "a listed storage that is not there",
    file: oldFile(dict({ model: dict({ x: tensor(good) }) }), []),
    answer: /x is in storage 0, which is not there/,
  },
  {
    says: "one name twice",
    file: withModel(dict({ x: tensor(good), "module.x": tensor(good) })),
    answer: /x is there twice/,
  },
  {
    says: "a hundred thousand weights and one",
    file: withModel(dict(Object.fromEntries(Array.from({ length: 100_001 }, (_, at) => [`x${at}`, none])))),
    answer: /it has 100001 weights/,
  },
  {
    says: "a thousand weights on one storage",
    file: oldFile(dict({ model: dict(thousand) }), [{ key: "0", count: 1000, bytes: new Uint8Array(4000) }]),
    answer: /its weights would take 4000000 bytes/,
  },
  { says: "a storage that is a number", file: rebuilt(int(1)), answer: /x is not kept in a storage/ },
  {
    says: "a storage without a type",
    file: rebuilt(kept(tuple(text("storage"), none))),
    answer: /is of type nothing, which I don't read/,
  },
  {
    says: "something kept that is no storage",
    file: rebuilt(kept(global("torch.nn.Linear"))),
    answer: /x is not kept in/,
  },
  { says: "a weight of no arguments", file: rebuilt(), answer: /x is not kept in a storage/ },
  {
    says: "a parameter of nothing",
    file: withModel(dict({ x: call("torch._utils._rebuild_parameter") })),
    answer: /x is made by nothing, which I/,
  },
  {
    says: "protocol 1",
    file: after(Uint8Array.of(0x80, 1)),
    answer: /byte 15 it is pickled in protocol 1, not 2 to 5/,
  },
  { says: "an operation of no protocol", file: raw(0xff), answer: /at byte 17 there is no operation 0xff/ },
  {
    says: "a text of 4 GB",
    file: raw(0x58, 0xff, 0xff, 0xff, 0xff),
    answer: /claims 4294967295 bytes; 1048576 is the most/,
  },
  {
    says: "a text of 2^64 bytes",
    file: raw(0x8d, ...Array(8).fill(0xff)),
    answer: /claims 18446744073709552000 bytes/,
  },
  {
    says: "an integer of 2 GB",
    file: raw(0x8b, 0xff, 0xff, 0xff, 0x7f),
    answer: /claims 2147483647 bytes; 32 is the most/,
  },
  { says: "a value that nobody remembered", file: raw(0x68, 5), answer: /no value of number 5/ },
  { says: "an end without a value", file: raw(0x2e), answer: /a value is missing/ },
  { says: "a tuple without a start", file: raw(0x74), answer: /start of a list is missing/ },
  { says: "a tuple over a mark", file: raw(0x28, 0x85), answer: /a value is missing/ },
  { says: "two values", file: raw(0x4e, 0x4e, 0x2e), answer: /1 values are left over/ },
  { says: "an open list", file: raw(0x28, 0x4e, 0x2e), answer: /1 values are left over/ },
  { says: "a key without a value", file: raw(0x7d, 0x28, 0x4e, 0x75), answer: /a key has no value/ },
  { says: "items put into a number", file: raw(0x4b, 1, 0x4e, 0x61), answer: /what is no list/ },
  { says: "a pair put into a list", file: raw(0x5d, 0x4e, 0x4e, 0x73), answer: /what is no dictionary/ },
  { says: "a state given to a list", file: raw(0x5d, 0x7d, 0x62), answer: /a state is given to what has none/ },
  {
    says: "a class whose name never ends",
    file: raw(0x63, ...Array(300).fill(65)),
    answer: /a line is longer than 200/,
  },
  { says: "a class called by a number", file: raw(0x4b, 1, 0x4b, 1, 0x93), answer: /a class has no name/ },
  {
    says: "2000 lists in one another",
    file: raw(...Array(2000).fill(0x28)),
    answer: /more than 1000 lists within lists/,
  },
  {
    says: "a million and more values",
    file: after(Uint8Array.of(0x80, 2), new Uint8Array(1_100_000).fill(0x5d)),
    answer: /more than 1000000 operations/,
  },
];

for (const { says, file, answer } of lies) test(`a file with ${says} is refused`, () => refused(file, answer));

const zips: readonly { readonly says: string; readonly file: Uint8Array; readonly answer: RegExp }[] = [
  { says: "no end", file: zipFile(soundZip).subarray(0, -1), answer: /no directory at its end/ },
  { says: "only its beginning", file: zipFile(soundZip).subarray(0, 60), answer: /no directory at its end/ },
  {
    says: "compressed entries",
    file: zipFile(soundZip, { method: 8 }),
    answer: /data\.pkl is compressed or encrypted/,
  },
  { says: "encrypted entries", file: zipFile(soundZip, { flags: 1 }), answer: /data\.pkl is compressed or encrypted/ },
  {
    says: "an entry that grows when it is unpacked",
    file: zipFile(soundZip, { sizes: { "checkpoint/data/0": [12, 24] } }),
    answer: /data\/0 is compressed or encrypted/,
  },
  {
    says: "an entry longer than the file",
    file: zipFile(long, { wide: true, sizes: { "checkpoint/data/0": [4e6, 4e6] } }),
    answer: /data\/0 is not where it is said to be/,
  },
  {
    says: "two pickles",
    file: zipFile(soundZip, { names: { "checkpoint/version": "checkpoint/data.pkl" } }),
    answer: /two entries called checkpoint\/data\.pkl/,
  },
  {
    says: "a million entries",
    file: zipFile(soundZip, { wide: true, count: 1e6 }),
    answer: /claims 1000000 entries in \d+ bytes/,
  },
  {
    says: "a pickle of 32 MB",
    file: zipFile({ "checkpoint/data.pkl": new Uint8Array(2 ** 25 + 1) }),
    answer: /its data\.pkl has 33554433 bytes/,
  },
  { says: "no pickle", file: zipFile({ "checkpoint/version": Buffer.from("3") }), answer: /without a data\.pkl/ },
  {
    says: "the highest byte first",
    file: zipFile({ ...soundZip, "checkpoint/byteorder": Buffer.from("big") }),
    answer: /not little-endian/,
  },
  {
    says: "no numbers",
    file: zipFile({ "checkpoint/data.pkl": soundZip["checkpoint/data.pkl"]! }),
    answer: /x is in data\/0, which has no bytes, not 24/,
  },
  {
    says: "too few numbers",
    file: zipFile({ ...soundZip, "checkpoint/data/0": new Uint8Array(20) }),
    answer: /which has 20 bytes, not 24/,
  },
  { says: "a directory beyond its end", file: patched(soundZip, -6, 0xff), answer: /directory would end at byte/ },
  { says: "a directory elsewhere", file: patched(soundZip, -6, 0), answer: /at byte \d+ no entry begins/ },
  { says: "65,000 entries that are not there", file: patched(soundZip, -11, 0xf0), answer: /more bytes are needed/ },
];

for (const { says, file, answer } of zips) test(`an archive with ${says} is refused`, () => refused(file, answer));

test("the files that these lies were made from are sound", () => {
  for (const file of [sound, zipFile(soundZip), withModel(ordered({ x: tensor(good) }))])
    assert.deepEqual(checkpointOf(memorySource(file)).read("x"), new Float32Array(6));
});

test("what is no file is refused by its name", (t) => {
  const folder = temporaryFolder(t);
  assert.throws(() => openCheckpoint(folder), { name: "UserError", message: /it is not a file/ });
  assert.throws(() => openCheckpoint(join(folder, "none.pth.tar")), { name: "UserError", message: /none.*ENOENT/ });
});

test("a file that shrinks while it is read is refused", (t) => {
  const path = join(temporaryFolder(t), "x.pth.tar");
  writeFileSync(path, sound);
  const checkpoint = openCheckpoint(path);
  writeFileSync(path, sound.subarray(0, -4));
  assert.throws(() => checkpoint.read("x"), { name: "UserError", message: /it ended at byte \d+ while it was read/ });
  checkpoint.close();
});

function refused(file: Uint8Array, answer: RegExp): void {
  const source = memorySource(file, "bad.pth.tar");
  assert.throws(
    () => checkpointOf(source),
    (error) => {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.message, answer);
      assert.match(error.message, /^bad\.pth\.tar /);
      return true;
    },
  );
  assert.ok(source.taken() <= 3 * file.length + 2 ** 20, `${source.taken()} bytes were read`);
}

function patched(entries: Readonly<Record<string, Uint8Array>>, at: number, byte: number): Uint8Array {
  const file = Buffer.from(zipFile(entries));
  file[file.length + at] = byte;
  return file;
}

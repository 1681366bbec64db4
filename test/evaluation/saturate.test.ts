/** WebAssembly that trapped saturates, and means the same otherwise. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, instantiate } from "../../src/corpus/voice/wasm.ts";
import { saturate, unlimited } from "../../src/evaluation/saturate.ts";

/** A module that exports f(x: f64): i32, with these operations between "local.get 0" and "end". */
function moduleOf(...operations: number[]): Uint8Array {
  const body = [0, 0x20, 0, ...operations, 0x0b];
  const section = (id: number, ...bytes: number[]) => [id, bytes.length, ...bytes];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 1, 0x7c, 1, 0x7f),
    ...section(3, 1, 0),
    ...section(7, 1, 1, 0x66, 0, 0),
    ...section(10, 1, body.length, ...body),
  ]);
}

const run = (module: Uint8Array) => instantiate(compile(module), {}).exports.f as (x: number) => number;

const truncate = 0xaa; // i32.trunc_f64_s

test("a conversion that trapped gives the nearest number, the others what they gave", () => {
  const module = moduleOf(truncate);
  assert.throws(() => run(module)(1e12));
  const { bytes, replaced } = saturate(module);
  assert.equal(replaced, 1);
  const f = run(bytes);
  for (const [x, y] of [
    [1e12, 2 ** 31 - 1],
    [-1e12, -(2 ** 31)],
    [Number.NaN, 0],
    [-7.9, -7],
    [3.5, 3],
  ] as const)
    assert.equal(f(x), y);
});

test("the same byte inside a number or a constant is left alone", () => {
  const i32Const = [0x41, 0xaa, 0x01]; // 170
  const f64Const = [0x44, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0x1a]; // dropped at once
  const module = moduleOf(truncate, ...i32Const, 0x6a, ...f64Const);
  const { bytes, replaced } = saturate(module);
  assert.equal(replaced, 1);
  assert.equal(run(bytes)(2.5), 172);
});

test("blocks, branches, tables and locals are walked through", () => {
  // block block local.get 0 trunc br_table [0 1] 1 end end; then 5
  const module = moduleOf(0x1a, 0x02, 0x40, 0x02, 0x40, 0x20, 0, truncate, 0x0e, 1, 0, 1, 0x0b, 0x0b, 0x41, 5);
  const { bytes, replaced } = saturate(module);
  assert.equal(replaced, 1);
  assert.equal(run(bytes)(Number.NaN), 5);
});

test("memory that is larger than a module asked for at most is taken", () => {
  const name = (text: string) => [text.length, ...Buffer.from(text)];
  const imports = [
    ...[...name("env"), ...name("f"), 0, 0],
    ...[...name("env"), ...name("table"), 1, 0x70, 1, 1, 1],
    ...[...name("env"), ...name("memory"), 2, 1, 1, 2],
    ...[...name("env"), ...name("base"), 3, 0x7f, 0],
  ];
  const module = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 4, 1, 0x60, 0, 0],
    ...[2, imports.length + 1, 4, ...imports],
  ]);
  const { Memory, Table } = (
    globalThis as unknown as { WebAssembly: Record<"Memory" | "Table", new (_: object) => object> }
  ).WebAssembly;
  const table = new Table({ initial: 1, maximum: 1, element: "anyfunc" });
  const env = { f() {}, table, memory: new Memory({ initial: 3, maximum: 3 }), base: 7 };
  assert.throws(() => instantiate(compile(module), { env }), /memory/);
  instantiate(compile(unlimited(module)), { env });
});

test("what is no module, or breaks off, is refused", () => {
  assert.throws(() => saturate(Uint8Array.of(1, 2, 3)), /no WebAssembly/);
  const module = moduleOf(truncate);
  assert.throws(() => saturate(module.subarray(0, module.length - 2)), /breaks off/);
});

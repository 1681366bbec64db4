/** WebAssembly that trapped saturates, and means the same otherwise. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { saturate } from "../../../src/training/evaluation/saturate.ts";
import { compile, instantiate } from "../../../src/training/wasm.ts";

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

test("what is no module, or breaks off, is refused", () => {
  assert.throws(() => saturate(Uint8Array.of(1, 2, 3)), /no WebAssembly/);
  const module = moduleOf(truncate);
  assert.throws(() => saturate(module.subarray(0, module.length - 2)), /breaks off/);
});

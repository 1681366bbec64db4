/** Tables of codes said in another VQ-VAE's codes, against codes whose meaning is known. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../src/random.ts";
import { countTogether, translated, translateRows } from "../../src/training/translate.ts";

const [bins, width] = [32, 3];
const random = createRandom(5);
const table = Float32Array.from({ length: bins * width }, () => random.next());
const renamed = Uint16Array.from({ length: bins }, (_, code) => (code * 5 + 3) % bins); // ours → the other's

test("codes that were only renamed bring their rows along", () => {
  const own = Uint16Array.from({ length: 4000 }, () => random.whole(0, bins - 1));
  const rows = translateRows(table, countTogether([[own, own.map((code) => renamed[code]!)]], bins));
  for (let code = 0; code < bins; code++) {
    const expected = table.subarray(renamed[code]! * width, (renamed[code]! + 1) * width);
    for (let at = 0; at < width; at++) assert.ok(Math.abs(rows[code * width + at]! - expected[at]!) < 1e-6);
  }
});

test("a code that stands for two is their mean, weighed; one never heard stays as it was", () => {
  const rows = translateRows(table, countTogether([[Uint16Array.of(0, 0, 0, 1), Uint16Array.of(4, 4, 6, 2)]], bins));
  for (let at = 0; at < width; at++) {
    const mean = (2 * table[4 * width + at]! + table[6 * width + at]!) / 3;
    assert.ok(Math.abs(rows[at]! - mean) < 1e-6);
    assert.equal(rows[9 * width + at], table[9 * width + at]);
  }
});

test("only the tables of codes are changed, each by its own level", () => {
  const shape = [bins, width];
  const store = new Map([
    ["prior.x_emb.weight", { shape, data: table }],
    ["conditioner_blocks.0.x_emb.weight", { shape, data: table }],
    ["prior.pos_emb.pos_emb", { shape, data: table }],
  ]);
  const own = countTogether([[Uint16Array.of(0), Uint16Array.of(1)]], bins);
  const above = countTogether([[Uint16Array.of(0), Uint16Array.of(2)]], bins);
  const found = translated(store, own, above);
  const first = (name: string) => [...found.get(name)!.data.slice(0, width)];
  assert.deepEqual(first("prior.x_emb.weight"), [...table.slice(width, 2 * width)]);
  assert.deepEqual(first("conditioner_blocks.0.x_emb.weight"), [...table.slice(2 * width, 3 * width)]);
  assert.deepEqual(found.get("prior.pos_emb.pos_emb")!.data, table);
});

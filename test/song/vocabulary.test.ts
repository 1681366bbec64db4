/** Finding names, against the textbook's edit distance. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import { editDistance } from "../../src/song/closest.ts";
import { idOf, near } from "../../src/song/vocabulary.ts";
import { seeded } from "../support/random.ts";

const genres = ["unknown", "blues", "jazz", "folk", "techno", "blue grass", "Deep Blue"];

/** The definition, word for word: exponential, so for short words only. */
function slowDistance(a: string, b: string): number {
  if (!a || !b) return a.length + b.length;
  const change = slowDistance(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1);
  return Math.min(change, slowDistance(a.slice(1), b) + 1, slowDistance(a, b.slice(1)) + 1);
}

function tableDistance(a: readonly string[], b: readonly string[]): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i + j));
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const change = table[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      table[i]![j] = Math.min(change, table[i - 1]![j]! + 1, table[i]![j - 1]! + 1);
    }
  return table[a.length]![b.length]!;
}

test("the edit distance agrees with its recursive definition", () => {
  const random = seeded(11);
  const word = () => Array.from({ length: random() * 6 }, () => "abc"[Math.floor(random() * 3)]).join("");
  for (let round = 0; round < 200; round++) {
    const [a, b] = [word(), word()];
    assert.equal(editDistance(a, b), slowDistance(a, b), `"${a}" and "${b}"`);
  }
  assert.equal(editDistance("kitten", "sitting"), 3);
  assert.equal(editDistance("🎷", "🎺"), 1);
});

test("the edit distance of long words agrees with the textbook's table", () => {
  const random = seeded(12);
  const word = (most: number) =>
    Array.from({ length: random() * (most + 1) }, () => "abcdé🎷"[Math.floor(random() * 5)]).join("");
  for (let round = 0; round < 300; round++) {
    const [a, b] = [word(32), word(60)];
    assert.equal(editDistance(a, b), tableDistance([...a], [...b]), `"${a}" and "${b}"`);
  }
});

test("a name is found in any case, whatever the spaces", () => {
  assert.equal(idOf("genre", "  BLUE   Grass ", genres), 5);
  assert.equal(idOf("genre", "unknown", genres), 0);
});

test("an unknown name is refused with the closest ones, and nothing long is repeated", () => {
  const refused = (name: string, pattern: RegExp) =>
    assert.throws(
      () => idOf("genre", name, genres),
      (error) => error instanceof UserError && pattern.test(error.message),
    );
  refused("jas", /^I don't know the genre "jas"\. Close to it: jazz, \w+, \w+\.$/);
  refused("teckno", /Close to it: techno, /);
  refused("x".repeat(6000), /^.{1,200}$/);
});

test("near names come best first: beginnings, words, parts, then the most alike", () => {
  assert.deepEqual(near("blue", genres).slice(0, 3), ["blues", "blue grass", "Deep Blue"]);
  assert.equal(near("blue", genres).length, 6);
  assert.deepEqual(near("GRASS", genres)[0], "blue grass");
  assert.deepEqual(near("azz", genres)[0], "jazz");
  assert.deepEqual(near("tehcno", genres)[0], "techno");
});

test("nothing typed yet offers all names in the model's order, without the unknown one", () => {
  assert.deepEqual(near("", genres), genres.slice(1));
});

test("no more than 25 names are offered, however many there are", () => {
  const many = ["unknown", ...Array.from({ length: 8000 }, (_, i) => `Band ${i}`)];
  assert.equal(near("", many).length, 25);
  assert.deepEqual(near("band 7999", many)[0], "Band 7999");
  assert.deepEqual(near("x", ["unknown"]), []);
});

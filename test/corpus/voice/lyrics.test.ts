/** Generated lyrics: vocabulary, numbers of syllables, rhymes, reproducibility. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { dictionary } from "cmu-pronouncing-dictionary";
import { composeLine, withIng, withS } from "../../../src/corpus/voice/lyrics.ts";
import * as vocabulary from "../../../src/corpus/voice/word-lists.ts";
import { createRandom } from "../../../src/random.ts";
import { rhymeOf, syllablesOf } from "../../../src/singing/pronounce.ts";

const words = (line: string) => line.split(" ");
const syllablesIn = (line: string) => words(line).flatMap(syllablesOf).length;

test("every word and its inflections are in the pronouncing dictionary", () => {
  const { countNouns, intransitiveVerbs, transitiveVerbs } = vocabulary;
  const all = new Set(Object.values(vocabulary).flat());
  assert.ok(all.size > 550, `${all.size} words`);
  for (const word of countNouns) all.add(withS(word));
  for (const word of [...intransitiveVerbs, ...transitiveVerbs]) all.add(withS(word)).add(withIng(word));
  assert.deepEqual(
    [...all].filter((word) => !Object.hasOwn(dictionary, word)),
    [],
  );
});

test("a line has the requested number of syllables", () => {
  for (let syllables = 1; syllables <= 14; syllables++) {
    for (let seed = 0; seed < 8; seed++) {
      const line = composeLine(createRandom(100 * syllables + seed), { syllables });
      assert.equal(syllablesIn(line), syllables, line);
      for (const word of words(line)) assert.ok(Object.hasOwn(dictionary, word.toLowerCase()), word);
    }
  }
});

test("most lines that should rhyme do so, with different words", () => {
  const random = createRandom(5);
  let rhymed = 0;
  for (let verse = 0; verse < 20; verse++) {
    const first = words(composeLine(random, { syllables: 8 })).at(-1)!;
    const second = words(composeLine(random, { syllables: 8, rhymesWith: first })).at(-1)!;
    if (rhymeOf(first) === rhymeOf(second) && first !== second) rhymed++;
  }
  assert.ok(rhymed >= 12, `${rhymed} of 20`);
});

test("the same seed gives the same line, another seed another one", () => {
  const line = (seed: number) => composeLine(createRandom(seed), { syllables: 9 });
  assert.equal(line(1), line(1));
  assert.notEqual(line(1), line(2));
});

test('vowels are preceded by "an", and 300 lines have more than 500 different words', () => {
  const random = createRandom(9);
  const lines = Array.from({ length: 300 }, () => composeLine(random, { syllables: 8 }));
  assert.ok(!lines.some((line) => /\ba [aeiou]/.test(line)));
  assert.ok(new Set(lines.flatMap(words)).size > 500);
});

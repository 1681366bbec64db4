/** Aligning lyrics with attention that was made up from known singing: how far off each word's time is. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { align, lineAt } from "../../src/lyrics/alignment.ts";
import { Attended } from "../../src/lyrics/attended.ts";
import { transliterate } from "../../src/lyrics/characters.ts";
import { spellingOf } from "../../src/lyrics/lyrics.ts";
import { attentionOf, type Head, type Manner, sing } from "../support/singing.ts";

const chorus = "Carry me home, carry me home\nOver the hills where the wild winds roam\n";
const text = `Rain is falling on the river
And the lanterns softly shiver
Nobody knows my name

${chorus}
Morning came without a warning
All the boats were gone by dawn

${chorus}
So long, so long, my silver shore`;

const codeSeconds = 0.01;

interface Case {
  readonly manner?: Omit<Manner, "seed">;
  readonly head?: Omit<Head, "seed">;
  readonly tokens?: number;
  readonly seed?: number;
}

/** Sings, and attends in half-overlapping windows whose lyrics go on with the song (spec 5.2). */
function attended({ manner, head, tokens = 400, seed = 1 }: Case, share = 1) {
  const singing = sing(text, { seed, ...manner });
  const codes = Math.round((Math.max(...singing.ends.filter((end) => !Number.isNaN(end))) + 3) / codeSeconds);
  const rows = new Attended({ characters: text.length, codes, codeSeconds });
  const [window, half] = [600, Math.floor(tokens / 2)];
  for (let from = 0; from < codes * share; from += window / 2) {
    const middle = Math.trunc((text.length * (from + window / 2)) / codes);
    const character =
      text.length < tokens ? text.length - tokens : Math.min(Math.max(middle, half), text.length - half) - half;
    const place = { from, count: Math.min(window, codes - from), codeSeconds, tokens, character };
    rows.add({ ...place, weights: attentionOf(text, singing, { seed, ...head }, place) });
  }
  return { singing, rows };
}

/** Errors of the words' starts in seconds; what was sung and has no time, and what has one though it was not sung. */
function compare({ lines }: ReturnType<typeof align>, { starts, ends }: ReturnType<typeof sing>) {
  const words = lines.flatMap((line) => line.words);
  const [errors, ending, missed]: [number[], number[], string[]] = [[], [], []];
  let next = 0;
  for (const { 0: word, index } of text.matchAll(/\S+/g)) {
    const start = starts[index]!;
    if (Number.isNaN(start)) continue;
    const found = words[next]?.text === word ? words[next++] : undefined;
    if (!found) {
      missed.push(word);
      continue;
    }
    errors.push(found.from - start);
    const after = starts[index + word.length] ?? Number.NaN;
    ending.push(found.to - (Number.isNaN(after) ? ends[index]! : after));
    for (const [i, letter] of found.starts.entries()) errors.push(letter - starts[index + i]!);
  }
  return { errors, ending, missed, surplus: words.slice(next).map((word) => word.text) };
}

const size = (errors: readonly number[]): number =>
  errors.reduce((sum, error) => sum + Math.abs(error), 0) / errors.length;

function check(t: TestContext, what: Case, mostMean: number): void {
  const { singing, rows } = attended(what);
  const found = align(text, rows);
  const { errors, ending, missed, surplus } = compare(found, singing);
  const mean = size(errors);
  t.diagnostic(`mean error ${(1000 * mean).toFixed(0)} ms, of words' ends ${(1000 * size(ending)).toFixed(0)} ms`);
  assert.deepEqual([missed, surplus], [[], []]);
  assert.ok(mean <= mostMean, `${mean} s`);
  assert.ok(size(ending) <= mostMean + 0.01, `${size(ending)} s`);
  assert.ok(Math.max(...errors.map(Math.abs)) <= 0.4);
}

const step = 0.02; // half of what the attention is cut into
const cases: readonly (readonly [string, Case, number])[] = [
  ["a head that looks where it sings", {}, step],
  ["a head that mostly looks elsewhere", { head: { share: 0.15 } }, step],
  ["a head that looks at many letters at once", { head: { share: 0.5, width: 2 } }, step],
  ["a head that looks a letter ahead gives times a letter early", { head: { ahead: 1 } }, 0.08],
  ["a head that always rests on one letter", { head: { share: 0.4, rest: { character: 60, share: 0.4 } } }, step],
  ["a chorus whose other half gets more than its share", { head: { share: 0.6, twins: 0.6 } }, step],
  ["rows that look astray", { head: { share: 0.6, astray: 0.3 } }, step],
  ["pauses of many seconds", { manner: { pause: [3, 8] }, head: { share: 0.5 } }, step],
  ["fast singing", { manner: { pace: [20, 35] } }, 0.025],
  ["lines left out", { manner: { without: [1, 2, 5] } }, step],
  ["an end that is never reached", { manner: { without: [7, 8, 9] } }, step],
  ["lyrics longer than a window sees", { tokens: 96, seed: 2 }, step],
  [
    "all of that at once",
    {
      manner: { without: [3], pause: [0.2, 5] },
      head: { share: 0.35, width: 1.5, twins: 0.4, astray: 0.2, rest: { character: 100, share: 0.3 } },
    },
    0.03,
  ],
];

for (const [what, given, mostMean] of cases)
  test(`words are found to ${mostMean * 1000} ms on average: ${what}`, (t) => check(t, given, mostMean));

test("a head that attends to nothing in particular gives no words", () => {
  assert.deepEqual(align(text, attended({ head: { share: 0 } }).rows).lines, []);
});

test("a head that sees nothing of the lyrics, and lyrics of no letters, give no words", () => {
  const none = new Attended({ characters: text.length, codes: 100, codeSeconds });
  none.add({ from: 0, weights: new Float32Array(100 * 64), tokens: 64, character: 0 });
  assert.deepEqual(align(text, none), { lines: [], confidence: 0 });
  const empty = new Attended({ characters: 0, codes: 100, codeSeconds });
  empty.add({ from: 0, weights: new Float32Array(100 * 64).fill(1 / 64), tokens: 64, character: -64 });
  assert.deepEqual(align("", empty), { lines: [], confidence: 0 });
});

test("while the song is made, the words so far have the times they will have in the end", () => {
  const whole = align(text, attended({}).rows).lines.flatMap((line) => line.words);
  for (const share of [0.2, 0.5, 0.8]) {
    const words = align(text, attended({}, share).rows).lines.flatMap((line) => line.words);
    assert.ok(words.length > share * 0.6 * whole.length, `${words.length} words after ${share}`);
    for (const [at, { text: word, from, confidence }] of words.slice(0, -1).entries()) {
      assert.equal(word, whole[at]!.text);
      if (confidence === 0) continue; // of a line under way
      assert.ok(Math.abs(from - whole[at]!.from) < 0.05, `${share}, ${word}: ${from}, not ${whole[at]!.from}`);
    }
  }
});

test("words are in order, within their lines, and letters within their words", () => {
  const { lines } = align(text, attended({ head: { share: 0.3, astray: 0.4 }, manner: { without: [2] } }).rows);
  let before = 0;
  for (const line of lines) {
    assert.ok(line.from >= before && line.to >= line.from);
    for (const { from, to, starts, text: word, confidence } of line.words) {
      assert.ok(from >= before && to >= from && to <= line.to && from >= line.from);
      assert.equal(starts.length, word.length);
      for (const [i, start] of starts.entries()) assert.ok(start >= (starts[i - 1] ?? from));
      assert.ok(confidence >= 0 && confidence <= 1);
      before = from;
    }
    assert.ok(text.includes(line.text));
  }
});

test("lines and words are told as they were written, each letter once", () => {
  const written = "Дождь идёт ½ часа\n—naïve— e\u0301té";
  const model = transliterate(written, "v3");
  const spelling = spellingOf(written, "v3");
  assert.equal(spelling.length, model.length);
  const codes = 10 * model.length; // ten for each character
  const rows = new Attended({ characters: model.length, codes, codeSeconds });
  const weights = Float32Array.from({ length: codes * 64 }, (_, i) => (i % 64 === Math.floor(i / 640) + 1 ? 1 : 0));
  rows.add({ from: 0, weights, tokens: 64, character: 0 });
  const { lines } = align(model, rows, spelling);
  assert.deepEqual(
    lines.map((line) => line.text),
    written.split("\n"),
  );
  assert.deepEqual(
    lines.flatMap(({ words }) => words.map(({ text: word }) => word)),
    written.split(/\s/),
  );
  for (const { text: word, starts } of lines.flatMap(({ words }) => words))
    assert.equal(starts.length, [...word.normalize()].length);
  const plain = align(model, rows).lines;
  assert.deepEqual(
    plain.map((line) => line.text),
    ["Dozhd' idiot  12  chasa", "--naive-- ete"],
  );
});

test("the line at a second is the one that is sung, or was just now", () => {
  const { lines, confidence } = align(text, attended({ manner: { pause: [3, 4] } }).rows);
  const at = (seconds: number) => lineAt({ lines, confidence }, seconds)?.text;
  const [first, second] = lines;
  assert.equal(at(0), undefined);
  assert.deepEqual([first!.from, first!.to, first!.to + 0.9].map(at), Array(3).fill(first!.text));
  assert.equal(at(first!.to + 1.1), undefined);
  assert.equal(at(second!.from), second!.text);
});

test("what a window saw first counts where windows overlap, and what comes twice changes nothing", () => {
  const at = (column: number): Float32Array =>
    Float32Array.from({ length: 7 * 8 }, (_, i) => (i % 8 === column ? 1 : 0));
  const rows = new Attended({ characters: 7, codes: 14, codeSeconds: 0.04 / 7 });
  rows.add({ from: 0, weights: at(2), tokens: 8, character: 0 });
  rows.add({ from: 0, weights: at(5), tokens: 8, character: 0 });
  rows.add({ from: 7, weights: at(5), tokens: 8, character: -1 });
  assert.deepEqual(
    rows.steps.map((step) => [...step!.mass]),
    [
      [0, 1, 0, 0, 0, 0, 0],
      [0, 0, 0, 1, 0, 0],
    ],
  );
});

/** When phones sound: vowels on their notes, nothing overlapping, silence where the melody rests. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isVowel, silence } from "../../src/singing/phones.ts";
import { pronounce } from "../../src/singing/pronounce.ts";
import { fitNotes, type SungNote, schedule } from "../../src/singing/schedule.ts";

const syllables = (text: string) => pronounce(text).flatMap((word) => word.syllables);
const melody = (...lengths: number[]): SungNote[] => {
  let seconds = 0.3;
  return lengths.map((duration, index) => {
    const note = { seconds, duration, pitch: 60 + index };
    seconds += duration;
    return note;
  });
};

test("every vowel starts on its note, and phones follow one another without a gap", () => {
  const notes = melody(0.5, 0.2, 0.1, 0.6, 0.8);
  const phones = schedule(syllables("strength of twelve bright sphinxes").slice(0, 5), notes);
  const starts = phones.filter(({ phone }) => isVowel(phone)).map(({ from }) => from);
  for (const [index, start] of starts.entries()) assert.ok(Math.abs(start - notes[index]!.seconds) < 1e-9);
  assert.equal(phones[0]!.from, 0);
  for (const [index, { from, to }] of phones.entries()) {
    assert.ok(to >= from);
    if (index > 0) assert.ok(Math.abs(from - phones[index - 1]!.to) < 1e-9);
  }
});

test("vowels keep nearly half of the time to the next one, however short", () => {
  const phones = schedule(syllables("strengths strengths"), melody(0.12, 0.5));
  const vowel = phones.find(({ phone }) => phone === "eh")!;
  assert.ok(vowel.to - vowel.from >= 0.449 * 0.12);
});

test("a rest of the melody is silence, with the consonants beside it", () => {
  const notes = [
    { seconds: 0.3, duration: 0.4, pitch: 60 },
    { seconds: 1.5, duration: 0.4, pitch: 62 },
  ];
  const phones = schedule(syllables("bat cup"), notes);
  assert.deepEqual(
    phones.map(({ phone }) => phone),
    [silence, "b", "ae", "t", silence, "k", "ah", "p", silence],
  );
  const rest = phones[4]!;
  assert.ok(rest.from < 0.8 && rest.to > 1.4, `silence from ${rest.from} to ${rest.to}`);
});

test("notes left over are held by the last syllable, missing ones are made from the longest", () => {
  const held = fitNotes(melody(0.5, 0.5, 0.5), 2);
  assert.deepEqual(
    held.map((note) => note.held === true),
    [false, false, true],
  );
  const split = fitNotes(melody(0.4, 1), 3);
  assert.deepEqual(
    split.map(({ duration }) => duration),
    [0.4, 0.5, 0.5],
  );
  assert.ok(Math.abs(split[2]!.seconds - 1.2) < 1e-9);
});

test("notes that are held move within a syllable", () => {
  const notes = melody(0.4, 0.4, 0.4).map((note, index) => ({ ...note, held: index === 1 }));
  const phones = schedule(syllables("see me"), notes);
  const [first, second] = phones.filter(({ phone }) => isVowel(phone));
  assert.ok(Math.abs(first!.from - 0.3) < 1e-9 && Math.abs(second!.from - 1.1) < 1e-9);
});

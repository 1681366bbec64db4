/** Lyrics laid out in a song: where lines begin, when phones sound, and what can't be sung. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import { lyricsFrom } from "../../src/lyrics/pasted/lyrics.ts";
import { enhancedLrcOf, lrcOf, webVttOf } from "../../src/lyrics/subtitles.ts";
import { type Form, type MetreRules, metreOf, momentsAt, momentTables } from "../../src/music/metre.ts";
import { allPhones } from "../../src/singing/phones.ts";
import { planSinging } from "../../src/song/sung-plan.ts";

const rules: MetreRules = {
  ticksPerBar: 48,
  grain: 128,
  tempos: [8],
  keys: ["C major"],
  sections: ["verse", "solo", "end"],
  phones: allPhones,
};
const form: Form = {
  form: [
    ["verse", 4],
    ["solo", 4],
  ],
};
const sampleRate = 22_050;
const seconds = 30;
const metre = metreOf(rules, form, { tempo: 8, key: "C major", seconds, sampleRate });
const barSeconds = (48 * 8 * 128) / sampleRate;
const plan = (lyrics: string) => planSinging(lyrics, metre, rules, { samples: seconds * sampleRate, sampleRate });

test("lines begin every two bars of the verses, and begin again when they are over", () => {
  const { lines } = plan("silver river\nthe moon is mine\nyellow lemon tree");
  assert.deepEqual(
    lines.map(({ text }) => text),
    ["silver river", "the moon is mine", "yellow lemon tree", "silver river"],
  );
  assert.equal(plan("one\ntwo\nthree\nfour\nfive\nsix").unsung, 2);
  const bars = [0, 2, 8, 10];
  for (const [index, { words }] of lines.entries()) {
    const vowel = words[0]!.starts[1]!; // s-i, th-e, y-e: the vowel is on the beat
    assert.ok(Math.abs(vowel - bars[index]! * barSeconds) < 0.3, `${index}: ${vowel}`);
  }
});

test("each moment is told the phone that sounds in its middle, as a plain search finds it", () => {
  const { phones } = plan("silver river\nthe moon is mine");
  const hop = 64;
  const count = Math.floor((seconds * sampleRate) / hop);
  const told = momentsAt({ ...metre, sung: phones }, momentTables(rules), { start: 0, hop, count }).get("phone")!;
  for (let at = 0; at < count; at++) {
    const middle = (at + 0.5) * hop;
    const slow = phones.find(({ from, to }) => from <= middle && middle < to)?.phone ?? 1;
    assert.equal(told[at], slow, `code ${at}`);
  }
  assert.ok(new Set(told).size > 8, "several phones are told");
  const late = momentsAt({ ...metre, sung: phones }, momentTables(rules), { start: hop * 500, hop, count: 300 });
  assert.deepEqual(late.get("phone"), told.slice(500, 800), "a window in the middle is told the same");
  assert.ok(
    momentsAt(metre, momentTables(rules), { start: 0, hop, count })
      .get("phone")!
      .every((row) => row === 0),
  );
});

test("long lines are cut between words, and every word is sung once in order", () => {
  const words = "when the yellow elephant considers every possibility of travelling to another galaxy tomorrow";
  const { lines } = plan(words);
  const first = lines.findIndex((line, index) => index > 0 && line.text.startsWith("when"));
  const sung = lines.slice(0, first === -1 ? undefined : first).map(({ text }) => text);
  assert.equal(sung.join(" "), words);
  assert.ok(sung.length >= 3);
  for (const line of lines)
    assert.ok(line.words.every((word, at) => at === 0 || word.from >= line.words[at - 1]!.from));
});

test("Russian lyrics are sung by Russian rules and shown in Cyrillic letters, with the time of every letter", () => {
  const { lines, phones, notes } = plan("Где мне все тебе");
  assert.deepEqual([lines[0]!.text, notes], ["Где мне все тебе", []]);
  assert.deepEqual(
    lines[0]!.words.map(({ text, starts }) => [text, starts.length]),
    [
      ["Где", 3],
      ["мне", 3],
      ["все", 3],
      ["тебе", 4],
    ],
  );
  const said = phones.map(({ phone }) => allPhones[phone - 1]).join(" ");
  assert.ok(said.startsWith("g d y eh m n y eh f s y eh t ih b y eh"), said);
  const starts = lines[0]!.words.flatMap((word) => word.starts);
  assert.ok(starts.every((start, at) => at === 0 || start >= starts[at - 1]!));
});

test("words in other scripts are named where others are sung, and refused by their script where none is", () => {
  const { lines, notes } = plan("love αγάπη и мир");
  assert.deepEqual(
    lines[0]!.words.map(({ text }) => text),
    ["love", "и", "мир"],
  );
  assert.match(notes[0]!, /“αγάπη”.*Greek/);
  const refused = (lyrics: string, message: RegExp) =>
    assert.throws(
      () => plan(lyrics),
      (error) => error instanceof UserError && message.test(error.message),
    );
  refused("γεια σου", /I can't pronounce Greek\. Write them in Latin or Russian letters/);
  refused("♪ ♪ …", /write them in letters/);
  refused("la ".repeat(4000), /up to 10000 characters/);
});

test("what is written as .lrc, .words.lrc and .vtt of a song is sung again as it was", () => {
  for (const lyrics of ["don’t stop silver river\nthe moon is mine", "в лесу родилась ёлочка\nдень за днём"]) {
    const { lines } = plan(lyrics);
    const song = { lines, confidence: 1 };
    const heading = { title: "jazz [live]", artist: "Bob", seconds };
    for (const file of [lrcOf(song, heading), enhancedLrcOf(song, heading), webVttOf(song)])
      assert.deepEqual(
        plan(lyricsFrom(file).text).lines.map(({ text }) => text),
        lines.map(({ text }) => text),
        file,
      );
  }
});

test("nothing is sung beyond the song's end", () => {
  const { phones } = plan("la la la la la la la la la la la la");
  assert.ok(phones.at(-1)!.to <= seconds * sampleRate);
});

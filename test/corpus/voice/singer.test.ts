/** Sung lines: pitch, timing, spans of characters, reproducibility. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hertzOf } from "../../../src/corpus/voice/pitch.ts";
import { ranges, singers, singLine } from "../../../src/corpus/voice/singer.ts";
import { centsBetween, pitchAt } from "../../oracle/pitch.ts";

const sampleRate = 22_050;
const pitchRange = { sampleRate, lowest: 80, highest: 700 };
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const melody = (low: number, steps: readonly number[], duration: number) =>
  steps.map((step, index) => ({ seconds: 0.4 + index * duration, duration, pitch: low + step }));

test("every solo singer is within 12 cents of the melody's pitches", () => {
  for (const singer of singers.filter((name) => name !== "choir")) {
    const notes = melody(ranges[singer][0] + 3, [0, 4, 7, 12, 5], 0.5);
    const { sound } = singLine({ singer, text: "we may roll along", notes });
    for (const { seconds, pitch } of notes) {
      const measured = [0.16, 0.2, 0.24, 0.28, 0.32].map((later) => pitchAt(sound, seconds + later, pitchRange).hertz);
      const cents = centsBetween(median(measured), hertzOf(pitch));
      assert.ok(Math.abs(cents) < 12, `${singer} at ${seconds} s: ${cents} cents`);
    }
  }
});

test("vowels start with their notes, after unvoiced consonants", () => {
  for (const singer of singers) {
    const notes = melody(Math.max(55, ranges[singer][0]), [0, 2, 4], 0.6);
    const { sound } = singLine({ singer, text: "sea, tea, key", notes });
    for (const { seconds } of notes) {
      const isVoiced = (at: number) => pitchAt(sound, at, { ...pitchRange, lowest: 120 }).correlation > 0.75;
      let onset = seconds + 0.1;
      while (onset > seconds - 0.15 && isVoiced(onset)) onset -= 0.004;
      assert.ok(Math.abs(onset - seconds) < 0.03, `${singer}: a voice from ${onset} s instead of ${seconds} s`);
    }
  }
});

test("the pitch glide is centred near the start of the note", () => {
  const notes = melody(57, [0, 7], 0.7);
  const { sound } = singLine({ singer: "low", text: "lay low", notes });
  let at = 0.8;
  while (pitchAt(sound, at, { ...pitchRange, lowest: 150, highest: 500 }).hertz < hertzOf(60.5)) at += 0.004;
  assert.ok(Math.abs(at - 1.1) < 0.02, `half of the interval is passed at ${at} s`);
});

test("long notes have vibrato, short ones do not", () => {
  const spread = (duration: number) => {
    const { sound } = singLine({ singer: "high", text: "low", notes: melody(60, [0], duration) });
    const times = Array.from({ length: 20 }, (_, index) => 0.4 + 0.15 + ((duration - 0.25) * index) / 20);
    const cents = times.map((at) =>
      centsBetween(pitchAt(sound, at, { ...pitchRange, lowest: 200 }).hertz, hertzOf(60)),
    );
    return Math.max(...cents) - Math.min(...cents);
  };
  assert.ok(spread(1.6) > 20, `${spread(1.6)} cents`);
  assert.ok(spread(0.5) < 12, `${spread(0.5)} cents`);
});

test("each character has a span, in order, within the sound", () => {
  const text = "The 2 knights, slowly…\nsing (again)!";
  const notes = melody(50, [0, 2, 4, 2, 0, 0, 5, 4], 0.4);
  const { sound, characters, phones } = singLine({ singer: "low", text, notes });
  assert.equal(characters.length, text.length);
  assert.ok(Math.abs(phones.at(-1)!.to - sound.length / sampleRate) < 1e-3);
  for (const [index, { from, to }] of characters.entries()) {
    assert.ok(to >= from && from >= 0 && to <= phones.at(-1)!.to + 1e-9);
    if (index > 0) assert.ok(from >= characters[index - 1]!.to - 1e-9, `${text[index]} at ${from}`);
  }
  const sing = text.indexOf("sing");
  assert.ok(characters[sing]!.from < notes[5]!.seconds && characters[sing + 1]!.from === notes[5]!.seconds);
});

test("singing is bit-identical, and all singers are about equally loud", () => {
  for (const singer of singers) {
    const line = { singer, text: "we sing", notes: melody(ranges[singer][0] + 5, [0, 3], 0.4) };
    const { sound } = singLine(line);
    assert.deepEqual(singLine(line).sound, sound);
    const sung = sound.subarray(0.4 * sampleRate, 1.2 * sampleRate);
    const level = Math.sqrt(sung.reduce((sum, sample) => sum + sample * sample, 0) / sung.length);
    assert.ok(level > 0.06 && level < 0.16, `${singer}: ${level}`);
    assert.ok(
      sound.every((sample) => Math.abs(sample) < 1),
      singer,
    );
  }
});

test("a text without words is refused", () => {
  assert.throws(() => singLine({ singer: "low", text: "…!", notes: melody(50, [0], 1) }), /can be sung/);
});

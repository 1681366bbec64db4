/** Songs with vocals: timed lyrics, refrains, reproducibility, the mix. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compose } from "../../../src/corpus/compose.ts";
import { grain, type Score, samplesOf } from "../../../src/corpus/score.ts";
import { mixSong, mixUnder } from "../../../src/corpus/voice/mix.ts";
import { singSong } from "../../../src/corpus/voice/song.ts";
import { isVowel, silence } from "../../../src/singing/phones.ts";

const sampleRate = 22_050;
const score = compose({ artist: "Thunder Kettle", genre: "rock", mood: "tense", seconds: 12, seed: 4 });
const song = singSong(score, { singer: "low", seed: 1 });
const rms = (sound: Float32Array) => Math.sqrt(sound.reduce((sum, x) => sum + x * x, 0) / sound.length);

test("each character of the lyrics has a span, in order, within the song", () => {
  assert.equal(song.sound.length, samplesOf(score));
  assert.equal(song.characters.length, song.lyrics.length);
  assert.match(song.lyrics, /^[a-zI' \n]+$/);
  for (const [index, { from, to }] of song.characters.entries()) {
    assert.ok(to >= from && from >= 0 && to <= song.sound.length / sampleRate);
    assert.ok(index === 0 || from >= song.characters[index - 1]!.from - 0.3);
  }
});

test("every vowel starts on a note of the vocal part", () => {
  const starts = score.parts
    .find(({ role }) => role === "voice")!
    .notes.map(({ tick }) => (tick * score.grainsPerTick * grain) / sampleRate);
  const vowels = song.phones.filter(({ phone }) => isVowel(phone));
  assert.ok(vowels.length >= starts.length / 2, `${vowels.length} syllables on ${starts.length} notes`);
  for (const { phone, from } of vowels)
    assert.ok(
      starts.some((start) => Math.abs(start - from) < 1e-6),
      `${phone} at ${from}`,
    );
});

test("lines have spans, in order", () => {
  assert.deepEqual(
    song.lines.map(({ text }) => text),
    song.lyrics.split("\n").filter((line) => line !== ""),
  );
  for (const [index, { from, to }] of song.lines.entries())
    assert.ok(to > from + 0.5 && (index === 0 || from > song.lines[index - 1]!.from));
});

test("the voice sounds during vowels and is silent during silences", () => {
  const at = (seconds: number) => Math.round(seconds * sampleRate);
  for (const { phone, from, to } of song.phones) {
    const sound = song.sound.subarray(at(from + 0.03), at(to - 0.03));
    if (phone === silence && to - from > 0.1) assert.ok(rms(sound) < 0.01, `silence at ${from} s`);
    if (isVowel(phone) && to - from > 0.1) assert.ok(rms(sound) > 0.02, `${phone} at ${from} s`);
  }
});

test("refrains with the same melody have the same lyrics", () => {
  const lead = [0, 2, 4, 6, 8, 10, 12, 14].map((beat) => ({ tick: 12 * beat, ticks: 20, pitch: 60, velocity: 90 }));
  const sections = ["verse", "refrain", "refrain", "verse"].map((name, bar) => ({
    name,
    bar,
    bars: 1,
    dynamics: "loud" as const,
    chords: "I",
  }));
  const { lyrics } = singSong(
    { ...score, bars: 4, sections, parts: [{ ...score.parts[0]!, notes: lead }] },
    { singer: "low", seed: 2 },
  );
  const [first, second, third, fourth] = lyrics.split("\n\n");
  assert.equal(second, third);
  assert.notEqual(first, fourth);
});

test("the same score and seed give the same song; another seed gives other lyrics", () => {
  assert.deepEqual(singSong(score, { singer: "low", seed: 1 }), song);
  assert.notEqual(singSong(score, { singer: "low", seed: 2 }).lyrics, song.lyrics);
});

test("the voice is louder than the accompaniment by the given number of decibels", () => {
  const accompaniment = Float32Array.from({ length: 22_050 }, (_, at) => 0.1 * Math.sin(at));
  const voice = Float32Array.from({ length: 22_050 }, (_, at) => (at < 11_264 ? Math.sin(at / 3) : 0));
  const mixed = mixUnder(voice, accompaniment, { above: 6, carve: 0, duck: 0 });
  const [loud, soft] = [rms(mixed.subarray(1000, 10_000)), rms(mixed.subarray(12_000, 21_000))];
  assert.ok(Math.abs(20 * Math.log10(loud / soft) - 10 * Math.log10(1 + 10 ** 0.6)) < 0.5);
});

test("the mix has the length and loudness of the corpus, and is not clipped", () => {
  const quiet: Score = { ...score, parts: score.parts.filter(({ role }) => role === "voice" || role === "bass") };
  const mixed = mixSong(quiet, song.sound);
  assert.equal(mixed.length, song.sound.length);
  const decibels = 20 * Math.log10(rms(mixed));
  assert.ok(decibels > -19.5 && decibels < -17, `${decibels} dB`);
  assert.ok(mixed.every((sample) => Math.abs(sample) < 0.95));
});

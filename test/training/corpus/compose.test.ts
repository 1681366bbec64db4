/** What every score must keep to, checked on every band and genre over several seeds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bandNamed, genres } from "../../../src/training/corpus/bands.ts";
import { compose } from "../../../src/training/corpus/compose.ts";
import { drum } from "../../../src/training/corpus/groove.ts";
import { pairs } from "../../../src/training/corpus/plan.ts";
import { bpmOf, chordAt, type Score, ticksPerBar } from "../../../src/training/corpus/score.ts";
import { pitchClass } from "../../../src/training/corpus/theory.ts";

const seeds = [1, 2, 3, 4, 5, 6];
const every = pairs.flatMap(({ artist, genre }) =>
  seeds.map((seed) => ({ artist, genre, score: compose({ artist, genre, seconds: 60, seed }) })),
);
const part = (score: Score, role: string) => score.parts.find((candidate) => candidate.role === role)!;

test("the same plan is the same score, another seed is another song", () => {
  for (const { artist, genre, score } of every) {
    const seed = seeds[every.findIndex((entry) => entry.score === score) % seeds.length]!;
    assert.deepEqual(compose({ artist, genre, seconds: 60, seed }), score);
    assert.notDeepEqual(compose({ artist, genre, seconds: 60, seed: seed + 1000 }).parts, score.parts);
  }
});

test("a lead's notes on strong beats are chord tones, all its notes are of the chord's scale and in reach", () => {
  for (const { artist, genre, score } of every) {
    const notes = part(score, "lead").notes;
    const [low, high] = bandNamed(artist).range;
    assert.ok(notes.length >= score.bars, `${artist}, ${genre}: ${notes.length} notes`);
    for (const note of notes.slice(0, -1)) {
      const chord = chordAt(score.chords, note.tick);
      const allowed = note.tick % 24 === 0 ? chord.tones : chord.scale;
      assert.ok(allowed.includes(pitchClass(note.pitch)), `${artist}, ${genre}: ${note.pitch} over ${chord.name}`);
      assert.ok(note.pitch >= low - 2 && note.pitch <= high + 2, `${artist}, ${genre}: ${note.pitch}`);
    }
  }
});

test("melodies mostly step, seldom leap, and leads sing one note at a time", () => {
  for (const { artist, genre, score } of every) {
    const notes = part(score, "lead").notes;
    const moves = notes.slice(1).map((note, index) => Math.abs(note.pitch - notes[index]!.pitch));
    const share = (test: (move: number) => boolean) => moves.filter(test).length / moves.length;
    assert.ok(share((move) => move > 9) < 0.15, `${artist}, ${genre}: leaps`);
    assert.ok(share((move) => move <= 4) > 0.5, `${artist}, ${genre}: steps`);
    for (const [index, note] of notes.slice(1).entries()) {
      assert.ok(notes[index]!.tick + notes[index]!.ticks <= note.tick, `${artist}, ${genre}: two notes at once`);
    }
  }
});

test("sections of one name bring the melody back", () => {
  for (const { artist, genre, score } of every) {
    const onsets = score.sections.map(({ name, bar, bars }) => ({
      name,
      bars,
      notes: part(score, "lead")
        .notes.filter(
          (note) => note.tick >= bar * ticksPerBar && note.tick < Math.min(bar + bars, score.bars - 1) * ticksPerBar,
        )
        .map((note) => `${note.tick - bar * ticksPerBar}:${note.pitch}`),
    }));
    for (const again of onsets) {
      const first = onsets.find(({ name, bars }) => name === again.name && bars === again.bars)!;
      const kept = first.notes.filter((note) => again.notes.includes(note)).length;
      const wanted = again === onsets.at(-1) ? 0.8 : 1; // the song's last bar is its end
      assert.ok(
        kept >= wanted * first.notes.length,
        `${artist}, ${genre}, ${again.name}: ${kept} of ${first.notes.length}`,
      );
    }
  }
});

test("a repeated section has small changes", () => {
  const changed = every.filter(({ score }) => {
    const [first, second] = score.sections.filter(({ name }) => name === score.sections.at(-1)!.name);
    const count = (bar: number) =>
      part(score, "lead").notes.filter(({ tick }) => tick >= bar * ticksPerBar && tick < (bar + 7) * ticksPerBar)
        .length;
    return second && count(second.bar) > count(first!.bar);
  });
  assert.ok(changed.length > every.length / 3, `${changed.length} of ${every.length}`);
});

test("a song of a few bars has its lead and every part too", () => {
  for (const { artist, genre } of pairs) {
    const short = compose({ artist, genre, seconds: 8, seed: 1 });
    for (const { role, notes } of short.parts) assert.ok(notes.length >= 4, `${artist}, ${genre}: ${role}`);
  }
});

test("the bass plays the root where the chord changes", () => {
  for (const { artist, genre, score } of every) {
    if (genre === "classical" || genre === "house") continue;
    const bass = part(score, "bass").notes;
    for (const { tick, chord } of score.chords) {
      const note = bass.find((candidate) => candidate.tick === tick)!;
      assert.equal(pitchClass(note.pitch), chord.tones[0], `${artist}, ${genre}, ${chord.name} at ${tick}`);
    }
  }
});

test("string quartets have no parallel fifths or octaves before their last bar, and every chord has its third", () => {
  for (const { score } of every.filter((entry) => entry.artist === "The Marble Finches")) {
    const chords = score.chords.slice(0, -1);
    const sounding = (tick: number) =>
      score.parts.map(({ notes }) => (notes.findLast((note) => note.tick <= tick) ?? notes[0]!).pitch);
    const voices = chords.map(({ tick }) => sounding(tick));
    voices.forEach((now, index) => {
      assert.ok(now.map(pitchClass).includes(chords[index]!.chord.tones[1]!), `${now}: no third`);
      if (index > 0)
        for (const [a, b] of voicePairs)
          assert.ok(!inParallel(voices[index - 1]!, now, a!, b!), `${voices[index - 1]} to ${now}`);
    });
  }
});

const voicePairs = [
  [0, 1],
  [0, 2],
  [0, 3],
  [1, 2],
  [1, 3],
  [2, 3],
];

function inParallel(before: readonly number[], now: readonly number[], a: number, b: number): boolean {
  const interval = Math.abs(before[a]! - before[b]!) % 12;
  const together = Math.sign(now[a]! - before[a]!) === Math.sign(now[b]! - before[b]!) && now[a] !== before[a];
  return together && [0, 7].includes(interval) && Math.abs(now[a]! - now[b]!) % 12 === interval;
}

test("each genre keeps its beat", () => {
  for (const { artist, genre, score } of every) {
    const drums = part(score, "drums")?.notes ?? [];
    const name = `${artist}, ${genre}`;
    const at = (pitch: number, tick: number) =>
      drums.some((note) => note.pitch === pitch && note.tick % ticksPerBar === tick);
    if (genre === "classical") assert.equal(drums.length, 0, name);
    if (genre === "house")
      assert.ok(
        [0, 12, 24, 36].every((tick) => at(drum.kick, tick)),
        name,
      );
    if (genre === "rock")
      assert.ok(at(drum.snare, 12) && at(drum.snare, 36) && !drums.some((note) => note.tick % 12 === 8), name);
    if (genre === "jazz") assert.ok(at(drum.ride, 20) && at(drum.pedalHat, 12), name);
    if (genre === "blues") assert.ok(at(drum.closedHat, 8) && at(drum.snare, 12) && !at(drum.ride, 0), name);
  }
});

test("the corpus is narrow: few tempi a genre, two keys a band, four parts at most, songs of about a minute", () => {
  for (const genre of genres) {
    const songs = every.filter((entry) => entry.genre === genre);
    assert.ok(new Set(songs.map(({ score }) => bpmOf(score.grainsPerTick))).size <= 3, genre);
    for (const { artist, score } of songs) {
      assert.ok(score.parts.length <= 4, `${artist}, ${genre}`);
      const seconds = (score.bars * 4 * 60) / bpmOf(score.grainsPerTick);
      assert.ok(seconds > 54 && seconds < 66, `${artist}, ${genre}: ${seconds} s`);
    }
  }
  for (const { artist } of pairs) {
    const tonics = new Set(
      every.filter((entry) => entry.artist === artist).map(({ score }) => score.key.split(" ")[0]),
    );
    assert.ok(tonics.size <= 2, artist);
  }
});

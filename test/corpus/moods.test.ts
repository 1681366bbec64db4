/** What moods change in songs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bands, genres, program } from "../../src/corpus/bands.ts";
import { shiftDynamics } from "../../src/corpus/moods.ts";
import { type Mood, moods, ticksPerBar } from "../../src/corpus/score.ts";
import { every, mean, part } from "./songs.ts";

const of = (mood: Mood) => every.filter((one) => one.mood === mood);

test("scores state their mood, and dark and tense songs are in minor keys", () => {
  for (const { score, mood, name } of every) {
    assert.equal(score.mood, mood);
    assert.equal(score.key.endsWith("minor"), mood === "dark" || mood === "tense", `${name}: ${score.key}`);
  }
});

test("the verse's harmony is different in each mood of a genre", () => {
  for (const genre of genres) {
    const verses = moods.map((mood) => {
      const { score } = every.find((one) => one.genre === genre && one.mood === mood)!;
      const { bar, bars } = score.sections.find((section) => section.name === "verse")!;
      const within = ({ tick }: { tick: number }) => tick >= bar * ticksPerBar && tick < (bar + bars) * ticksPerBar;
      return score.chords
        .filter(within)
        .map(({ chord }) => chord.name)
        .join();
    });
    assert.equal(new Set(verses).size, moods.length, genre);
  }
});

test("tense songs are never slower than bright ones, and those never slower than calm, dark or dreamy ones", () => {
  for (const one of every) {
    const tempo = (mood: Mood): number =>
      every.find((other) => other.artist === one.artist && other.genre === one.genre && other.mood === mood)!.score
        .grainsPerTick;
    assert.ok(tempo("tense") <= tempo("bright"), one.name);
    for (const mood of ["calm", "dark", "dreamy"] as const) assert.ok(tempo("bright") <= tempo(mood), one.name);
  }
  const slower = of("dark").filter(({ score }, index) => score.grainsPerTick > of("tense")[index]!.score.grainsPerTick);
  assert.ok(slower.length > 0.8 * of("dark").length, "most dark songs are slower than tense ones");
});

test("the lead of bright songs is higher than that of dark ones", () => {
  const pitch = (mood: Mood, artist: string): number =>
    mean(
      of(mood)
        .filter((one) => one.artist === artist)
        .flatMap(({ score }) => part(score, "lead")!.notes.map((note) => note.pitch)),
    );
  for (const { name } of bands) assert.ok(pitch("bright", name) > pitch("dark", name) + 4, name);
});

test("tense melodies are busier than dreamy ones", () => {
  const notes = (mood: Mood): number =>
    mean(of(mood).map(({ score }) => part(score, "lead")!.notes.length / score.bars));
  assert.ok(notes("tense") > 1.3 * notes("dreamy"), `${notes("tense")} and ${notes("dreamy")}`);
});

test("each mood adds its own part", () => {
  const added: Readonly<Record<Mood, number>> = {
    calm: program.harp,
    bright: program.glockenspiel,
    dark: program.strings,
    tense: program.pizzicato,
    dreamy: program.warmPad,
  };
  for (const { score, mood, name } of every) assert.equal(part(score, "colour")?.program, added[mood], name);
});

test("calm songs are softer than tense ones, on average", () => {
  const loudness = (mood: Mood): number =>
    mean(
      of(mood).flatMap(({ score }) =>
        score.sections.map(({ dynamics }) => ["soft", "medium", "loud"].indexOf(dynamics)),
      ),
    );
  assert.ok(loudness("calm") + 0.4 < loudness("tense"));
});

test("shifted dynamics are clamped to soft and loud", () => {
  assert.deepEqual(
    [-2, -1, 0, 1, 2].map((steps) => shiftDynamics("medium", steps)),
    ["soft", "soft", "medium", "loud", "loud"],
  );
});

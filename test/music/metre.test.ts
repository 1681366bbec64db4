/** Conditioning of moments, compared with counting from the first sample of a song. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/errors.ts";
import {
  dropChords,
  layOut,
  type MetreRules,
  metreFrom,
  metreOf,
  momentsAt,
  momentTables,
  moodAlone,
} from "../../src/music/metre.ts";
import { momentNamed, moodIn } from "../../src/song/mood.ts";

const rules: MetreRules = {
  ticksPerBar: 4,
  grain: 10,
  tempos: [2, 3],
  keys: ["C major", "A minor"],
  sections: ["end", "verse", "chorus"],
};
const tables = momentTables(rules);
const request = { tempo: 3, key: "A minor", seconds: 10, sampleRate: 120 };

test("every position has the tick, bar and section that counting sample by sample gives", () => {
  const sections = [
    { name: "verse", bars: 2 },
    { name: "chorus", bars: 17 },
    { name: "end", bars: 1 },
  ];
  const metre = metreFrom(rules, { tempo: 3, key: "A minor", sections });
  const [hop, count] = [5, 600];
  const ids = momentsAt(metre, tables, { start: 0, hop, count });
  const bars = sections.flatMap(({ name, bars }) => Array.from({ length: bars }, (_, bar) => ({ name, bar })));
  let [sample, tick, bar] = [0, 0, 0];
  for (let at = 0; at < count; at++) {
    const here = bars[Math.min(bar, bars.length - 1)]!;
    const inPart = here.bar + Math.max(0, bar - (bars.length - 1)); // the last section lasts to the end
    const found = Object.fromEntries(tables.map(({ name }) => [name, ids.get(name)![at]]));
    assert.deepEqual(
      found,
      {
        tick: 1 + tick,
        grain: 1 + Math.floor(sample / 10),
        bar: 1 + (inPart % 16),
        section: 1 + rules.sections.indexOf(here.name),
        tempo: 2,
        key: 2,
      },
      `position ${at}`,
    );
    for (let step = 0; step < hop; step++) {
      if (++sample < 30) continue;
      sample = 0;
      if (++tick < 4) continue;
      tick = 0;
      bar++;
    }
  }
});

test("a window has the same ids as that part of the whole song", () => {
  const metre = metreOf(rules, { form: [["verse", 2]] }, request);
  const whole = momentsAt(metre, tables, { start: 0, hop: 5, count: 200 });
  const late = momentsAt(metre, tables, { start: 35 * 5, hop: 5, count: 100 });
  for (const { name, rows } of tables) {
    assert.deepEqual(late.get(name), whole.get(name)!.slice(35, 135), name);
    for (const id of whole.get(name)!) assert.ok(id > 0 && id < rows, `${name} ${id}`);
  }
});

test("a song repeats its form, and its last complete bar is the end", () => {
  const form = [
    ["verse", 2],
    ["chorus", 1],
  ] as const;
  const { sections, samplesPerTick } = metreOf(rules, { form }, request);
  assert.equal(samplesPerTick, 30);
  // a bar lasts one second: nine complete bars before the last half second
  assert.deepEqual(
    sections.map(({ section, bars }) => `${rules.sections[section - 1]} ${bars}`),
    ["verse 2", "chorus 1", "verse 2", "chorus 1", "verse 2", "end 1"],
  );
});

test("all ids of a song without a metre are 0, and keys are found regardless of case and spaces", () => {
  for (const [, ids] of momentsAt(undefined, tables, { start: 0, hop: 5, count: 9 }))
    assert.deepEqual(ids, new Int32Array(9));
  assert.equal(momentNamed("key", " a MINOR ", rules), "A minor");
  assert.throws(() => momentNamed("key", "H major", rules), UserError);
});

const moody: MetreRules = { ...rules, moods: ["calm", "dark"], dynamics: ["loud", "soft"] };
const verses = {
  form: [
    ["verse", 2, "loud"],
    ["chorus", 1],
  ],
  intro: ["chorus", 1, "soft"],
  outro: ["verse", 1, "soft"],
} as const;

test("a model without moods has no tables for them; one with moods gets mood and dynamics by section", () => {
  assert.deepEqual(
    tables.map(({ name }) => name),
    ["tick", "grain", "bar", "section", "tempo", "key"],
  );
  assert.deepEqual(
    momentTables(moody).slice(6),
    ["mood", "dynamics"].map((name) => ({ name, rows: 3 })),
  );
  const metre = metreOf(moody, verses, { ...request, mood: "dark" });
  const ids = momentsAt(metre, momentTables(moody), { start: 0, hop: 120, count: 9 }); // one position per bar
  assert.deepEqual([...ids.get("mood")!], new Array(9).fill(2));
  // the end has the dynamics of the section before it
  assert.deepEqual([...ids.get("dynamics")!], [1, 1, 0, 1, 1, 0, 1, 1, 1]);
  const soft = metreOf(moody, verses, { ...request, dynamics: "soft" });
  assert.deepEqual(
    soft.sections.map(({ mood, dynamics }) => [mood, dynamics]),
    soft.sections.map(() => [0, 2]),
  );
  const hushed = metreOf(moody, verses, { ...request, loudness: { verse: "soft", end: "loud" } });
  assert.deepEqual(
    [...momentsAt(hushed, momentTables(moody), { start: 0, hop: 120, count: 9 }).get("dynamics")!],
    [2, 2, 0, 2, 2, 0, 2, 2, 1],
  );
  const loud = metreOf(moody, verses, { ...request, dynamics: "loud", loudness: { verse: "soft" } });
  assert.deepEqual(
    new Set(loud.sections.map(({ dynamics }) => dynamics)),
    new Set([1]),
    "the requested dynamics override all others",
  );
  const plain = metreOf(rules, verses, { ...request, mood: "dark" });
  assert.deepEqual(plain.sections[0], { section: 2, bars: 2 });
});

const harmonic: MetreRules = { ...rules, chords: ["7", "m", "triad"] };

test("a model with chords gets root and quality, also where they change within a bar", () => {
  const harmony = { verse: "Im | IVm V7", chorus: "bVI", end: "Im" };
  const metre = metreOf(harmonic, verses, { ...request, harmony });
  const idsOf = (song = metre) => {
    const ids = momentsAt(song, momentTables(harmonic), { start: 0, hop: 60, count: 18 }); // two positions per bar
    return [...ids.get("root")!].map((root, at) => [root, ids.get("chord")![at]!]);
  };
  const [am, dm, e7, f] = [
    [10, 2],
    [3, 2],
    [5, 1],
    [6, 3],
  ];
  const round = [am, am, dm, e7, f, f];
  assert.deepEqual(idsOf(), [...round, ...round, ...round.slice(0, 4), am, am]);
  assert.deepEqual(idsOf(dropChords(metre)), idsOf(metreOf(harmonic, verses, request)));
  for (const [root, chord] of idsOf(dropChords(metre))) assert.deepEqual([root, chord], [0, 0]);
  assert.deepEqual(
    metreOf(rules, verses, { ...request, harmony }),
    metreOf(rules, verses, request),
    "a model without chords",
  );
});

test("chords that can't be parsed are left out", () => {
  const metre = metreOf(harmonic, verses, { ...request, harmony: { verse: "Am | F", chorus: "I" } });
  assert.deepEqual(
    metre.sections.map(({ chords }) => chords !== undefined),
    metre.sections.map(({ section }) => harmonic.sections[section - 1] === "chorus"),
  );
});

test("a chord with an unknown quality keeps its root", () => {
  const metre = metreOf(harmonic, verses, { ...request, harmony: { verse: "Vsus4" } });
  assert.deepEqual(metre.sections[0]!.chords, [[{ root: 5, chord: 0 }]]);
});

test("songs have intro and outro if eight bars are left between them", () => {
  const names = (bars: number): string =>
    layOut(verses, bars)
      .map(([name, length]) => `${name} ${length}`)
      .join(", ");
  assert.equal(names(9), "verse 2, chorus 1, verse 2, chorus 1, verse 2, chorus 1");
  assert.equal(names(10), "chorus 1, verse 2, chorus 1, verse 2, chorus 1, verse 2, verse 1");
  for (let bars = 1; bars < 40; bars++)
    assert.equal(
      layOut(verses, bars).reduce((sum, [, length]) => sum + length, 0),
      bars,
    );
});

test("unknown moods and dynamics are refused with a list of the known ones", () => {
  assert.equal(momentNamed("mood", "DARK ", moody), "dark");
  assert.throws(() => momentNamed("mood", "green", moody), /mood "green"\. I know calm, dark/);
  assert.throws(() => momentNamed("dynamics", "dark", moody), /I know loud, soft/);
  assert.throws(() => momentNamed("mood", "dark", rules), /knows no moods/);
  assert.throws(() => momentNamed("mood", "dark", undefined), UserError);
});

test("mood and dynamics are parsed from one line, in any order", () => {
  const both = { mood: "dark", dynamics: "soft" };
  for (const line of ["dark, soft", " SOFT ,Dark,", "soft,dark"]) assert.deepEqual(moodIn(line, moody), both, line);
  assert.deepEqual(moodIn("calm", moody), { mood: "calm" });
  assert.deepEqual(moodIn("loud", moody), { dynamics: "loud" });
  for (const nothing of ["", " , "]) assert.deepEqual(moodIn(nothing, rules), {});
  assert.throws(() => moodIn("dark, calm", moody), /one mood and one dynamics, not "dark, calm"/);
  assert.throws(() => moodIn("soft, loud", moody), UserError);
  assert.throws(() => moodIn("soft, green", moody), /the mood "green"\. I know calm, dark/);
  assert.throws(() => moodIn("green", { dynamics: ["soft"] }), /the dynamics "green"\. I know soft/);
  assert.throws(() => moodIn("dark", rules), UserError);
});

test("if only the mood of a song is known, all other ids are 0; a model with moods only has no other table", () => {
  const withMoods = { ...rules, moods: ["calm", "dark"] };
  const metre = moodAlone(withMoods, { mood: "dark" });
  const ids = momentsAt(metre, momentTables(withMoods), { start: 1000, hop: 7, count: 3 });
  for (const [name, rows] of ids) assert.deepEqual([...rows], name === "mood" ? [2, 2, 2] : [0, 0, 0], name);
  const alone = momentTables({ ...withMoods, tempos: [], keys: [], sections: [] });
  assert.deepEqual(alone, [{ name: "mood", rows: 3 }]);
});

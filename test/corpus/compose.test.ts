/** Properties of all scores: form, harmony, voice leading, drums, vocals, and limited variety. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bands, genres } from "../../src/corpus/bands.ts";
import { drum } from "../../src/corpus/drum-patterns.ts";
import { pairs } from "../../src/corpus/plan.ts";
import { bpmOf, chordAt, dynamics, type Note, type Section, singers, ticksPerBar } from "../../src/corpus/score.ts";
import { pitchClass } from "../../src/corpus/theory.ts";
import { type Composed, composed, every, inBar, mean, part } from "./songs.ts";

/** Last bars of sections that are followed by another section. */
const turns = ({ score }: Composed): number[] => score.sections.slice(1).map(({ bar }) => bar - 1);

test("there are eight genres, eighteen bands, a singer in every genre, and six held-out pairs", () => {
  assert.equal(genres.length, 8);
  assert.equal(bands.length, 18);
  const singing = bands.filter(({ singer }) => singer);
  assert.deepEqual(new Set(singing.flatMap(({ plays }) => plays.map(({ genre }) => genre))), new Set(genres));
  assert.deepEqual(new Set(singing.map(({ singer }) => singer)), new Set(singers));
  assert.equal(pairs.filter(({ heldOut }) => heldOut).length, 6);
  const sounds = bands.map(({ lead, plays }) => `${lead} ${plays[0]!.chords}`);
  assert.equal(new Set(sounds).size, bands.length, "every band has its own combination of instruments");
});

test("the same plan gives the same score; another seed or mood gives another one", () => {
  for (const { artist, genre, mood, seed, score } of every.filter((_, index) => index % 7 === 0)) {
    assert.deepEqual(composed(artist, genre, mood, seed).score, score);
    assert.notDeepEqual(composed(artist, genre, mood, seed + 1000).score.parts, score.parts);
    const other = mood === "calm" ? "tense" : "calm";
    assert.notDeepEqual(composed(artist, genre, other, seed).score.parts, score.parts);
  }
});

test("sections from intro to outro and chords cover the song without gaps", () => {
  for (const { score, name } of every) {
    let bar = 0;
    for (const section of score.sections) {
      assert.equal(section.bar, bar, name);
      bar += section.bars;
    }
    assert.equal(bar, score.bars, name);
    assert.deepEqual([score.sections[0]!.name, score.sections.at(-1)!.name], ["intro", "outro"], name);
    let tick = 0;
    for (const span of score.chords) {
      assert.equal(span.tick, tick, name);
      tick += span.ticks;
    }
    assert.equal(tick, score.bars * ticksPerBar, name);
  }
});

test("a note sounds on every beat, and all notes are on the grid and within the song", () => {
  for (const { score, name } of every) {
    const beats = new Set<number>();
    for (const { notes } of score.parts) {
      for (const { tick, ticks, velocity } of notes) {
        assert.ok(Number.isInteger(tick) && Number.isInteger(ticks) && ticks > 0, `${name}: ${tick}, ${ticks}`);
        assert.ok(Number.isInteger(velocity) && velocity >= 24 && velocity <= 127, `${name}: ${velocity}`);
        assert.ok(tick >= 0 && tick + ticks <= score.bars * ticksPerBar, `${name}: ${tick} + ${ticks}`);
        for (let beat = Math.floor(tick / 12); beat < (tick + ticks) / 12; beat++) beats.add(beat);
      }
    }
    assert.equal(beats.size, score.bars * 4, name);
  }
});

test("melodies have chord tones on strong beats and tones of the chord scale elsewhere, within their ranges", () => {
  for (const { score, band, name } of every) {
    for (const role of ["lead", "voice", "answer"] as const) {
      const notes = part(score, role)?.notes ?? [];
      for (const note of notes.filter(({ tick }) => tick < (score.bars - 1) * ticksPerBar)) {
        const chord = chordAt(score.chords, note.tick);
        const firm = note.tick % 24 === 0 && (role === "voice" || (role === "lead" && !band.singer));
        const allowed = firm ? chord.tones : chord.scale;
        assert.ok(allowed.includes(pitchClass(note.pitch)), `${name}, ${role}: ${note.pitch} over ${chord.name}`);
        const [low, high] = role === "lead" ? band.range : role === "voice" ? [47, 77] : [56, 83];
        assert.ok(note.pitch >= low - 4 && note.pitch <= high + 4, `${name}, ${role}: ${note.pitch}`);
      }
    }
  }
});

test("melodies move mostly by step, and lead and vocals are monophonic", () => {
  for (const { score, name } of every) {
    for (const role of ["lead", "voice"] as const) {
      const notes = part(score, role)?.notes ?? [];
      const moves = notes.slice(1).map((note, index) => Math.abs(note.pitch - notes[index]!.pitch));
      const share = (fits: (move: number) => boolean) => moves.filter(fits).length / Math.max(1, moves.length);
      assert.ok(share((move) => move > 12) < 0.12, `${name}, ${role}: leaps`);
      if (role === "voice" && notes.length > 0) assert.ok(share((move) => move <= 4) > 0.5, `${name}: steps`);
      for (const [index, note] of notes.slice(1).entries())
        assert.ok(notes[index]!.tick + notes[index]!.ticks <= note.tick, `${name}, ${role}: two notes at once`);
    }
  }
});

/** The melody's notes in a section, before the last chord. */
const tuneIn = ({ score, band }: Composed, { bar, bars }: Section): Note[] =>
  part(score, band.singer ? "voice" : "lead")!.notes.filter(
    ({ tick }) => tick >= bar * ticksPerBar && tick < Math.min(bar + bars, score.bars - 1) * ticksPerBar,
  );

test("sections of the same name have the same melody", () => {
  for (const one of every) {
    const lines = one.score.sections.map((section) => ({
      ...section,
      notes: tuneIn(one, section).map(({ tick, pitch }) => `${tick - section.bar * ticksPerBar}:${pitch}`),
    }));
    for (const again of lines) {
      const first = lines.find(({ name, bars }) => name === again.name && bars === again.bars)!;
      for (const note of first.notes) assert.ok(again.notes.includes(note), `${one.name}, bar ${again.bar}: ${note}`);
    }
  }
});

test("repeated melodies are embellished", () => {
  const counts = every.flatMap((one) => {
    const [first, again] = one.score.sections.filter(({ name }) => name === "verse");
    return again?.bars === first!.bars ? [tuneIn(one, again).length - tuneIn(one, first!).length] : [];
  });
  const changed = counts.filter((more) => more > 0);
  assert.ok(changed.length > counts.length / 3, `${changed.length} of ${counts.length}`);
});

test("the bass plays the root on chord changes, and chord tones elsewhere unless it walks", () => {
  for (const one of every) {
    const { score, genre, name } = one;
    for (const note of part(score, "bass")!.notes) {
      const chord = chordAt(score.chords, note.tick);
      const enters = score.chords.some(({ tick }) => tick === note.tick);
      if (enters && genre !== "classical")
        assert.equal(pitchClass(note.pitch), chord.tones[0], `${name}: ${note.tick}`);
      if (genre !== "jazz") assert.ok(chord.tones.includes(pitchClass(note.pitch)), `${name}: ${note.tick}`);
    }
  }
});

test("a walking bass plays on every beat and approaches roots by at most a third", () => {
  for (const { score, name } of every.filter(({ genre }) => genre === "jazz")) {
    const notes = part(score, "bass")!.notes.slice(0, -1);
    assert.deepEqual(
      notes.map(({ tick }) => tick),
      notes.map((_, beat) => 12 * beat),
      name,
    );
    const into = notes.slice(1).filter(({ tick }) => score.chords.some((span) => span.tick === tick));
    const near = into.filter((note) => {
      const before = notes[notes.indexOf(note) - 1]!;
      return [0, 1, 2, 3, 9, 10, 11].includes(pitchClass(note.pitch - before.pitch));
    });
    assert.ok(near.length > 0.9 * into.length, `${name}: ${near.length} of ${into.length}`);
  }
});

test("comping has smooth voice leading", () => {
  for (const { score, name } of every.filter(({ genre }) => genre !== "rock" && genre !== "classical")) {
    const stacks = [...Map.groupBy(part(score, "chords")!.notes.slice(0, -3), ({ tick }) => tick).values()];
    const moved = stacks
      .slice(1)
      .flatMap((stack, index) =>
        stack.map(({ pitch }) => Math.min(...stacks[index]!.map((before) => Math.abs(before.pitch - pitch)))),
      );
    assert.ok(mean(moved) < 1.5, `${name}: ${mean(moved)}`);
    assert.ok(Math.max(...moved) <= 7, `${name}: ${Math.max(...moved)}`);
  }
});

const voicePairs = [0, 1, 2].flatMap((a) => [1, 2, 3].filter((b) => b > a).map((b) => [a, b] as const));

test("string quartets have few parallel fifths and octaves, and every chord has its third", () => {
  let [parallels, moves] = [0, 0];
  for (const { score, name } of every.filter(({ artist }) => artist === "The Marble Finches")) {
    const strings = score.parts.filter(({ role }) => role !== "colour");
    const chords = score.chords.slice(0, -1);
    const voices = chords.map(({ tick }) =>
      strings.map(({ notes }) => (notes.findLast((note) => note.tick <= tick) ?? notes[0]!).pitch),
    );
    voices.forEach((now, index) => {
      assert.ok(now.map(pitchClass).includes(chords[index]!.chord.tones[1]!), `${name}: ${now} has no third`);
      if (index === 0) return;
      moves++;
      parallels += voicePairs.filter(([a, b]) => inParallel(voices[index - 1]!, now, a, b)).length;
    });
  }
  assert.ok(parallels <= 0.02 * moves, `${parallels} in ${moves} moves`);
});

function inParallel(before: readonly number[], now: readonly number[], a: number, b: number): boolean {
  const interval = Math.abs(before[a]! - before[b]!) % 12;
  const together = Math.sign(now[a]! - before[a]!) === Math.sign(now[b]! - before[b]!) && now[a] !== before[a];
  return together && [0, 7].includes(interval) && Math.abs(now[a]! - now[b]!) % 12 === interval;
}

test("a fill precedes each new section, and loud sections start with a crash", () => {
  for (const one of every.filter(({ score }) => part(score, "drums"))) {
    const { score, name } = one;
    const { notes } = part(score, "drums")!;
    const second = (bar: number): string =>
      inBar(notes, bar)
        .filter(({ tick, pitch }) => tick % ticksPerBar >= 24 && pitch !== 54)
        .map(({ tick, pitch }) => `${tick % ticksPerBar} ${pitch}`)
        .sort()
        .join();
    for (const bar of turns(one)) {
      const section = score.sections.findLast((candidate) => candidate.bar <= bar)!;
      for (let other = section.bar; other < bar; other++)
        assert.notEqual(second(bar), second(other), `${name}: bar ${bar}`);
    }
    for (const { bar, dynamics } of score.sections.slice(1))
      assert.equal(
        inBar(notes, bar).some(({ pitch }) => pitch === drum.crash),
        dynamics === "loud",
        `${name}: bar ${bar}`,
      );
  }
});

test("each genre has its characteristic beat", () => {
  const has = (notes: readonly Note[], bar: number, pitch: number, at: number): boolean =>
    inBar(notes, bar).some((note) => note.pitch === pitch && note.tick % ticksPerBar === at);
  for (const one of every) {
    const { score, genre, name } = one;
    const notes = part(score, "drums")?.notes ?? [];
    if (genre === "classical") assert.equal(notes.length, 0, name);
    else if (genre === "jazz" || genre === "blues")
      assert.ok(
        notes.some(({ tick }) => tick % 12 === 8),
        name,
      );
    else assert.ok(!notes.some(({ tick }) => tick % 12 === 8), name);
    for (const section of score.sections) {
      const { bar } = section;
      const backbeat = [drum.snare, drum.stick].some((pitch) => has(notes, bar, pitch, 12));
      if (["rock", "funk", "lo-fi", "blues"].includes(genre)) assert.ok(backbeat, `${name}: bar ${bar}`);
      if (genre === "house")
        for (const at of [0, 12, 24, 36]) assert.ok(has(notes, bar, drum.kick, at), `${name}: ${bar}`);
      if (genre === "jazz") assert.ok(has(notes, bar, drum.pedalHat, 12) && has(notes, bar, drum.ride, 0), name);
      if (genre === "bossa nova")
        assert.ok(
          inBar(notes, bar).some(({ pitch }) => pitch === drum.claves),
          name,
        );
    }
  }
});

test("blues verses have AAB form with an answer after each line", () => {
  for (const { score, name } of every.filter(({ genre }) => genre === "blues")) {
    const verse = score.sections.find((section) => section.name === "verse")!;
    const calls = [...(part(score, "voice") ?? part(score, "lead")!).notes];
    const line = (bar: number): string =>
      inBar(calls, verse.bar + bar)
        .map(({ tick }) => tick % ticksPerBar)
        .join();
    for (const bar of [0, 1]) assert.equal(line(bar), line(bar + 4), `${name}: bar ${bar}`);
    if (part(score, "voice")) for (const bar of [3, 7, 11]) assert.equal(line(bar), "", `${name}: bar ${bar}`);
    const replies = [
      ...(part(score, "answer")?.notes ?? []),
      ...(part(score, "voice") ? part(score, "lead")!.notes : []),
    ];
    if (verse.dynamics !== "soft") assert.ok(inBar(replies, verse.bar + 3).length >= 2, `${name}: no answer`);
  }
});

test("vocal phrases cover all vocal notes and are separated by rests", () => {
  for (const { score, band, name } of every) {
    const voice = part(score, "voice");
    assert.equal(voice !== undefined, band.singer !== undefined, name);
    if (!voice) continue;
    assert.equal(voice.singer, band.singer);
    const lines = voice.lines!;
    const last = score.bars * ticksPerBar;
    let sung = 0;
    for (const [index, { tick, ticks, notes }] of lines.entries()) {
      const own: readonly Note[] = voice.notes.filter((note) => note.tick >= tick && note.tick < tick + ticks);
      assert.equal(own.length, notes, name);
      assert.ok(tick + ticks + 2 <= (lines[index + 1]?.tick ?? last), `${name}: no rest after ${tick}`);
      sung += notes;
    }
    assert.equal(sung, voice.notes.filter(({ tick }) => tick < (score.bars - 1) * ticksPerBar).length, name);
  }
});

test("soft sections have lower velocities and fewer notes than loud ones", () => {
  for (const genre of genres) {
    const [soft, medium, loud] = dynamics.map((wanted) => {
      const bars = every
        .filter((one) => one.genre === genre)
        .flatMap(({ score }) =>
          score.sections
            .filter((section) => section.dynamics === wanted && section.name !== "outro")
            .flatMap(({ bar, bars }) => Array.from({ length: bars }, (_, index) => bar + index))
            .map((bar) =>
              score.parts.filter(({ role }) => role !== "colour").flatMap(({ notes }) => inBar(notes, bar)),
            ),
        );
      assert.ok(bars.length > 0, `${genre} is never ${wanted}`);
      return {
        velocity: mean(bars.flat().map(({ velocity }) => velocity)),
        notes: mean(bars.map(({ length }) => length)),
      };
    });
    assert.ok(soft!.velocity + 10 < medium!.velocity && medium!.velocity + 6 < loud!.velocity, genre);
    assert.ok(
      1.2 * soft!.notes < Math.min(medium!.notes, loud!.notes),
      `${genre}: ${soft!.notes}, ${medium!.notes}, ${loud!.notes}`,
    );
  }
});

test("variety is limited: six parts, four tonics per band and three tempos per pair at most, in about a minute", () => {
  for (const { artist, genre } of pairs) {
    const songs = every.filter((one) => one.artist === artist && one.genre === genre);
    assert.ok(new Set(songs.map(({ score }) => score.grainsPerTick)).size <= 3, `${artist}, ${genre}`);
    for (const { score, name } of songs) {
      assert.ok(score.parts.length <= 6, name);
      const seconds = (score.bars * 4 * 60) / bpmOf(score.grainsPerTick);
      assert.ok(seconds > 42 && seconds < 80, `${name}: ${seconds} s`);
    }
  }
  for (const { name } of bands) {
    const keys = new Set(every.filter(({ artist }) => artist === name).map(({ score }) => score.key));
    assert.ok(keys.size <= 6, `${name}: ${[...keys]}`);
    assert.ok(new Set([...keys].map((key) => key.split(" ")[0])).size <= 4, `${name}: ${[...keys]}`);
  }
});

test("drums and bass are on the grid, and the delay of lead and chords is constant and small", () => {
  for (const { score, name } of every)
    for (const { role, late } of score.parts) {
      if (role === "drums" || role === "bass") assert.equal(late, undefined, name);
      if (late) assert.ok(late.on <= 2 && late.off <= 2, name);
    }
});

test("songs of a few bars have a melody and all parts", () => {
  for (const { artist, genre } of pairs) {
    const { score, name } = composed(artist, genre, "dark", 1, 8);
    assert.deepEqual(new Set(score.sections.map((section) => section.name)), new Set(["verse"]), name);
    for (const { role, notes } of score.parts) assert.ok(role === "answer" || notes.length >= 2, `${name}: ${role}`);
  }
});

/** Melodies in made-up sounds: heard where they are, and by chance where they aren't. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MELODY_CHANCE, type MelodyNote, melodyRight } from "../../src/evaluation/melody.ts";
import { createRandom } from "../../src/random.ts";

const sampleRate = 22_050;
const random = createRandom(7);
const notes: MelodyNote[] = Array.from({ length: 60 }, (_, at) => ({
  from: at * 0.4,
  to: at * 0.4 + 0.35,
  pitch: random.whole(52, 84),
}));
const length = Math.round(24.5 * sampleRate);

/** Each note with four harmonics under a steady hiss. */
function played(shift: number): Float32Array {
  const sound = Float32Array.from({ length }, () => 0.02 * (2 * random.next() - 1));
  for (const { from, to, pitch } of notes) {
    const hertz = 440 * 2 ** ((pitch + shift - 69) / 12);
    for (let at = Math.round(from * sampleRate); at < to * sampleRate; at++)
      for (let harmonic = 1; harmonic <= 4; harmonic++)
        sound[at]! += (0.1 / harmonic) * Math.sin((2 * Math.PI * harmonic * hertz * at) / sampleRate);
  }
  return sound;
}

test("a melody that is played is heard note by note", () => {
  assert.deepEqual(melodyRight(played(0), notes, sampleRate), { notes: 60, right: 60 });
});

test("one that is played two semitones higher is not the one that was written", () => {
  assert.ok(melodyRight(played(2), notes, sampleRate).right <= 3);
});

test("in noise, notes are right about as often as by chance", () => {
  const noise = Float32Array.from({ length }, () => 2 * random.next() - 1);
  const { right } = melodyRight(noise, notes, sampleRate);
  assert.ok(right <= 4 * MELODY_CHANCE * notes.length, `${right} of 60`);
});

test("notes beyond the sound and very short ones are not asked for", () => {
  const odd = [
    { from: 30, to: 31, pitch: 60 },
    { from: 1, to: 1.05, pitch: 60 },
  ];
  assert.deepEqual(melodyRight(played(0), odd, sampleRate), { notes: 0, right: 0 });
});

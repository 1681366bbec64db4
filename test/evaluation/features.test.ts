/** Features of clips whose sound is known: a click track's beats, a tone's bands, the same clip more quietly. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { analyse, melDifference, onsets, rhythm, TEMPI } from "../../src/evaluation/features.ts";
import { noise, seeded } from "../support/random.ts";

const sampleRate = 22_050;
const frames = sampleRate / 256;

/** Ten milliseconds of noise on each beat, over a quiet tone. */
function clicks(bpm: number, seconds: number): Float32Array {
  const random = seeded(bpm);
  const beat = (60 / bpm) * sampleRate;
  return Float32Array.from({ length: seconds * sampleRate }, (_, at) => {
    const tone = 0.02 * Math.sin((2 * Math.PI * 440 * at) / sampleRate);
    return tone + (at % beat < 0.01 * sampleRate ? random() - 0.5 : 0);
  });
}

for (const bpm of [96, 108, 123, 144])
  test(`${bpm} clicks a minute repeat at ${bpm} beats a minute and at half of it, not in between`, () => {
    const found = rhythm(onsets(analyse(clicks(bpm, 8), sampleRate).mel), frames);
    const at = (tempo: number): number => {
      const nearest = TEMPI.reduce((best, one) => (Math.abs(one - tempo) < Math.abs(best - tempo) ? one : best));
      return Math.max(...[-1, 0, 1].map((side) => found[TEMPI.indexOf(nearest) + side] ?? 0));
    };
    assert.ok(at(bpm) > 0.3, `${at(bpm)} at the beat`);
    assert.ok(at(bpm / 2) > 0.3, `${at(bpm / 2)} at every second beat`);
    assert.ok(at(bpm / Math.SQRT2) < 0.1, `${at(bpm / Math.SQRT2)} in between`);
    const strongest = TEMPI[found.indexOf(Math.max(...found))]!;
    const octaves = Math.log2(bpm / strongest);
    assert.ok(Math.abs(octaves - Math.round(octaves)) < 1 / 12, `strongest at ${strongest}`);
  });

test("onsets are autocorrelated as the definition says, a beat between two frames by its neighbours", () => {
  const onset = Float64Array.from({ length: 300 }, seeded(4));
  const mean = onset.reduce((a, b) => a + b) / 300;
  const at = (lag: number): number => {
    let [sum, power] = [0, 0];
    for (let i = 0; i < 300; i++) {
      power += (onset[i]! - mean) ** 2 / 300;
      if (i >= lag) sum += ((onset[i]! - mean) * (onset[i - lag]! - mean)) / (300 - lag);
    }
    return sum / power;
  };
  const found = rhythm(onset, 50);
  for (const index of [0, 13, 59]) {
    const lag = 3000 / TEMPI[index]!;
    const share = lag % 1;
    const expected = (1 - share) * at(Math.floor(lag)) + share * at(Math.ceil(lag));
    assert.ok(Math.abs(found[index]! - expected) < 1e-6);
  }
});

test("the same clip more quietly has the same features, another clip has others", () => {
  const sound = clicks(120, 3);
  const quiet = sound.map((one) => one / 16);
  const [a, b, c] = [sound, quiet, clicks(100, 3)].map((one) => analyse(one, sampleRate).features) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const furthest = (x: Float32Array, y: Float32Array): number =>
    Math.max(...x.map((one, at) => Math.abs(one - y[at]!)));
  assert.ok(furthest(a, b) < 1e-2);
  assert.ok(furthest(a, c) > 0.3);
  assert.deepEqual(analyse(sound, sampleRate).features, a);
});

test("a tone's energy lies in its own band", () => {
  for (const [band, hertz] of [100, 500, 2000, 6000].entries()) {
    const tone = Float32Array.from({ length: sampleRate }, (_, at) =>
      Math.sin((2 * Math.PI * hertz * at) / sampleRate),
    );
    const shares = analyse(tone, sampleRate).features.subarray(120, 124);
    assert.deepEqual(
      [...shares].map((share) => share > -0.1),
      [0, 1, 2, 3].map((one) => one === band),
      `${hertz} Hz`,
    );
  }
});

/** What features tell of fading and of the scale, behind timbre, bands and rhythm. */
const fadings = (sound: Float32Array): Float32Array => analyse(sound, sampleRate).features.subarray(184, 184 + 48);
const steps = (sound: Float32Array): Float32Array => analyse(sound, sampleRate).features.subarray(184 + 48);

test("what fades slowly falls less deep than what fades fast", () => {
  const struck = (speed: number): Float32Array =>
    noise(3 * sampleRate, seeded(5)).map((one, at) => one * Math.exp(-speed * ((at / sampleRate) % 1)));
  const [slow, fast] = [fadings(struck(3)), fadings(struck(30))];
  for (let group = 0; group < 8; group++)
    assert.ok(slow[32 + 2 * group]! > fast[32 + 2 * group]! + 5, `group ${group}`);
});

test("the same chords in another key have the same steps, in the relative minor others", () => {
  const chords = (roots: readonly number[], up: number): Float32Array =>
    Float32Array.from({ length: roots.length * sampleRate }, (_, at) => {
      const root = roots[Math.floor(at / sampleRate)]!;
      const scale = [0, 2, 4, 5, 7, 9, 11];
      const pitches = [0, 2, 4].map((third) => scale[(root + third) % 7]! + 12 * Math.floor((root + third) / 7));
      return [pitches[0]! - 12, ...pitches].reduce((sum, pitch) => {
        const hertz = 440 * 2 ** ((60 + up + pitch - 69) / 12);
        return sum + 0.1 * Math.sin((2 * Math.PI * hertz * at) / sampleRate);
      }, 0);
    });
  const furthest = (a: Float32Array, b: Float32Array): number =>
    Math.max(...a.map((one, at) => Math.abs(one - b[at]!)));
  const major = steps(chords([0, 3, 4, 0, 4, 0], 0));
  assert.ok(furthest(major, steps(chords([0, 3, 4, 0, 4, 0], 4))) < 0.1);
  assert.ok(furthest(major, steps(chords([5, 1, 2, 5, 2, 5], 0))) > 0.2);
});

test("clicks have a steady pulse, noise has nearly none", () => {
  assert.ok(analyse(clicks(120, 8), sampleRate).pulse > 0.5);
  assert.ok(analyse(noise(8 * sampleRate, seeded(9)), sampleRate).pulse < 0.15);
});

test("mel spectra ten decibels apart have this distance, and equal ones none", () => {
  const sound = noise(sampleRate, seeded(6));
  const [a, b] = [sound, sound.map((one) => one * Math.sqrt(0.1))].map((one) => analyse(one, sampleRate).mel);
  assert.ok(Math.abs(melDifference(a!, b!) - 10) < 1e-3);
  assert.equal(melDifference(a!, a!), 0);
});

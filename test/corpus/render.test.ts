/** Rendered sound of every band and genre: level, length, reproducibility; and genres that features distinguish. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { genres } from "../../src/corpus/bands.ts";
import { compose } from "../../src/corpus/compose.ts";
import { type PlannedSong, pairs } from "../../src/corpus/plan.ts";
import { halve, render } from "../../src/corpus/render.ts";
import { grain, moods, sampleRate, samplesOf } from "../../src/corpus/score.ts";

const scoreOf = ({ artist, genre, mood }: Pick<PlannedSong, "artist" | "genre" | "mood">, seed: number) =>
  compose({ artist, genre, mood, seconds: 8, seed });
const takes = pairs.map((pair, index) => {
  const mood = moods[index % moods.length]!;
  return { ...pair, mood, sound: render(scoreOf({ ...pair, mood }, 1)) };
});
/** A band of each genre. */
const onePerGenre = genres.map((genre) => takes.find((take) => take.genre === genre && !take.heldOut)!);
const others = onePerGenre.map((take) => ({ ...take, sound: render(scoreOf(take, 2)) }));
const rms = (sound: Float32Array) => Math.sqrt(sound.reduce((sum, x) => sum + x * x, 0) / sound.length);

test("rendering is bit-identical for the same score, and differs for another seed", () => {
  onePerGenre.slice(0, 2).forEach((take, index) => {
    assert.deepEqual(render(scoreOf(take, 1)), take.sound);
    assert.notDeepEqual(others[index]!.sound, take.sound);
  });
});

test("songs of every band and genre have the right level, no clipping and no gaps", () => {
  for (const { artist, genre, sound } of takes) {
    const decibels = 20 * Math.log10(rms(sound));
    assert.ok(decibels > -26 && decibels < -19, `${artist}, ${genre}: ${decibels} dB`);
    assert.ok(sound.every((sample) => Math.abs(sample) < 0.95));
    assert.ok(Math.abs(sound.at(-1)!) < 1e-6, "the song fades to silence");
    for (let at = 0; at + 11_025 < sound.length - 1.5 * sampleRate; at += 11_025) {
      assert.ok(rms(sound.subarray(at, at + 11_025)) > 0.008, `${artist}, ${genre}: silent at ${at / sampleRate} s`);
    }
  }
});

test("songs have the length that the score states, a whole number of grains", () => {
  for (const take of takes) {
    assert.equal(take.sound.length, samplesOf(scoreOf(take, 1)));
    assert.equal(take.sound.length % grain, 0);
  }
});

test("a repeated bar has the same sound", () => {
  const score = compose({ artist: "Neon Cartographers", genre: "house", mood: "tense", seconds: 16, seed: 3 });
  const sound = render({ ...score, parts: score.parts.filter((part) => part.role === "drums") });
  const bar = 48 * score.grainsPerTick * grain;
  const third = sound.subarray(2 * bar, 3 * bar); // the decay of the song's first notes has ended
  const fourth = sound.subarray(3 * bar, 4 * bar);
  const difference = third.map((sample, index) => sample - fourth[index]!);
  assert.ok(rms(difference) < 0.001 * rms(third), `${rms(difference)} against ${rms(third)}`);
});

test("halving the sample rate keeps frequencies below 9 kHz and removes what would alias", () => {
  const tone = (hertz: number) =>
    Float32Array.from({ length: 44_100 }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / 44_100));
  const inner = (sound: Float32Array) => sound.subarray(200, sound.length - 200);
  for (const hertz of [100, 1000, 5000, 9000]) {
    const halved = halve(tone(hertz), 22_050);
    const wanted = Float32Array.from({ length: 22_050 }, (_, i) => Math.sin((2 * Math.PI * hertz * 2 * i) / 44_100));
    assert.ok(rms(inner(halved.map((sample, i) => sample - wanted[i]!))) < 1e-3, `${hertz} Hz`);
  }
  for (const hertz of [11_500, 13_000, 18_000]) assert.ok(rms(inner(halve(tone(hertz), 22_050))) < 2e-4, `${hertz} Hz`);
});

/** Audio features: levels of ten frequency bands, in dB relative to the whole, and the variation of each. */
function features(sound: Float32Array): number[] {
  const whole = rms(sound);
  return [60, 120, 250, 500, 1000, 1500, 2200, 3300, 5000, 8000].flatMap((hertz) => {
    const envelope = bandEnvelope(sound, hertz);
    const mean = envelope.reduce((sum, x) => sum + x, 0) / envelope.length;
    const spread = Math.sqrt(envelope.reduce((sum, x) => sum + (x - mean) ** 2, 0) / envelope.length);
    return [20 * Math.log10(mean / whole + 1e-6), (20 * spread) / (mean + 1e-9)];
  });
}

/** Root mean square of a resonator's output, every 20 ms. */
function bandEnvelope(sound: Float32Array, hertz: number): number[] {
  const radius = 1 - (Math.PI * hertz * 0.3) / sampleRate;
  const turn = 2 * radius * Math.cos((2 * Math.PI * hertz) / sampleRate);
  const envelope: number[] = [];
  let [before, last, power] = [0, 0, 0];
  sound.forEach((sample, index) => {
    const now = sample * (1 - radius) + turn * last - radius * radius * before;
    [before, last, power] = [last, now, power + now * now];
    if (index % 441 === 440) {
      envelope.push(Math.sqrt(power / 441));
      power = 0;
    }
  });
  return envelope;
}

test("audio features distinguish genres: the nearest neighbour of a new song has its genre", () => {
  const reference = takes
    .filter((take) => !take.heldOut)
    .map(({ genre, sound }) => ({ genre, point: features(sound) }));
  const distance = (a: readonly number[], b: readonly number[]) => Math.hypot(...a.map((x, i) => x - b[i]!));
  const right = others.filter(({ genre, sound }) => {
    const point = features(sound);
    const [nearest] = reference.toSorted((a, b) => distance(a.point, point) - distance(b.point, point));
    return nearest!.genre === genre;
  });
  assert.ok(right.length >= 0.8 * others.length, `${right.length} of ${others.length}`);
});

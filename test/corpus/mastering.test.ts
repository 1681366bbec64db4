/** Mastering: decay of the reverb, frequency responses of the equaliser, section levels, compressor. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addReverbAndEq, applyDynamics, reverberate } from "../../src/corpus/mastering.ts";
import { type Bell, type Dynamics, type Score, sampleRate } from "../../src/corpus/score.ts";

const seconds = (count: number): number => Math.round(count * sampleRate);
const decibels = (sound: Float32Array): number =>
  20 * Math.log10(Math.sqrt(sound.reduce((sum, x) => sum + x * x, 0) / sound.length) + 1e-12);
const tone = (hertz: number, length: number, size = 1): Float32Array =>
  Float32Array.from({ length: seconds(length) }, (_, i) => size * Math.sin((2 * Math.PI * hertz * i) / sampleRate));
const impulse = (length: number): Float32Array =>
  Float32Array.from({ length: seconds(length) }, (_, i) => (i === 0 ? 1 : 0));

test("the reverb decays evenly by 60 dB in the given time, faster at high frequencies", () => {
  for (const length of [0.3, 0.7, 1.2]) {
    const echo = reverberate(impulse(2 * length), length);
    const at = (share: number): number => {
      const from = seconds(share * length);
      return decibels(echo.subarray(from, from + seconds(0.1 * length)));
    };
    const fallen = at(0.2) - at(0.7);
    assert.ok(fallen > 28 && fallen < 50, `${length} s: ${fallen} dB in half the time`);
    assert.ok(at(1.5) < at(0.2) - 70, `${length} s: it ends`);
  }
  assert.deepEqual(reverberate(new Float32Array(100), 0.5), new Float32Array(100));
});

/** Gain of a first-order shelf at 1.6 kHz at a frequency, in dB, from its transfer function. */
function shelfDecibels(hertz: number, tilt: number): number {
  const share = 1 - Math.exp((-2 * Math.PI * 1600) / sampleRate);
  const gain = 10 ** (tilt / 20);
  const turn = (2 * Math.PI * hertz) / sampleRate;
  const [re, im] = [1 - (1 - share) * Math.cos(turn), (1 - share) * Math.sin(turn)];
  const size = re * re + im * im;
  return 20 * Math.log10(Math.hypot(gain + ((1 - gain) * share * re) / size, ((1 - gain) * share * im) / size));
}

test("the tilt has the response of a high shelf", () => {
  for (const tilt of [-9, -4, 0, 5]) {
    for (const hertz of [80, 1600, 4000, 7000]) {
      const dry = tone(hertz, 0.5);
      const finish = { room: { seconds: 0.3, level: -20 }, tilt, bells: [] };
      const change = decibels(addReverbAndEq(dry, new Float32Array(dry.length), finish)) - decibels(dry);
      assert.ok(
        Math.abs(change - shelfDecibels(hertz, tilt)) < 0.1,
        `${hertz} Hz: ${change} dB, not ${shelfDecibels(hertz, tilt)}`,
      );
    }
    assert.ok(
      Math.abs(shelfDecibels(80, tilt)) < 0.2 && Math.abs(shelfDecibels(11_000, tilt)) >= 0.6 * Math.abs(tilt),
      `${tilt}`,
    );
  }
});

test("a bell filter has its gain at its frequency, none far away, and a cut undoes a boost", () => {
  const room = { seconds: 0.3, level: -20 };
  const through = (sound: Float32Array, ...bells: readonly Bell[]): Float32Array =>
    addReverbAndEq(sound, new Float32Array(sound.length), { room, tilt: 0, bells });
  for (const wanted of [-5, 5]) {
    const bell = { hertz: 1000, decibels: wanted };
    const gain = (hertz: number): number => {
      const dry = tone(hertz, 0.5);
      return decibels(through(dry, bell)) - decibels(dry);
    };
    assert.ok(Math.abs(gain(1000) - wanted) < 0.05, `${gain(1000)}`);
    assert.ok(Math.abs(gain(60)) < 0.2 && Math.abs(gain(9000)) < 0.2, `${gain(60)}, ${gain(9000)}`);
    assert.ok(Math.abs(gain(500) - gain(2000)) < 0.3, "equal gain an octave below and above");
    const back = through(impulse(0.1), bell, { ...bell, decibels: -wanted });
    back.forEach((sample, index) => {
      assert.ok(Math.abs(sample - (index === 0 ? 1 : 0)) < 1e-6);
    });
  }
});

/** One bar of each dynamics; a bar has 48 ticks of 8 grains. */
const order: readonly Dynamics[] = ["loud", "soft", "medium"];
const score: Score = {
  key: "C major",
  grainsPerTick: 8,
  bars: 3,
  mood: "calm",
  finish: { room: { seconds: 0.3, level: -20 }, tilt: 0, bells: [] },
  sections: order.map((dynamics, bar) => ({ name: "verse", bar, bars: 1, dynamics, chords: "I" })),
  chords: [],
  parts: [],
};

test("sections get their levels, and only sound above the threshold is compressed", () => {
  const bar = 48 * 8 * 128;
  const levels = (size: number): number[] => {
    const sound = applyDynamics(tone(440, (3 * bar) / sampleRate, size), score);
    return order.map((_, index) => decibels(sound.subarray(index * bar + seconds(0.5), (index + 1) * bar)));
  };
  const quiet = levels(0.05).map((level) => level - decibels(tone(440, 1, 0.05)));
  for (const [index, wanted] of [0, -5, -2].entries()) assert.ok(Math.abs(quiet[index]! - wanted) < 0.2, `${quiet}`);
  const [loud, soft] = levels(0.5);
  assert.ok(loud! - soft! > 2 && loud! - soft! < 4, `5 dB become ${loud! - soft!}`);
});

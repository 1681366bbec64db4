/** Spectra beside the slow transform of the definition, and mel bands beside their formula. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fourier, melDecibels, powerSpectrum } from "../../src/audio/spectrum.ts";
import { noise, seeded } from "../support/random.ts";

/** |X(k)|² of the windowed samples, term by term. */
function slowPower(samples: Float32Array, k: number): number {
  const n = samples.length;
  let [re, im] = [0, 0];
  for (let at = 0; at < n; at++) {
    const windowed = samples[at]! * Math.sin((Math.PI * at) / n) ** 2;
    re += windowed * Math.cos((2 * Math.PI * k * at) / n);
    im -= windowed * Math.sin((2 * Math.PI * k * at) / n);
  }
  return re * re + im * im;
}

for (const n of [1, 2, 8, 64])
  test(`the fast transform of ${n} complex numbers is the slow one`, () => {
    const random = seeded(n);
    const [a, b] = [0, 1].map(() => Float64Array.from({ length: n }, random)) as [Float64Array, Float64Array];
    const [re, im] = [a.slice(), b.slice()];
    fourier(n)(re, im);
    for (let k = 0; k < n; k++) {
      let [x, y] = [0, 0];
      for (let at = 0; at < n; at++) {
        const angle = (-2 * Math.PI * k * at) / n;
        x += a[at]! * Math.cos(angle) - b[at]! * Math.sin(angle);
        y += a[at]! * Math.sin(angle) + b[at]! * Math.cos(angle);
      }
      assert.ok(Math.abs(re[k]! - x) < 1e-9 && Math.abs(im[k]! - y) < 1e-9, `bin ${k}`);
    }
  });

test("lengths that are no power of two are refused", () => {
  assert.throws(() => fourier(12), /12/);
});

test("each frame's power is that of its own samples under a Hann window", () => {
  const sound = noise(700, seeded(2));
  const { rows, columns, data } = powerSpectrum(sound, { nFft: 128, hop: 50 });
  assert.deepEqual([rows, columns], [12, 65]);
  for (const row of [0, 5, 11])
    for (const bin of [0, 1, 20, 64]) {
      const expected = slowPower(sound.subarray(row * 50, row * 50 + 128), bin);
      assert.ok(Math.abs(data[row * columns + bin]! - expected) < 1e-4 * (1 + expected), `frame ${row}, bin ${bin}`);
    }
});

test("a tone is loudest in the mel band whose top is nearest to it", () => {
  const sampleRate = 22_050;
  const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
  const [low, high] = [mel(40), mel(sampleRate / 2)];
  for (const hertz of [300, 1000, 4000]) {
    const sound = Float32Array.from({ length: 4096 }, (_, at) => Math.sin((2 * Math.PI * hertz * at) / sampleRate));
    const { columns, data } = melDecibels(powerSpectrum(sound, { nFft: 1024, hop: 256 }), {
      bands: 40,
      lowest: 40,
      sampleRate,
      range: 60,
    });
    const row = data.subarray(columns, 2 * columns);
    const expected = Math.round(((mel(hertz) - low) / (high - low)) * 41) - 1;
    assert.equal(row.indexOf(Math.max(...row)), expected, `${hertz} Hz`);
    assert.ok(Math.abs(Math.min(...data) - (Math.max(...data) - 60)) < 1e-3, "silence is 60 dB below the loudest");
  }
});

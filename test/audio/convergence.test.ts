/** Spectral convergence beside the slow transform of the definition. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BAND_EDGES, CONVERGENCE_SPECTRUM, convergence, convergenceOf } from "../../src/audio/convergence.ts";
import { slowMagnitudes } from "../oracle/spectrum.ts";
import { noise, seeded } from "../support/random.ts";

const sampleRate = 22_050;
const sound = noise(1100, seeded(1)).map((value, at) => value * 0.2 + 0.5 * Math.sin(at / 9));
const copy = sound.map((value, at) => value * 0.8 + 0.1 * Math.sin(at / 3));

test("a sound and its copy, frame by frame, are as far apart as the definition says", () => {
  const [heard, copied] = [sound, copy].map((one) => slowMagnitudes(one, CONVERGENCE_SPECTRUM));
  const bins = CONVERGENCE_SPECTRUM.nFft / 2 + 1;
  const width = sampleRate / CONVERGENCE_SPECTRUM.nFft;
  const decibels = (from: number, to: number): number => {
    let [wrong, all] = [0, 0];
    for (const [frame, row] of heard!.entries())
      for (let bin = 0; bin < bins; bin++) {
        if (bin * width < from || bin * width >= to) continue;
        wrong += (row[bin]! - copied![frame]![bin]!) ** 2;
        all += row[bin]! ** 2;
      }
    return 20 * Math.log10(Math.sqrt(wrong) / Math.sqrt(all));
  };
  const { whole, bands } = convergence(sound, copy, sampleRate);
  const far = Number.POSITIVE_INFINITY;
  assert.ok(Math.abs(whole - decibels(0, far)) < 1e-6, `${whole}`);
  for (const [band, value] of bands.entries()) {
    const top = band === bands.length - 1 ? far : BAND_EDGES[band + 1]!;
    assert.ok(Math.abs(value - decibels(BAND_EDGES[band]!, top)) < 1e-6, `${value}`);
  }
  const flat = [heard, copied].map((rows) => Float32Array.from(rows!.flat()));
  const same = convergenceOf(flat[0]!, flat[1]!, sampleRate);
  assert.ok(Math.abs(same.whole - whole) < 1e-3);
});

test("a silent reconstruction is 0 dB in every band, an exact one far below, and other lengths are refused", () => {
  const silent = convergence(sound, new Float32Array(sound.length), sampleRate);
  assert.ok([silent.whole, ...silent.bands].every((value) => Math.abs(value) < 1e-6));
  assert.ok(convergence(sound, sound, sampleRate).whole < -120);
  assert.throws(() => convergence(sound, copy.subarray(1), sampleRate), /has 1100 samples, the reconstruction 1099/);
});

/** What a codec learns from, against slow loops: spectra, whole and by bands, mel decibels, and waves with their phases. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { slowSpectrum } from "../oracle/spectrum.ts";
import { comparedSounds } from "../support/compared.ts";
import { noise, seeded } from "../support/random.ts";

const RATE = 22_050;
const WINDOWS = [
  [2048, 80],
  [1024, 60],
  [512, 30],
  [256, 14],
] as const;
const EDGES = [0, 250, 1000, 3000, 11_025];

type Complex = readonly [re: number, im: number];
const squares = ([re, im]: Complex): number => re * re + im * im;
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

/** Decibels of triangular mel bands of one frame's power. */
function melDecibels(power: readonly number[], nFft: number, bands: number): number[] {
  const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
  const step = (mel(RATE / 2) - mel(40)) / (bands + 1);
  const edge = (index: number): number => ((700 * (10 ** ((mel(40) + step * index) / 2595) - 1)) / RATE) * nFft;
  return Array.from({ length: bands }, (_, band) => {
    const [left, top, right] = [edge(band), edge(band + 1), edge(band + 2)];
    const weights = power.map((_, bin) =>
      Math.max(0, Math.min((bin - left) / (top - left), (right - bin) / (right - top))),
    );
    if (!weights.some((weight) => weight > 0)) weights[Math.round(top)] = 1;
    const sum = power.reduce((all, one, bin) => all + weights[bin]! * one, 0);
    return 10 * Math.log10(Math.max(sum, 1e-11 * nFft ** 2));
  });
}

function slowly(sound: Float32Array, copy: Float32Array): Record<string, number> {
  const parts = WINDOWS.map(([nFft, melBands]) => {
    const [x, y] = [sound, copy].map((one) => slowSpectrum(one, { nFft, hop: nFft / 4, window: nFft }));
    const lift = (bin: number): number => 1.25 - Math.cos((2 * Math.PI * bin) / nFft); // |1 − e^{−iω} / 2|²
    const cells = x!.flatMap((frame, row) =>
      frame.map((a, bin) => {
        const b = y![row]![bin]!;
        const wrong = (Math.sqrt(squares(b)) - Math.sqrt(squares(a))) ** 2 * lift(bin);
        return {
          bin,
          wrong,
          right: squares(a) * lift(bin),
          power: squares(a),
          error: squares([b[0] - a[0], b[1] - a[1]]),
        };
      }),
    );
    const sumOf = (name: "wrong" | "right" | "power" | "error", from = 0, to = Number.POSITIVE_INFINITY): number =>
      cells.reduce((sum, cell) => (cell.bin >= from && cell.bin < to ? sum + cell[name] : sum), 0);
    const bands = EDGES.slice(1).map((end, band) => {
      const from = Math.ceil((EDGES[band]! * nFft) / RATE);
      return [from, end === 11_025 ? nFft / 2 + 1 : Math.ceil((end * nFft) / RATE)] as const;
    });
    const byBand = (wrong: "wrong" | "error", right: "right" | "power", count: number): number =>
      mean(
        bands
          .slice(0, count)
          .map(([from, to]) =>
            Math.sqrt(sumOf(wrong, from, to) / (sumOf(right, from, to) + 1e-4 * sumOf(right) + 1e-6)),
          ),
      );
    const decibels = [x!, y!].map((frames) =>
      frames.flatMap((frame) => melDecibels(frame.map(squares), nFft, melBands)),
    );
    return {
      spectra: Math.sqrt(sumOf("wrong") / sumOf("right")),
      bands: byBand("wrong", "right", 4),
      decibels: mean(decibels[0]!.map((one, at) => Math.hypot(one - decibels[1]![at]!, 0.01))),
      waves: byBand("error", "power", 3),
    };
  });
  return Object.fromEntries(
    (["spectra", "bands", "decibels", "waves"] as const).map((name) => [name, mean(parts.map((one) => one[name]))]),
  );
}

const random = seeded(3);
const sound = noise(3000, random).map((sample, at) => sample * 0.1 + 0.5 * Math.sin(0.05 * at));
const copy = sound.map((sample, at) => 0.7 * sample + 0.05 * Math.sin(0.4 * at) + 0.02 * random());

test("every part is what slow loops say, and the loss is their weighted sum", async () => {
  const weights = { spectra: 0.3, bands: 0.7, decibels: 0.2, waves: 0.5 };
  const [found, expected] = [await comparedSounds(sound, copy, RATE, weights), slowly(sound, copy)];
  for (const [name, value] of Object.entries(expected))
    assert.ok(Math.abs(found[name]! - value) < 1e-3 * value, `${name}: ${found[name]}, not ${value}`);
  const { spectra, bands, decibels, waves } = expected as Record<keyof typeof weights, number>;
  const sum = 0.3 * spectra + 0.7 * bands + 0.2 * decibels + 0.5 * waves;
  assert.ok(Math.abs(found.loss! - sum) < 1e-3 * sum);
});

test("a copy turned upside down differs by its waves alone, and one ten times as soft by 20 dB", async () => {
  const turned = await comparedSounds(
    sound,
    sound.map((sample) => -sample),
    RATE,
  );
  assert.ok(turned.spectra! < 1e-3 && turned.bands! < 1e-3 && turned.decibels! < 0.02);
  assert.ok(turned.waves! > 1.9 && turned.waves! <= 2, `${turned.waves}`); // a soft band counts a little less
  const softer = await comparedSounds(
    sound,
    sound.map((sample) => sample / 10),
    RATE,
  );
  assert.ok(Math.abs(softer.decibels! - 20) < 0.05, `${softer.decibels} dB`);
});

test("nothing is softer than silence", async () => {
  const silence = new Float32Array(3000);
  const breath = silence.map((_, at) => 1e-7 * Math.sin(at));
  assert.ok((await comparedSounds(silence, breath, RATE)).decibels! < 0.02);
});

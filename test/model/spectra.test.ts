/** What a level of spectra hears, against its definition in slow loops. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { melFilters } from "../../src/audio/spectrum.ts";
import { pitches, SPECTRA_ROWS, spectraOf } from "../../src/model/spectra.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { floats, floatsOf, openSession } from "../../src/onnx/session.ts";
import { noise, seeded } from "../support/random.ts";

const [RATE, HOP] = [22_050, 256];

async function heard(sounds: readonly Float32Array[]): Promise<Float32Array> {
  const samples = sounds[0]!.length;
  const graph = new Graph();
  const sound = graph.input("sound", "float32", [sounds.length, 1, samples]);
  const spectra = spectraOf(sound, { hop: HOP, sampleRate: RATE });
  assert.deepEqual(spectra.shape, [sounds.length, SPECTRA_ROWS, samples / HOP]);
  graph.output("spectra", spectra);
  const session = await openSession(graph);
  const all = Float32Array.from(sounds.flatMap((one) => [...one]));
  const out = await session.run({ sound: floats(all, [sounds.length, 1, samples]) });
  await session.close();
  return floatsOf(out, "spectra");
}

/** Power of one windowed frame around a sample, at one frequency. */
function powerAt(sound: Float32Array, middle: number, window: number, hertz: number): number {
  let [re, im] = [0, 0];
  for (let at = 0; at < window; at++) {
    const value = (0.5 - 0.5 * Math.cos((2 * Math.PI * at) / window)) * (sound[middle - window / 2 + at] ?? 0);
    re += value * Math.cos((2 * Math.PI * hertz * at) / RATE);
    im += value * Math.sin((2 * Math.PI * hertz * at) / RATE);
  }
  return re * re + im * im;
}

const level = (power: number, window: number): number => (Math.log(power / window ** 2 + 1e-7) + 8) / 4;

function slowFrame(sound: Float32Array, frame: number): number[] {
  const mels = [
    [1024, 80],
    [256, 20],
  ].flatMap(([window, bands]) => {
    const bins = window! / 2 + 1;
    const power = Array.from({ length: bins }, (_, bin) =>
      powerAt(sound, frame * HOP, window!, (bin * RATE) / window!),
    );
    return melFilters(bands!, 40, RATE, bins).map(({ from, weights }) =>
      level(
        weights.reduce((sum, weight, at) => sum + weight * power[from + at]!, 0),
        window!,
      ),
    );
  });
  return [...mels, ...pitches().map((hertz) => level(powerAt(sound, frame * HOP, 4096, hertz), 4096))];
}

test("frames are logarithms of the power of mel bands and quarter tones", async () => {
  const random = seeded(4);
  const sounds = [
    noise(8 * HOP, random),
    noise(8 * HOP, random).map((sample, at) => 0.1 * sample + 0.5 * Math.sin(0.1 * at)),
  ];
  const found = await heard(sounds);
  for (const [clip, sound] of sounds.entries())
    for (const frame of [0, 3, 7])
      for (const [row, expected] of slowFrame(sound, frame).entries()) {
        const value = found[(clip * SPECTRA_ROWS + row) * 8 + frame]!;
        assert.ok(
          Math.abs(value - expected) < 2e-3,
          `clip ${clip}, frame ${frame}, row ${row}: ${value}, not ${expected}`,
        );
      }
});

test("a steady tone sounds the same in every frame, whatever its phase, and loudest at its pitch", async () => {
  const tone = (phase: number) =>
    Float32Array.from({ length: 64 * HOP }, (_, at) => 0.3 * Math.sin((2 * Math.PI * 440 * at) / RATE + phase));
  const found = await heard([tone(0), tone(2)]);
  const at = (clip: number, row: number, frame: number): number => found[(clip * SPECTRA_ROWS + row) * 64 + frame]!;
  for (let row = 0; row < SPECTRA_ROWS; row++)
    for (const frame of [24, 31, 40])
      for (const clip of [0, 1]) assert.ok(Math.abs(at(clip, row, frame) - at(0, row, 24)) < 0.02, `row ${row}`);
  const levels = Array.from({ length: 139 }, (_, pitch) => at(0, 100 + pitch, 30));
  const loudest = levels.indexOf(Math.max(...levels));
  assert.ok(Math.abs(24 * Math.log2(pitches()[loudest]! / 440)) < 0.5);
});

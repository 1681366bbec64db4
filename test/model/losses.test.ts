/** Spectra against their definition, and losses that stay finite and point the right way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { emphasise, magnitudes, reconstructionLoss, spectralLoss } from "../../src/model/losses.ts";
import { gradients } from "../../src/onnx/gradient.ts";
import { Graph, type Value } from "../../src/onnx/graph.ts";
import { floats, floatsOf, openSession } from "../../src/onnx/session.ts";
import { slowMagnitudes } from "../oracle/spectrum.ts";
import { noise, seeded } from "../support/random.ts";

const SETTINGS = [
  { nFft: 64, hop: 12, window: 60 }, // the hop divides the window
  { nFft: 64, hop: 10, window: 48 }, // it doesn't
  { nFft: 32, hop: 8, window: 32 }, // no zeros around the window
  { nFft: 32, hop: 40, window: 20 }, // frames don't touch
];

async function run(
  inputs: Record<string, Float32Array>,
  batch: number,
  build: (values: Record<string, Value>) => Record<string, Value>,
) {
  const graph = new Graph();
  const shape = (data: Float32Array): number[] => [batch, data.length / batch];
  const values = Object.fromEntries(
    Object.entries(inputs).map(([name, data]) => [name, graph.input(name, "float32", shape(data))]),
  );
  for (const [name, value] of Object.entries(build(values))) graph.output(`${name}.out`, value);
  const session = await openSession(graph);
  const out = await session.run(
    Object.fromEntries(Object.entries(inputs).map(([name, data]) => [name, floats(data, shape(data))])),
  );
  await session.close();
  return (name: string): Float32Array => floatsOf(out, `${name}.out`);
}

for (const setting of SETTINGS)
  for (const samples of [200, 203])
    test(`the spectrum of ${samples} samples with ${JSON.stringify(setting)} is the definition's`, async () => {
      const sounds = noise(2 * samples, seeded(samples));
      const out = await run({ sounds }, 2, ({ sounds }) => ({ sounds: magnitudes(sounds!, setting) }));
      const expected = [0, 1]
        .flatMap((clip) => slowMagnitudes(sounds.subarray(clip * samples, (clip + 1) * samples), setting))
        .flat();
      assert.equal(out("sounds").length, expected.length);
      const largest = Math.max(...expected);
      expected.forEach((one, at) => {
        assert.ok(Math.abs(out("sounds")[at]! - one) < 1e-5 * largest, `at ${at}: ${out("sounds")[at]}, not ${one}`);
      });
    });

test("the spectral loss has the slope of its finite differences, and none from silence to silence", async () => {
  const [settings, bandwidth] = [SETTINGS.slice(0, 2), { l2: 0.3, spec: 2 }];
  const random = seeded(4);
  const [sound, copy] = [noise(200, random), noise(200, random)];
  const build = ({ sound, copy }: Record<string, Value>): Record<string, Value> => {
    const loss = spectralLoss(sound!, copy!, settings, bandwidth);
    return { loss, slope: gradients(loss, [copy!])[0]! };
  };
  const slope = (await run({ sound, copy }, 2, build))("slope");
  const largest = Math.max(...slope.map(Math.abs));
  for (const at of [0, 1, 17, 99, 100, 150, 199]) {
    const side = async (step: number): Promise<number> => {
      const moved = copy.with(at, copy[at]! + step);
      return (await run({ sound, copy: moved }, 2, build))("loss")[0]!;
    };
    const measured = ((await side(0.01)) - (await side(-0.01))) / 0.02;
    assert.ok(Math.abs(measured - slope[at]!) < 0.01 * largest, `at ${at}: ${slope[at]}, measured ${measured}`);
  }
  const silent = await run({ sound: new Float32Array(200), copy: new Float32Array(200) }, 2, build);
  assert.ok(silent("slope").every((one) => one === 0));
  assert.ok(silent("loss")[0]! < 1e-6);
});

test("the largest errors of each clip count once more", async () => {
  const sound = new Float32Array(8);
  const copy = Float32Array.of(1, -3, 2, 0, 0.5, 0, 0, 0); // squares 1 9 4 0, 0.25 0 0 0
  const loss = { lmixL2: 1, lmixLinf: 0.5, linfK: 2 };
  const out = await run({ sound, copy }, 2, ({ sound, copy }) => ({
    loss: reconstructionLoss(sound!, copy!, loss, { l2: 0.5, spec: 1 }),
    plain: reconstructionLoss(sound!, copy!, { ...loss, lmixLinf: 0 }, { l2: 0.5, spec: 1 }),
  }));
  assert.ok(Math.abs(out("plain")[0]! - 14.25 / 8 / 0.5) < 1e-5);
  assert.ok(Math.abs(out("loss")[0]! - (14.25 / 8 / 0.5 + (0.5 * (13 + 0.25)) / 4 / 0.5)) < 1e-5);
});

test("pre-emphasis takes away what came a sample before", async () => {
  const out = await run({ x: Float32Array.of(1, 2, 3, 5, 0, 1) }, 2, ({ x }) => ({ x: emphasise(x!, 0.5) }));
  assert.deepEqual([...out("x")], [1, 1.5, 2, 5, -2.5, 1]);
});

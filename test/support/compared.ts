/** How far a copy is from its sound, as a training's loss has it. */
import { Graph } from "../../src/onnx/graph.ts";
import { floats, floatsOf, openSession } from "../../src/onnx/session.ts";
import { type ComparisonPlan, compare } from "../../src/training/comparison.ts";

const PLAN: ComparisonPlan = { spectra: 1, bands: 1, decibels: 1, waves: 1 };

/** Each part, and the loss with these weights. */
export async function comparedSounds(
  sound: Float32Array,
  copy: Float32Array,
  sampleRate: number,
  plan = PLAN,
): Promise<Record<string, number>> {
  const graph = new Graph();
  const shape = [1, sound.length];
  const [x, y] = [graph.input("sound", "float32", shape), graph.input("copy", "float32", shape)];
  const { loss, parts } = compare(x, y, plan, sampleRate);
  for (const [name, value] of Object.entries({ loss, ...parts })) graph.output(name, value);
  const session = await openSession(graph);
  const out = await session.run({ sound: floats(sound, shape), copy: floats(copy, shape) });
  await session.close();
  return Object.fromEntries(Object.keys(out).map((name) => [name, floatsOf(out, name)[0]!]));
}

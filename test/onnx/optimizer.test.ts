/** Adam in the graph, compared with the formula (spec 8.2) in double precision. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Graph } from "../../src/onnx/graph.ts";
import { type AdamOptions, adam, adamStateNames, STEP } from "../../src/onnx/optimizer.ts";
import { floats, floatsOf, openSession, type Tensor } from "../../src/onnx/session.ts";
import { seeded } from "../support/random.ts";

const NAMES = ["a", "b"];
const SIZE = 5;
const STEPS = 12;

interface Moments {
  p: number[];
  m: number[];
  v: number[];
}

/** m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², p ← p − c·(m/(√v + ε) + decay·p), in double precision. */
function slowAdam(state: Moments[], gradients: number[][], step: number, rate: number, options: Required<AdamOptions>) {
  const { beta1, beta2, epsilon, decay, clip, warmup } = options;
  const norm = Math.sqrt(gradients.flat().reduce((sum, g) => sum + g * g, 0));
  const divisor = norm > clip ? norm / clip : 1;
  const warm = rate * Math.min(1, step / warmup);
  const t = step + 1;
  const c = (warm * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
  state.forEach(({ p, m, v }, index) => {
    for (let i = 0; i < SIZE; i++) {
      const g = gradients[index]![i]! / divisor;
      m[i] = beta1 * m[i]! + (1 - beta1) * g;
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
      p[i] = p[i]! - c * (m[i]! / (Math.sqrt(v[i]!) + epsilon) + decay * p[i]!);
    }
  });
  return norm;
}

const settings: readonly { readonly says: string; readonly options: Required<AdamOptions>; readonly scale: number }[] =
  [
    {
      says: "neither clipped nor decayed",
      options: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0, clip: 1e9, warmup: 1 },
      scale: 1,
    },
    { says: "clipped", options: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0, clip: 0.5, warmup: 1 }, scale: 3 },
    {
      says: "below the clip",
      options: { beta1: 0.9, beta2: 0.95, epsilon: 1e-4, decay: 0, clip: 9, warmup: 1 },
      scale: 1,
    },
    {
      says: "warming up, with decay",
      options: { beta1: 0.8, beta2: 0.925, epsilon: 1e-8, decay: 0.1, clip: 1, warmup: 8 },
      scale: 2,
    },
  ];

for (const { says, options, scale } of settings)
  test(`${STEPS} steps of Adam agree with the formula: ${says}`, async () => {
    const session = await openSession(adamGraph(options));
    const random = seeded(7);
    const draw = (): number[] => Array.from({ length: SIZE }, () => (random() * 2 - 1) * scale);
    const slow: Moments[] = NAMES.map(() => ({ p: draw(), m: Array(SIZE).fill(0), v: Array(SIZE).fill(0) }));
    let state = initial(slow);
    for (let step = 0; step < STEPS; step++) {
      const gradients = NAMES.map(() => draw().map(Math.fround));
      const rate = 0.01 / (step + 1);
      const feeds = Object.fromEntries(
        NAMES.map((name, index) => [`g.${name}`, floats(Float32Array.from(gradients[index]!), [SIZE])]),
      );
      const out = await session.run({ ...state, ...feeds, rate: floats(Float32Array.of(rate), []) });
      state = Object.fromEntries(Object.keys(state).map((name) => [name, out[`next.${name}`]!]));
      const norm = slowAdam(slow, gradients, step, rate, options);
      assert.ok(Math.abs(floatsOf(out, "norm")[0]! / norm - 1) < 1e-5);
      slow.forEach(({ p }, index) => {
        p.forEach((expected, i) => {
          const got = floatsOf(state, NAMES[index]!)[i]!;
          assert.ok(
            Math.abs(got - expected) < 2e-6 * scale,
            `step ${step}, ${NAMES[index]}[${i}]: ${got}, not ${expected}`,
          );
        });
      });
    }
    assert.deepEqual([...floatsOf(state, STEP)], [STEPS]);
    await session.close();
  });

test("the first step of a warm-up changes nothing", async () => {
  const session = await openSession(adamGraph({ warmup: 10 }));
  const start = NAMES.map((_, index) => ({
    p: [1, 2, 3, 4, 5 + index],
    m: Array(SIZE).fill(0),
    v: Array(SIZE).fill(0),
  }));
  const g = floats(new Float32Array(SIZE).fill(1), [SIZE]);
  const out = await session.run({ ...initial(start), "g.a": g, "g.b": g, rate: floats(Float32Array.of(0.1), []) });
  assert.deepEqual([...floatsOf(out, "next.a")], [1, 2, 3, 4, 5]);
  await session.close();
});

function adamGraph(options: AdamOptions): Graph {
  const graph = new Graph();
  const parameters = NAMES.map((name) => ({
    name,
    value: graph.input(name, "float32", [SIZE]),
    gradient: graph.input(`g.${name}`, "float32", [SIZE]),
  }));
  adam(graph, parameters, options);
  return graph;
}

function initial(slow: readonly Moments[]): Record<string, Tensor> {
  const state: Record<string, Tensor> = { [STEP]: floats(new Float32Array(1), []) };
  slow.forEach(({ p }, index) => {
    state[NAMES[index]!] = floats(Float32Array.from(p), [SIZE]);
    for (const moment of adamStateNames(NAMES[index]!)) state[moment] = floats(new Float32Array(SIZE), [SIZE]);
  });
  return state;
}

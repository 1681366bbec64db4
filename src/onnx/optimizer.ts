/** Adam with decoupled decay, clipping by the global norm and warm-up, appended to a graph (spec 8.2). */
import { gradients } from "./gradient.ts";
import type { Graph, Value } from "./graph.ts";
import { add, div, max, min, mul, pow, sqrt, sub, sum } from "./ops.ts";

export interface AdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly decay?: number;
  /** Largest norm of all gradients together. */
  readonly clip?: number;
  /** Steps until the rate is reached; the very first step has rate 0. */
  readonly warmup?: number;
}

export interface Parameter {
  readonly name: string;
  readonly value: Value;
  readonly gradient: Value;
}

/** Names of the state that a step reads; each is written as `next.<name>`. Moments and the step start at zero. */
export const momentNames = (parameter: string): [string, string] => [`${parameter}.adam.m`, `${parameter}.adam.v`];
export const STEP = "adam.step";

/**
 * Adds inputs `rate` and the state, and outputs `next.*` and `norm`. A parameter's own input is its name, its result
 * `next.<name>`. p ← p − c·(m/(√v + ε) + decay·p), c = rate·√(1 − β₂ᵗ)/(1 − β₁ᵗ).
 */
export function adam(graph: Graph, parameters: readonly Parameter[], options: AdamOptions = {}): void {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0, clip = 1, warmup = 100 } = options;
  const step = graph.input(STEP, "float32", []);
  const after = add(step, 1);
  const rate = mul(graph.input("rate", "float32", []), min(mul(step, 1 / Math.max(warmup, 1)), 1));
  const correction = div(sqrt(sub(1, power(beta2, after))), sub(1, power(beta1, after)));
  const c = mul(rate, correction);
  const norm = sqrt(parameters.map(({ gradient }) => sum(mul(gradient, gradient))).reduce((a, b) => add(a, b)));
  const scale = div(clip, max(norm, clip));
  for (const { name, value, gradient } of parameters) {
    const [firstName, secondName] = momentNames(name);
    const g = mul(gradient, scale);
    const m = add(mul(graph.input(firstName, "float32", value.shape), beta1), mul(g, 1 - beta1));
    const v = add(mul(graph.input(secondName, "float32", value.shape), beta2), mul(mul(g, g), 1 - beta2));
    const move = div(m, add(sqrt(v), epsilon));
    graph.output(`next.${name}`, sub(value, mul(c, decay > 0 ? add(move, mul(value, decay)) : move)));
    graph.output(`next.${firstName}`, m);
    graph.output(`next.${secondName}`, v);
  }
  graph.output(`next.${STEP}`, after);
  graph.output("norm", norm);
}

const power = (base: number, exponent: Value): Value => pow(exponent.graph.scalar(base), exponent);

/** Lowers the loss by Adam: those inputs of its graph learn that have one of these names. */
export function descend(loss: Value, names: Pick<ReadonlySet<string>, "has">, options?: AdamOptions): void {
  const values = loss.graph.inputs.filter(({ name }) => names.has(name));
  const slopes = gradients(loss, values);
  const parameters = values.map((value, index) => ({ name: value.name, value, gradient: slopes[index]! }));
  adam(loss.graph, parameters, options);
}

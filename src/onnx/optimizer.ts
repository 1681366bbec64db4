/** Adam with decoupled weight decay, gradient clipping by global norm and warm-up, as part of a graph (spec 8.2). */
import { gradients } from "./gradient.ts";
import type { Graph, Value } from "./graph.ts";
import { add, div, max, min, mul, pow, sqrt, sub, sum } from "./ops.ts";

export interface AdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly decay?: number;
  /** Largest global norm of the gradients. */
  readonly clip?: number;
  /** Steps of linear warm-up; step 0 has rate 0. */
  readonly warmup?: number;
}

export interface Parameter {
  readonly name: string;
  readonly value: Value;
  readonly gradient: Value;
}

/**
 * Names of a parameter's two moments, inputs of a step; their new values are outputs `next.<name>`. They start at zero.
 */
export const adamStateNames = (parameter: string): [string, string] => [`${parameter}.adam.m`, `${parameter}.adam.v`];
/** Name of the step counter, which starts at zero. */
export const STEP = "adam.step";

/**
 * Adds the inputs `rate` and the state, and the outputs `next.<name>` of parameters and state, and `norm`, the global
 * norm of the gradients. p ← p − c·(m/(√v + ε) + decay·p), c = rate·√(1 − β₂ᵗ)/(1 − β₁ᵗ).
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
    const [firstName, secondName] = adamStateNames(name);
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

/** Appends gradients and an Adam step that minimises `loss` with respect to the graph's inputs with these names. */
export function descend(loss: Value, names: Pick<ReadonlySet<string>, "has">, options?: AdamOptions): void {
  const values = loss.graph.inputs.filter(({ name }) => names.has(name));
  const slopes = gradients(loss, values);
  const parameters = values.map((value, index) => ({ name: value.name, value, gradient: slopes[index]! }));
  adam(loss.graph, parameters, options);
}

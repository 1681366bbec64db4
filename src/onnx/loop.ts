/** A loop inside the graph (ONNX Loop) with carried values and collected outputs. */
import { Graph, GraphError, innermostGraph, type Shape, type Value } from "./graph.ts";

/** What an iteration returns, and what the loop returns after the last one. */
export interface LoopValues {
  /** Carried values for the next iteration, in order; an axis may grow. */
  readonly carried: readonly Value[];
  /** Values that are stacked over all iterations, along a new first axis. */
  readonly collected: readonly Value[];
}

/** The initial value of a carried value. */
export interface Start {
  readonly value: Value;
  /** Its shape inside the loop, if it differs from the initial shape (a growing axis). */
  readonly shape?: Shape;
}

/**
 * Runs `body` `count` (an int64 scalar) times. The body gets the iteration's index, an int64 scalar, and the carried
 * values; outer values are constants in it. Throws a GraphError if it returns another number of carried values.
 */
export function loop(
  count: Value,
  starts: readonly Start[],
  body: (iteration: Value, carried: readonly Value[]) => LoopValues,
): LoopValues {
  const outer = innermostGraph([count, ...starts.map(({ value }) => value)]);
  const inner = new Graph(outer);
  const iteration = inner.input(inner.fresh("iteration"), "int64", []);
  inner.input(inner.fresh("going"), "bool", []);
  const carried = starts.map(({ value, shape }) =>
    inner.input(inner.fresh("carried"), value.type, shape ?? value.shape),
  );
  const result = body(iteration, carried);
  if (result.carried.length !== starts.length)
    throw new GraphError("Loop: the body must return as many carried values as it gets");
  inner.addOutput(inner.constant("bool", [], Uint8Array.of(1)));
  for (const value of [...result.carried, ...result.collected]) inner.addOutput(value);
  const results = [
    ...result.carried.map(({ type }, index) => ({
      type,
      shape: (starts[index]!.shape ?? starts[index]!.value.shape).map(open(outer)),
    })),
    ...result.collected.map(({ type, shape }) => ({ type, shape: [outer.fresh("turns"), ...shape] })),
  ];
  const outputs = outer.node("Loop", [count, undefined, ...starts.map(({ value }) => value)], results, { body: inner });
  return { carried: outputs.slice(0, starts.length), collected: outputs.slice(starts.length) };
}

/** Symbolic sizes of the body get new names in the outer graph. */
const open = (graph: Graph) => (dim: Shape[number]) => (typeof dim === "string" ? graph.fresh("size") : dim);

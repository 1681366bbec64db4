/** A loop inside the graph: what is carried from turn to turn, and what each turn leaves behind. */
import { Graph, GraphError, home, type Shape, type Value } from "./graph.ts";

export interface Turn {
  /** What the next turn starts from, in the order it was given; an axis may grow. */
  readonly carried: readonly Value[];
  /** What is stacked over all turns, along a new first axis. */
  readonly collected: readonly Value[];
}

export interface LoopResult {
  readonly carried: readonly Value[];
  readonly collected: readonly Value[];
}

export interface Start {
  readonly value: Value;
  /** Its shape inside the loop, where that differs from the start's, as a growing axis does. */
  readonly shape?: Shape;
}

/**
 * Runs `body` `count` times (an int64 scalar). The body sees the outer graph's values as constants; the turn's number
 * is an int64 scalar. ONNX: Loop, with the keep-going condition left out.
 */
export function loop(
  count: Value,
  starts: readonly Start[],
  body: (turn: Value, carried: readonly Value[]) => Turn,
): LoopResult {
  const outer = home([count, ...starts.map(({ value }) => value)]);
  const inner = new Graph(outer);
  const turn = inner.input(inner.fresh("turn"), "int64", []);
  inner.input(inner.fresh("going"), "bool", []);
  const carried = starts.map(({ value, shape }) =>
    inner.input(inner.fresh("carried"), value.type, shape ?? value.shape),
  );
  const result = body(turn, carried);
  if (result.carried.length !== starts.length) throw new GraphError("Loop: the body must carry on what it was given");
  inner.give(inner.constant("bool", [], Uint8Array.of(1)));
  for (const value of [...result.carried, ...result.collected]) inner.give(value);
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

/** A size that only the loop's inside knows gets a new name outside. */
const open = (graph: Graph) => (dim: Shape[number]) => (typeof dim === "string" ? graph.fresh("size") : dim);

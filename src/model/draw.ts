/** How one code is drawn from its logits, inside the graph: temperature, top-k or top-p, and the number that decides (spec 6.2). */
import { conditional } from "../onnx/branch.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import {
  add,
  and,
  cast,
  cumulativeSum,
  div,
  gatherElements,
  greater,
  greaterOrEqual,
  largest,
  less,
  lessOrEqual,
  min,
  mul,
  range,
  scatterAdd,
  slice,
  softmax,
  sub,
  sum,
  topK,
  where,
} from "../onnx/ops.ts";

/** How each of several songs is drawn from, for a whole row. */
export interface DrawInputs {
  /** [draws, 1] */
  readonly temperature: Value;
  /** Whether `topK` and `topP` count at all: if not, they cost nothing. A scalar. */
  readonly filtered: Value;
  /** int64 [draws, 1]; at least as many as there are classes keeps all. */
  readonly topK: Value;
  /** [draws, 1]; more than 1 keeps all. */
  readonly topP: Value;
}

/** Declares the inputs `temperature`, `filtered`, `topK` and `topP`. */
export const drawInputs = (graph: Graph): DrawInputs => ({
  temperature: graph.input("temperature", "float32", ["draws", 1]),
  filtered: graph.input("filtered", "bool", []),
  topK: graph.input("topK", "int64", ["draws", 1]),
  topP: graph.input("topP", "float32", ["draws", 1]),
});

/**
 * For each row of logits [draws, classes] the first id whose running probability passes the row's `uniform` [draws, 1]; ids
 * below `from` are never drawn. int32 [draws]
 */
export function draw(logits: Value, uniform: Value, inputs: DrawInputs, from = 0): Value {
  const open = from > 0 ? slice(logits, 1, from) : logits;
  const scaled = div(open, inputs.temperature);
  const kept = conditional(
    inputs.filtered,
    scaled,
    (x) => filter(x, inputs),
    (x) => x,
  );
  return add(drawAsTheyAre(kept, uniform), from);
}

/** For each row of logits [rows, classes] the first id whose running probability passes the row's uniform [rows, 1], of at most 24 bits. int32 [rows] */
export function drawAsTheyAre(logits: Value, uniform: Value): Value {
  const running = cumulativeSum(softmax(logits));
  const whole = slice(running, 1, -1); // 1, but for rounding: so the draw never falls behind the last id that has any chance
  return sum(cast(lessOrEqual(running, mul(uniform, whole)), "int32"), [1]);
}

const CLOSED = -3e38;

/**
 * Keeps the logits that are not smaller than the row's k-th largest, and those in front of which, from the likeliest on, no
 * more than p is reached: the one that crosses p is kept; of equals the lower id comes first.
 */
function filter(logits: Value, { topK: k, topP: p }: DrawInputs): Value {
  const count = min(k, logits.shape[1] as number);
  const most = largest(count, [0, 1]);
  const [values, ids] = topK(logits, most);
  const within = less(range(most), count);
  const passed = cumulativeSum(softmax(where(within, values, CLOSED)), { exclusive: true });
  const beyond = scatterAdd(mul(logits, 0), ids, cast(and(greater(passed, p), within), "float32"), 1);
  const kth = gatherElements(values, sub(count, 1), 1);
  return where(and(greaterOrEqual(logits, kth), less(beyond, 1)), logits, CLOSED);
}

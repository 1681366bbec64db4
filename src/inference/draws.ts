/** How rows are drawn, and what the row loop is fed of that. */
import { floats, ints, type Tensors, tensor } from "../onnx/session.ts";

export interface RowDraw {
  /** In [0, 1), one a position. */
  readonly uniform: Float32Array;
  /** Ids already known, −1 where free. */
  readonly forced: Int32Array;
  /** 0 is greedy. */
  readonly temperature: number;
  /** Only so many of the likeliest are drawn from, and their equals. */
  readonly topK?: number;
  /** Only the likeliest are drawn from, as many as together pass this probability. */
  readonly topP?: number;
  /** Positions to go through; less than a row only at the very end of a window. */
  readonly count?: number;
}

const GREEDY = 1e-6; // a temperature at which only the best id is ever drawn
const ALL_CLASSES = 2 ** 31;

/** The feeds of `drawInputs`. */
export function drawFeeds(draws: readonly Pick<RowDraw, "temperature" | "topK" | "topP">[]): Tensors {
  const shape = [draws.length, 1];
  const all = draws.map(({ temperature, topK = ALL_CLASSES, topP = 1 }) => ({ temperature, topK, topP }));
  const filtered = all.some(({ topK, topP }) => topK < ALL_CLASSES || topP < 1);
  return {
    temperature: floats(
      Float32Array.from(all, ({ temperature }) => Math.max(temperature, GREEDY)),
      shape,
    ),
    filtered: tensor("bool", Uint8Array.of(filtered ? 1 : 0), []),
    topK: tensor(
      "int64",
      BigInt64Array.from(all, ({ topK }) => BigInt(topK)),
      shape,
    ),
    topP: floats(
      Float32Array.from(all, ({ topP }) => (topP < 1 ? topP : 2)), // rounding may reach 1 before the last one
      shape,
    ),
  };
}

/** `uniform` [turns, draws, 1] and `forced` [turns, step, draws] of a row of so many positions, so many of them a turn. */
export function rowFeeds(draws: readonly RowDraw[], block: number, step: number): Tensors {
  const [count, turns] = [draws.length, block / step];
  const uniform = new Float32Array(turns * count);
  const forced = new Int32Array(block * count).fill(-1);
  for (const [index, draw] of draws.entries()) {
    for (let turn = 0; turn < turns; turn++) uniform[turn * count + index] = draw.uniform[turn] ?? 0;
    for (let at = 0; at < block; at++) forced[at * count + index] = draw.forced[at] ?? -1;
  }
  return { uniform: floats(uniform, [turns, count, 1]), forced: ints(forced, [turns, step, count]) };
}

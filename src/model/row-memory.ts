/** Where keys and values come from while sampling: the growing row, and the rows made before, of several streams. */
import type { Graph, Value } from "../onnx/graph.ts";
import type { Start } from "../onnx/loop.ts";
import {
  add,
  concat,
  div,
  gather,
  largest,
  less,
  lessOrEqual,
  mul,
  range,
  reshape,
  reshapeTo,
  scatter,
  sizeOf,
  sliceTo,
  softmax,
  splitAt,
  sub,
  transpose,
  where,
  zeros,
} from "../onnx/ops.ts";
import { matmul } from "../onnx/products.ts";
import { type Attention, attentionWeights, leavesKeys, patterns } from "./attention.ts";
import { FORBIDDEN, type Memory, type Observe, threeParts } from "./memory.ts";

/** The row loop's memory: what it starts with, and, turn by turn, the memory that the network attends with. */
export interface RowMemory {
  readonly starts: readonly Start[];
  turn(place: RowPlace, carried: readonly Value[]): RowTurn;
}

/** Where in the row a turn is. */
export interface RowPlace {
  /** Of the turn's position, a scalar; or of all of them [step]. */
  readonly columns: Value;
  /** [step, step], where there are several positions: far below 0 where one may not see the other. */
  readonly mask?: Value | undefined;
}

export interface RowTurn {
  readonly memory: Memory;
  /** Filled while the network is written: what the next turn carries, and what the row leaves to the history. */
  readonly next: Value[];
  readonly left: Value[];
}

/** The streams of a run, and their positions. */
export interface RowStreams {
  /** int64 scalar: how many. */
  readonly count: Value;
  /** int64 [streams]: the row that each is at. */
  readonly row: Value;
  /** Positions a turn: 1, or an int64 scalar. */
  readonly step: 1 | Value;
}

/**
 * One position of every stream at a time inside a loop over a row, or a whole row at once; positions of a turn are [step ·
 * streams, width]. Rows before are constants, inputs of the outer graph: `past.key.<layer>` and `past.value.<layer>`,
 * [streams, positions, width] (the row before, zeros in the first row; or the encoder's; or all rows before, and, for columns,
 * room for one more). Streams may be at different rows: what lies behind a stream's own rows is not seen. Only keys of the
 * row itself grow. `observe` is shown the layers that see lyrics, inside the loop.
 */
export function rowMemory(
  graph: Graph,
  kinds: readonly Attention[],
  streams: RowStreams,
  observe?: Observe,
): RowMemory {
  const growing = kinds.flatMap(({ func }, layer) => (patterns[func].own === "before" ? [layer] : []));
  const starts = growing.flatMap((layer) => {
    const { heads, width } = kinds[layer]!;
    const value = zeros(graph, [streams.count, heads, 0, width / heads]);
    const start = { value, shape: ["streams", heads, `row.${layer}`, width / heads] };
    return [start, start];
  });
  const behind = positionsBehind(streams, kinds[0]!.block);
  const pasts = kinds.map((kind, layer) => past(graph, kind, layer, behind));
  const inColumn = kinds.some(({ func }) => patterns[func].past === "column")
    ? columnPlace(streams, kinds[0]!)
    : undefined;
  const hidden = kinds.some(({ func }) => patterns[func].primeOnly) ? behindPrime(streams, kinds[0]!) : undefined;
  return {
    starts,
    turn: ({ columns, mask }, carried) => {
      const next: Value[] = [];
      const left: Value[] = [];
      const memory: Memory = (layer, kind, projected) => {
        const { toHeads, fromHeads, projections } = headsOf(kind, streams.step);
        const history = pasts[layer];
        const { own, past, primeOnly, lyrics } = patterns[kind.func];
        if (past === "encoder") {
          const weights = attentionWeights(toHeads(projected), history!.key);
          if (lyrics) observe?.(layer, weights);
          return fromHeads(matmul(weights, history!.value));
        }
        const { q, k, v, kept, apart } = projections(projected);
        if (leavesKeys(kind)) left.push(...kept);
        if (own === "nothing") return fromHeads(matmul(attentionWeights(q, history!.key), history!.value));
        if (own === "itself") return column(apart(), history!, { kind, columns, place: inColumn! });
        const place = 2 * growing.indexOf(layer);
        const key = concat([carried[place]!, k], 2);
        const value = concat([carried[place + 1]!, v], 2);
        next.push(key, value);
        if (past === "nothing") return fromHeads(matmul(attentionWeights(q, key, mask), value));
        const late = primeOnly ? sliceTo(hidden!, 3, sizeOf(key, 2)) : undefined;
        const unseen = primeOnly ? undefined : behind.unseen; // streams at different rows are never run so
        const beside = weightsBeside(q, history!.key, key, { unseen, masks: [mask, late] });
        observe?.(layer, beside);
        return fromHeads(sumBeside(beside, history!.value, value));
      };
      return { memory, next, left };
    },
  };
}

interface Pair {
  readonly key: Value;
  readonly value: Value;
}

/** What lies behind streams that may be at different rows; computed once a row. */
interface PositionsBehind {
  /** int64 scalar: of the stream that is furthest. */
  readonly most: Value;
  /** The same, and a row. */
  readonly withOwn: Value;
  /** [streams, 1, 1, most]: far below 0 where a stream has not been. */
  readonly unseen: Value;
}

function positionsBehind({ row }: RowStreams, block: number): PositionsBehind {
  const most = mul(largest(row, [0]), block);
  const seen = less(range(most), mul(reshape(row, [-1, 1, 1, 1]), block));
  return { most, withOwn: add(most, block), unseen: barred(seen) };
}

const barred = (seen: Value): Value => where(seen, seen.graph.scalar(0), seen.graph.scalar(FORBIDDEN));

/** [streams, 1, 1, block]: far below 0 from `prime` on. */
function behindPrime({ row }: RowStreams, { block, prime }: Attention): Value {
  const columns = row.graph.constant(
    "int64",
    [block],
    BigInt64Array.from({ length: block }, (_, at) => BigInt(at)),
  );
  return barred(less(add(columns, mul(reshape(row, [-1, 1, 1, 1]), block)), prime));
}

/** Where a turn's columns have the position itself: behind the rows before it. */
interface ColumnPlace {
  /** int64 scalar: rows of the tallest column, its own included. */
  readonly rows: Value;
  /** int64 [step · streams, heads, 1, 3]: the place of the position itself in tables [step · streams, heads, rows, d]. */
  readonly own: Value;
  /** [step · streams, 1, 1, rows]: far below 0 behind that place. */
  readonly unseen: Value;
}

function columnPlace({ count, row, step }: RowStreams, { heads }: Attention): ColumnPlace {
  const rows = add(largest(row, [0]), 1);
  const positions = range(step === 1 ? count : mul(count, step));
  const at = reshape(gather(row, sub(positions, mul(div(positions, count), count))), [-1, 1, 1, 1]);
  const head = row.graph.constant(
    "int64",
    [1, heads, 1, 1],
    BigInt64Array.from({ length: heads }, (_, n) => BigInt(n)),
  );
  const everywhere = mul(add(at, head), 0);
  const parts = [reshape(positions, [-1, 1, 1, 1]), head, at].map((part) => add(everywhere, part));
  return { rows, own: concat(parts, 3), unseen: barred(lessOrEqual(range(rows), at)) };
}

/** The inputs that hold a layer's history, laid out for its product once a row: outside of the loop. */
function past(graph: Graph, kind: Attention, layer: number, behind: PositionsBehind): Pair | undefined {
  const { past } = patterns[kind.func];
  if (past === "nothing") return undefined;
  const { block, heads, width } = kind;
  const laidOut = (x: Value): Value => {
    if (past === "column") {
      const rows = reshape(sliceTo(x, 1, behind.withOwn), [0, -1, block, heads, width / heads]);
      return transpose(rows, [2, 0, 3, 1, 4]); // [block, streams, heads, rows, d]
    }
    const seen = past === "all" ? sliceTo(x, 1, behind.most) : x;
    return transpose(reshape(seen, [0, -1, heads, width / heads]), [0, 2, 1, 3]);
  };
  const shape = ["streams", past === "row" ? block : `past.${layer}`, width];
  const [key, value] = ["key", "value"].map((part) => graph.input(`past.${part}.${layer}`, "float32", shape));
  return { key: laidOut(key!), value: laidOut(value!) };
}

/** Positions of a turn [step · streams, width] to heads [streams, heads, step, d], and back. */
function headsOf({ heads, width }: Attention, step: 1 | Value) {
  const size = width / heads;
  const toHeads = (x: Value): Value =>
    step === 1 ? reshape(x, [-1, heads, 1, size]) : transpose(reshapeTo(x, [step, -1, heads, size]), [1, 2, 0, 3]);
  const fromHeads = (x: Value): Value => reshape(step === 1 ? x : transpose(x, [2, 0, 1, 3]), [-1, width]);
  /** Heads of queries, keys and values; the latter two as the history keeps them; and all [step · streams, heads, 1, d]. */
  const projections = (x: Value): Projections => {
    if (step === 1) {
      const parts = threeParts(reshape(x, [-1, 3 * heads, 1, size]), 1, heads); // one reshape for all three
      const [q, k, v] = parts;
      return { q, k, v, kept: [k, v], apart: () => parts };
    }
    const parts = threeParts(x, 1, width);
    const [q, k, v] = parts.map(toHeads) as Three;
    const apart = (): Three => parts.map((part) => reshape(part, [-1, heads, 1, size])) as Three;
    return { q, k, v, kept: [parts[1], parts[2]], apart };
  };
  return { toHeads, fromHeads, projections };
}

type Three = [Value, Value, Value];

interface Projections {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
  readonly kept: readonly Value[];
  apart(): Three;
}

interface ColumnAt {
  readonly kind: Attention;
  /** Of the turn's positions: a scalar, or [step]. */
  readonly columns: Value;
  readonly place: ColumnPlace;
}

/** The same column of the rows before, and the position itself. */
function column([q, k, v]: Three, history: Pair, { kind, columns, place }: ColumnAt): Value {
  const { heads, width } = kind;
  const table = (before: Value, own: Value): Value => {
    const rows = gather(before, columns);
    const all = columns.shape.length === 0 ? rows : reshapeTo(rows, [-1, heads, place.rows, width / heads]);
    return scatter(all, place.own, own);
  };
  const weights = attentionWeights(q, table(history.key, k), place.unseen);
  return reshape(matmul(weights, table(history.value, v)), [-1, width]);
}

interface BesideMasks {
  /** Over the history. */
  readonly unseen: Value | undefined;
  /** Over the growing row. */
  readonly masks: readonly (Value | undefined)[];
}

/** Attends to a long constant history and the growing row beside it, without joining them: only the scores are joined. */
function weightsBeside(query: Value, past: Value, own: Value, { unseen, masks }: BesideMasks): Value {
  const alpha = 1 / Math.sqrt(query.shape.at(-1) as number);
  const masked = (keys: Value, masks: readonly (Value | undefined)[]): Value =>
    masks.reduce<Value>(
      (scores, mask) => (mask ? add(scores, mask) : scores),
      matmul(query, keys, { transB: true, alpha }),
    );
  return softmax(concat([masked(past, [unseen]), masked(own, masks)], 3));
}

function sumBeside(weights: Value, past: Value, own: Value): Value {
  const [before, here] = splitAt(weights, 3, sizeOf(past, 2), sizeOf(own, 2));
  return add(matmul(before, past), matmul(here, own));
}

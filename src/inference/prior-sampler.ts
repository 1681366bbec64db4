/** A prior at work: one window's conditions, its history of keys and values, and the rows that grow it. */

import { type Attention, keptPositions, patterns } from "../model/attention.ts";
import { conditionsGraph } from "../model/captures.ts";
import { decoderSize, type PriorSize } from "../model/prior.ts";
import { FREE, rowGraph } from "../model/row.ts";
import { attentionKinds } from "../model/transformer.ts";
import { type Bits, type Store, stored } from "../model/weights.ts";
import type { Graph } from "../onnx/graph.ts";
import {
  type Device,
  floats,
  floatsOf,
  ints,
  openSession,
  type Session,
  type Tensors,
  tensor,
} from "../onnx/session.ts";

export interface PriorOptions {
  readonly device?: Device;
  readonly threads?: number;
  /** Of the dense layers of a prior that is loaded whole; conditions stay in 32. One in files has what was imported. */
  readonly bits?: Bits;
  /** Ids of a merged prior's lyrics are never drawn at a code's place. The original lets them, and takes them for code 0 (spec 3.9). */
  readonly musicOnly?: boolean;
  /** How many times what names and moments change is counted (classifier-free guidance); 1, or left out, is the model as it is. */
  readonly guidance?: number;
}

export interface Prior {
  readonly size: PriorSize;
  /** Positions a row. */
  readonly block: number;
  /** Whether a window is told without names as well. */
  readonly guided: boolean;
  /**
   * Starts a window, which ends the one before: everything that holds for all of its positions is computed here, once.
   * `attended` is shown what the alignment head, if there is one, attends to in the lyrics. `free` are the conditions without
   * names, of a guided prior.
   */
  begin(conditions: Tensors, attended?: Attended, free?: Tensors): Promise<Window>;
  close(): Promise<void>;
}

/** Is told the weights [positions, tokens] of positions from `from` on, as they are gone through. */
export type Attended = (from: number, weights: Float32Array) => void;

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

/** One window: positions 0 … done − 1 are behind it. Lyrics of a merged prior come first. */
export interface Window {
  readonly done: number;
  /** Takes whole rows of known ids, each at once. */
  prefill(ids: Int32Array): Promise<void>;
  /** The next row, token by token. Returns its ids. */
  row(draw: RowDraw): Promise<Int32Array>;
}

const GREEDY = 1e-6; // a temperature at which only the best id is ever drawn

/**
 * Opens the graphs of a prior on one device. One that is loaded whole has a graph for rows made position by position, one for
 * rows that are known, and one for conditions. One that stays in its files is too large for that: one graph does both kinds
 * of rows, so that the runtime packs the weights once, and the one for conditions is there only while it is needed.
 */
export async function openPrior(
  store: Store,
  size: PriorSize,
  { bits = 32, musicOnly = true, guidance = 1, ...device }: PriorOptions = {},
): Promise<Prior> {
  const guided = guidance !== 1;
  const open = (graph: Graph): Promise<Session> => openSession(graph, { ...device, memoryPattern: false });
  const inFiles = [...store.values()].some(({ slice }) => slice);
  const rowsIn = (step: 1 | "step"): Promise<Session> =>
    open(rowGraph((graph) => stored(graph, store, inFiles ? 32 : bits), size, { musicOnly, guided, step }));
  const conditions = (): Promise<Session> => open(conditionsGraph((graph) => stored(graph, store), size));
  const known = await rowsIn("step");
  const free = inFiles ? known : await rowsIn(1);
  const kept = inFiles ? undefined : await conditions();
  const rooms = (guided ? ["", FREE] : [""]).map((prefix) => historyRoom(size, prefix));
  let windows = 0;
  return {
    size,
    guided,
    block: decoderSize(size).length / size.blocks,
    begin: async (feeds, attended, without) => {
      if (guided !== (without !== undefined)) throw new Error("a guided prior is told a window twice, no other is");
      const session = kept ?? (await conditions());
      try {
        const streams = [openStream(size, await session.run(feeds), rooms[0]!)];
        if (without) streams.push(openStream(size, await session.run(without), rooms[1]!));
        const number = ++windows;
        const check = (): void => {
          if (number !== windows) throw new Error("a window ends when the next one begins");
        };
        const scale = guided ? { guidance: floats(Float32Array.of(guidance), []) } : {};
        return openWindow({ known, free, scale, check }, size, streams, attended);
      } finally {
        if (!kept) await session.close();
      }
    },
    close: async () => {
      await Promise.all([...new Set([known, free, ...(kept ? [kept] : [])])].map((session) => session.close()));
    },
  };
}

/** What goes through rows that are known, and what draws. */
interface Rows {
  readonly known: Session;
  readonly free: Session;
  /** The feed of a guided prior. */
  readonly scale: Tensors;
  /** Throws if the window is over. */
  check(): void;
}

/** One telling of a window: its conditions, and its history of keys and values. */
interface Stream {
  feeds(done: number, shape: readonly number[]): Tensors;
  append: History["append"];
}

function openStream(size: PriorSize, given: Tensors, room: HistoryRoom): Stream {
  const { prefix } = room;
  const history = openHistory(size, given, room);
  const { length, width, blocks } = decoderSize(size);
  const block = length / blocks;
  const condition = given.condition ? floatsOf(given, "condition") : new Float32Array(length * width);
  return {
    feeds: (done, shape) => ({
      [`${prefix}start`]: given.start!,
      [`${prefix}condition`]: floats(condition.subarray(done * width, (done + block) * width), [...shape, width]),
      ...history.feeds(done),
    }),
    append: history.append,
  };
}

function openWindow(rows: Rows, size: PriorSize, streams: readonly Stream[], attended?: Attended): Window {
  const { length, blocks } = decoderSize(size);
  const block = length / blocks;
  const columns = Int32Array.from({ length: block }, (_, column) => column);
  let done = 0;
  let previous = -1;
  const go = async (
    session: Session,
    step: number,
    draw: RowDraw & { readonly count: number },
  ): Promise<Int32Array> => {
    rows.check();
    if (done % block !== 0 || done >= length) throw new RangeError(`no row starts at position ${done} of ${length}`);
    const shape = [block / step, step];
    const results = await session.run({
      count: tensor("int64", BigInt64Array.of(BigInt(draw.count / step)), []),
      row: ints(Int32Array.of(done / block), []),
      previous: ints(Int32Array.of(previous), []),
      columns: ints(columns, shape),
      uniform: floats(draw.uniform.subarray(0, block / step), [block / step, 1]),
      forced: ints(draw.forced, shape),
      ...drawFeeds(draw),
      ...rows.scale,
      ...Object.assign({}, ...streams.map((stream) => stream.feeds(done, shape))),
    });
    for (const stream of streams) stream.append(results, done, draw.count);
    if (results.lyrics) attended?.(done, floatsOf(results, "lyrics"));
    done += draw.count;
    const codes = results.codes!.data as Int32Array; // int32 by the graph's own type
    previous = codes.at(-1) ?? previous;
    return codes;
  };
  return {
    get done() {
      return done;
    },
    async prefill(ids) {
      if (ids.length % block !== 0) throw new RangeError(`prefill takes whole rows of ${block}, got ${ids.length}`);
      const known = { uniform: new Float32Array(block), temperature: 1, count: block };
      for (let at = 0; at < ids.length; at += block)
        await go(rows.known, block, { ...known, forced: ids.subarray(at, at + block) });
    },
    row: (draw) => go(rows.free, 1, { count: block, ...draw }),
  };
}

const ALL_CLASSES = 2 ** 31;

/** The feeds of `drawInputs`. */
export function drawFeeds({
  temperature,
  topK = ALL_CLASSES,
  topP = 1,
}: Pick<RowDraw, "temperature" | "topK" | "topP">): Tensors {
  const filtered = topK < ALL_CLASSES || topP < 1;
  return {
    temperature: floats(Float32Array.of(Math.max(temperature, GREEDY)), []),
    filtered: tensor("bool", Uint8Array.of(filtered ? 1 : 0), []),
    topK: tensor("int64", BigInt64Array.of(BigInt(topK)), []),
    topP: floats(Float32Array.of(topP < 1 ? topP : 2), []), // rounding may reach 1 before the last one
  };
}

interface History {
  feeds(done: number): Tensors;
  append(results: Tensors, from: number, count: number): void;
}

/** Where a window's keys and values are kept: hundreds of megabytes of a large prior, so one window after the other has them. */
interface HistoryRoom {
  /** What the inputs and outputs of its stream begin with. */
  readonly prefix: string;
  readonly kept: readonly {
    readonly name: string;
    readonly kind: Attention;
    readonly rows: number;
    readonly data: Float32Array;
  }[];
}

function historyRoom(size: PriorSize, prefix: string): HistoryRoom {
  const decoder = decoderSize(size);
  const kept = attentionKinds(decoder).flatMap((kind, layer) => {
    const rows = keptPositions(kind, decoder.length);
    if (rows === 0) return [];
    return ["key", "value"].map((part) => {
      const data = new Float32Array(rows * kind.width);
      return { name: `${part}.${layer}`, kind, rows, data };
    });
  });
  return { prefix, kept };
}

/** Keys and values of the rows behind, kept in place and lent to the runtime without copying. */
function openHistory(size: PriorSize, given: Tensors, { prefix, kept }: HistoryRoom): History {
  const decoder = decoderSize(size);
  const block = decoder.length / decoder.blocks;
  const encoder = Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (name.startsWith("past.") ? [[prefix + name, value]] : [])),
  );
  const lastRowOnly = ({ func }: Attention): boolean => patterns[func].past === "row";
  for (const { kind, data } of kept) if (lastRowOnly(kind)) data.fill(0); // what the first row sees before it
  const primes = kept.some(({ kind }) => patterns[kind.func].primeOnly);
  return {
    feeds: (done) => ({
      ...encoder,
      ...Object.fromEntries(
        kept.map(({ name, kind, rows, data }) => {
          const count = lastRowOnly(kind) ? rows : Math.min(done, rows);
          return [`${prefix}past.${name}`, floats(data.subarray(0, count * kind.width), [count, kind.width])];
        }),
      ),
      ...(primes && {
        [`${prefix}prime.mask`]: floats(
          Float32Array.from({ length: block }, (_, at) => (done + at < decoder.prime ? 0 : -1e9)),
          [block],
        ),
      }),
    }),
    append: (results, from, count) => {
      for (const { name, kind, rows, data } of kept) {
        const fresh = floatsOf(results, prefix + name);
        const { width } = kind;
        if (lastRowOnly(kind))
          data.set(fresh.subarray(Math.max(0, count - block) * width)); // a short last row is never looked back at
        else
          data.set(fresh.subarray(0, Math.max(0, Math.min(count, rows - from)) * width), Math.min(from, rows) * width);
      }
    },
  };
}

/** A prior at work: one window's conditions, its history of keys and values, and the rows that grow it. */

import { conditionsGraph, prefillGraph, rowGraph } from "../model/captures.ts";
import { decoderSize, type PriorSize } from "../model/prior.ts";
import { attentionKinds } from "../model/transformer.ts";
import { type Bits, type Store, stored } from "../model/weights.ts";
import {
  type Device,
  floats,
  floatsOf,
  ints,
  openSession,
  type Session,
  type Tensor,
  type Tensors,
  tensor,
} from "../onnx/session.ts";

export interface PriorOptions {
  readonly device?: Device;
  readonly threads?: number;
  /** Of the row loop's dense layers; conditions and prefill stay in 32. */
  readonly bits?: Bits;
  /** Ids of a merged prior's lyrics are never drawn. */
  readonly musicOnly?: boolean;
}

export interface Prior {
  readonly size: PriorSize;
  /** Positions a row. */
  readonly block: number;
  /** Starts a window: everything that holds for all of its positions is computed here, once. */
  begin(conditions: Tensors): Promise<Window>;
  close(): Promise<void>;
}

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
  /** Takes whole rows of known ids at once. Returns their logits [positions · classes]. */
  prefill(ids: Int32Array): Promise<Float32Array>;
  /** The next row, token by token. Returns its ids. */
  row(draw: RowDraw): Promise<Int32Array>;
}

const GREEDY = 1e-6; // a temperature at which only the best id is ever drawn

/** Opens the three graphs of a prior on one device. */
export async function openPrior(
  store: Store,
  size: PriorSize,
  { bits = 32, musicOnly = true, ...device }: PriorOptions = {},
): Promise<Prior> {
  const sessionOptions = { ...device, memoryPattern: false };
  const full = (graph: Parameters<typeof stored>[0]) => stored(graph, store);
  const conditions = await openSession(conditionsGraph(full, size), sessionOptions);
  const prefill = await openSession(prefillGraph(full, size), sessionOptions);
  const row = await openSession(
    rowGraph((graph) => stored(graph, store, bits), size, { musicOnly }),
    sessionOptions,
  );
  const sessions = { prefill, row };
  return {
    size,
    block: decoderSize(size).length / size.blocks,
    begin: async (feeds) => openWindow(sessions, size, await conditions.run(feeds)),
    close: async () => {
      await Promise.all([conditions, prefill, row].map((session) => session.close()));
    },
  };
}

function openWindow(sessions: { prefill: Session; row: Session }, size: PriorSize, given: Tensors): Window {
  const history = openHistory(size, given);
  const { length, width, blocks } = { ...decoderSize(size) };
  const block = length / blocks;
  const condition = given.condition ? floatsOf(given, "condition") : new Float32Array(length * width);
  const conditionAt = (from: number, count: number): Tensor =>
    floats(condition.subarray(from * width, (from + count) * width), [count, width]);
  const start = given.start!;
  let done = 0;
  let previous = -1;
  return {
    get done() {
      return done;
    },
    async prefill(ids) {
      if (done !== 0 || ids.length % block !== 0 || ids.length > length)
        throw new RangeError(`prefill takes whole rows of ${block}, got ${ids.length}`);
      const feeds = {
        codes: ints(ids, [ids.length]),
        start,
        condition: conditionAt(0, ids.length),
        ...history.encoder,
      };
      const results = await sessions.prefill.run(feeds);
      history.append(results, 0, ids.length);
      done = ids.length;
      previous = ids.at(-1) ?? -1;
      return floatsOf(results, "logits");
    },
    async row({ uniform, forced, count = block, ...drawing }) {
      if (done % block !== 0 || done >= length) throw new RangeError(`no row starts at position ${done} of ${length}`);
      const results = await sessions.row.run({
        count: tensor("int64", BigInt64Array.of(BigInt(count)), []),
        row: ints(Int32Array.of(done / block), []),
        previous: ints(Int32Array.of(previous), []),
        start,
        condition: conditionAt(done, block),
        uniform: floats(uniform, [block]),
        forced: ints(forced, [block]),
        ...drawFeeds(drawing),
        ...history.feeds(done),
      });
      history.append(results, done, count);
      done += count;
      const codes = results.codes!.data as Int32Array; // int32 by the graph's own type
      previous = codes.at(-1) ?? previous;
      return codes;
    },
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
  /** Encoder keys of the window, which never change. */
  readonly encoder: Tensors;
  feeds(done: number): Tensors;
  append(results: Tensors, from: number, count: number): void;
}

/** Keys and values of the rows behind, kept in place and lent to the runtime without copying. */
function openHistory(size: PriorSize, given: Tensors): History {
  const decoder = decoderSize(size);
  const block = decoder.length / decoder.blocks;
  const kinds = attentionKinds(decoder).map((kind, layer) => ({ ...kind, layer }));
  const encoder = Object.fromEntries(Object.entries(given).filter(([name]) => name.startsWith("past.")));
  const kept = kinds
    .filter(({ func }) => func !== 1 && func !== 6)
    .flatMap(({ func, width, layer }) => {
      const rows = func === 3 ? block : func === 7 ? Math.min(decoder.prime, decoder.length) : decoder.length;
      return ["key", "value"].map((part) => ({
        name: `${part}.${layer}`,
        func,
        width,
        rows,
        data: new Float32Array(rows * width),
      }));
    });
  const primes = kinds.some(({ func }) => func === 7);
  return {
    encoder,
    feeds: (done) => ({
      ...encoder,
      ...Object.fromEntries(
        kept.map(({ name, func, width, rows, data }) => {
          const count = func === 3 ? block : Math.min(done, rows);
          return [`past.${name}`, floats(data.subarray(0, count * width), [count, width])];
        }),
      ),
      ...(primes && {
        "prime.mask": floats(
          Float32Array.from({ length: block }, (_, at) => (done + at < decoder.prime ? 0 : -1e9)),
          [block],
        ),
      }),
    }),
    append: (results, from, count) => {
      for (const { name, func, width, rows, data } of kept) {
        const fresh = floatsOf(results, name);
        if (func === 3)
          data.set(fresh.subarray(Math.max(0, count - block) * width)); // a short last row is never looked back at
        else
          data.set(fresh.subarray(0, Math.max(0, Math.min(count, rows - from)) * width), Math.min(from, rows) * width);
      }
    },
  };
}

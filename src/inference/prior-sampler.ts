/** A prior at work: the windows of one song, or of several beside each other, and the rows that fill them. */
import { conditionsGraph } from "../model/captures.ts";
import type { PriorSize } from "../model/prior.ts";
import { rowGraph } from "../model/row.ts";
import { type Bits, type Store, stored } from "../model/weights.ts";
import type { Graph } from "../onnx/graph.ts";
import { type Device, openSession, type Session, type Tensors } from "../onnx/session.ts";
import { Batch } from "./batch.ts";
import type { RowDraw } from "./draws.ts";
import { type RowResult, type Seat, Seats } from "./seats.ts";

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

/** Where one song at a time is made, window by window. */
export interface Place {
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

/** A place for one song, and further ones beside it. Closing it closes all. */
export interface Prior extends Place {
  /**
   * A place for one more song. Rows that are asked for at the same time, in any of the places, are made in one run, which takes
   * little longer than one row; each song is the same to the bit as if it were made alone.
   */
  beside(): Place;
}

/** Is told the weights [positions, tokens] of positions from `from` on, as they are gone through. */
export type Attended = (from: number, weights: Float32Array) => void;

/** One window: positions 0 … done − 1 are behind it. Lyrics of a merged prior come first. */
export interface Window {
  readonly done: number;
  /** Takes whole rows of known ids, each at once. */
  prefill(ids: Int32Array): Promise<void>;
  /** The next row, token by token. Returns its ids. */
  row(draw: RowDraw): Promise<Int32Array>;
}

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
  const seats = new Seats(size, guidance);
  const batch = new Batch(seats, { known, free });
  const conditioned = async (feeds: readonly Tensors[]): Promise<Tensors[]> => {
    const session = kept ?? (await conditions());
    try {
      const given: Tensors[] = [];
      for (const one of feeds) given.push(await session.run(one));
      return given;
    } finally {
      if (!kept) await session.close();
    }
  };
  const first = openPlace(seats, batch, guided, conditioned);
  return {
    ...first,
    beside: () => openPlace(seats, batch, guided, conditioned),
    close: async () => {
      await batch.inTurn(() => undefined);
      await Promise.all([...new Set([known, free, ...(kept ? [kept] : [])])].map((session) => session.close()));
    },
  };
}

function openPlace(
  seats: Seats,
  batch: Batch,
  guided: boolean,
  conditioned: (feeds: readonly Tensors[]) => Promise<Tensors[]>,
): Place {
  const { size, block } = seats;
  const seat = seats.open();
  let windows = 0;
  return {
    size,
    block,
    guided,
    begin: async (feeds, attended, without) => {
      if (guided !== (without !== undefined)) throw new Error("a guided prior is told a window twice, no other is");
      const given = await conditioned(without ? [feeds, without] : [feeds]);
      const number = ++windows;
      await batch.inTurn(() => seats.begin(seat, given));
      const check = (): void => {
        if (number !== windows) throw new Error("a window ends when the next one begins");
      };
      return openWindow(batch, seat, block, { check, attended });
    },
    close: () => batch.inTurn(() => seats.leave(seat)),
  };
}

interface WindowOptions {
  /** Throws if the window is over. */
  check(): void;
  readonly attended: Attended | undefined;
}

function openWindow(batch: Batch, seat: Seat, block: number, { check, attended }: WindowOptions): Window {
  let done = 0;
  const take = ({ ids, lyrics }: RowResult): Int32Array => {
    if (lyrics) attended?.(done, lyrics);
    done += ids.length;
    return ids;
  };
  return {
    get done() {
      return done;
    },
    async prefill(ids) {
      check();
      if (ids.length % block !== 0) throw new RangeError(`prefill takes whole rows of ${block}, got ${ids.length}`);
      for (let at = 0; at < ids.length; at += block) take(await batch.known(seat, ids.subarray(at, at + block)));
    },
    async row(draw) {
      check();
      return take(await batch.drawn(seat, { count: block, ...draw }));
    },
  };
}

/** Rows for several songs at once: whoever asks for a row while one is being made is part of the next run. */
import { patterns } from "../model/attention.ts";
import { decoderSize, type PriorSize } from "../model/prior.ts";
import { attentionKinds } from "../model/transformer.ts";
import type { Session } from "../onnx/session.ts";
import type { Asked, RowResult, Seat, Seats } from "./seats.ts";

export interface RowSessions {
  /** For rows that are known. */
  readonly known: Session;
  /** For rows that are drawn. */
  readonly free: Session;
}

interface Waiting extends Asked {
  readonly answer: PromiseWithResolvers<RowResult>;
}

/** One run at a time, and nothing else with the seats while it goes on. */
export class Batch {
  readonly #seats: Seats;
  readonly #sessions: RowSessions;
  #waiting: Waiting[] = [];
  #serving = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(seats: Seats, sessions: RowSessions) {
    this.#seats = seats;
    this.#sessions = sessions;
  }

  /** A row whose ids are known, at once. */
  async known(seat: Seat, forced: Int32Array): Promise<RowResult> {
    const { block } = this.#seats;
    const draw = { uniform: new Float32Array(1), temperature: 1, count: block, forced };
    const [result] = await this.inTurn(() => this.#seats.run(this.#sessions.known, block, [{ seat, draw }]));
    return result!;
  }

  /** A row position by position, in one run with all that are asked for until it begins. */
  drawn(seat: Seat, draw: Asked["draw"]): Promise<RowResult> {
    const answer = Promise.withResolvers<RowResult>();
    this.#waiting.push({ seat, draw, answer });
    if (!this.#serving) void this.#serve();
    return answer.promise;
  }

  /** Does something with the seats between two runs. */
  inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined); // whoever asked is told
    return mine;
  }

  async #serve(): Promise<void> {
    this.#serving = true;
    while (this.#waiting.length > 0) {
      if (this.#seats.count > 1) await othersAsk();
      await this.inTurn(() => this.#serveSome());
    }
    this.#serving = false;
  }

  async #serveSome(): Promise<void> {
    const chosen = together(this.#waiting, this.#seats.size);
    this.#waiting = this.#waiting.filter((one) => !chosen.includes(one));
    if (await this.#answered(chosen)) return;
    for (const one of chosen) await this.#answered([one], true); // one that fails fails alone
  }

  /** Whether the run succeeded; the last attempt at a row tells its caller why it did not. */
  async #answered(asked: readonly Waiting[], last = asked.length === 1): Promise<boolean> {
    try {
      const results = await this.#seats.run(this.#sessions.free, 1, asked);
      for (const [index, { answer }] of asked.entries()) answer.resolve(results[index]!);
      return true;
    } catch (error) {
      if (last) for (const { answer } of asked) answer.reject(error);
      return last;
    }
  }
}

/** Until all whom the run before has answered have passed their codes on and asked again: one turn of the event loop, and our own. */
async function othersAsk(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((go) => setImmediate(go));
}

/**
 * Those who can be part of one run with the one who has waited longest, without a bit's difference to anybody's codes. Streams
 * at the same row always can. A run is as long as its furthest stream's history, and shorter ones are filled up with what is
 * not seen: that leaves products and sums as they are where `fillable` says so.
 */
function together<T extends Asked>(waiting: readonly T[], size: PriorSize): readonly T[] {
  const block = decoderSize(size).length / size.blocks;
  const rowOf = ({ seat }: Asked): number => seat.done / block;
  const can = fillable(size);
  const leader = rowOf(waiting[0]!);
  const furthest = can(leader) ? Math.max(...waiting.map(rowOf)) : leader;
  return waiting.filter((one) => rowOf(one) === furthest || (rowOf(one) < furthest && can(rowOf(one))));
}

const VECTOR = 64; // the runtime sums scores in so many parts
const NARROW = 64; // heads up to this width are multiplied alike, whatever the number of keys

/**
 * Whether a stream at a row may be run with one that is further. Measured with the runtime's kernels (`test/inference/batch.test.ts`):
 * narrow heads' products and softmax ignore what is filled up behind, but for a column of 4 n − 1 rows; and what stands behind
 * a dense layer's filled-up history must stay where it was, in units of the sum's parts.
 */
export function fillable(size: PriorSize): (row: number) => boolean {
  const kinds = attentionKinds(decoderSize(size));
  const exact = kinds.every(({ func, width, heads, block }) => {
    const { past, primeOnly } = patterns[func];
    return width / heads <= NARROW && !primeOnly && (past !== "all" || block % VECTOR === 0);
  });
  return (row) => exact && row % 4 !== 2;
}

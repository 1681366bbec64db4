/** The songs that a prior is at work on, each in its seat, and runs of the row loop for any of them at once. */
import { decoderSize, type PriorSize } from "../model/prior.ts";
import { floats, floatsOf, ints, type Session, type Tensors, tensor } from "../onnx/session.ts";
import { drawFeeds, type RowDraw, rowFeeds } from "./draws.ts";
import { Histories } from "./history.ts";

/** A song's place: what of its window is told to each row. */
export interface Seat {
  /** Its streams in the histories are from `index` times the streams of a song on. */
  index: number;
  /** Positions that are behind it. */
  done: number;
  /** The id before; −1 at a window's start. */
  previous: number;
  /** What takes the place of a code before the first one, by stream. */
  starts: readonly Float32Array[];
  /** Of all positions, by stream. */
  conditions: readonly Float32Array[];
}

/** A row that somebody asks for. */
export interface Asked {
  readonly seat: Seat;
  readonly draw: RowDraw & { readonly count: number };
}

export interface RowResult {
  readonly ids: Int32Array;
  /** Weights [positions, tokens] that the alignment head, if there is one, gave the lyrics. */
  readonly lyrics?: Float32Array;
}

export class Seats {
  readonly size: PriorSize;
  /** Positions a row. */
  readonly block: number;
  readonly #guidance: number;
  /** Streams of a song. */
  readonly #each: number;
  readonly #histories: Histories;
  readonly #columns: Int32Array;
  readonly #seats: Seat[] = [];

  constructor(size: PriorSize, guidance: number) {
    const { length, blocks } = decoderSize(size);
    this.size = size;
    this.block = length / blocks;
    this.#guidance = guidance;
    this.#each = guidance === 1 ? 1 : 2;
    this.#histories = new Histories(size);
    this.#columns = Int32Array.from({ length: this.block }, (_, column) => column);
  }

  get count(): number {
    return this.#seats.length;
  }

  open(): Seat {
    const seat: Seat = { index: this.count, done: 0, previous: -1, starts: [], conditions: [] };
    this.#seats.push(seat);
    this.#histories.resize(this.count * this.#each);
    return seat;
  }

  leave(seat: Seat): void {
    this.#exchange(seat, this.count - 1);
    this.#seats.pop();
    this.#histories.resize(this.count * this.#each);
  }

  /** A window of the seat's song begins; `given` is, by stream, what holds for all of it. */
  begin(seat: Seat, given: readonly Tensors[]): void {
    const { length, width } = decoderSize(this.size);
    const conditionOf = (one: Tensors): Float32Array =>
      one.condition ? floatsOf(one, "condition") : new Float32Array(length * width);
    seat.done = 0;
    seat.previous = -1;
    seat.starts = given.map((one) => floatsOf(one, "start"));
    seat.conditions = given.map(conditionOf);
    for (const [stream, one] of given.entries()) this.#histories.begin(this.#firstOf(seat) + stream, one);
  }

  /** The next row of each, in turns of `step` positions. */
  async run(session: Session, step: number, asked: readonly Asked[]): Promise<RowResult[]> {
    for (const { seat } of asked) this.#checkRow(seat);
    this.#arrange(asked.map(({ seat }) => seat));
    const inOrder = asked.toSorted((a, b) => a.seat.index - b.seat.index);
    const results = await session.run(this.#feeds(inOrder, step));
    const taken = new Map(inOrder.map((one, index) => [one, this.#take(results, index, one)]));
    return asked.map((one) => taken.get(one)!);
  }

  #firstOf({ index }: Seat): number {
    return index * this.#each;
  }

  #checkRow({ done }: Seat): void {
    const { length } = decoderSize(this.size);
    if (done % this.block !== 0 || done >= length)
      throw new RangeError(`no row starts at position ${done} of ${length}`);
  }

  #feeds(asked: readonly Asked[], step: number): Tensors {
    const { block, size } = this;
    const seats = asked.map(({ seat }) => seat);
    const draws = asked.map(({ draw }) => draw);
    const streams = seats.flatMap((seat) => seat.starts.map((start, stream) => ({ seat, start, stream })));
    const here = ({ seat: { conditions, done }, stream }: (typeof streams)[number]): Float32Array =>
      conditions[stream]!.subarray(done * size.width, (done + block) * size.width);
    const guidance = new Float32Array(draws.length).fill(this.#guidance);
    const count = Math.max(...draws.map(({ count }) => count)) / step;
    return {
      count: tensor("int64", BigInt64Array.of(BigInt(count)), []),
      row: intsOf(streams.map(({ seat }) => seat.done / block)),
      previous: intsOf(seats.map(({ previous }) => previous)),
      columns: ints(this.#columns, [block / step, step]),
      start: floats(joined(streams.map(({ start }) => start)), [streams.length, size.width]),
      condition: floats(joined(streams.map(here)), [streams.length, block, size.width]),
      ...rowFeeds(draws, block, step),
      ...drawFeeds(draws),
      ...(this.#each > 1 && { guidance: floats(guidance, [draws.length, 1]) }),
      ...this.#histories.feeds(this.#firstOf(seats[0]!), streams.length, Math.max(...seats.map(({ done }) => done))),
    };
  }

  /** What a run made of the song that was its `index`-th: one with fewer positions than others leaves the rest alone. */
  #take(results: Tensors, index: number, { seat, draw: { count } }: Asked): RowResult {
    const from = seat.done;
    for (let stream = 0; stream < this.#each; stream++)
      this.#histories.append(results, index * this.#each + stream, this.#firstOf(seat) + stream, { from, count });
    const codes = results.codes!;
    const made = codes.dims[1]! * codes.dims[2]!;
    const ids = (codes.data as Int32Array).slice(index * made, index * made + count); // int32 by the graph's own type
    seat.done += count;
    seat.previous = ids.at(-1) ?? seat.previous;
    if (!results.lyrics) return { ids };
    const tokens = results.lyrics.dims[2]!;
    const first = index * this.#each * made * tokens; // of the song's own stream, not of the one without names
    return { ids, lyrics: floatsOf(results, "lyrics").slice(first, first + count * tokens) };
  }

  /** Puts seats one behind the other, if they aren't. */
  #arrange(seats: readonly Seat[]): void {
    const places = seats.map(({ index }) => index);
    if (Math.max(...places) - Math.min(...places) === seats.length - 1) return;
    for (const [place, seat] of seats.toSorted((a, b) => a.index - b.index).entries()) this.#exchange(seat, place);
  }

  #exchange(seat: Seat, index: number): void {
    const other = this.#seats[index]!;
    if (other === seat) return;
    for (let stream = 0; stream < this.#each; stream++)
      this.#histories.swap(this.#firstOf(seat) + stream, this.#firstOf(other) + stream);
    this.#seats[seat.index] = other;
    this.#seats[index] = seat;
    other.index = seat.index;
    seat.index = index;
  }
}

const intsOf = (numbers: readonly number[]) => ints(Int32Array.from(numbers), [numbers.length]);

/** One behind the other; one alone is not copied. */
function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Float32Array(parts.reduce((all, { length }) => all + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

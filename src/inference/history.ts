/** Keys and values of the rows behind each stream: kept in place, and lent to the runtime without copying. */
import { type Attention, keptPositions, patterns } from "../model/attention.ts";
import { decoderSize, type PriorSize } from "../model/prior.ts";
import { attentionKinds } from "../model/transformer.ts";
import { floats, floatsOf, type Tensors } from "../onnx/session.ts";

/** One layer's keys, or values: [streams, rows, width]. */
interface Kept {
  readonly name: string;
  readonly kind: Attention;
  readonly rows: number;
  data: Float32Array;
}

/**
 * Streams have numbers; those of a run lie one behind the other. A large prior's stream is hundreds of megabytes, so there is
 * room for just as many as there are.
 */
export class Histories {
  readonly #kept: readonly Kept[];
  readonly #block: number;
  #streams = 0;

  constructor(size: PriorSize) {
    const { length, blocks } = decoderSize(size);
    this.#block = length / blocks;
    this.#kept = attentionKinds(decoderSize(size)).flatMap((kind, layer) => {
      const encoder = patterns[kind.func].past === "encoder" ? (size.lyrics?.tokens ?? 0) : 0;
      const rows = encoder + keptPositions(kind, length);
      const part = (name: string): Kept => ({ name: `${name}.${layer}`, kind, rows, data: new Float32Array(0) });
      return rows === 0 ? [] : [part("key"), part("value")];
    });
  }

  /** Makes room for so many streams, and gives back what is more. */
  resize(streams: number): void {
    if (streams === this.#streams) return;
    this.#streams = streams;
    for (const kept of this.#kept) {
      const { data } = kept;
      const size = streams * kept.rows * kept.kind.width;
      kept.data = new Float32Array(size);
      kept.data.set(data.subarray(0, size));
    }
  }

  /** A stream's window begins; `given` are the encoder's keys and values, of a prior that has one. */
  begin(stream: number, given: Tensors): void {
    for (const { name, kind, rows, data } of this.#kept) {
      const { past } = patterns[kind.func];
      const from = stream * rows * kind.width;
      if (past === "row") data.fill(0, from, from + rows * kind.width); // what the first row sees before it
      if (past === "encoder") data.set(floatsOf(given, `past.${name}`), from);
    }
  }

  /** The two streams change places. */
  swap(one: number, other: number): void {
    for (const { kind, rows, data } of this.#kept) {
      const size = rows * kind.width;
      const kept = data.slice(one * size, (one + 1) * size);
      data.copyWithin(one * size, other * size, (other + 1) * size);
      data.set(kept, other * size);
    }
  }

  /** The feeds of `count` streams from `first` on; one alone, with so many positions behind it, lends just these. */
  feeds(first: number, count: number, done: number): Tensors {
    return Object.fromEntries(
      this.#kept.map(({ name, kind, rows, data }) => {
        const { past } = patterns[kind.func];
        const behind = past === "column" ? done + this.#block : past === "all" ? Math.min(done, rows) : rows;
        const lent = count === 1 ? behind : rows;
        const from = first * rows * kind.width;
        const numbers = data.subarray(from, from + count * lent * kind.width);
        return [`past.${name}`, floats(numbers, [count, lent, kind.width])];
      }),
    );
  }

  /** Takes what a run left, of whose streams this was the `index`-th: the first `count` positions, the first of them at `from`. */
  append(results: Tensors, index: number, stream: number, { from, count }: { from: number; count: number }): void {
    for (const { name, kind, rows, data } of this.#kept) {
      const { past } = patterns[kind.func];
      if (past === "encoder") continue;
      const { width } = kind;
      const positions = results[name]!.dims[1]!;
      const fresh = floatsOf(results, name).subarray(index * positions * width);
      const at = past === "row" ? 0 : Math.min(from, rows); // a short last row is never looked back at
      const taken = Math.max(0, Math.min(count, rows - at));
      data.set(fresh.subarray(0, taken * width), (stream * rows + at) * width);
    }
  }
}

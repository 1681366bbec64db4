/** A prior that sings 0, 1, 2, …: each code is one more than the code before it, so that a wrong window shows as a wrong number. */
import assert from "node:assert/strict";
import type { RowDraw } from "../../src/inference/draws.ts";
import type { Place, Window } from "../../src/inference/prior-sampler.ts";
import type { PriorSize } from "../../src/model/prior.ts";
import type { Tensors } from "../../src/onnx/session.ts";

export interface CountingPrior extends Place {
  /** First code of each window so far, and how many it was given. */
  readonly windows: { start: number; prefix: number }[];
  /** What was asked of each row. */
  readonly rows: RowDraw[];
}

export interface CountingSize {
  readonly nCtx: number;
  /** Positions a row. */
  readonly block: number;
  /** Codes of this level for one of the level above, which counts as well; none for the coarsest level. */
  readonly stride?: number;
}

/** A prior of this size; it knows where it is from its prefix, and from the level above if there is one. */
export function countingPrior({ nCtx, block, stride }: CountingSize): CountingPrior {
  const upper = stride && { bins: 1, width: 1, depth: 1, dilationGrowth: 1, dilationCycle: 1, resScale: false };
  const size: PriorSize = {
    ...{ nCtx, blocks: nCtx / block, width: 1, depth: 1, heads: 1, attnOrder: 0, mAttn: 1, mMlp: 1, bins: 65_536 },
    ...{ addCondition: false, tied: false },
    ...(upper && stride && { upper: { ...upper, strides: [stride] } }),
  };
  const windows: { start: number; prefix: number }[] = [];
  const rows: RowDraw[] = [];
  return {
    size,
    block,
    guided: false,
    windows,
    rows,
    begin: async (conditions) => {
      const window = { start: startFrom(conditions, stride, nCtx), prefix: 0 };
      windows.push(window);
      return sing(window, { nCtx, block }, rows);
    },
    close: async () => undefined,
  };
}

/** Where the codes above say that the window starts: they count too, and begin again where the song is too short for them. */
function startFrom(conditions: Tensors, stride: number | undefined, nCtx: number): number {
  const above = conditions.upper?.data as Int32Array | undefined;
  if (stride === undefined || above === undefined) return 0;
  assert.equal(above.length, nCtx / stride);
  const steps = above.subarray(1).map((code, at) => code - above[at]!);
  assert.ok(
    steps.every((step) => step === 1 || above[0] === 0),
    `the codes above are not in order: ${above}`,
  );
  return above[0]! * stride;
}

function sing(
  window: { start: number; prefix: number },
  { nCtx, block }: { nCtx: number; block: number },
  rows: RowDraw[],
): Window {
  let done = 0;
  let next = window.start;
  const take = (id: number): number => {
    if (done === 0 && id > 0) window.start = id;
    else assert.equal(id, next, `position ${done} of the window from ${window.start}`);
    next = id + 1;
    done++;
    return id;
  };
  return {
    get done() {
      return done;
    },
    async prefill(ids) {
      assert.equal(ids.length % block, 0);
      ids.forEach(take);
      window.prefix += ids.length;
    },
    async row(draw) {
      const { forced, count = block } = draw;
      assert.ok(done % block === 0 && done + count <= nCtx);
      rows.push(draw);
      return Int32Array.from({ length: count }, (_, at) => {
        if (forced[at]! >= 0) window.prefix++;
        return take(forced[at]! >= 0 ? forced[at]! : next);
      });
    },
  };
}

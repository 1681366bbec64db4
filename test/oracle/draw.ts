/** Reference implementation of drawing a code (spec 6.2): plain loops in double precision. */

export interface SlowSampling {
  readonly temperature: number;
  readonly topK?: number;
  readonly topP?: number;
}

/** Probabilities by id after temperature and filter, and the smallest distance of top-p's cumulative sums from p. */
export function slowProbabilities(
  logits: Float64Array,
  { temperature, topK, topP }: SlowSampling,
): { readonly probabilities: Float64Array; readonly margin: number } {
  if (topK !== undefined && topP !== undefined) throw new RangeError("top-k and top-p at once");
  // float32 decides which are equal
  const scaled = logits.map((logit) => Math.fround(logit / Math.fround(temperature)));
  const ids = [...scaled.keys()].sort((a, b) => scaled[b]! - scaled[a]! || a - b);
  const kept = new Set(ids);
  let margin = 1;
  if (topK !== undefined) {
    const smallest = scaled[ids[Math.min(topK, ids.length) - 1]!]!;
    for (const id of ids) if (scaled[id]! < smallest) kept.delete(id);
  }
  if (topP !== undefined && topP < 1) {
    const all = slowSoftmax(scaled);
    let before = 0;
    for (const id of ids) {
      if (before > topP) kept.delete(id);
      margin = Math.min(margin, Math.abs(before - topP));
      before += all[id]!;
    }
  }
  return { probabilities: slowSoftmax(scaled.map((x, id) => (kept.has(id) ? x : Number.NEGATIVE_INFINITY))), margin };
}

/**
 * The first id whose cumulative probability exceeds `uniform`, and the smallest distance of cumulative sums from it.
 */
export function slowDraw(
  probabilities: Float64Array,
  uniform: number,
): { readonly id: number; readonly margin: number } {
  let running = 0;
  let margin = 1;
  let id = -1;
  for (const [at, probability] of probabilities.entries()) {
    running += probability;
    if (probability > 0) margin = Math.min(margin, Math.abs(running - uniform));
    if (id < 0 && running > uniform) id = at;
  }
  return { id, margin };
}

function slowSoftmax(x: Float64Array): Float64Array {
  const largest = Math.max(...x);
  const powers = x.map((one) => Math.exp(one - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

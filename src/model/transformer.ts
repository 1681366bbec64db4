/** The scalable transformer (spec 3.6): layers of sparse attention and a small MLP, written once for every capture. */
import type { Value } from "../onnx/graph.ts";
import { add, layerNorm, quickGelu, split } from "../onnx/ops.ts";
import { type Attention, funcAt, patterns } from "./attention.ts";
import type { Memory } from "./memory.ts";
import type { Weights } from "./weights.ts";

export interface TransformerSize {
  /** Positions: a multiple of `blocks`. */
  readonly length: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly attnOrder: number;
  /** Rows. */
  readonly blocks: number;
  /** Width of attention and of the MLP's middle, as shares of the width; 0.25 and 1 in every released model. */
  readonly mAttn: number;
  readonly mMlp: number;
  /** What sees lyrics and little more sees positions before this one. */
  readonly prime: number;
}

/** What each layer attends to. */
export function attentionKinds(size: TransformerSize): Attention[] {
  const { length, width, depth, heads, attnOrder, blocks, mAttn, prime } = size;
  const shape = { width: Math.trunc(mAttn * width), heads, block: length / blocks, prime };
  return Array.from({ length: depth }, (_, layer) => ({ ...shape, func: funcAt(attnOrder, layer) }));
}

/**
 * h [positions, width] → [positions, width]. `encoder` [tokens, width] is what some layers attend to; it is asked
 * for only where it is not remembered.
 */
export function transformer(
  h: Value,
  weights: Weights,
  memory: Memory,
  size: TransformerSize,
  encoder?: () => Value,
): Value {
  const { width, mMlp } = size;
  return attentionKinds(size).reduce((x, kind, layer) => {
    const w = weights.at(`transformer._attn_mods.${layer}`);
    const s = add(x, attend(norm(x, w.at("ln_0"), width), layer, kind, w.at("attn"), memory, width, encoder));
    return add(s, feedForward(norm(s, w.at("ln_1"), width), w.at("mlp"), width, Math.trunc(mMlp * width)));
  }, h);
}

/** Layer norm with the weights below a name. */
export const norm = (x: Value, w: Weights, width: number): Value =>
  layerNorm(x, w.tensor("weight", [width]), w.tensor("bias", [width]));

function attend(
  x: Value,
  layer: number,
  kind: Attention,
  w: Weights,
  memory: Memory,
  width: number,
  encoder?: () => Value,
): Value {
  const inner = kind.width;
  const attended =
    patterns[kind.func].past === "encoder"
      ? memory(layer, kind, w.linear(x, "c_attn", width, inner), () => encoderKeys(encoder!(), kind, w, width))
      : memory(layer, kind, w.linear(x, "c_attn", width, 3 * inner));
  return w.linear(attended, "c_proj", inner, width);
}

/** Keys and values of a layer that attends to the encoder [tokens, width of attention]: the same for a whole window. */
export function encoderKeys(encoder: Value, kind: Attention, w: Weights, width: number): [Value, Value] {
  return split(w.linear(encoder, "c_enc_kv", width, 2 * kind.width), 1, [kind.width, kind.width]) as [Value, Value];
}

function feedForward(x: Value, w: Weights, width: number, middle: number): Value {
  return w.linear(quickGelu(w.linear(x, "c_fc", width, middle)), "c_proj", middle, width);
}

/** Weights in 4 or 8 bits: blocks along the input, one scale each, symmetric around the middle. */
import type { Graph } from "../onnx/graph.ts";
import type { Quantised } from "../onnx/products.ts";

const BLOCK = 32;

export interface QuantiseSize {
  readonly inputs: number;
  readonly outputs: number;
  readonly bits: 4 | 8;
}

/** Packs `weights` [outputs, inputs] for MatMulNBits: numbers q − 2^(bits−1) in −2^(bits−1) … 2^(bits−1) − 1, times the block's scale. */
export function quantise(
  graph: Graph,
  name: string,
  weights: Float32Array,
  { inputs, outputs, bits }: QuantiseSize,
): Quantised {
  const blocks = Math.ceil(inputs / BLOCK);
  const bytes = (BLOCK * bits) / 8;
  const packed = new Uint8Array(outputs * blocks * bytes);
  const scales = new Float32Array(outputs * blocks);
  const column = new Float32Array(BLOCK);
  for (let output = 0; output < outputs; output++) {
    for (let block = 0; block < blocks; block++) {
      for (let i = 0; i < BLOCK; i++) {
        const input = block * BLOCK + i;
        column[i] = input < inputs ? weights[output * inputs + input]! : 0;
      }
      const at = output * blocks + block;
      scales[at] = pack(column, bits, packed.subarray(at * bytes, (at + 1) * bytes));
    }
  }
  return {
    packed: graph.initializer(`${name}.packed`, "uint8", [outputs, blocks, bytes], packed),
    scales: graph.initializer(`${name}.scales`, "float32", [outputs * blocks], scales),
    block: BLOCK,
    bits,
    inputs,
    outputs,
  };
}

/** Writes one block and returns its scale: the largest magnitude lands on the most negative step, which has no twin. */
function pack(values: Float32Array, bits: 4 | 8, into: Uint8Array): number {
  const middle = bits === 8 ? 128 : 8;
  let peak = 0;
  for (const value of values) if (Math.abs(value) > Math.abs(peak)) peak = value;
  const scale = peak / -middle;
  const inverse = scale === 0 ? 0 : 1 / scale;
  for (let i = 0; i < values.length; i++) {
    const step = Math.min(2 * middle - 1, Math.max(0, Math.round(values[i]! * inverse) + middle));
    if (bits === 8) into[i] = step;
    else into[i >> 1]! |= i % 2 === 0 ? step : step << 4;
  }
  return scale;
}

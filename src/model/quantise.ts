/** Weights in 4 or 8 bits: blocks along the input, one scale each, symmetric around the middle. */

/** Numbers that share a scale. */
export const BLOCK = 32;

export interface QuantiseSize {
  readonly inputs: number;
  readonly outputs: number;
  readonly bits: 4 | 8;
}

/** What MatMulNBits takes: numbers q − 2^(bits−1) in −2^(bits−1) … 2^(bits−1) − 1, times their block's scale. */
export interface Packed {
  /** [outputs, blocks, blockBytes] */
  readonly packed: Uint8Array;
  /** [outputs · blocks] */
  readonly scales: Float32Array;
}

/** Shapes of what a dense layer is packed into. */
export function packedShapes({ inputs, outputs, bits }: QuantiseSize): { packed: number[]; scales: number[] } {
  const blocks = Math.ceil(inputs / BLOCK);
  return { packed: [outputs, blocks, (BLOCK * bits) / 8], scales: [outputs * blocks] };
}

/** Packs a matrix of one row an output [outputs, inputs], or of one row an input [inputs, outputs]. */
export function pack(weights: ArrayLike<number>, size: QuantiseSize, rows: "outputs" | "inputs" = "outputs"): Packed {
  const { inputs, outputs, bits } = size;
  const [outputStep, inputStep] = rows === "outputs" ? [inputs, 1] : [1, outputs];
  const blocks = Math.ceil(inputs / BLOCK);
  const bytes = (BLOCK * bits) / 8;
  const packed = new Uint8Array(outputs * blocks * bytes);
  const scales = new Float32Array(outputs * blocks);
  const values = new Float32Array(BLOCK);
  for (let block = 0; block < blocks; block++) {
    const count = Math.min(BLOCK, inputs - block * BLOCK);
    for (let output = 0; output < outputs; output++) {
      const from = output * outputStep + block * BLOCK * inputStep;
      for (let i = 0; i < BLOCK; i++) values[i] = i < count ? weights[from + i * inputStep]! : 0;
      const at = output * blocks + block;
      scales[at] = packBlock(values, bits, packed, at * bytes);
    }
  }
  return { packed, scales };
}

/** Writes one block and returns its scale: the largest magnitude lands on the most negative step, which has no twin. */
function packBlock(values: Float32Array, bits: 4 | 8, into: Uint8Array, at: number): number {
  const middle = bits === 8 ? 128 : 8;
  let peak = 0;
  for (let i = 0; i < BLOCK; i++) if (Math.abs(values[i]!) > Math.abs(peak)) peak = values[i]!;
  const scale = peak / -middle;
  const inverse = scale === 0 ? 0 : 1 / scale;
  for (let i = 0; i < BLOCK; i++) {
    const step = Math.min(2 * middle - 1, Math.max(0, Math.round(values[i]! * inverse) + middle));
    if (bits === 8) into[at + i] = step;
    else into[at + (i >> 1)]! |= i % 2 === 0 ? step : step << 4;
  }
  return scale;
}

/** The numbers that 8-bit blocks stand for: as `pack` was given them, each at most a step away. */
export function unpack(
  { packed, scales }: { readonly packed: ArrayLike<number>; readonly scales: ArrayLike<number> },
  { inputs, outputs }: QuantiseSize & { readonly bits: 8 },
  rows: "outputs" | "inputs" = "outputs",
): Float32Array {
  const [outputStep, inputStep] = rows === "outputs" ? [inputs, 1] : [1, outputs];
  const blocks = Math.ceil(inputs / BLOCK);
  const weights = new Float32Array(inputs * outputs);
  for (let output = 0; output < outputs; output++)
    for (let input = 0; input < inputs; input++) {
      const block = output * blocks + Math.floor(input / BLOCK);
      weights[output * outputStep + input * inputStep] =
        (packed[block * BLOCK + (input % BLOCK)]! - 128) * scales[block]!;
    }
  return weights;
}

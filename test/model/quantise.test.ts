/** Weights in 4 and 8 bits against the plain product, and against the very numbers they stand for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BLOCK, pack, packedShapes, unpack } from "../../src/model/quantise.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { matmulNBits } from "../../src/onnx/products.ts";
import { floats, floatsOf, openSession } from "../../src/onnx/session.ts";
import { noise, seeded } from "../support/random.ts";

for (const bits of [4, 8] as const)
  for (const [inputs, outputs] of [
    [64, 48],
    [80, 16], // the last block is half empty
  ] as const)
    test(`${bits} bits of [${outputs}, ${inputs}] stand for numbers at most half a step away`, async () => {
      const weights = noise(inputs * outputs, seeded(bits + inputs));
      const one = Float32Array.from({ length: inputs * inputs }, (_, at) => (at % (inputs + 1) === 0 ? 1 : 0));
      const got = await product({ weights, bias: new Float32Array(outputs), inputs, outputs, bits, x: one });
      weights.forEach((weight, at) => {
        const [output, input] = [Math.floor(at / inputs), at % inputs];
        const most = peakOf(weights, output, input, inputs) / (bits === 8 ? 128 : 8); // one step
        const reach = most * ((bits === 8 ? 128 : 8) - 1); // one side has a step fewer
        const allowed = Math.abs(weight) > reach ? most : most / 2;
        const seen = got[input * outputs + output]!;
        assert.ok(Math.abs(seen - weight) <= allowed + 1e-5, `${seen} for ${weight}, ${allowed} allowed`);
      });
    });

for (const bits of [4, 8] as const)
  test(`a product with ${bits}-bit weights and a bias is close to the plain one`, async () => {
    const [inputs, outputs, rows] = [96, 40, 3];
    const random = seeded(bits);
    const [weights, x, bias] = [noise(inputs * outputs, random), noise(rows * inputs, random), noise(outputs, random)];
    const got = await product({ weights, bias, inputs, outputs, bits, x });
    let [difference, size] = [0, 0];
    for (let row = 0; row < rows; row++)
      for (let output = 0; output < outputs; output++) {
        let plain = bias[output]!;
        for (let input = 0; input < inputs; input++)
          plain += x[row * inputs + input]! * weights[output * inputs + input]!;
        difference += (plain - got[row * outputs + output]!) ** 2;
        size += plain ** 2;
      }
    const relative = Math.sqrt(difference / size);
    assert.ok(relative < (bits === 8 ? 0.01 : 0.1), `off by ${relative}`);
    assert.ok(relative > 0, "nothing was rounded");
  });

test("a block of zeros stays zeros", async () => {
  const got = await product({
    weights: new Float32Array(64),
    bias: Float32Array.of(3, 4),
    inputs: 32,
    outputs: 2,
    bits: 4,
    x: noise(32, seeded(1)),
  });
  assert.deepEqual([...got], [3, 4]);
});

test("a matrix is packed alike, whether an input or an output has a row", () => {
  const [inputs, outputs] = [80, 48];
  const weights = noise(inputs * outputs, seeded(3));
  const turned = Float32Array.from(weights, (_, at) => weights[(at % outputs) * inputs + Math.floor(at / outputs)]!);
  for (const bits of [4, 8] as const)
    assert.deepEqual(pack(turned, { inputs, outputs, bits }, "inputs"), pack(weights, { inputs, outputs, bits }));
});

test("8 bits are numbers again as the product takes them, and packing those changes nothing", async () => {
  const [inputs, outputs] = [80, 48];
  const weights = noise(inputs * outputs, seeded(9));
  const size = { inputs, outputs, bits: 8 } as const;
  const one = Float32Array.from({ length: inputs * inputs }, (_, at) => (at % (inputs + 1) === 0 ? 1 : 0));
  const got = await product({ weights, bias: new Float32Array(outputs), inputs, outputs, bits: 8, x: one }); // [inputs, outputs]
  const packed = pack(weights, size);
  const numbers = unpack(packed, size, "inputs");
  got.forEach((seen, at) => {
    assert.ok(Math.abs(numbers[at]! - seen) < 1e-6, `${numbers[at]} is taken as ${seen}`);
  });
  assert.deepEqual(pack(numbers, size, "inputs"), packed);
});

interface Product {
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly inputs: number;
  readonly outputs: number;
  readonly bits: 4 | 8;
  readonly x: Float32Array;
}

async function product({ weights, bias, inputs, outputs, bits, x }: Product): Promise<Float32Array> {
  const graph = new Graph();
  const rows = x.length / inputs;
  const size = { inputs, outputs, bits };
  const [data, shapes] = [pack(weights, size), packedShapes(size)];
  const packed = graph.constant("uint8", shapes.packed, data.packed);
  const scales = graph.constant("float32", shapes.scales, data.scales);
  const quantised = { ...size, packed, scales, block: BLOCK };
  const b = graph.constant("float32", [outputs], bias);
  graph.output("y", matmulNBits(graph.input("x", "float32", [rows, inputs]), quantised, b));
  const session = await openSession(graph);
  const out = await session.run({ x: floats(x, [rows, inputs]) });
  await session.close();
  return floatsOf(out, "y");
}

/** The largest magnitude of the block a weight is in. */
function peakOf(weights: Float32Array, output: number, input: number, inputs: number): number {
  const from = input - (input % BLOCK);
  const block = weights.subarray(output * inputs + from, output * inputs + Math.min(from + BLOCK, inputs));
  return Math.max(...block.map(Math.abs));
}

/** Frames of several codes: residual quantisation against a slow loop, and levels that read the one above. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CodeBuffer } from "../../src/inference/code-buffer.ts";
import { openCodec } from "../../src/inference/codec.ts";
import { decodable, decodeSpan, openDecoder } from "../../src/inference/decode.ts";
import { createEncoder } from "../../src/inference/encode.ts";
import { lookup, quantise } from "../../src/model/frames.ts";
import { codebookName, hopsOf } from "../../src/model/vqvae.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { reshape } from "../../src/onnx/ops.ts";
import { floats, floatsOf, ints, openSession } from "../../src/onnx/session.ts";
import { framedVqvae as SIZE, framedVqvaeStore as store } from "../support/framed-vqvae.ts";
import { noise, seeded } from "../support/random.ts";

const [WIDTH, BINS, PLACES, FRAMES] = [3, 8, 3, 40];

test("each code of a frame is the nearest to what those before it leave, and together they stand for their sum", async () => {
  const random = seeded(5);
  const [k, rows] = [noise(PLACES * BINS * WIDTH, random), noise(FRAMES * WIDTH, random)];
  const graph = new Graph();
  const book = graph.input("k", "float32", [PLACES * BINS, WIDTH]);
  const stages = quantise(graph.input("rows", "float32", [FRAMES, WIDTH]), book, PLACES);
  for (const [place, { codes }] of stages.entries()) graph.output(`codes.${place}`, codes);
  graph.output("rest", stages.at(-1)!.rows);
  const line = graph.input("line", "int32", [2, (FRAMES * PLACES) / 2]);
  graph.output("vectors", reshape(lookup(line, book, PLACES), [-1]));
  const session = await openSession(graph);

  const rest = rows.slice();
  const expected = new Int32Array(FRAMES * PLACES);
  for (let frame = 0; frame < FRAMES; frame++)
    for (let place = 0; place < PLACES; place++) {
      const distance = (code: number): number =>
        Array.from(
          { length: WIDTH },
          (_, i) => (rest[frame * WIDTH + i]! - k[(place * BINS + code) * WIDTH + i]!) ** 2,
        ).reduce((sum, one) => sum + one);
      const code = [...Array(BINS).keys()].reduce((best, one) => (distance(one) < distance(best) ? one : best));
      expected[frame * PLACES + place] = code;
      for (let i = 0; i < WIDTH; i++) rest[frame * WIDTH + i]! -= k[(place * BINS + code) * WIDTH + i]!;
    }

  const feeds = { k: floats(k, [PLACES * BINS, WIDTH]), rows: floats(rows, [FRAMES, WIDTH]) };
  const out = await session.run({ ...feeds, line: ints(expected, [2, (FRAMES * PLACES) / 2]) });
  await session.close();
  for (let place = 0; place < PLACES; place++)
    assert.deepEqual(
      [...(out[`codes.${place}`]!.data as Int32Array)],
      [...expected.filter((_, at) => at % PLACES === place)],
    );
  const vectors = floatsOf(out, "vectors"); // [2, WIDTH, FRAMES / 2]
  for (let frame = 0; frame < FRAMES; frame++)
    for (let i = 0; i < WIDTH; i++) {
      const [half, within] = [Math.floor((2 * frame) / FRAMES), frame % (FRAMES / 2)];
      const found = vectors[(half * WIDTH + i) * (FRAMES / 2) + within]!;
      assert.ok(Math.abs(found - (rows[frame * WIDTH + i]! - rest[frame * WIDTH + i]!)) < 1e-5);
    }
});

test("divisions may differ within a block, and a block of none leaves frames as long as they were", () => {
  assert.deepEqual(hopsOf(SIZE), [16, 16]);
  assert.deepEqual(hopsOf({ downsT: [2, 0, 1], stridesT: [[16, 4], [], 2] }), [64, 64, 128]);
});

for (const samples of [3000, 1024, 9000])
  test(`${samples} samples have the same frames in pieces and in one pass`, async () => {
    const sound = noise(samples, seeded(samples));
    const [whole, pieces] = [2 ** 14, 1024].map((piece) => createEncoder({ level: 0, size: SIZE, store, piece }));
    const expected = await whole!.encode(sound);
    assert.equal(expected.length, 3 * Math.floor(samples / 16));
    assert.deepEqual(await pieces!.encode(sound), expected);
    for (const place of [0, 1, 2]) assert.ok(new Set(expected.filter((_, at) => at % 3 === place)).size > 3);
    await whole!.close();
    await pieces!.close();
  });

const drawn = (count: number, bins: number, seed: number): Uint16Array => {
  const random = seeded(seed);
  return Uint16Array.from({ length: count }, () => Math.floor(random() * bins));
};

test("stretches of a level that reads the one above sound as the whole does, once both are there", async () => {
  const decoder = await openDecoder(store, 0, SIZE, {});
  const frames = 3 * decoder.reach + 20;
  const [codes, upper] = [drawn(3 * frames, 32, 1), drawn(frames, 16, 2)];
  const whole = new CodeBuffer(frames, codes, { perFrame: 3, above: new CodeBuffer(frames, upper) });
  const sound = await decodeSpan(decoder, whole, 0, frames);
  assert.equal(sound.length, 16 * frames);
  const above = new CodeBuffer(frames);
  const line = new CodeBuffer(frames, new Uint16Array(0), { perFrame: 3, above });
  const [from, to] = [decoder.reach + 3, decoder.reach + 9];
  line.add(codes.subarray(0, 3 * (to + decoder.reach)));
  assert.equal(line.made, to + decoder.reach);
  assert.ok(!decodable(decoder, line, to), "the level above is not there");
  above.add(upper.subarray(0, to + decoder.reach));
  assert.ok(decodable(decoder, line, to) && !decodable(decoder, line, to + 1));
  const part = await decodeSpan(decoder, line, from, to);
  const expected = sound.subarray(16 * from, 16 * to);
  const largest = Math.max(...expected.map(Math.abs));
  assert.ok(part.every((sample, at) => Math.abs(sample - expected[at]!) <= 1e-4 * largest));
  const other = new CodeBuffer(frames, codes, { perFrame: 3, above: new CodeBuffer(frames, drawn(frames, 16, 3)) });
  assert.notDeepEqual(await decodeSpan(decoder, other, 0, frames), sound);
  await decoder.session.close();
});

test("a reconstruction goes through the codes of both levels", async () => {
  const sound = noise(4000, seeded(8));
  const [fine, coarse] = [
    await openCodec(0, { size: SIZE, store, threads: 1 }),
    await openCodec(1, { size: SIZE, store, threads: 1 }),
  ];
  const [codes, above] = [await fine.encode(sound), await coarse.encode(sound)];
  assert.deepEqual([codes.length, above.length], [750, 250]);
  assert.deepEqual(await fine.reconstruct(sound), await fine.decode(codes, above));
  await assert.rejects(fine.decode(codes), /depends on the codes of level 1/);
  await fine.close();
  await coarse.close();
});

test("a level that reads the one above hears its codebook", async () => {
  const sound = noise(2048, seeded(9));
  const name = codebookName(1);
  const { shape, data } = store.get(name)!;
  const changed = new Map([...store, [name, { shape, data: data.map((one) => -one) }]]);
  const [one, other] = [store, changed].map((weights) => createEncoder({ level: 0, size: SIZE, store: weights }));
  assert.notDeepEqual(await one!.encode(sound), await other!.encode(sound));
  await one!.close();
  await other!.close();
});

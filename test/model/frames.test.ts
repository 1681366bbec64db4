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
import {
  chainedVqvae,
  chainedVqvaeStore,
  framedVqvae as SIZE,
  framedVqvaeStore as store,
} from "../support/framed-vqvae.ts";
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
  assert.deepEqual(hopsOf(SIZE), [16, 32]);
  assert.deepEqual(hopsOf({ downsT: [2, 0, 1], stridesT: [[16, 4], [], 2] }), [64, 64, 128]);
});

for (const samples of [3000, 2048, 9000])
  test(`${samples} samples have the same frames in pieces and in one pass`, async () => {
    const sound = noise(samples, seeded(samples));
    const [whole, pieces] = [2 ** 14, 2048].map((piece) => createEncoder({ level: 0, size: SIZE, store, piece }));
    const expected = await whole!.encode(sound);
    assert.equal(expected.length, 6 * Math.floor(samples / 32));
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
  assert.equal(decoder.grain, 2);
  const frames = 2 * Math.ceil(1.5 * decoder.reach + 10);
  const [codes, upper] = [drawn(3 * frames, 32, 1), drawn(frames / 2, 16, 2)];
  const whole = new CodeBuffer(frames, codes, { perFrame: 3, above: new CodeBuffer(frames / 2, upper) });
  const sound = await decodeSpan(decoder, whole, 0, frames);
  assert.equal(sound.length, 16 * frames);
  const above = new CodeBuffer(frames / 2);
  const line = new CodeBuffer(frames, new Uint16Array(0), { perFrame: 3, above });
  const [from, to] = [decoder.reach + 3, decoder.reach + 9];
  const made = 2 * Math.ceil((to + decoder.reach) / 2);
  line.add(codes.subarray(0, 3 * made));
  assert.equal(line.made, made);
  assert.ok(!decodable(decoder, line, to), "the level above is not there");
  above.add(upper.subarray(0, made / 2 - 1));
  assert.ok(!decodable(decoder, line, to), "half a frame above is missing");
  above.add(upper.subarray(made / 2 - 1, made / 2));
  assert.ok(decodable(decoder, line, to) && !decodable(decoder, line, made - decoder.reach + 1));
  const part = await decodeSpan(decoder, line, from, to);
  const expected = sound.subarray(16 * from, 16 * to);
  const largest = Math.max(...expected.map(Math.abs));
  assert.ok(part.every((sample, at) => Math.abs(sample - expected[at]!) <= 1e-4 * largest));
  const other = new CodeBuffer(frames, codes, {
    perFrame: 3,
    above: new CodeBuffer(frames / 2, drawn(frames / 2, 16, 3)),
  });
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
  assert.deepEqual([codes.length, above.length], [750, 125]);
  assert.deepEqual(await fine.reconstruct(sound), await fine.decode(codes, [above]));
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

test("a level reads all above that the ones it reads depend on", async () => {
  const options = { size: chainedVqvae, store: chainedVqvaeStore, threads: 1 };
  const sound = noise(64 * 90, seeded(10));
  const codes: Uint16Array[] = [];
  for (const level of [0, 1, 2]) {
    const codec = await openCodec(level, options);
    codes.push(await codec.encode(sound));
    await codec.close();
  }
  assert.deepEqual(
    codes.map(({ length }) => length),
    [3 * 360, 180, 2 * 90],
  );
  const fine = await openCodec(0, options);
  const [own, ...above] = codes as [Uint16Array, Uint16Array, Uint16Array];
  const copy = await fine.reconstruct(sound);
  assert.deepEqual(copy, await fine.decode(own, above));
  assert.notDeepEqual(copy, await fine.decode(own, [above[0]!, drawn(180, 8, 11)]));
  await assert.rejects(fine.decode(own, [above[0]!]), /depends on the codes of level 2/);
  await fine.close();

  const decoder = await openDecoder(chainedVqvaeStore, 0, chainedVqvae, {});
  assert.equal(decoder.grain, 4);
  const top = new CodeBuffer(90, above[1]!, { perFrame: 2 });
  const line = new CodeBuffer(360, own, { perFrame: 3, above: new CodeBuffer(180, above[0]!, { above: top }) });
  const [from, to] = [decoder.reach + 5, decoder.reach + 10];
  assert.ok(to + decoder.reach < 360);
  const part = await decodeSpan(decoder, line, from, to);
  const expected = copy.subarray(16 * from, 16 * to);
  const largest = Math.max(...expected.map(Math.abs));
  assert.ok(part.every((sample, at) => Math.abs(sample - expected[at]!) <= 1e-4 * largest));
  await decoder.session.close();
});

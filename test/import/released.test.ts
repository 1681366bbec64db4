/** The released networks as this program builds them: what they count to, and how they attend (spec 10.1, items 1 to 3). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MODELS, PARTS, type PartName, shapesOf } from "../../src/import/released.ts";
import { decoderSize, type PriorSize } from "../../src/model/prior.ts";
import type { Shapes } from "../../src/model/shapes.ts";
import { attentionKinds } from "../../src/model/transformer.ts";

const sizeOf = (shape: readonly number[]): number => shape.reduce((all, dim) => all * dim, 1);
const countOf = (shapes: Shapes, wanted = (_name: string): boolean => true): number =>
  [...shapes].reduce((all, [name, shape]) => all + (wanted(name) ? sizeOf(shape) : 0), 0);

function priorOf(part: PartName): PriorSize {
  const { network } = PARTS[part];
  assert.equal(network.kind, "prior");
  return network.size as PriorSize;
}

test("10.1, check 1: the VQ-VAE has 669 tensors, 1,485,763 trained numbers and three codebooks", () => {
  const shapes = shapesOf(PARTS.vqvae.network);
  const isCodebook = (name: string): boolean => name.startsWith("bottleneck.");
  assert.equal(shapes.size, 669);
  assert.equal(
    countOf(shapes, (name) => !isCodebook(name)),
    1_485_763,
  );
  assert.equal(countOf(shapes, isCodebook), 393_216);
});

/** Distinct numbers; tensors as the files have them: a tied output matrix is in them, too. */
const counts = {
  upsampler_level_0: [1006, 981_298_176],
  upsampler_level_1: [1006, 981_298_176],
  prior_1b_lyrics: [872, 942_643_200],
  prior_5b: [872, 5_060_452_800],
  prior_5b_lyrics: [1194, 5_640_506_800],
} as const;

for (const [part, [tensors, numbers]] of Object.entries(counts) as [keyof typeof counts, readonly [number, number]][])
  test(`10.1, check 1: ${part} has ${tensors} tensors and ${numbers} numbers`, () => {
    const shapes = shapesOf(PARTS[part].network);
    assert.equal(shapes.size + (priorOf(part).tied ? 1 : 0), tensors);
    assert.equal(countOf(shapes), numbers);
    assert.equal(shapes.has("prior.x_out.weight"), !priorOf(part).tied);
  });

test("an upsampler's conditioner has 156,180,096 numbers", () => {
  for (const part of ["upsampler_level_0", "upsampler_level_1"] as const)
    assert.equal(
      countOf(shapesOf(PARTS[part].network), (name) => name.startsWith("conditioner_blocks.")),
      156_180_096,
    );
});

test("tensors have the names and shapes of the released files", () => {
  const of = (part: PartName, name: string) => shapesOf(PARTS[part].network).get(name);
  assert.deepEqual(of("upsampler_level_1", "conditioner_blocks.0.cond.model.2.1.weight"), [1024, 1920, 4]);
  assert.deepEqual(
    of("upsampler_level_0", "conditioner_blocks.0.cond.model.2.0.blocks.15.model.3.weight"),
    [1024, 1024, 1],
  );
  assert.deepEqual(of("upsampler_level_0", "prior.transformer._attn_mods.71.attn.c_attn.w"), [1920, 1440]);
  assert.deepEqual(of("upsampler_level_0", "y_emb.artist_emb.emb.weight"), [4111, 1920]);
  assert.deepEqual(of("prior_1b_lyrics", "prior.x_emb.weight"), [2127, 2048]);
  assert.deepEqual(of("prior_1b_lyrics", "prior.pos_emb.pos_emb"), [6528, 2048]);
  assert.deepEqual(of("prior_1b_lyrics", "y_emb.relative_pos_emb.emb.weight"), [64, 2048]);
  assert.deepEqual(of("prior_5b", "prior.x_out.weight"), [2048, 4800]);
  assert.deepEqual(of("prior_5b_lyrics", "prior.transformer._attn_mods.78.attn.c_enc_kv.w"), [4800, 2400]);
  assert.deepEqual(of("prior_5b_lyrics", "prime_prior.transformer._attn_mods.17.attn.c_attn.w"), [1280, 960]);
  assert.deepEqual(of("prior_5b_lyrics", "prime_state_proj.w"), [1280, 4800]);
  assert.deepEqual(of("prior_5b_lyrics", "prime_x_out.weight"), [80, 4800]);
  assert.deepEqual(of("vqvae", "encoders.2.level_blocks.1.model.2.weight"), [64, 32, 3]);
  assert.deepEqual(of("vqvae", "decoders.0.level_blocks.0.model.3.0.model.7.model.1.weight"), [64, 64, 3]);
});

/** Layers of each kind, by func. */
function kindsOf(part: PartName): Record<string, number> {
  const funcs = attentionKinds(decoderSize(priorOf(part))).map(({ func }) => String(func));
  return Object.fromEntries(
    [...new Set(funcs)].map((func) => [func, funcs.filter((other) => other === func).length]).sort(),
  );
}

const layersOf = (part: PartName, wanted: number): number[] =>
  attentionKinds(decoderSize(priorOf(part))).flatMap(({ func }, layer) => (func === wanted ? [layer] : []));

test("10.1, check 2: layers attend in the patterns of the release", () => {
  assert.deepEqual(kindsOf("prior_5b_lyrics"), { 1: 24, 2: 24, 3: 24, 6: 7 });
  assert.deepEqual(layersOf("prior_5b_lyrics", 6), [18, 28, 38, 48, 58, 68, 78]);
  assert.deepEqual(kindsOf("prior_1b_lyrics"), { 0: 1, 1: 22, 2: 23, 3: 23, 7: 3 });
  assert.deepEqual(layersOf("prior_1b_lyrics", 7), [15, 31, 63]);
  assert.deepEqual(layersOf("prior_1b_lyrics", 0), [47]);
  for (const part of ["upsampler_level_0", "upsampler_level_1", "prior_5b"] as const)
    assert.deepEqual(kindsOf(part), { 1: 24, 2: 24, 3: 24 });
});

test("10.1, check 3: rows have 64 positions, 102 in the merged model, and its lyric layers see 448", () => {
  const rowOf = (part: PartName): number | undefined => attentionKinds(decoderSize(priorOf(part)))[0]?.block;
  for (const part of ["upsampler_level_0", "upsampler_level_1", "prior_5b", "prior_5b_lyrics"] as const)
    assert.equal(rowOf(part), 64);
  assert.equal(rowOf("prior_1b_lyrics"), 102);
  assert.equal(decoderSize(priorOf("prior_1b_lyrics")).prime, 448);
  const { encoder, tokens } = priorOf("prior_5b_lyrics").lyrics!;
  assert.equal(tokens / encoder!.blocks, 16);
});

test("each model has the VQ-VAE and a prior for each level, and no file is fetched twice under two names", () => {
  for (const { parts } of Object.values(MODELS)) {
    const levels = Object.values(parts).map(({ network }) => ("level" in network ? network.level : "vqvae"));
    assert.deepEqual(levels, ["vqvae", 0, 1, 2]);
  }
  const paths = Object.values(PARTS).map(({ path }) => path);
  assert.equal(new Set(paths).size, 6);
});

/** First values: the spread the specification asks for, by name, whatever the order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { initialValues } from "../../src/training/initial.ts";

const LAYER = "prior.transformer._attn_mods.";
const shapes = new Map<string, readonly number[]>([
  ["encoders.0.level_blocks.0.model.0.0.weight", [64, 16, 32]],
  ["encoders.0.level_blocks.0.model.0.0.bias", [64]],
  ["decoders.0.level_blocks.0.model.1.1.weight", [32, 64, 4]],
  ["conditioner_blocks.0.x_emb.weight", [64, 100]],
  ["conditioner_blocks.0.ln.weight", [9]],
  ["prior.x_emb.weight", [64, 100]],
  ["prior.pos_emb.pos_emb", [64, 100]],
  ["prior.start_token", [1, 4000]],
  ["y_emb.artist_emb.emb.weight", [64, 100]],
  ["prior.x_out.weight", [64, 100]],
  [`${LAYER}0.attn.c_attn.w`, [64, 100]],
  [`${LAYER}0.attn.c_attn.b`, [100]],
  [`${LAYER}0.attn.c_proj.w`, [64, 100]],
  [`${LAYER}1.attn.c_enc_kv.w`, [64, 100]],
  [`${LAYER}1.attn.c_proj.w`, [64, 100]],
  [`${LAYER}1.mlp.c_proj.w`, [64, 100]],
  [`${LAYER}1.ln_0.weight`, [9]],
  [`${LAYER}1.ln_0.bias`, [9]],
  ["prime_state_ln.weight", [9]],
  ["prime_prior.x_emb.weight", [64, 100]],
  ["prime_state_proj.w", [64, 100]],
  ["prime_x_out.weight", [64, 100]],
]);
const OPTIONS = { seed: 3, scale: 0.4, encoderScale: 0.7 };
const values = initialValues(shapes, OPTIONS);
const of = (name: string): Float32Array => values.get(name)!.data;
const deviation = (data: Float32Array): number =>
  Math.sqrt(data.reduce((sum, number) => sum + number * number, 0) / data.length);

const normals: readonly [string, number][] = [
  ["conditioner_blocks.0.x_emb.weight", 0.02 * 0.4],
  ["prior.x_emb.weight", 0.02 * 0.4],
  ["prior.pos_emb.pos_emb", 0.01 * 0.4],
  ["prior.start_token", 0.01 * 0.4],
  ["y_emb.artist_emb.emb.weight", 0.01 * 0.4],
  [`${LAYER}0.attn.c_attn.w`, 0.02 * 0.4],
  [`${LAYER}0.attn.c_proj.w`, 0.02 * 0.4],
  ["prime_prior.x_emb.weight", 0.02 * 0.7],
  ["prime_state_proj.w", 0.02 * 0.7],
  ["prime_x_out.weight", 0.02 * 0.4],
];
for (const [name, expected] of normals)
  test(`${name} is normal with deviation ${expected}`, () => {
    const data = of(name);
    assert.ok(Math.abs(deviation(data) / expected - 1) < 0.05);
    const beyond = data.filter((number) => Math.abs(number) > 2 * expected).length / data.length;
    assert.ok(Math.abs(beyond - 0.0455) < 0.015, `${beyond} lie beyond two deviations`);
  });

const uniforms: readonly [string, number][] = [
  ["encoders.0.level_blocks.0.model.0.0.weight", 1 / Math.sqrt(16 * 32)],
  ["encoders.0.level_blocks.0.model.0.0.bias", 1 / Math.sqrt(16 * 32)],
  ["decoders.0.level_blocks.0.model.1.1.weight", 1 / Math.sqrt(64 * 4)],
  ["prior.x_out.weight", 1 / Math.sqrt(100)],
];
for (const [name, bound] of uniforms)
  test(`${name} is uniform to ±${bound.toFixed(4)}`, () => {
    const largest = Math.max(...of(name).map(Math.abs));
    assert.ok(largest <= bound && largest > 0.9 * bound);
    assert.ok(Math.abs((deviation(of(name)) / bound) * Math.sqrt(3) - 1) < 0.15);
  });

test("norms start as the identity, biases at zero, and layers that read lyrics do nothing", () => {
  for (const name of ["conditioner_blocks.0.ln.weight", `${LAYER}1.ln_0.weight`, "prime_state_ln.weight"])
    assert.ok(
      of(name).every((number) => number === 1),
      name,
    );
  for (const name of [
    `${LAYER}1.ln_0.bias`,
    `${LAYER}0.attn.c_attn.b`,
    `${LAYER}1.attn.c_proj.w`,
    `${LAYER}1.mlp.c_proj.w`,
  ])
    assert.ok(
      of(name).every((number) => number === 0),
      name,
    );
});

test("a seed makes the same values in any order, and another seed makes others", () => {
  assert.deepEqual(
    initialValues(new Map([...shapes].reverse()), OPTIONS).get("prior.x_emb.weight"),
    values.get("prior.x_emb.weight"),
  );
  assert.notDeepEqual(
    initialValues(shapes, { ...OPTIONS, seed: 4 }).get("prior.x_emb.weight"),
    values.get("prior.x_emb.weight"),
  );
  assert.notDeepEqual(of("prior.x_emb.weight"), of("conditioner_blocks.0.x_emb.weight"));
});

test("a name without a rule is refused", () => {
  assert.throws(() => initialValues(new Map([["mystery", [3]]]), OPTIONS), /mystery has no rule/);
});

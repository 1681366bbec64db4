/** The formula-made weights of the golden models, and the golden file itself (spec 10.3). */
import { readFileSync } from "node:fs";
import type { Store } from "../../src/model/weights.ts";

const file = JSON.parse(readFileSync(new URL("./jukebox-golden.json", import.meta.url), "utf8"));

export interface GoldenPrior {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly z: readonly number[];
  readonly z_cond?: readonly number[];
  readonly lyrics?: readonly number[];
  readonly y: readonly number[];
  readonly logits: readonly (readonly number[])[];
  readonly gen_loss_bits: number;
  readonly prime_loss_bits?: number;
  readonly total_loss?: number;
  readonly greedy?: readonly number[];
  readonly greedy_from_first10?: readonly number[];
  readonly greedy_merged?: readonly number[];
  readonly greedy_merged_from_first10?: readonly number[];
  readonly attn_layer3_head1_rows_0_31?: readonly (readonly number[])[];
  readonly attn_layer15_head0_music_query0_and_25_lyric_keys?: readonly (readonly number[])[];
}

/** An entry of the golden file, as it stands there. */
export function golden<T>(name: string): T {
  return file[name] as T;
}

/** −0.5 … 0.5 for element i of tensor n. */
export function hash(n: number, i: number): number {
  let x = (Math.imul(i, 2654435761) + Math.imul(n, 40503) + 12345) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 2246822519) >>> 0;
  x = Math.imul(x ^ (x >>> 13), 3266489917) >>> 0;
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32 - 0.5;
}

/** All tensors of a golden model, under their released names; `tied` makes the output matrix the embedding. */
export function goldenStore(shapes: Readonly<Record<string, readonly number[]>>, tied = false): Store {
  const names = Object.keys(shapes).sort((a, b) => (a < b ? -1 : 1));
  const store = new Map(names.map((name, n) => [name, { shape: shapes[name]!, data: values(name, shapes[name]!, n) }]));
  if (tied) store.set("prior.x_out.weight", store.get("prior.x_emb.weight")!);
  return store;
}

function values(name: string, shape: readonly number[], n: number): Float32Array {
  const size = shape.reduce((all, dim) => all * dim, 1);
  return Float32Array.from({ length: size }, (_, i) => valueAt(name, shape, hash(n, i)));
}

function valueAt(name: string, shape: readonly number[], u: number): number {
  if (/(ln_0|ln_1|ln)\.weight$/.test(name)) return 1 + 0.2 * u;
  if (name.endsWith(".k")) return 3 * u;
  if (/\.(bias|b)$/.test(name)) return 0.2 * u;
  return shape.length === 3 ? 1.3 * u : 0.5 * u;
}

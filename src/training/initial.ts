/** Values to start a training from, by a tensor's name (spec 2.1 and 3.7). */
import type { Store } from "../model/weights.ts";
import { createRandom, type Random } from "../random.ts";

export interface InitialOptions {
  readonly seed: number;
  /** `init_scale` of the prior. */
  readonly scale?: number;
  /** `init_scale` of the lyric encoder. */
  readonly encoderScale?: number;
}

type Shapes = ReadonlyMap<string, readonly number[]>;

/** Each tensor has a generator of its own, made from the seed and its name: the order of `shapes` changes nothing. */
export function initialValues(shapes: Shapes, options: InitialOptions): Store {
  return new Map(
    [...shapes].map(([name, shape]) => {
      const draw = rule(name, shapes, options)(createRandom(hash(`${options.seed} ${name}`)));
      const size = shape.reduce((all, dim) => all * dim, 1);
      return [name, { shape, data: Float32Array.from({ length: size }, draw) }];
    }),
  );
}

type Draw = () => number;
type Rule = (random: Random) => Draw;

const constant =
  (value: number): Rule =>
  () =>
  () =>
    value;
const uniform =
  (bound: number): Rule =>
  ({ next }) =>
  () =>
    (2 * next() - 1) * bound;
/** Box and Muller's way to normal numbers. */
const normal =
  (deviation: number): Rule =>
  ({ next }) =>
  () =>
    deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

const ENCODER = /^prime_(prior|state_proj)\b/;

function rule(name: string, shapes: Shapes, { scale = 1, encoderScale = scale }: InitialOptions): Rule {
  const shape = shapes.get(name)!;
  const s = ENCODER.test(name) ? encoderScale : scale;
  const last = name.split(".").slice(-2).join(".");
  if (/(^|[._])ln(_\d)?\.(weight|bias)$/.test(name)) return constant(name.endsWith("weight") ? 1 : 0);
  if (crossProjection(name, shapes)) return constant(0);
  if (name.endsWith(".w")) return normal(0.02 * s);
  if (name.endsWith(".b")) return constant(0);
  if (last === "x_emb.weight" || name === "prime_x_out.weight") return normal(0.02 * s);
  if (last === "pos_emb.pos_emb" || last.endsWith("start_token") || name.startsWith("y_emb.")) return normal(0.01 * s);
  if (last === "x_out.weight") return uniform(1 / Math.sqrt(shape[1]!));
  if (/\.(weight|bias)$/.test(name)) return uniform(1 / Math.sqrt(fanIn(name, shapes)));
  throw new Error(`${name} has no rule for its first values`);
}

/** Projections of layers that attend to the lyrics start at zero: such a layer does nothing at first. */
function crossProjection(name: string, shapes: Shapes): boolean {
  const layer = /^(.*_attn_mods\.\d+\.)(attn|mlp)\.c_proj\.w$/.exec(name)?.[1];
  return layer !== undefined && shapes.has(`${layer}attn.c_enc_kv.w`);
}

/** Convolutions: [out, in, kernel] and, transposed, [in, out, kernel]; both count the second and third size. */
function fanIn(name: string, shapes: Shapes): number {
  const shape = shapes.get(name.replace(/bias$/, "weight"));
  if (shape?.length !== 3) throw new Error(`${name} belongs to no convolution`);
  return shape[1]! * shape[2]!;
}

function hash(text: string): number {
  let value = 2166136261; // FNV-1a
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 16777619);
  return value >>> 0;
}

/** Files that torch wrote, number by number; and files put together here, for what those do not have (spec 7.2, 10.1 item 18). */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { type Checkpoint, checkpointOf, openCheckpoint } from "../../src/import/checkpoint.ts";
import { golden, goldenStore } from "../golden/weights.ts";
import { goldenPriors } from "../support/golden-priors.ts";
import { noise, seeded } from "../support/random.ts";
import {
  call,
  dict,
  float,
  global,
  int,
  list,
  memorySource,
  none,
  oldFile,
  ordered,
  rowStrides,
  type TensorOptions,
  type TorchStorage,
  tensor,
  text,
  tuple,
  withState,
  yes,
  zipEntries,
  zipFile,
} from "./torch-file.ts";

const fixture = (name: string): string => join(import.meta.dirname, "fixtures", `${name}.pth.tar`);

for (const name of ["vqvae", "upsampler", "sep_enc_dec", "single_enc_dec"])
  test(`every number of ${name} is what the weight rule says, in the type that the file has`, () => {
    const tied = goldenPriors.find((prior) => prior.name === name)?.size.tied ?? false;
    const expected = goldenStore(golden<{ shapes: Record<string, number[]> }>(name).shapes, tied);
    const checkpoint = openCheckpoint(fixture(name));
    assert.deepEqual(checkpoint.names().sort(), [...expected.keys()].sort());
    for (const [tensorName, { shape, data }] of expected) {
      const half = tensorName.endsWith(".w");
      const read = checkpoint.read(tensorName);
      assert.deepEqual(checkpoint.shapeOf(tensorName), shape);
      assert.equal(checkpoint.typeOf(tensorName), half ? "F16" : "F32");
      assert.deepEqual(read, half ? Float16Array.from(data) : data, tensorName);
    }
    assert.equal(checkpoint.step, 1234);
    checkpoint.close();
  });

test("a matrix that two names share is known to be one", () => {
  const upsampler = openCheckpoint(fixture("upsampler"));
  assert.ok(upsampler.same("prior.x_emb.weight", "prior.x_out.weight"));
  assert.ok(!upsampler.same("prior.x_emb.weight", "conditioner_blocks.0.x_emb.weight"));
  upsampler.close();
});

/** One storage of each type, with numbers that every type can tell apart. */
const random = seeded(11);
const floats = noise(4000, random);
const halves = Float16Array.from(noise(5000, random));
const doubles = Float64Array.from([0.1, -2e300, 3]);
const longs = BigInt64Array.from([-5n, 2n ** 40n, 7n]);
const storages: readonly (TorchStorage & { readonly type: string; readonly values: readonly number[] })[] = [
  storage("a", "Float", floats),
  storage("b", "Half", halves),
  storage("c", "Double", doubles),
  storage("d", "Long", longs, [...longs].map(Number)),
  storage("e", "BFloat16", Uint16Array.of(0x3f80, 0xc040, 0x0001), [1, -3, 2 ** -133]),
  storage("f", "Int", Int32Array.of(-7, 9)),
  storage("g", "Short", Int16Array.of(-300, 300)),
  storage("h", "Char", Int8Array.of(-1, 5)),
  storage("i", "Byte", Uint8Array.of(255, 0)),
  storage("j", "Bool", Uint8Array.of(1, 0)),
];

function storage(
  key: string,
  type: string,
  data: NodeJS.TypedArray,
  values: readonly number[] = [...(data as Float64Array)],
) {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { key, type, count: data.length, bytes, values };
}

type Sketch = Omit<TensorOptions, "type" | "count"> & { readonly type?: string };
const sketches: Readonly<Record<string, Sketch>> = {
  whole: { key: "a", shape: [40, 100] },
  early: { key: "a", offset: 7, shape: [3, 4, 5] },
  late: { key: "a", offset: 3990, shape: [10] },
  half_early: { key: "b", shape: [10, 20] },
  half_late: { key: "b", offset: 200, shape: [30, 10] },
  number: { key: "a", offset: 17, shape: [] },
  nothing: { key: "a", shape: [0, 3] },
  turned: { key: "b", offset: 5, shape: [50, 90], strides: [1, 50] },
  swapped: { key: "a", offset: 1, shape: [4, 5, 6], strides: [6, 24, 1] },
  slice: { key: "a", offset: 2, shape: [40, 3], strides: [100, 1] },
  column: { key: "b", offset: 3, shape: [50], strides: [100] },
  alone: { key: "a", offset: 9, shape: [1, 3, 1], strides: [77, 1, 0] },
  on_card: { key: "b", shape: [2, 2], location: "cuda:0", type: "cuda.Half" },
  view: { key: "a", offset: 3, shape: [4], view: { from: 100, length: 10 } },
  double: { key: "c", shape: [3] },
  long: { key: "d", shape: [3] },
  brain: { key: "e", shape: [3] },
  int: { key: "f", shape: [2] },
  short: { key: "g", shape: [2] },
  char: { key: "h", shape: [2] },
  byte: { key: "i", shape: [2] },
  bool: { key: "j", shape: [2] },
};

/** Torch's own definition: element (i, j, …) is at offset + i·stride₀ + j·stride₁ + …. */
function expectedOf({ key, offset = 0, shape, strides = rowStrides(shape), view }: Sketch): Float32Array {
  const { values } = storages.find((one) => one.key === key)!;
  const count = shape.reduce((all, size) => all * size, 1);
  return Float32Array.from({ length: count }, (_, index) => {
    const places = rowStrides(shape).map((step, at) => Math.floor(index / step) % shape[at]!);
    const at = places.reduce((all, place, dim) => all + place * strides[dim]!, offset + (view?.from ?? 0));
    return values[at]!;
  });
}

const optionsOf = (sketch: Sketch): TensorOptions => {
  const { type, count } = storages.find(({ key }) => key === sketch.key)!;
  return { type, count, ...sketch };
};

function rootOf(names: readonly string[], old: boolean): Uint8Array {
  const tensors = names.map((name) => [`module.${name}`, tensor(optionsOf(sketches[name]!), { old })] as const);
  const parameter = call(
    "torch._utils._rebuild_parameter",
    tensor(optionsOf(sketches.early!), { old }),
    yes,
    ordered({}),
  );
  const model = ordered({ ...Object.fromEntries(tensors), parameter });
  const metadata = dict({ _metadata: ordered({ "": dict({ version: int(1) }) }) });
  return dict({
    model: withState(model, metadata),
    opt: dict({ state: list(call("numpy.core.multiarray._reconstruct", global("numpy.ndarray"), tuple(int(0)))) }),
    hps: withState(call("jukebox.hparams.Hyperparams"), dict({ lr: float(3e-4) })),
    evil: call("os.system", text("true")),
    step: int(77),
    best: none,
  });
}

function check(checkpoint: Checkpoint, names: readonly string[]): void {
  assert.deepEqual(checkpoint.names(), [...names, "parameter"]);
  for (const name of names) {
    const sketch = sketches[name]!;
    assert.deepEqual(checkpoint.shapeOf(name), sketch.shape);
    assert.deepEqual(Float32Array.from(checkpoint.read(name)), expectedOf(sketch), name);
    assert.equal(checkpoint.typeOf(name), sketch.key === "b" ? "F16" : "F32");
  }
  assert.deepEqual(checkpoint.read("parameter"), expectedOf(sketches.early!));
  assert.equal(checkpoint.step, 77);
}

test("10.1, check 18: the old format: offsets, strides, views, shared storages and every type", () => {
  const names = Object.keys(sketches);
  check(checkpointOf(memorySource(oldFile(rootOf(names, true), storages))), names);
});

for (const wide of [false, true])
  test(`the zip format${wide ? " with sizes of 64 bits" : ""}: the same`, () => {
    const names = Object.keys(sketches).filter((name) => !sketches[name]!.view); // zip archives have no such views
    check(checkpointOf(memorySource(zipFile(zipEntries(rootOf(names, false), storages), { wide }))), names);
  });

test("in an archive, numbers of a type that no weight has are left alone", () => {
  const odd = tensor({ key: "z", type: "ComplexFloat", count: 1, shape: [1] }, { old: false });
  const whole = tensor(optionsOf(sketches.whole!), { old: false });
  const root = dict({ model: dict({ whole }), opt: dict({ odd }) });
  const entries = { ...zipEntries(root, storages), "checkpoint/data/z": new Uint8Array(8) };
  assert.deepEqual(checkpointOf(memorySource(zipFile(entries))).read("whole"), expectedOf(sketches.whole!));
});

test("numbers far apart are fetched one by one, and what lies between them is not read", () => {
  const count = 3_000_000;
  const bytes = new Uint8Array(new Float32Array(count).map((_, at) => at).buffer);
  const one = { key: "0", type: "Float", count };
  const model = dict({
    far: tensor({ ...one, shape: [3, 2], strides: [1_000_000, 400_000] }),
    pairs: tensor({ ...one, offset: 5, shape: [2, 3], strides: [1, 1_000_000] }),
  });
  const source = memorySource(oldFile(dict({ model }), [{ key: "0", count, bytes }]));
  const checkpoint = checkpointOf(source);
  assert.deepEqual([...checkpoint.read("far")], [0, 4e5, 1e6, 1.4e6, 2e6, 2.4e6]);
  assert.deepEqual([...checkpoint.read("pairs")], [5, 1_000_005, 2_000_005, 6, 1_000_006, 2_000_006]);
  assert.ok(source.taken() < 500_000, `${source.taken()} bytes were read`);
});

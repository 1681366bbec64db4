/** From torch's file to a network that sings: imported, read back, and run against the original's numbers (spec 10.3). */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Checkpoint, checkpointOf, openCheckpoint } from "../../src/import/checkpoint.ts";
import { type ImportBits, importPart } from "../../src/import/convert.ts";
import type { Network } from "../../src/import/released.ts";
import { openPrior } from "../../src/inference/prior-sampler.ts";
import { priorLoss } from "../../src/model/captures.ts";
import { decoderSize, firstMusicId, lead } from "../../src/model/prior.ts";
import { openSafetensors, readSafetensors } from "../../src/model/safetensors.ts";
import { priorShapes } from "../../src/model/shapes.ts";
import { checksumOf } from "../../src/model/verify.ts";
import { packedName, type Store, scalesName, stored } from "../../src/model/weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { floatsOf, ints, openSession } from "../../src/onnx/session.ts";
import { type GoldenPrior, golden } from "../golden/weights.ts";
import { temporaryFolder } from "../support/folder.ts";
import { close, conditions, goldenPriors, greedy } from "../support/golden-priors.ts";
import { goldenVqvaeSize } from "../support/golden-vqvae.ts";
import { dict, memorySource, oldFile, type TorchStorage, tensor } from "./torch-file.ts";

interface Expected {
  readonly logits: readonly (readonly number[])[];
  readonly loss_bits: number;
  readonly gen_loss_bits: number;
  readonly greedy: readonly number[];
  readonly greedy_from_first10: readonly number[];
}

const answers = JSON.parse(readFileSync(join(import.meta.dirname, "..", "golden", "checkpoints.json"), "utf8"));
const fixture = (name: string): Checkpoint => openCheckpoint(join(import.meta.dirname, "fixtures", `${name}.pth.tar`));

/** Imports a fixture into several small files, and reads these as float32. */
async function imported(t: TestContext, name: string, network: Network): Promise<Store> {
  const folder = temporaryFolder(t);
  const checkpoint = fixture(name);
  const options = { folder, name, network, bits: 32, shardBytes: 9000 } as const;
  const { files, tensors, numbers, step } = await importPart(checkpoint, options);
  checkpoint.close();
  assert.ok(files.length > 2);
  assert.deepEqual(readdirSync(folder).sort(), [...files.map(({ file }) => file), `${name}.json`].sort());
  const stores = files.map(({ file }) => readSafetensors(join(folder, file)).store);
  const store = new Map(stores.flatMap((part) => [...part]));
  assert.equal(store.size, tensors);
  assert.equal(
    [...store.values()].reduce((all, { data }) => all + data.length, 0),
    numbers,
  );
  assert.equal(step, 1234);
  for (const { file, bytes, sha256 } of files) {
    assert.equal(readFileSync(join(folder, file)).length, bytes);
    assert.equal(await checksumOf(join(folder, file)), sha256);
  }
  return store;
}

for (const { name, size } of goldenPriors) {
  const network: Network = { kind: "prior", level: 0, size };
  const entry = golden<GoldenPrior>(name);
  const expected = answers[name] as Expected;
  const ids = [...entry.z].map((code) => code + firstMusicId(size));
  const sequence = Int32Array.from(lead(size) > 0 ? [...entry.lyrics!, ...ids] : ids);

  test(`${name}: imported from torch's file, it gives the original's logits, losses and greedy codes`, async (t) => {
    const store = await imported(t, name, network);
    const graph = new Graph();
    const { loss, music, logits } = priorLoss(stored(graph, store), size, 1);
    for (const [key, value] of Object.entries({ loss, music, logits })) graph.output(key, value);
    const session = await openSession(graph);
    const results = await session.run({ codes: ints(sequence, [1, sequence.length]), ...conditions(size, entry) });
    close(floatsOf(results, "logits"), expected.logits.flat());
    close(floatsOf(results, "loss"), [expected.loss_bits]);
    close(floatsOf(results, "music"), [expected.gen_loss_bits]);
    await session.close();
    const prior = await openPrior(store, size, { musicOnly: false });
    for (const [from, answer] of [
      [0, expected.greedy],
      [10, expected.greedy_from_first10],
    ] as const) {
      const window = await prior.begin(conditions(size, entry));
      const drawn = await greedy(prior, window, sequence.slice(0, lead(size) + from), 0);
      assert.equal(drawn.length, decoderSize(size).length);
      assert.deepEqual(
        drawn.slice(lead(size)).map((id) => Math.max(0, id - firstMusicId(size))),
        answer,
      );
    }
    await prior.close();
  });
}

test("in 16 bits, numbers keep the type that they have in torch's file", async (t) => {
  const folder = temporaryFolder(t);
  const checkpoint = fixture("single_enc_dec");
  const network: Network = { kind: "prior", level: 2, size: goldenPriors[2]!.size };
  const { files } = await importPart(checkpoint, { folder, name: "x", network, bits: 16, notes: { from: "here" } });
  assert.deepEqual(
    files.map(({ file }) => file),
    ["x-00001-of-00001.safetensors"],
  );
  const bytes = readFileSync(join(folder, files[0]!.file));
  const { __metadata__: notes, ...tensors } = JSON.parse(
    bytes.toString("utf8", 8, 8 + Number(bytes.readBigUInt64LE(0))),
  ) as Record<string, { readonly dtype: string }>;
  assert.deepEqual(notes, { from: "here" });
  assert.equal(Object.keys(tensors).length, 583); // of 584: the tied output matrix is the embedding
  for (const [name, { dtype }] of Object.entries(tensors))
    assert.equal(dtype, name.endsWith(".w") ? "F16" : "F32", name);
  checkpoint.close();
});

/** Tensors of the files, their types, and their values. */
async function forms(t: TestContext, name: string, bits: ImportBits) {
  const folder = temporaryFolder(t);
  const checkpoint = fixture(name);
  const { size } = goldenPriors.find((one) => one.name === name)!;
  const { files } = await importPart(checkpoint, { folder, name, network: { kind: "prior", level: 0, size }, bits });
  return { checkpoint, size, store: openSafetensors(join(folder, files[0]!.file)).store };
}

for (const bits of [4, 8] as const)
  test(`in ${bits} bits, dense layers are packed, tables kept, and every tensor is there in one form or both`, async (t) => {
    const { checkpoint, size, store } = await forms(t, "upsampler", bits);
    const step = bits === 8 ? 1 / 128 : 1 / 8;
    for (const name of checkpoint.names()) {
      if (name === "prior.x_out.weight") continue; // the embedding again
      const numbers = checkpoint.read(name);
      const dense = name.endsWith(".w") || name === "prior.x_emb.weight";
      assert.equal(store.has(packedName(name)), dense, name);
      assert.equal(store.has(name), !name.endsWith(".w"), name);
      if (store.has(name)) assert.deepEqual(store.get(name)!.data, Float32Array.from(numbers));
      if (!dense) continue;
      const { data, shape, slice } = store.get(packedName(name))!;
      assert.equal(slice!.type, "U8");
      const [outputs, , bytes] = shape as [number, number, number];
      assert.equal(bytes, 4 * bits);
      const inputs = numbers.length / outputs;
      const scales = store.get(scalesName(name))!.data;
      const blocks = Math.ceil(inputs / 32);
      for (let at = 0; at < numbers.length; at++) {
        const [output, input] = name.endsWith(".w")
          ? [at % outputs, Math.floor(at / outputs)]
          : [Math.floor(at / inputs), at % inputs];
        const block = output * blocks + Math.floor(input / 32);
        const raw = data[block * bytes + Math.floor(((input % 32) * bits) / 8)]!;
        const value = bits === 8 ? raw - 128 : ((input % 2 === 0 ? raw : raw >> 4) & 15) - 8;
        const scale = scales[block]!;
        assert.ok(Math.abs(value * scale - numbers[at]!) <= Math.abs(scale) * (1 + 1e-5), `${name} ${at}`);
        assert.ok(Math.abs(scale) <= step * Math.max(...numbers.map(Math.abs)) * (1 + 1e-5));
      }
    }
    assert.equal(
      store.size,
      priorShapes(size).size + [...store.keys()].filter((name) => name.endsWith(".scales")).length + 1,
    );
    checkpoint.close();
  });

test("imported anew with other bits, a part leaves no files of before", async (t) => {
  const folder = temporaryFolder(t);
  const checkpoint = fixture("upsampler");
  const network = { kind: "prior", level: 0, size: goldenPriors[0]!.size } as const;
  await importPart(checkpoint, { folder, name: "x", network, bits: 32, shardBytes: 9000 });
  const { files } = await importPart(checkpoint, { folder, name: "x", network, bits: 4 });
  assert.deepEqual(readdirSync(folder).sort(), [files[0]!.file, "x.json"].sort());
  checkpoint.close();
});

const vqvae: Network = { kind: "vqvae", size: goldenVqvaeSize };

test("a VQ-VAE whose tensors are all views of one storage is imported", async (t) => {
  const store = await imported(t, "vqvae", vqvae);
  const checkpoint = fixture("vqvae");
  for (const [name, { shape, data }] of store) {
    assert.deepEqual(shape, checkpoint.shapeOf(name));
    assert.deepEqual(data, checkpoint.read(name));
  }
  checkpoint.close();
});

/** The golden VQ-VAE's tensors in a new file, a few of them changed. */
function changed(changes: Readonly<Record<string, readonly number[] | undefined>>): Checkpoint {
  const original = fixture("vqvae");
  const shapes = new Map<string, readonly number[] | undefined>(
    original.names().map((name) => [name, original.shapeOf(name)]),
  );
  original.close();
  for (const [name, shape] of Object.entries(changes)) shapes.set(name, shape);
  return fileOf(new Map([...shapes].flatMap(([name, shape]) => (shape ? [[name, zeros(shape)] as const] : []))));
}

interface Filled {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const zeros = (shape: readonly number[]): Filled => ({
  shape,
  data: new Float32Array(shape.reduce((all, size) => all * size, 1)),
});

/** Each tensor in a storage of its own. */
function fileOf(tensors: ReadonlyMap<string, Filled>): Checkpoint {
  const storages: TorchStorage[] = [];
  const model = [...tensors].map(([name, { shape, data }], at) => {
    storages.push({ key: String(at), count: data.length, bytes: new Uint8Array(data.buffer) });
    return [name, tensor({ key: String(at), type: "Float", count: data.length, shape })] as const;
  });
  return checkpointOf(memorySource(oldFile(dict({ model: dict(Object.fromEntries(model)) }), storages)));
}

const codebook = "bottleneck.level_blocks.0.k";
const refusals = [
  {
    says: "lacks tensors",
    changes: { [codebook]: undefined },
    answer: /of another network: it lacks bottleneck\.level_/,
  },
  { says: "has tensors too many", changes: { extra: [1], more: [2] }, answer: /nothing uses its extra, more\./ },
  { says: "has a tensor of another shape", changes: { [codebook]: [4, 16] }, answer: /k is \[4, 16\], not \[16, 4\]/ },
];

for (const { says, changes, answer } of refusals)
  test(`a checkpoint that ${says} is refused, and nothing is written`, async (t) => {
    const folder = temporaryFolder(t);
    await assert.rejects(importPart(changed(changes), { folder, name: "x", network: vqvae, bits: 8 }), {
      name: "UserError",
      message: answer,
    });
    assert.deepEqual(readdirSync(folder), []);
  });

test("a tied output matrix may be a copy of the embedding, but no other matrix", async (t) => {
  const folder = temporaryFolder(t);
  const original = fixture("upsampler");
  const tensors = new Map<string, Filled>(
    original
      .names()
      .map((name) => [name, { shape: original.shapeOf(name), data: Float32Array.from(original.read(name)) }]),
  );
  original.close();
  const network = { kind: "prior", level: 0, size: goldenPriors[0]!.size } as const;
  const options = { folder, name: "x", network, bits: 32 } as const;
  assert.equal((await importPart(fileOf(tensors), options)).tensors, tensors.size - 1);
  const output = tensors.get("prior.x_out.weight")!;
  tensors.set("prior.x_out.weight", { ...output, data: output.data.with(100, 5) });
  await assert.rejects(importPart(fileOf(tensors), options), {
    name: "UserError",
    message: /its prior\.x_out\.weight is not its prior\.x_emb\.weight/,
  });
});

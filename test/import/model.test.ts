/** Whole models: parts that are fetched or taken, imported and put away, described, and go on where they were. */
import assert from "node:assert/strict";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { ImportedPart } from "../../src/import/convert.ts";
import { describeModel, importParts, type ModelImport } from "../../src/import/model.ts";
import { readModelConfig } from "../../src/model/folder.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
import { temporaryFolder } from "../support/folder.ts";
import { fixtures, serving, tinyModel } from "./tiny-model.ts";

const model = tinyModel();
const names = Object.keys(model.parts);
const take = (options: Pick<ModelImport, "folder" | "from"> & Partial<ModelImport>): Promise<ImportedPart[]> =>
  importParts({ model, bits: 32, ...options });

test("a model's parts are fetched and imported one after another, and their checkpoints are put away", async (t) => {
  const { from } = await serving(t);
  const folder = temporaryFolder(t);
  const seen = new Set<string>();
  const parts = await take({ folder, from, progress: (what) => void seen.add(what) });
  assert.deepEqual(
    [...seen],
    names.flatMap((name) => [`Downloading ${name}`, `Importing ${name}`]),
  );
  assert.deepEqual(
    parts.map(({ name, tensors, step, bits }) => [name, tensors, step, bits]),
    [
      ["vqvae", 245, 1234, 32],
      ["fine", 75, 1234, 32],
      ["middle", 75, 1234, 32],
      ["top", 152, 1234, 32],
    ],
  );
  assert.deepEqual(
    readdirSync(folder).sort(),
    names.flatMap((name) => [`${name}-00001-of-00001.safetensors`, `${name}.json`]).sort(),
  );
  for (const { files, tensors } of parts)
    assert.equal(readSafetensors(join(folder, files[0]!.file)).store.size, tensors);
});

test("what is imported stays; what is missing, cut off, undescribed or of other bits is fetched again", async (t) => {
  const { from, asked } = await serving(t);
  const folder = temporaryFolder(t);
  await take({ folder, from });
  asked.length = 0;
  const weights = join(folder, "top-00001-of-00001.safetensors");
  const written = readFileSync(weights);
  await take({ folder, from });
  assert.deepEqual(asked, []);
  for (const damage of [
    () => rmSync(weights),
    () => writeFileSync(weights, written.subarray(1)),
    () => rmSync(join(folder, "top.json")),
    () => writeFileSync(join(folder, "top.json"), "{"),
  ]) {
    damage();
    await take({ folder, from });
    assert.deepEqual(asked.splice(0), ["/files/a/sep_enc_dec.pth.tar"]);
    assert.deepEqual(readFileSync(weights), written);
  }
  await take({ folder, from, bits: 8 });
  assert.equal(asked.length, names.length);
});

test("a part that nobody has stops the import, and the parts before it are kept", async (t) => {
  const { from } = await serving(t, { missing: ["upsampler.pth.tar"] });
  const folder = temporaryFolder(t);
  await assert.rejects(take({ folder, from }), { name: "UserError", message: /upsampler\.pth\.tar answers 404/ });
  assert.deepEqual(readdirSync(folder).sort(), ["vqvae-00001-of-00001.safetensors", "vqvae.json"]);
});

test("a checkpoint that is no such network is refused, and stays for whoever wants to look at it", async (t) => {
  const { from } = await serving(t);
  const folder = temporaryFolder(t);
  const parts = { wrong: { ...model.parts.fine!, path: "a/vqvae.pth.tar" } };
  await assert.rejects(take({ model: { ...model, parts }, folder, from }), {
    name: "UserError",
    message: /wrong\.pth\.tar is of another network: it lacks .*\. To download it again, delete .*wrong\.pth\.tar\.$/,
  });
  assert.equal(statSync(join(folder, "wrong.pth.tar")).size, 71_271);
  assert.ok(!existsSync(join(folder, "wrong.json")));
});

test("a folder gives checkpoints under their released paths, the ends of these, or the parts' names, and keeps them", async (t) => {
  const from = temporaryFolder(t);
  mkdirSync(join(from, "a"));
  for (const [file, path] of [
    ["vqvae", "a/vqvae"],
    ["upsampler", "fine"],
    ["upsampler", "middle"],
    ["sep_enc_dec", "sep_enc_dec"],
  ])
    copyFileSync(join(fixtures, `${file}.pth.tar`), join(from, `${path}.pth.tar`));
  const folder = temporaryFolder(t);
  const before = readdirSync(from, { recursive: true });
  assert.deepEqual(
    (await take({ folder, from })).map(({ tensors }) => tensors),
    [245, 75, 75, 152],
  );
  assert.deepEqual(readdirSync(from, { recursive: true }), before);
  assert.ok(readdirSync(folder).every((file) => !file.endsWith(".tar")));
});

test("a folder that isn't there, lacks a part, or has another file in its place is refused in a sentence", async (t) => {
  const from = temporaryFolder(t);
  const folder = temporaryFolder(t);
  const refused = (answer: RegExp, options: Partial<ModelImport> = {}) =>
    assert.rejects(take({ folder, from, ...options }), { name: "UserError", message: answer });
  await refused(/There is no folder ".*nowhere"/, { from: join(from, "nowhere") });
  await refused(/has no vqvae: I looked for a\/vqvae\.pth\.tar, vqvae\.pth\.tar/);
  copyFileSync(join(fixtures, "upsampler.pth.tar"), join(from, "vqvae.pth.tar"));
  await refused(/vqvae\.pth\.tar has 32980 bytes, not 71271: it is another file\. Import it with --file/);
  const vqvae = { ...model.parts.vqvae!, bytes: 32_980, sha256: "0".repeat(64) };
  await refused(/has the checksum [0-9a-f]{64}, not 0{64}/, { model: { ...model, parts: { vqvae } } });
  assert.deepEqual(readdirSync(folder), []);
});

test("once its parts are there, a model is described: whose weights each file has, and how it is sampled", async (t) => {
  const { from } = await serving(t);
  const folder = temporaryFolder(t);
  const parts = await take({ folder, from, bits: 4 });
  assert.deepEqual(await describeModel(model, folder, parts), { knowsNames: false });
  const config = await readModelConfig(folder);
  assert.deepEqual(
    config.weights.map(({ file, part }) => [file, part]),
    [
      ["vqvae-00001-of-00001.safetensors", "vqvae"],
      ["fine-00001-of-00001.safetensors", 0],
      ["middle-00001-of-00001.safetensors", 1],
      ["top-00001-of-00001.safetensors", 2],
    ],
  );
  assert.deepEqual([config.bits, config.labelRules, config.artists], [4, undefined, ["unknown"]]);
  assert.deepEqual(
    config.priors,
    [0, 1, 2].map((level) => {
      const { network } = Object.values(model.parts)[level + 1]!;
      return network.size;
    }),
  );
  const { name, hopFractions, sampleRate, maxSeconds } = config;
  assert.deepEqual([name, hopFractions, sampleRate, maxSeconds], ["tiny", [0.5, 0.5, 0.125], 44_100, 0.09]);
  rmSync(join(folder, "middle.json"));
  await assert.rejects(take({ folder, from: temporaryFolder(t), bits: 4 }));
  await readModelConfig(folder); // nothing was touched
  await take({ folder, from, bits: 4 });
  assert.ok(!existsSync(join(folder, "config.json")), "it told of weights that were imported anew");
});

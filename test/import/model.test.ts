/** Whole models: parts that are fetched, imported and put away, and go on where they were. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { importModel } from "../../src/import/model.ts";
import type { ReleasedPart } from "../../src/import/released.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
import { temporaryFolder } from "../support/folder.ts";
import { goldenPriors } from "../support/golden-priors.ts";
import { goldenVqvaeSize } from "../support/golden-vqvae.ts";

const fixtures = join(import.meta.dirname, "fixtures");
const tiny: Readonly<Record<string, ReleasedPart>> = {
  vqvae: { network: { kind: "vqvae", size: goldenVqvaeSize }, path: "a/vqvae.pth.tar", bytes: 71_271 },
  upsampler: { network: { kind: "prior", level: 0, size: goldenPriors[0]!.size }, path: "a/upsampler.pth.tar" },
  sep_enc_dec: { network: { kind: "prior", level: 2, size: goldenPriors[1]!.size }, path: "a/sep_enc_dec.pth.tar" },
};

/** The fixtures below `/files`, but for those named. */
async function serving(t: TestContext, missing: readonly string[] = []) {
  const asked: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    asked.push(url);
    const name = /^\/files\/a\/(\w+\.pth\.tar)$/.exec(url)?.[1];
    if (!name || missing.includes(name)) response.writeHead(404).end();
    else response.end(readFileSync(join(fixtures, name)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return { asked, from: `http://127.0.0.1:${(server.address() as AddressInfo).port}/files/` };
}

test("a model's parts are fetched and imported one after another, and their checkpoints are put away", async (t) => {
  const { from } = await serving(t);
  const folder = temporaryFolder(t);
  const seen = new Set<string>();
  const parts = await importModel({ parts: tiny, folder, from, progress: (name) => void seen.add(name) });
  assert.deepEqual([...seen], Object.keys(tiny));
  assert.deepEqual(
    parts.map(({ name, tensors, step }) => [name, tensors, step]),
    [
      ["vqvae", 245, 1234],
      ["upsampler", 75, 1234],
      ["sep_enc_dec", 152, 1234],
    ],
  );
  assert.deepEqual(
    readdirSync(folder).sort(),
    Object.keys(tiny)
      .flatMap((name) => [`${name}-00001-of-00001.safetensors`, `${name}.json`])
      .sort(),
  );
  for (const { files, tensors } of parts)
    assert.equal(readSafetensors(join(folder, files[0]!.file)).store.size, tensors);
});

test("what is imported stays; what is missing, cut off or undescribed is fetched again", async (t) => {
  const { from, asked } = await serving(t);
  const folder = temporaryFolder(t);
  await importModel({ parts: tiny, folder, from });
  asked.length = 0;
  const weights = join(folder, "upsampler-00001-of-00001.safetensors");
  const written = readFileSync(weights);
  await importModel({ parts: tiny, folder, from });
  assert.deepEqual(asked, []);
  for (const damage of [
    () => rmSync(weights),
    () => writeFileSync(weights, written.subarray(1)),
    () => rmSync(join(folder, "upsampler.json")),
    () => writeFileSync(join(folder, "upsampler.json"), "{"),
  ]) {
    damage();
    await importModel({ parts: tiny, folder, from });
    assert.deepEqual(asked.splice(0), ["/files/a/upsampler.pth.tar"]);
    assert.deepEqual(readFileSync(weights), written);
  }
});

test("a part that nobody has stops the import, and the parts before it are kept", async (t) => {
  const { from } = await serving(t, ["upsampler.pth.tar"]);
  const folder = temporaryFolder(t);
  await assert.rejects(importModel({ parts: tiny, folder, from }), {
    name: "UserError",
    message: /upsampler\.pth\.tar answers 404/,
  });
  assert.deepEqual(readdirSync(folder).sort(), ["vqvae-00001-of-00001.safetensors", "vqvae.json"]);
});

test("a checkpoint that is no such network is refused, and stays for whoever wants to look at it", async (t) => {
  const { from } = await serving(t);
  const folder = temporaryFolder(t);
  const parts = { wrong: { ...tiny.upsampler!, path: "a/vqvae.pth.tar" } };
  await assert.rejects(importModel({ parts, folder, from }), {
    name: "UserError",
    message: /wrong\.pth\.tar is of another network: it lacks .*\. To fetch it anew, delete .*wrong\.pth\.tar\.$/,
  });
  assert.equal(statSync(join(folder, "wrong.pth.tar")).size, 71_271);
  assert.ok(!existsSync(join(folder, "wrong.json")));
});

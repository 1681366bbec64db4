/** `npm run import` as a process: a VQ-VAE of the released size goes through it, and wrong arguments are refused. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { PARTS, shapesOf } from "../../src/import/released.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
import { dict, int, oldFile, ordered, type TorchStorage, tensor } from "../import/torch-file.ts";
import { temporaryFolder } from "../support/folder.ts";
import { writeTinyModel } from "../support/model.ts";
import { noise, seeded } from "../support/random.ts";

const program = join(import.meta.dirname, "../../src/cli/import.ts");

async function run(...words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [program, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number, out, err };
}

test("a file of the released VQ-VAE's size becomes safetensors, and the licence lies beside them", async (t) => {
  const folder = temporaryFolder(t);
  const random = seeded(21);
  const shapes = shapesOf(PARTS.vqvae.network);
  const storages: TorchStorage[] = [];
  const data = new Map<string, Float32Array>();
  const pairs = [...shapes].map(([name, shape], at) => {
    const numbers = noise(
      shape.reduce((all, size) => all * size, 1),
      random,
    );
    data.set(name, numbers);
    storages.push({ key: String(at), count: numbers.length, bytes: new Uint8Array(numbers.buffer) });
    return [
      name,
      tensor({ key: String(at), type: "Float", count: numbers.length, shape, location: "cuda:0" }),
    ] as const;
  });
  const file = join(folder, "vqvae.pth.tar");
  writeFileSync(file, oldFile(dict({ model: ordered(Object.fromEntries(pairs)), step: int(5) }), storages));
  const out = join(folder, "out");
  const ended = await run("--file", file, "--as", "vqvae", "--out", out);
  assert.match(ended.err, /^(Importing vqvae: \d+ % of 0\.01 GB\n)*Importing vqvae: 100 % of 0\.01 GB\n$/);
  assert.match(ended.out, /^vqvae: 669 tensors, 1878979 weights, 8 bits: 0\.01 GB in 1 files in /);
  assert.equal(ended.out.match(/noncommercial/g)?.length, 1);
  assert.equal(ended.code, 0);
  assert.deepEqual(readdirSync(out).sort(), [
    "LICENCE-OF-THE-WEIGHTS.txt",
    "vqvae-00001-of-00001.safetensors",
    "vqvae.json",
  ]);
  assert.match(readFileSync(join(out, "LICENCE-OF-THE-WEIGHTS.txt"), "utf8"), /noncommercial use only/);
  const { store, notes } = readSafetensors(join(out, "vqvae-00001-of-00001.safetensors"));
  assert.match(notes.licence!, /noncommercial use only/);
  assert.equal(store.size, 669);
  for (const [name, numbers] of data) assert.deepEqual(store.get(name)!.data, numbers);
});

test("nothing is imported into a folder that holds another model", async (t) => {
  const folder = temporaryFolder(t);
  await writeTinyModel(folder);
  const before = readFileSync(join(folder, "config.json"));
  for (const words of [
    ["1b_lyrics", "--from", folder],
    ["--file", join(folder, "none"), "--as", "vqvae"],
  ]) {
    const { code, err } = await run(...words, "--out", folder);
    assert.equal(code, 1);
    assert.match(err, /holds other files, such as "(config\.json|weights\.safetensors)"/);
  }
  assert.deepEqual(readFileSync(join(folder, "config.json")), before);
});

test("a model's weights are read again when that is asked for, and one that is damaged is told", async (t) => {
  const folder = temporaryFolder(t);
  await writeTinyModel(folder);
  const good = await run("--verify", folder);
  assert.deepEqual(good, { code: 0, out: "tiny: all 1 weight files are intact\n", err: "" });
  const path = join(folder, "weights.safetensors");
  const bytes = readFileSync(path);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(path, bytes);
  const bad = await run("--verify", folder);
  assert.equal(bad.code, 1);
  assert.match(bad.err, /weights\.safetensors is damaged: its checksum/);
});

test("a model that can't be fetched is said to be so, and the licence is told before anything is asked for", async (t) => {
  const asked: (string | undefined)[] = [];
  const server = createServer(({ url }, response) => {
    asked.push(url);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = temporaryFolder(t);
  const ended = await run("1b_lyrics", "--from", from, "--out", folder);
  assert.equal(ended.code, 1);
  assert.match(ended.out, /^The Jukebox weights .*noncommercial use only/);
  assert.match(ended.err, /^http.*5b\/vqvae\.pth\.tar answers 404\. Set --from to an address that has the file, or/);
  assert.deepEqual(asked, ["/jukebox/models/5b/vqvae.pth.tar"]);
  assert.deepEqual(readdirSync(folder), ["LICENCE-OF-THE-WEIGHTS.txt"]);
});

test("Ctrl-C leaves what was fetched for the next time", async (t) => {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-length": 1_000_000, etag: '"one"' }).write(Buffer.alloc(60_000));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const folder = temporaryFolder(t);
  const from = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const child = spawn(process.execPath, [program, "5b", "--from", from, "--out", folder], { stdio: "pipe" });
  child.stderr.once("data", () => child.kill("SIGINT")); // it has told of the first bytes
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
  assert.match(err, /Stopped\. Run the same command to resume\.\n$/);
  assert.equal(code, 130);
  assert.deepEqual(readdirSync(folder).sort(), [
    "LICENCE-OF-THE-WEIGHTS.txt",
    "vqvae.pth.tar.part",
    "vqvae.pth.tar.part.json",
  ]);
  assert.ok(statSync(join(folder, "vqvae.pth.tar.part")).size > 0);
});

const refusals: readonly { readonly words: readonly string[]; readonly answer: RegExp }[] = [
  { words: [], answer: /^Name one of: 1b_lyrics, 5b, 5b_lyrics\. See --help\.\n$/ },
  { words: ["7b"], answer: /^Name one of: 1b_lyrics, 5b, 5b_lyrics\./ },
  { words: ["toString"], answer: /^Name one of: 1b_lyrics/ },
  { words: ["5b", "--file", "x"], answer: /^Give either --file or the name of a model/ },
  { words: ["--file", "x"], answer: /^Name one of: vqvae, upsampler_level_0, / },
  { words: ["5b", "--bits", "5"], answer: /^--bits must be 4, 8, 16 or 32, not "5"\. --help lists the options\.\n$/ },
  { words: ["--verify", "/nowhere"], answer: /^I can't read the model in "\/nowhere"/ },
  { words: ["--fiel", "x"], answer: /^Unknown option '--fiel'.*--help lists the options\.\n$/s },
  {
    words: ["--file", "/nowhere/x.pth.tar", "--as", "vqvae"],
    answer: /^\/nowhere\/x\.pth\.tar is no checkpoint .*ENOENT/,
  },
  {
    words: ["--file", program, "--as", "vqvae"],
    answer: /import\.ts is no checkpoint .* neither of torch's two formats/,
  },
];

test("wrong arguments are refused in a sentence, and --help lists the right ones", async () => {
  for (const { words, answer } of refusals) {
    const { code, out, err } = await run(...words);
    assert.match(err, answer);
    assert.deepEqual({ code, out }, { code: 1, out: "" }, words.join(" "));
  }
  const { code, out } = await run("--help");
  assert.equal(code, 0);
  assert.match(out, /^npm run import -- 1b_lyrics\n/);
});

/** `npm run train` at its smallest: from nothing to a model that sings a row, and again without doing anything twice. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openPrior } from "../../src/inference/prior-sampler.ts";
import { openModelFolder, readModelConfig } from "../../src/model/folder.ts";
import { momentInput } from "../../src/model/prior.ts";
import { timingBins } from "../../src/music/timing.ts";
import { ints } from "../../src/onnx/session.ts";
import { temporaryFolder } from "../support/folder.ts";

const entry = new URL("../../src/cli/train.ts", import.meta.url).pathname;

/** Everything that the program said, and how it ended. */
function train(...options: string[]): Promise<{ code: number | null; said: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number | null; said: string }>();
  const child = spawn(process.execPath, [entry, ...options]);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text: Buffer) => {
      said += text;
    });
  child.once("error", reject);
  child.once("close", (code) => resolve({ code, said }));
  return promise;
}

test("one command makes a model that sings; the same command again changes nothing", async (t) => {
  const folder = temporaryFolder(t);
  const out = join(folder, "model");
  const options = ["--preset", "tiny", "--out", out, "--corpus", join(folder, "songs"), "--work", join(folder, "work")];
  const first = await train(...options);
  assert.equal(first.code, 0, first.said);
  const heard = ({ said }: { said: string }) => said.match(/hearing what level \d mistakes codes for/g) ?? [];
  assert.deepEqual(
    heard(first),
    [2, 1].map((level) => `hearing what level ${level} mistakes codes for`),
  );

  const config = await readModelConfig(out);
  assert.equal(config.weights[0]!.bytes, statSync(join(out, "weights.safetensors")).size);
  assert.deepEqual([config.artists[0], config.genres[0]], ["unknown", "unknown"]);
  assert.ok(config.bands.length > 5);
  await singsARow(out, config.priors.length - 1);
  const { store } = await openModelFolder(out, "vqvae");
  for (const level of [0, 1, 2]) assert.deepEqual(store.get(`bottleneck.level_blocks.${level}.k`)?.shape, [32, 8]);

  const samples = readdirSync(join(folder, "work", "samples"));
  const names = [0, 1, 2].flatMap((level) => [
    ...["vqvae", "decoder"].flatMap((part) =>
      [1, 2].map((reconstruct) => `${part}.${level} step 000006 copy ${reconstruct}.wav`),
    ),
    ...[1, 2].map((seed) => `prior.${level} step 000012 seed ${seed}.wav`),
  ]);
  assert.deepEqual(samples.sort(), ["original 1.wav", "original 2.wav", ...names].sort());

  const again = await train(...options, "--samples", "0");
  assert.equal(again.code, 0, again.said);
  assert.equal(again.said.match(/is there already/g)?.length, 3, again.said);
  assert.deepEqual(heard(again), [], "nothing is left to learn");
  assert.deepEqual((await readModelConfig(out)).weights, config.weights);

  const codes = join(folder, "work", "codes");
  const before = readdirSync(codes).filter((name) => name.endsWith(".2.u16"));
  const written = before.map((name) => statSync(join(codes, name)).mtimeMs);
  for (const stage of [["corpus"], ["codes", "2"]]) {
    const more = await train(...stage, ...options, "--songs", "18");
    assert.equal(more.code, 0, more.said);
  }
  assert.equal(readdirSync(codes).filter((name) => name.endsWith(".2.u16")).length, before.length + 2);
  assert.deepEqual(
    before.map((name) => statSync(join(codes, name)).mtimeMs),
    written,
    "songs that had codes are left alone",
  );
});

/** The top prior's first row, at its own temperature. */
async function singsARow(folder: string, level: number): Promise<void> {
  const { config, store } = await openModelFolder(folder, level);
  const size = config.priors[level]!;
  const prior = await openPrior(store, size);
  const { nCtx, bins } = size;
  const { sampleRate } = config;
  const window = nCtx * 128;
  const timing = timingBins(size.timing!, nCtx, { sampleRate, total: 10 * sampleRate, offset: 0, window });
  const begun = await prior.begin({
    artist: ints(Int32Array.of(1), [1]),
    genres: ints(Int32Array.of(1), [1, 1]),
    total: ints(Int32Array.of(timing.total), [1]),
    absolute: ints(timing.absolute, [1, nCtx]),
    relative: ints(timing.relative, [1, nCtx]),
    ...Object.fromEntries(size.moments!.map(({ name }) => [momentInput(name), ints(new Int32Array(nCtx), [1, nCtx])])),
  });
  const uniform = Float32Array.from({ length: prior.block }, (_, i) => (i + 0.5) / prior.block);
  const codes = await begun.row({ uniform, forced: new Int32Array(prior.block).fill(-1), temperature: 1 });
  assert.equal(codes.length, prior.block);
  assert.ok(codes.every((code) => code >= 0 && code < bins));
  await prior.close();
}

test("what can't be done is said in a sentence, before anything is made", async (t) => {
  const folder = temporaryFolder(t);
  for (const [options, sentence] of [
    [["--preset", "huge"], /I don't know the preset "huge"/],
    [["singing"], /I don't know the stage "singing"/],
    [["prior", "7"], /There is no level 7/],
    [["--minutes", "soon"], /--minutes must be a number above 0, not "soon"/],
    [["--samples", "often"], /--samples must be a number from 0 to 4294967295, not "often"/],
    [["prior", "2", "--corpus", folder, "--work", folder], /There is no corpus in/],
  ] as const) {
    const { code, said } = await train(...options);
    assert.equal(code, 1);
    assert.match(said, sentence);
    assert.doesNotMatch(said, /\n +at /);
  }
});

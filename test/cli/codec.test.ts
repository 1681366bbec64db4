/** The `encode` and `decode` programs: a file to codes and back, and what each level keeps of it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { convergence } from "../../src/audio/convergence.ts";
import { decodeFile } from "../../src/audio/decode.ts";
import { openWav } from "../../src/audio/wav.ts";
import { runDecode } from "../../src/cli/decode.ts";
import { runEncode } from "../../src/cli/encode.ts";
import { UserError } from "../../src/errors.ts";
import { openCodec } from "../../src/inference/codec.ts";
import { type CodesOrigin, readCodes, writeCodes } from "../../src/inference/codes-file.ts";
import { encodeAll } from "../../src/inference/encode.ts";
import { openModelFolder, writeModelFolder } from "../../src/model/folder.ts";
import { damaged } from "../support/damage.ts";
import { temporaryFolder } from "../support/folder.ts";
import { framedVqvae, framedVqvaeStore } from "../support/framed-vqvae.ts";
import { tinyConfig, tinyStore, writeTinyModel } from "../support/model.ts";
import { seeded } from "../support/random.ts";

const model = mkdtempSync(join(tmpdir(), "jukebox-tiny-"));
const mp3 = join(import.meta.dirname, "../audio/fixtures/stereo.mp3");
const { sampleRate } = tinyConfig;
const seconds = 9984 / sampleRate; // 10,005 samples, less what fills no code of the coarsest level

before(() => writeTinyModel(model));
after(() => rmSync(model, { recursive: true }));

/** Runs a program's function; what it wrote, and how it ended. */
async function run(program: typeof runEncode, words: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const stdout = { write: (text: string) => out.push(text) };
  const stderr = { write: (text: string) => err.push(text) };
  const code = await program(["--model", model, ...words], { stdout, stderr });
  return { code, out: out.join(""), err: err.join("") };
}

async function tiny() {
  const { store } = await openModelFolder(model, "vqvae");
  const { channels } = await decodeFile(mp3, { sampleRate, maxSeconds: 9 });
  return { size: tinyConfig.vqvae, store, sound: channels[0]!.subarray(0, 9984) };
}

for (const ending of [".codes.json", ".safetensors"])
  test(`a file becomes codes in ${ending} and, from each level, sound again`, async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, `song${ending}`);
    const { code, out } = await run(runEncode, [mp3, "--out", file]);
    assert.equal(code, 0);
    const { size, store, sound } = await tiny();
    const expected = await encodeAll(sound, { size, store });
    for (const [level, codes] of expected.entries()) {
      const wav = join(folder, `copy-${level}.wav`);
      const told = await run(runDecode, [file, "--level", `${level}`, "--out", wav]);
      assert.deepEqual([told.code, told.out], [0, `${wav}: 0.5 s, reconstructed from level ${level} of tiny\n`]);
      const codec = await openCodec(level, { size, store, threads: 1 });
      const reconstruct = await codec.decode(codes);
      await codec.close();
      const heard = openWav(wav).read(0, 20_000);
      assert.equal(heard.length, 9984);
      assert.ok(heard.every((value, at) => Math.abs(value - Math.max(-1, Math.min(1, reconstruct[at]!))) <= 1 / 32768));
      const { whole, bands } = convergence(sound, reconstruct, sampleRate);
      const row = out.split("\n")[2 + level]!.trim().split(/\s+/);
      assert.deepEqual(row, [
        `${level}`,
        `${Math.round(sampleRate / [16, 64, 128][level]!)}`,
        ...[whole, ...bands].map((value) => value.toFixed(1)),
      ]);
    }
  });

test("a codes file says what its codes are of, and holds only the level that was wanted", async (t) => {
  const file = join(temporaryFolder(t), "song.json");
  await run(runEncode, [mp3, "--out", file, "--level", "2", "--seconds", "0.2"]);
  const { codebooks, codes, ...facts } = JSON.parse(readFileSync(file, "utf8"));
  const [samples, hops] = [4352, [16, 64, 128]]; // 0.2 s in whole codes
  assert.deepEqual(facts, { kind: "jukebox codes", model: "tiny", sampleRate, hops, seconds: samples / sampleRate });
  assert.match(codebooks, /^[0-9a-f]{16}$/);
  assert.deepEqual([Object.keys(codes), codes["2"].length], [["2"], samples / 128]);
  const before = readFileSync(file);
  const taken = await run(runEncode, [mp3, "--out", file]);
  assert.deepEqual([taken.code, /song\.json" exists already/.test(taken.err)], [1, true]);
  const itself = await run(runDecode, [file, "--out", file, "--force"]);
  assert.match(itself.err, /song\.json" is an input and would be overwritten/);
  assert.deepEqual(readFileSync(file), before);
  const other = await run(runDecode, [file, "--level", "0"]);
  assert.match(other.err, /has no codes of level 0, only of: 2\.\n$/);
});

test("codes of another model are refused, also if it has the same name", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "song.json");
  await run(runEncode, [mp3, "--out", file]);
  for (const [name, sentence] of [
    [
      "tiny",
      /^".*song\.json" holds codes of another model called tiny, which mean nothing to the model tiny given here\.\n$/,
    ],
    ["small", /^".*song\.json" holds codes of the model tiny, which mean nothing to the model small given here\.\n$/],
  ] as const) {
    const path = join(folder, name);
    await writeModelFolder(path, { ...tinyConfig, name }, tinyStore(2));
    const { code, err } = await run(runDecode, ["--model", path, file]);
    assert.equal(code, 1);
    assert.match(err, sentence);
  }
});

test("words that make no sense and files that won't do are refused in a sentence", async (t) => {
  const folder = temporaryFolder(t);
  const nothing = join(folder, "nothing");
  const cases: [typeof runEncode, string[], RegExp][] = [
    [runEncode, [], /^Name one file, as in: npm run encode -- song\.mp3\n$/],
    [runDecode, ["a", "b"], /^Name one file, as in: npm run decode -- song\.codes\.json\n$/],
    [runEncode, [mp3, "--level", "3"], /^This model has levels 0 to 2, not 3\.\n$/],
    [runEncode, [mp3, "--level", "fine"], /^--level must be a whole number, at least 0, not "fine"/],
    [runEncode, [mp3, "--seconds", "0"], /^--seconds must be a number above 0, not "0"/],
    [runEncode, [mp3, "--loud"], /--loud.*--help lists the options/],
    [runEncode, [mp3, "--out", join(folder, "song.txt")], /^Codes are kept in \.json and \.safetensors files/],
    [runEncode, [mp3, "--out", "/nowhere/song.json"], /The folder for "\/nowhere\/song\.json" does not exist/],
    [runEncode, [mp3, "--out", "/nowhere/song.safetensors"], /The folder for .* does not exist/],
    [runEncode, [nothing], /^There is no file "nothing"\.\n$/],
    [runDecode, [nothing], /^There is no file ".*nothing"\.\n$/],
    [runDecode, [mp3], /^".*stereo\.mp3" holds no codes\.\n$/],
    [runDecode, [nothing, "--seconds", "2"], /^--seconds is an option of npm run encode\.\n$/],
  ];
  for (const [program, words, sentence] of cases) {
    const { code, err } = await run(program, words);
    assert.equal(code, 1);
    assert.match(err, sentence);
  }
  for (const program of [runEncode, runDecode])
    assert.match((await run(program, ["--help"])).out, /--level N.*--model/s);
});

test("damaged codes files are read or refused, and no code is out of range", (t) => {
  const origin: CodesOrigin = { model: "tiny", codebooks: "0123456789abcdef", sampleRate: 8000, hops: [4, 8] };
  const random = seeded(5);
  for (const ending of ["json", "safetensors"]) {
    const path = join(temporaryFolder(t), `song.${ending}`);
    const line = (length: number) => Uint16Array.from({ length }, () => random() * 32);
    const codes = new Map([
      [0, line(20)],
      [1, line(10)],
    ]);
    writeCodes(path, { ...origin, seconds: 0.01, codes });
    const bytes = readFileSync(path);
    assert.deepEqual(readCodes(path, origin, [32, 32]), { ...origin, seconds: 0.01, codes });
    assert.throws(() => readCodes(path, origin, [32, 3]), /has codes of level 1 that are none/);
    assert.throws(() => readCodes(path, origin, [32]), /codes of level 1, which is none/);
    let refused = 0;
    for (let round = 0; round < 300; round++) {
      writeFileSync(path, damaged(bytes, random));
      try {
        const read = readCodes(path, origin, [32, 32]);
        for (const found of read.codes.values()) assert.ok(found.length > 0 && found.every((code) => code < 32));
      } catch (error) {
        assert.ok(error instanceof UserError, String(error));
        refused++;
      }
    }
    assert.ok(refused > 200, `${refused} refused`);
  }
});

test("frames of several codes come back whole, and mean nothing where frames have another number of codes", (t) => {
  const origin: CodesOrigin = { model: "a", codebooks: "0123456789abcdef", sampleRate: 8000, hops: [4, 8] };
  const framed = { ...origin, codesPerFrame: [3, 1] };
  const codes = new Map([
    [0, Uint16Array.from({ length: 60 }, (_, at) => at % 32)],
    [1, new Uint16Array(10)],
  ]);
  for (const ending of ["json", "safetensors"]) {
    const path = join(temporaryFolder(t), `song.${ending}`);
    writeCodes(path, { ...framed, seconds: 0.01, codes });
    assert.deepEqual(readCodes(path, framed, [32, 32]), { ...framed, seconds: 0.01, codes });
    for (const other of [origin, { ...framed, codesPerFrame: [2, 1] }])
      assert.throws(() => readCodes(path, other, [32, 32]), /codes of another model called a/);
    writeCodes(path, { ...framed, seconds: 0.01, codes: new Map([[0, new Uint16Array(61)]]) });
    assert.throws(() => readCodes(path, framed, [32, 32]), /has codes of level 0 that are none/);
  }
});

test("a level that reads the one above is encoded and decoded with it", async (t) => {
  const folder = join(temporaryFolder(t), "framed");
  const priors = tinyConfig.priors.slice(1).map((size) => ({ ...size, bins: 32 }));
  const lists = { hopFractions: [0.5, 0.5], temperatures: [1, 1] };
  const store = new Map([...framedVqvaeStore, ["level_0.none", { shape: [1], data: new Float32Array(1) }]] as const);
  await writeModelFolder(folder, { ...tinyConfig, ...lists, name: "framed", vqvae: framedVqvae, priors }, store);
  const file = join(folder, "song.json");
  const { code, out, err } = await run(runEncode, ["--model", folder, mp3, "--out", file, "--level", "0"]);
  assert.deepEqual([code, err], [0, ""]);
  const rows = out
    .split("\n")
    .slice(2, 4)
    .map((row) => row.trim().split(/\s+/).slice(0, 2));
  assert.deepEqual(rows, [
    ["0", `${Math.round((3 * sampleRate) / 16)}`],
    ["1", `${Math.round(sampleRate / 32)}`],
  ]);
  const { codes } = JSON.parse(readFileSync(file, "utf8"));
  assert.deepEqual(Object.keys(codes), ["0", "1"]);
  assert.equal(codes["0"].length, 6 * codes["1"].length);
  const wav = join(folder, "copy.wav");
  assert.equal((await run(runDecode, ["--model", folder, file, "--out", wav])).code, 0);
  assert.equal(openWav(wav).samples, 32 * codes["1"].length);
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), codes: { 0: codes["0"] } }));
  const alone = await run(runDecode, ["--model", folder, file, "--out", wav]);
  assert.match(alone.err, /has no codes of level 1, only of: 0\.\n$/);
});

test("the programs run from the shell, and call their files after the one they were given", (t) => {
  const cwd = temporaryFolder(t);
  const start = (program: string, ...words: string[]) => {
    const path = fileURLToPath(new URL(`../../src/cli/${program}.ts`, import.meta.url));
    return spawnSync(process.execPath, [path, ...words, "--model", model], { cwd, encoding: "utf8" });
  };
  assert.equal(start("encode", mp3).status, 0);
  assert.equal(start("decode", "stereo.codes.json").status, 0);
  assert.ok(existsSync(join(cwd, "stereo-level0.wav")));
  assert.ok(Math.abs(openWav(join(cwd, "stereo-level0.wav")).samples / sampleRate - seconds) < 1e-9);
  const refused = start("decode", "nothing.json");
  assert.deepEqual([refused.status, refused.stderr], [1, 'There is no file "nothing.json".\n']);
});

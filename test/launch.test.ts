/** Programs start on a Node that can run them, or say in one sentence what is missing; also after an installation for production. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "./support/folder.ts";
import { writeTinyModel } from "./support/model.ts";

const root = join(import.meta.dirname, "..");
const mp3 = join(import.meta.dirname, "audio/fixtures/stereo.mp3");

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly hasInstallScript?: boolean }>>;
}
const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock;

/** The package that brings Node for this system. */
const system = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const nodePackage = system === "darwin-arm64" ? `node-bin-${system}` : `node-${system}`;

async function run(words: string[], folder = root, environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, words, { cwd: folder, env: { ...process.env, ...environment } });
  const [out, err, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: (code ?? signal) as number | string, out, err };
}

/** A folder with the launcher and a program; `node` is what the package that brings Node has. */
function aProject(t: TestContext, { node = process.execPath, dev = true }: { node?: string; dev?: boolean } = {}) {
  const folder = temporaryFolder(t);
  cpSync(join(root, "src/launch.cjs"), join(folder, "src/launch.cjs"));
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  writeFileSync(join(folder, "older.cjs"), older);
  writeFileSync(join(folder, "program.ts"), program);
  const binary = join(folder, "node_modules", nodePackage, "bin/node");
  mkdirSync(dirname(binary), { recursive: true });
  if (node !== "") symlinkSync(node, binary);
  const packages = dev ? Object.keys(manifest.devDependencies) : [];
  for (const name of packages) mkdirSync(join(folder, "node_modules", name), { recursive: true });
  return folder;
}

/** Loaded first, it makes this Node an older one, in its own opinion. */
const older = `
  Object.defineProperty(process, "version", { value: "v20.11.1" });
  Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.11.1" } });
`;

const program = `
  const words: string[] = process.argv.slice(2);
  if (words[0] === "wait") {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(signal === "SIGINT" ? 130 : 143));
    setInterval(() => {}, 1000);
  }
  console.log(JSON.stringify({ words, main: import.meta.main, version: process.version }));
  if (words[0] === "fail") process.exitCode = 7;
  if (words[0] === "die") process.kill(process.pid, "SIGKILL");
`;

const runnable = { fitting: [] as string[], older: ["-r", "./older.cjs"] };

for (const [kind, preload] of Object.entries(runnable)) {
  const start = [...preload, "src/launch.cjs", "program.ts"];

  test(`on a Node that is ${kind}, a program gets its words, and its end is the launcher's`, async (t) => {
    const folder = aProject(t);
    const told = await run([...start, "a b", "--c"], folder);
    assert.deepEqual([told.code, told.err], [0, ""]);
    assert.deepEqual(JSON.parse(told.out), { words: ["a b", "--c"], main: true, version: process.version });
    assert.equal((await run([...start, "fail"], folder)).code, 7);
    assert.equal((await run([...preload, "src/launch.cjs", "--dev", "-p", "6 * 7"], folder)).out, "42\n");
    assert.equal((await run([...start, "die"], folder)).code, "SIGKILL");
  });

  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)
    test(`on a Node that is ${kind}, a program gets ${signal}`, async (t) => {
      const child = spawn(process.execPath, [...start, "wait"], {
        cwd: aProject(t),
        stdio: ["ignore", "pipe", "ignore"],
      });
      t.after(() => child.kill("SIGKILL"));
      await once(child.stdout, "data");
      child.kill(signal);
      assert.deepEqual(await once(child, "close"), [code, null]);
    });
}

const sentence = /^This needs Node 26 or newer, but [^\n]*v20\.11\.1[^\n]*`npm ci`[^\n]*https:\/\/nodejs\.org\.\n$/;

test("without a Node that can run it, one sentence says so, and where to get one", async (t) => {
  const none = aProject(t, { node: "" });
  const broken = join(temporaryFolder(t), "node");
  writeFileSync(broken, "not a program");
  chmodSync(broken, 0o644);
  const starts = [
    { folder: none, words: ["-r", "./older.cjs", "src/launch.cjs", "program.ts"] },
    { folder: none, words: ["-r", "./older.cjs", "src/launch.cjs", "--dev", "--test"] },
    { folder: aProject(t, { node: broken }), words: ["-r", "./older.cjs", "src/launch.cjs", "program.ts"] },
  ];
  for (const { folder, words } of starts) {
    const { code, out, err } = await run(words, folder);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, sentence);
  }
});

test("programs that develop and train say which packages an installation left out", async (t) => {
  const { code, err } = await run(["src/launch.cjs", "--dev", "program.ts"], aProject(t, { dev: false }));
  assert.equal(code, 1);
  assert.match(
    err,
    /^This needs packages that are not installed \(.*spessasynth_core.*\): run `npm ci --include=dev` first\.\n$/,
  );
  assert.equal((await run(["src/launch.cjs", "--dev", "program.ts"], aProject(t))).code, 0);
});

/** What `npm run` starts. */
const programs = Object.values(manifest.scripts).flatMap((script) => /\S+\.ts(?= |$)/.exec(script) ?? []);

test("all programs are started by the launcher, and check Node also without it, before anything else is loaded", async (t) => {
  assert.ok(programs.length >= 9);
  for (const script of Object.values(manifest.scripts).filter((script) => /src\/\S+\.ts$/.test(script)))
    assert.match(script, /^node src\/launch\.cjs (--dev )?src\/\S+\.ts$/);
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "older.cjs"), `${older}\ndelete globalThis.Float16Array; delete RegExp.escape;`);
  for (const path of programs) {
    const { code, out, err } = await run(["-r", join(folder, "older.cjs"), path, "--help"]);
    assert.deepEqual([code, out], [1, ""], path);
    assert.match(err.replace(/^\(.*\n/gm, ""), sentence); // Node may warn of modules that it counts as experiments
  }
});

test("nothing that an installation for production brings needs a script, but CUDA's files", () => {
  const scripted = Object.entries(lock.packages).filter(([, { dev, hasInstallScript }]) => hasInstallScript && !dev);
  assert.deepEqual(
    scripted.map(([name]) => name),
    ["node_modules/onnxruntime-node"],
  );
  assert.ok(nodePackage in manifest.optionalDependencies || process.platform === "freebsd");
});

/** The program with just the packages that `npm ci --omit=dev` installs. */
function production(t: TestContext): string {
  const folder = temporaryFolder(t);
  for (const path of ["src", "package.json"]) cpSync(join(root, path), join(folder, path), { recursive: true });
  const kept = Object.entries(lock.packages).filter(
    ([path, { dev }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !dev,
  );
  for (const [path] of kept) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(join(root, path), join(folder, path)); // those of other systems lead nowhere
  }
  return folder;
}

test("an installation for production plays, encodes, decodes and starts the bot; training says what it lacks", async (t) => {
  const folder = production(t);
  const model = join(folder, "model");
  await writeTinyModel(model);
  const song = (words: string[]) => run(["src/launch.cjs", ...words], folder);
  const made = await song(["src/cli/play.ts", "seconds:2", "--model", model, "--out", "song.ogg"]);
  assert.equal(made.code, 0, made.err);
  const encoded = await song(["src/cli/encode.ts", mp3, "--model", model, "--out", "song.codes.json"]);
  assert.equal(encoded.code, 0, encoded.err);
  const decoded = await song(["src/cli/decode.ts", "song.codes.json", "--model", model]);
  assert.equal(decoded.code, 0, decoded.err);
  for (const path of ["src/cli/bench.ts", "src/cli/import.ts"])
    assert.equal((await song([path, "--help"])).code, 0, path);
  const bot = await run(["src/launch.cjs", "src/main.ts"], folder, { DISCORD_TOKEN: "" });
  assert.match(bot.err, /^\S+ error DISCORD_TOKEN is missing/);
  const trained = await song(["--dev", "src/cli/train.ts"]);
  assert.deepEqual([trained.code, trained.err.split("\n").length], [1, 2]);
});

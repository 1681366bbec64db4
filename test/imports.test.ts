/** Imports point one way: who may know whom, and which file is an outside library's only door. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const source = join(import.meta.dirname, "..", "src");

/** What each folder may import of the house; files at the top may import everything. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  onnx: ["errors.ts"],
  audio: ["errors.ts"],
  labels: ["singing", "errors.ts"],
  singing: [],
  pictures: ["labels", "errors.ts"],
  model: ["onnx", "errors.ts"],
  inference: ["onnx", "model", "labels", "audio", "pictures", "errors.ts"],
  training: ["onnx", "model", "labels", "singing", "audio", "pictures", "inference", "errors.ts"],
  queue: ["labels", "audio", "errors.ts"],
  store: ["queue", "labels", "inference", "errors.ts"],
  commands: ["queue", "store", "labels", "inference", "errors.ts"],
  bot: ["commands", "queue", "store", "labels", "audio", "pictures", "inference", "config.ts", "log.ts", "errors.ts"],
  terminal: ["labels", "errors.ts"],
  bench: ["onnx", "model", "training", "inference", "import", "errors.ts"],
  import: ["onnx", "model", "labels", "errors.ts"],
};

/** Of these folders only types are needed. */
const typesOnly: Readonly<Record<string, readonly string[]>> = {
  store: ["inference", "queue"],
  pictures: ["labels"],
  commands: ["inference"],
  queue: ["labels"],
};

const doors: Readonly<Record<string, string>> = {
  "onnxruntime-node": "onnx/session.ts",
  mediaplex: "audio/opus.ts",
  "@audio/decode-mp3": "audio/decoding/mp3.ts",
  "@audio/decode-vorbis": "audio/decoding/vorbis.ts",
  "fast-png": "pictures/png.ts",
  "@discordjs/voice": "bot/stage.ts",
  dotenv: "config.ts",
  unidecode: "labels/characters.ts",
  spessasynth_core: "training/corpus/synth.ts",
  "cmu-pronouncing-dictionary": "singing/pronounce.ts",
};

interface Import {
  readonly file: string;
  readonly type: boolean;
  readonly from: string;
}

const imports: readonly Import[] = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .flatMap((file) => {
    const text = readFileSync(join(source, file), "utf8");
    const found = text.matchAll(/^(?:import|export) (type )?(?:[^;"]*? from )?"([^"]+)";/gm);
    return [...found].map(([, type, from]) => ({ file, type: type !== undefined, from: from! }));
  });

const folderOf = (path: string): string => path.split("/")[0]!;

test("imports point one way", () => {
  const inside = imports.filter(({ from }) => from.startsWith("."));
  assert.ok(inside.length > 200, "the imports are found");
  for (const { file, from, type } of inside) {
    const [mine, theirs] = [folderOf(file), folderOf(join(dirname(file), from))];
    if (mine === theirs || mine.endsWith(".ts")) continue;
    assert.ok(allowed[mine]?.includes(theirs), `${file} must not import ${from}`);
    assert.ok(type || !typesOnly[mine]?.includes(theirs), `${file} may only import types from ${from}`);
  }
});

test("each outside library has one door", () => {
  for (const [library, door] of Object.entries(doors)) {
    const users = imports.filter(({ from }) => from === library).map(({ file }) => file);
    assert.deepEqual([...new Set(users)], [door], library);
  }
});

test("only config.ts reads the environment", () => {
  const readers = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && readFileSync(join(source, file), "utf8").includes("process.env"),
  );
  assert.deepEqual(readers, ["config.ts"]);
});

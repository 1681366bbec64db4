/** Imports point one way: which folder may import which, and which file is an outside library's only door. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const source = join(import.meta.dirname, "..", "src");

/** What each folder may import; files at the top and the programs in `cli` may import everything. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  onnx: ["errors.ts"],
  audio: ["files.ts", "priority.ts", "errors.ts"],
  music: ["errors.ts"],
  singing: [],
  lyrics: ["music", "errors.ts"],
  song: ["music", "lyrics", "singing", "errors.ts"],
  pictures: ["lyrics", "errors.ts"],
  model: ["onnx", "audio", "errors.ts"],
  inference: [
    ...["onnx", "model", "song", "music", "lyrics", "audio", "pictures"],
    ...["files.ts", "priority.ts", "errors.ts"],
  ],
  corpus: ["music", "singing", "audio", "random.ts", "errors.ts"],
  dataset: [
    ...["corpus", "music", "singing", "lyrics", "audio", "model", "inference"],
    ...["files.ts", "random.ts", "tasks.ts", "errors.ts"],
  ],
  training: ["onnx", "model", "song", "music", "audio", "pictures", "inference", "dataset", "random.ts", "errors.ts"],
  evaluation: [
    ...["onnx", "model", "song", "music", "lyrics", "audio", "pictures", "inference"],
    ...["corpus", "dataset", "training", "random.ts", "errors.ts"],
  ],
  queue: ["song", "audio", "errors.ts"],
  store: ["queue", "song", "inference", "errors.ts"],
  commands: ["queue", "store", "song", "lyrics", "inference", "errors.ts"],
  bot: [
    ...["commands", "queue", "store", "song", "lyrics", "audio", "pictures", "inference"],
    ...["config.ts", "log.ts", "files.ts", "priority.ts", "errors.ts"],
  ],
  bench: ["onnx", "model", "training", "inference", "import", "errors.ts"],
  import: ["onnx", "model", "song", "errors.ts"],
};

/** Of these folders only types are needed. */
const typesOnly: Readonly<Record<string, readonly string[]>> = {
  store: ["inference", "queue"],
  pictures: ["lyrics"],
  commands: ["inference"],
  queue: ["song"],
};

const doors: Readonly<Record<string, string>> = {
  "onnxruntime-node": "onnx/session.ts",
  mediaplex: "audio/opus.ts",
  "@audio/decode-mp3": "audio/decoding/mp3.ts",
  "@audio/decode-vorbis": "audio/decoding/vorbis.ts",
  "fast-png": "pictures/png.ts",
  "@discordjs/voice": "bot/voice/session.ts",
  dotenv: "config.ts",
  unidecode: "lyrics/characters.ts",
  spessasynth_core: "corpus/synth.ts",
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
    if (mine === theirs || mine === "cli" || mine.endsWith(".ts")) continue;
    assert.ok(allowed[mine]?.includes(theirs), `${file} must not import ${from}`);
    assert.ok(type || !typesOnly[mine]?.includes(theirs), `${file} may only import types from ${from}`);
  }
});

/** Groups of nodes that lead to one another, found by following every path (Tarjan). */
function circlesIn(arrows: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const order = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  const lowest = (node: string): number => {
    const own = order.size;
    order.set(node, own);
    open.push(node);
    let low = own;
    for (const next of arrows.get(node) ?? []) {
      if (!order.has(next)) low = Math.min(low, lowest(next));
      else if (open.includes(next)) low = Math.min(low, order.get(next)!);
    }
    if (low === own) {
      const circle = open.splice(open.indexOf(node));
      if (circle.length > 1) circles.push(circle);
    }
    return low;
  };
  for (const node of arrows.keys()) if (!order.has(node)) lowest(node);
  return circles;
}

/** Imports between files of `src`, as arrows between what `nodeOf` makes of them. */
function arrowsBetween(nodeOf: (file: string) => string): Map<string, Set<string>> {
  const arrows = new Map<string, Set<string>>();
  for (const { file, from } of imports) {
    if (!from.startsWith(".")) continue;
    const [mine, theirs] = [nodeOf(file), nodeOf(join(dirname(file), from))];
    if (mine === theirs) continue;
    arrows.set(mine, (arrows.get(mine) ?? new Set()).add(theirs));
  }
  return arrows;
}

test("the search for circles finds them", () => {
  const arrows = new Map([
    ["a", new Set(["b"])],
    ["b", new Set(["c", "d"])],
    ["c", new Set(["a"])],
    ["d", new Set(["e"])],
  ]);
  assert.deepEqual(circlesIn(arrows), [["a", "b", "c"]]);
});

test("no files import one another in a circle, not even types", () => {
  assert.deepEqual(circlesIn(arrowsBetween((file) => file)), []);
});

test("no folders import one another in a circle", () => {
  assert.deepEqual(circlesIn(arrowsBetween(folderOf)), []);
});

test("the bot's folders import one another one way: songs, voice, discord", () => {
  const folders = ["bot/discord", "bot/voice", "bot/songs"];
  const innerFolder = (file: string) => folders.find((folder) => file.startsWith(`${folder}/`)) ?? file;
  assert.deepEqual(circlesIn(arrowsBetween(innerFolder)), []);
});

test("each outside library has one door", () => {
  for (const [library, door] of Object.entries(doors)) {
    const users = imports.filter(({ from }) => from === library).map(({ file }) => file);
    assert.deepEqual([...new Set(users)], [door], library);
  }
});

test("only priority.ts changes a priority", () => {
  const users = imports.filter(({ file }) => readFileSync(join(source, file), "utf8").includes("setPriority"));
  assert.deepEqual([...new Set(users.map(({ file }) => file))], ["priority.ts"]);
});

test("only config.ts reads the environment, and only telemetry.ts sets something there, before the runtime is loaded", () => {
  const users = readdirSync(source, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && readFileSync(join(source, file), "utf8").includes("process.env"),
  );
  assert.deepEqual(users.sort(), ["config.ts", "onnx/telemetry.ts"]);
  const runtime = imports.filter(({ file }) => file === "onnx/session.ts").map(({ from }) => from);
  assert.ok(runtime.indexOf("./telemetry.ts") < runtime.indexOf("onnxruntime-node"));
  assert.ok(runtime.includes("./telemetry.ts"));
});

/** `npm run bench`: measures this machine with a model folder, as a table and as one line of JSON. */
import "../launch.cjs"; // first, as it checks Node
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { readBandwidth } from "../bench/bandwidth.ts";
import { type CascadeSpeed, cascadeSpeed } from "../bench/cascade.ts";
import { generateModel } from "../bench/generate.ts";
import { bitsOf, type LevelSpeed, levelSpeed } from "../bench/levels.ts";
import { loadedPlay } from "../bench/load.ts";
import { presetOf, type TrainingSpeed, trainingSpeed } from "../bench/training.ts";
import { asUserError, UserError } from "../errors.ts";
import type { ImportBits } from "../import/convert.ts";
import { MODELS } from "../import/released.ts";
import { readModelConfig } from "../model/folder.ts";
import type { Bits } from "../model/weights.ts";

const usage = `npm run bench -- --model models/garage
npm run bench -- --generated 1b_lyrics --bits 4 --level 2 --threads 2

The second measures a released model's shape with made-up weights, in a temporary folder: ${Object.keys(MODELS).join(", ")}.

  --bits NUMBER      of the dense layers: 4, 8 or 32 (16 and 32 are the same to an imported model); 8 if it isn't told
  --training         steps of training alone, of a model that is trained here
  --busy NUMBER      a song that is played beside so many programs that want a core each, and not the rest
  --level NUMBER     this level alone, and not the whole cascade
  --threads NUMBER   of a level that is measured alone; 1 if it isn't told
  --seconds NUMBER   of the song that the cascade makes; 20 if it isn't told
  --limit NUMBER     seconds that each measurement may take; 20 if it isn't told, and four times that for a song
  --json             the line of JSON alone
`;

const { values } = parseArgs({
  options: {
    model: { type: "string", default: "models/garage" },
    generated: { type: "string" },
    seconds: { type: "string", default: "20" },
    bits: { type: "string", default: "8" },
    level: { type: "string" },
    threads: { type: "string", default: "1" },
    limit: { type: "string", default: "20" },
    busy: { type: "string" },
    training: { type: "boolean", default: false },
    part: { type: "string", default: "" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
const bits = numberOf("bits", [4, 8, 16, 32]) as ImportBits;
const [threads, limitSeconds] = [numberOf("threads"), numberOf("limit")];

function numberOf(
  name: "bits" | "busy" | "threads" | "limit" | "level" | "seconds",
  among?: readonly number[],
): number {
  const number = Number(values[name]);
  if (number >= 0 && (among?.includes(number) ?? true)) return number;
  console.error(`--${name} is ${among?.join(", ") ?? "a number"}, not "${values[name]}".`);
  process.exit(1);
}

/** Each part runs in a process of its own: memory is its own, and nothing is warm from the part before. */
async function partOf<T>(part: string, model: string): Promise<T> {
  const { seconds } = values;
  const options = { part, model, seconds, bits: values.bits, threads: values.threads, limit: values.limit };
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, ...words], {
    maxBuffer: 2 ** 24,
  });
  return JSON.parse(stdout) as T;
}

async function main(): Promise<void> {
  const { model, part, generated, help } = values;
  const loaded: Bits = bits === 16 ? 32 : bits;
  if (help) process.stdout.write(usage);
  else if (part === "cascade")
    print(await cascadeSpeed(model, { seconds: numberOf("seconds"), bits: loaded, limitSeconds: 4 * limitSeconds }));
  else if (part === "training") print(await trainingOf(model));
  else if (part) print(await levelSpeed(model, Number(part), { bits: loaded, threads, limitSeconds }));
  else if (values.busy !== undefined)
    print(await loadedPlay(model, { seconds: numberOf("seconds"), bits: loaded, programs: numberOf("busy") }));
  else if (values.training) await measuredTraining(model);
  else if (generated === undefined) await measured(model);
  else await measuredGenerated(generated);
}

async function measuredGenerated(name: string): Promise<void> {
  if (!Object.hasOwn(MODELS, name)) throw new UserError(`Say which: ${Object.keys(MODELS).join(", ")}.`);
  const folder = mkdtempSync(join(tmpdir(), "bench-model-"));
  try {
    const level = values.level === undefined ? undefined : numberOf("level");
    await generateModel(MODELS[name as keyof typeof MODELS], { folder, bits, level }); // the line before proves it
    await measured(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A quarter of the limit for each of its parts. */
async function trainingOf(model: string): Promise<TrainingSpeed> {
  const config = await readModelConfig(model);
  const preset = presetOf(config);
  if (!preset) throw new UserError(`No preset trains such a model as "${model}".`);
  return trainingSpeed(config.priors, preset, { threads, limitSeconds: limitSeconds / 4 });
}

async function measuredTraining(model: string): Promise<void> {
  const training = await partOf<TrainingSpeed>("training", model);
  if (!values.json) trainingTable(training);
  print({ model, machine: machine(), threads, training });
}

async function measured(model: string): Promise<void> {
  const config = await readModelConfig(model);
  const alone = values.level === undefined ? undefined : numberOf("level", [...config.priors.keys()]);
  const levels: LevelSpeed[] = [];
  for (const level of alone === undefined ? config.priors.keys() : [alone])
    levels.push(await partOf<LevelSpeed>(String(level), model));
  const cascade = alone === undefined ? await partOf<CascadeSpeed>("cascade", model) : undefined;
  const trained = alone === undefined && presetOf(config) !== undefined;
  const training = trained ? await partOf<TrainingSpeed>("training", model) : undefined;
  const memoryBandwidth = await readBandwidth(2 ** 28, threads); // far more than any cache holds
  const name = values.generated === undefined ? config.name : `${config.name} with made-up weights`;
  const all = {
    model: name,
    machine: machine(),
    bits: bitsOf(config) ?? bits,
    threads,
    memoryBandwidth,
    levels,
    cascade,
    training,
  };
  if (!values.json) table(all);
  print(all);
}

const print = (value: unknown): void => console.log(JSON.stringify(value));
const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown processor"}, Node ${process.versions.node}`;

interface Measured {
  readonly model: string;
  readonly bits: number;
  readonly memoryBandwidth: number;
  readonly levels: readonly LevelSpeed[];
  readonly cascade: CascadeSpeed | undefined;
  readonly training: TrainingSpeed | undefined;
}

const billions = (number: number): string => (number / 1e9).toFixed(1);
const cores = threads === 1 ? "one core" : `${threads} threads`;

function table({ model, bits: kept, memoryBandwidth, levels, cascade, training }: Measured): void {
  console.log(`${model}, priors in ${kept} bits, on ${machine()}\n`);
  const head = [
    "level",
    "weights per code",
    `codes/s, ${cores}`,
    "× real time",
    "reads GB/s",
    "of a block of that size, GB/s",
    "prefill codes/s",
    "conditions of a window",
    "memory of the level alone",
    "decoder × real time",
  ];
  console.log(`| ${head.join(" | ")} |\n| ${head.map(() => "---").join(" | ")} |`);
  for (const level of levels) console.log(`| ${cellsOf(level).join(" | ")} |`);
  console.log(`\nFrom memory, beyond all caches, ${cores} read ${billions(memoryBandwidth)} GB/s.`);
  for (const { level, drawn } of levels)
    console.log(`Level ${level} was drawn at positions ${drawn.from} to ${drawn.to} of its window.`);
  for (const { level, together } of levels) if (together.length > 0) togetherTable(level, together);
  if (cascade) cascadeTable(cascade);
  if (training) trainingTable(training);
}

function togetherTable(level: number, together: LevelSpeed["together"]): void {
  const cells = together.map(({ songs, codesPerSecond }) => `${songs}: ${Math.round(codesPerSecond)}`);
  console.log(`Songs at once, and codes/s of all of them, at level ${level}: ${cells.join(", ")}.`);
}

function trainingTable({ steps, productFlopsPerSecond }: TrainingSpeed): void {
  const head = ["a training step", "GFLOP of its products", "seconds", "codes/s", "GFLOP/s", "of a plain product's"];
  console.log(`\n| ${head.join(" | ")} |\n| ${head.map(() => "---").join(" | ")} |`);
  for (const { name, flops, secondsPerStep, codesPerSecond, flopsPerSecond } of steps) {
    const share = `${Math.round((100 * flopsPerSecond) / productFlopsPerSecond)} %`;
    const cells = [name, billions(flops), secondsPerStep.toFixed(3), Math.round(codesPerSecond)];
    console.log(`| ${[...cells, billions(flopsPerSecond), share].join(" | ")} |`);
  }
  console.log(`\nA plain matrix product reaches ${billions(productFlopsPerSecond)} GFLOP/s, ${cores}.\n`);
}

function cellsOf(level: LevelSpeed): (string | number)[] {
  const share = Math.round((100 * level.bytesPerSecond) / level.readBandwidth);
  const few = (value: number): string => (value < 100 ? value.toFixed(1) : String(Math.round(value)));
  return [
    level.level,
    `${level.loopWeights.toFixed(2)} M`,
    few(level.codesPerSecond),
    level.timesRealTime.toFixed(level.timesRealTime < 1 ? 3 : 1),
    billions(level.bytesPerSecond),
    `${billions(level.readBandwidth)} (${share} %)`,
    few(level.prefillCodesPerSecond),
    `${level.conditionSeconds.toFixed(3)} s`,
    `${Math.round(level.residentMegabytes)} MB`,
    level.decoderTimesRealTime.toFixed(0),
  ];
}

function cascadeTable(cascade: CascadeSpeed): void {
  const seconds = (value: number | undefined): string => (value === undefined ? "too long" : `${value.toFixed(2)} s`);
  const speed = cascade.timesRealTime?.toFixed(2) ?? `slower than ${(cascade.seconds / (4 * limitSeconds)).toFixed(2)}`;
  console.log("\n| the whole cascade | |\n| --- | --- |");
  console.log(`| × real time, a song of ${cascade.seconds} s to its final file | ${speed} |`);
  const [warm, cold] = [seconds(cascade.warmFirstSoundSeconds), seconds(cascade.coldFirstSoundSeconds)];
  console.log(`| first sound, engine warm / cold | ${warm} / ${cold} |`);
  console.log(`| abort of a song in full swing | ${cascade.abortMilliseconds.toFixed(0)} ms |`);
  console.log(`| resident memory, at most | ${Math.round(cascade.residentMegabytes)} MB |`);
  console.log(`| longest event-loop delay | ${cascade.longestEventLoopDelayMilliseconds.toFixed(0)} ms |\n`);
}

try {
  await main();
} catch (error) {
  const known = asUserError(error);
  if (known === undefined) throw error;
  console.error(known.message);
  process.exitCode = 1;
}

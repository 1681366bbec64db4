/** `npm run bench`: measures the speed of this machine with a model, as tables and as one line of JSON. */
import "../launch.cjs"; // first, as it checks Node
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { readBandwidth } from "../bench/bandwidth.ts";
import { type CascadeSpeed, cascadeSpeed } from "../bench/cascade.ts";
import { generateModel } from "../bench/generate.ts";
import { bitsOf, type LevelSpeed, levelSpeed } from "../bench/levels.ts";
import { loadedPlay } from "../bench/load.ts";
import { presetOf, type TrainingSpeed, trainingSpeed } from "../bench/training.ts";
import { UserError } from "../errors.ts";
import { MODELS } from "../import/released.ts";
import { readModelConfig } from "../model/folder.ts";
import type { Bits } from "../model/weights.ts";
import { parseArguments, parseChoice, parseNumber, parseOptionalNumber } from "./arguments.ts";
import { printTables, printTrainingTable } from "./bench-tables.ts";
import { exitCode } from "./exit-code.ts";

const usage = `npm run bench -- --model models/garage
npm run bench -- --generated 1b_lyrics --bits 4 --level 2 --threads 2

The second measures the shape of a released model with random weights, in a temporary folder: ${Object.keys(MODELS).join(", ")}.

  --bits NUMBER      bits per weight of dense layers: 4, 8 or 32 (imported models: 16 is the same as 32). Default: 8
  --training         only training steps, of a model that a preset trains
  --busy NUMBER      only a song that plays beside this many programs that each want a core
  --level NUMBER     only this level
  --threads NUMBER   threads of a level that is measured alone. Default: 1
  --seconds NUMBER   length of the song that the whole cascade generates. Default: 20
  --limit NUMBER     seconds that each measurement may take; four times that for a song. Default: 20
  --json             print only the line of JSON
`;

const options = {
  model: { type: "string", default: "models/garage" },
  generated: { type: "string" },
  seconds: { type: "string", default: "20" },
  bits: { type: "string", default: "8" },
  level: { type: "string" },
  threads: { type: "string", default: "1" },
  limit: { type: "string", default: "20" },
  busy: { type: "string" },
  training: { type: "boolean", default: false },
  /** One measurement, in a process of its own: a level, "cascade" or "training". */
  part: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

type Settings = NonNullable<ReturnType<typeof readArguments>>;

async function main(args: readonly string[]): Promise<void> {
  const settings = readArguments(args);
  if (!settings) process.stdout.write(usage);
  else if (settings.part !== undefined) print(await measurePart(settings.part, settings));
  else if (settings.busy !== undefined)
    print(await loadedPlay(settings.model, { ...settings, bits: settings.loadedBits, programs: settings.busy }));
  else if (settings.training) await measureTraining(settings);
  else if (settings.generated !== undefined) await measureGenerated(settings.generated, settings);
  else await measureModel(settings);
}

/** Undefined if only help was asked for. */
function readArguments(args: readonly string[]) {
  const { values } = parseArguments(args, options);
  const { model, generated, training, part, json, level } = values;
  if (values.help) return undefined;
  const bits = parseChoice("--bits", values.bits, [4, 8, 16, 32]);
  const loadedBits: Bits = bits === 16 ? 32 : bits;
  const whole = { whole: true, min: 0 };
  const limitSeconds = parseNumber("--limit", values.limit, { min: 0 });
  return {
    model,
    generated,
    training,
    part,
    json,
    bits,
    loadedBits,
    limitSeconds,
    songLimitSeconds: 4 * limitSeconds,
    seconds: parseNumber("--seconds", values.seconds, { min: 0 }),
    threads: parseNumber("--threads", values.threads, whole),
    level: parseOptionalNumber("--level", level, whole),
    busy: parseOptionalNumber("--busy", values.busy, whole),
  };
}

function measurePart(part: string, settings: Settings): Promise<unknown> {
  const { model, seconds, loadedBits: bits, threads, limitSeconds, songLimitSeconds } = settings;
  if (part === "cascade") return cascadeSpeed(model, { seconds, bits, limitSeconds: songLimitSeconds });
  if (part === "training") return measureTrainingSteps(settings);
  return levelSpeed(model, Number(part), { bits, threads, limitSeconds });
}

/** A quarter of the limit for each of its parts. */
async function measureTrainingSteps({ model, threads, limitSeconds }: Settings): Promise<TrainingSpeed> {
  const config = await readModelConfig(model);
  const preset = presetOf(config);
  if (!preset) throw new UserError(`No preset trains a model like "${model}".`);
  return trainingSpeed(config.priors, preset, { threads, limitSeconds: limitSeconds / 4 });
}

/** Runs one measurement in a process of its own, with memory of its own and cold caches. */
async function runPart<T>(part: string, { model, seconds, bits, threads, limitSeconds: limit }: Settings): Promise<T> {
  const args = Object.entries({ part, model, seconds, bits, threads, limit }).map(
    ([name, value]) => `--${name}=${value}`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, ...args], {
    maxBuffer: 2 ** 24,
  });
  return JSON.parse(stdout) as T;
}

async function measureTraining(settings: Settings): Promise<void> {
  const { model, threads, json } = settings;
  const training = await runPart<TrainingSpeed>("training", settings);
  if (!json) printTrainingTable(training, threads);
  print({ model, machine: machine(), threads, training });
}

async function measureGenerated(name: string, settings: Settings): Promise<void> {
  const released = Object.entries(MODELS).find(([known]) => known === name)?.[1];
  if (!released) throw new UserError(`--generated must be one of: ${Object.keys(MODELS).join(", ")}.`);
  const folder = mkdtempSync(join(tmpdir(), "bench-model-"));
  try {
    await generateModel(released, { folder, bits: settings.bits, level: settings.level });
    await measureModel({ ...settings, model: folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measureModel(settings: Settings): Promise<void> {
  const { model, generated, level: alone, threads, bits, songLimitSeconds, json } = settings;
  const config = await readModelConfig(model);
  const all = [...config.priors.keys()];
  const levels: LevelSpeed[] = [];
  for (const level of alone === undefined ? all : [parseChoice("--level", String(alone), all)])
    levels.push(await runPart<LevelSpeed>(String(level), settings));
  const cascade = alone === undefined ? await runPart<CascadeSpeed>("cascade", settings) : undefined;
  const trains = alone === undefined && presetOf(config) !== undefined;
  const training = trains ? await runPart<TrainingSpeed>("training", settings) : undefined;
  const measurements = {
    model: generated === undefined ? config.name : `${config.name} with random weights`,
    machine: machine(),
    bits: bitsOf(config) ?? bits,
    threads,
    memoryBandwidth: await readBandwidth(2 ** 28, threads), // far more than any cache holds
    levels,
    cascade,
    training,
  };
  if (!json) printTables({ ...measurements, cascadeLimitSeconds: songLimitSeconds });
  print(measurements);
}

const print = (value: unknown): void => console.log(JSON.stringify(value));
const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown processor"}, Node ${process.versions.node}`;

process.exitCode = await exitCode(() => main(process.argv.slice(2)), process.stderr);

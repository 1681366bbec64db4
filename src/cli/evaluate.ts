/** `npm run evaluate`: measures a trained model, writes evaluation.json and .png beside it, and fills in its model card. */
import "../launch.cjs"; // first, as it checks Node
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { UserError } from "../errors.ts";
import { fillCard, sectionsOf } from "../evaluation/card.ts";
import type { Evaluation } from "../evaluation/report.ts";
import { evaluate } from "../evaluation/run.ts";
import { readModelConfig } from "../model/folder.ts";
import { parseArguments, parseNumber } from "./arguments.ts";
import { exitCode } from "./exit-code.ts";
import { checkOutputs } from "./outputs.ts";

const usage = `npm run evaluate -- models/garage

Measures a trained model, writes evaluation.json and evaluation.png into its folder, and fills in its model card.

  --corpus FOLDER  the songs it was trained on. Default: data/corpus
  --work FOLDER    its checkpoints, used where they exist. Default: data/train/MODEL
  --codes FOLDER   its songs as codes. Default: WORK/codes
  --clips N        generated songs of each artist's genre. Default: 2
  --songs N        training songs to train the classifiers on, at most. Default: 1000
  --left N         validation songs, and songs of held-out pairs, at most so many of each. Default: 48
  --seconds N      length of a clip. Default: 10
  --long N         length of one longer clip of each genre, for steadiness of beat and key. Default: 30
  --lines N        sung lines of each kind for the speech recogniser, if the model sings. Default: 40
  --threads N      Default: 2
  --card           measure nothing, only fill in the model card from evaluation.json
`;

const numberOptions = {
  clips: { type: "string", default: "2" },
  songs: { type: "string", default: "1000" },
  left: { type: "string", default: "48" },
  seconds: { type: "string", default: "10" },
  long: { type: "string", default: "30" },
  lines: { type: "string", default: "40" },
  threads: { type: "string", default: "2" },
} as const;

const options = {
  ...numberOptions,
  corpus: { type: "string", default: "data/corpus" },
  codes: { type: "string" },
  work: { type: "string" },
  card: { type: "boolean", default: false },
} as const;

/** Measures, writes, and returns the sections of the model card as Markdown; the usage text for --help. */
export async function runEvaluate(args: readonly string[], report: (line: string) => void): Promise<string> {
  const read = readArguments(args);
  if (!read) return usage;
  const { model, card, ...settings } = read;
  const json = join(model, "evaluation.json");
  if (!card) {
    const picture = join(model, "evaluation.png");
    checkOutputs([json, picture], { force: isEvaluation(json) });
    const found = await evaluate({ ...settings, model, report });
    writeFileSync(json, `${JSON.stringify(found.evaluation, rounded, 1)}\n`);
    writeFileSync(picture, found.picture);
  }
  if (!existsSync(json)) throw new UserError(`There is no evaluation.json in "${model}" yet. Leave out --card.`);
  const evaluation = JSON.parse(readFileSync(json, "utf8")) as Evaluation; // our own file
  const sections = sectionsOf(await readModelConfig(model), evaluation);
  const page = join(model, "README.md");
  if (existsSync(page)) writeFileSync(page, fillCard(readFileSync(page, "utf8"), sections));
  return Object.entries(sections)
    .map(([name, section]) => `## ${name}\n\n${section}\n`)
    .join("\n");
}

/** Undefined if only help was asked for. */
function readArguments(args: readonly string[]) {
  const { values, positionals } = parseArguments(args, options, 1);
  if (values.help) return undefined;
  const [model] = positionals;
  if (model === undefined) throw new UserError("Name the model's folder, as in: npm run evaluate -- models/garage");
  const work = values.work ?? join("data/train", basename(model));
  const number = (name: keyof typeof numberOptions) => parseNumber(`--${name}`, values[name], { above: 0 });
  return {
    model,
    corpus: values.corpus,
    card: values.card,
    work,
    codes: values.codes ?? join(work, "codes"),
    clips: number("clips"),
    songs: number("songs"),
    left: number("left"),
    seconds: number("seconds"),
    long: number("long"),
    lines: number("lines"),
    threads: number("threads"),
  };
}

/** Whether the file is an earlier result, which may be replaced. */
function isEvaluation(path: string): boolean {
  try {
    const found: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof found === "object" && found !== null && "classifications" in found;
  } catch {
    return false;
  }
}

/** Six significant digits. */
const rounded = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;

if (import.meta.main)
  process.exitCode = await exitCode(async () => {
    console.log(await runEvaluate(process.argv.slice(2), (line) => console.error(line)));
  }, process.stderr);

/** `npm run evaluate -- models/garage`: measures a trained model, writes evaluation.json and .png beside it, and fills in its card. */
import "../launch.cjs"; // first, as it checks Node
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { asUserError, UserError } from "../errors.ts";
import { fillCard, sectionsOf } from "../evaluation/card.ts";
import type { Evaluation } from "../evaluation/report.ts";
import { evaluate } from "../evaluation/run.ts";
import { readModelConfig } from "../model/folder.ts";
import { claim } from "./outputs.ts";

const USAGE = `npm run evaluate -- models/garage
  --corpus data/corpus
  --work data/train/<model>      its checkpoints, and in --codes <work>/codes its songs as codes; used where they are
  --clips 2              songs sung of each artist's genre
  --songs 1000           songs learned from that judges learn from too, at most
  --left 48              songs left out, and of pairs never learned from, at most so many of each
  --seconds 10           of a clip
  --long 30              seconds of one longer clip of each genre, whose beat and key are watched
  --lines 40             sung ones of each kind that a recogniser is asked about, where somebody sings
  --threads 2
  --card                 measure nothing, only fill in the card from evaluation.json`;

/** Measures, writes, and returns the Markdown that a card is made of. */
export async function main(words: readonly string[], report: (line: string) => void): Promise<string> {
  const { model, card, ...options } = readWords(words);
  const [json, picture, text] = ["evaluation.json", "evaluation.png", "README.md"].map((name) => join(model, name));
  if (!card) {
    claim([json!, picture!], { force: isEvaluation(json!) });
    const found = await evaluate({ ...options, model, report });
    writeFileSync(json!, `${JSON.stringify(found.evaluation, rounded, 1)}\n`);
    writeFileSync(picture!, found.picture);
  }
  if (!existsSync(json!)) throw new UserError(`There is no evaluation.json in "${model}" yet. Leave out --card.`);
  const evaluation = JSON.parse(readFileSync(json!, "utf8")) as Evaluation; // our own file
  const sections = sectionsOf(await readModelConfig(model), evaluation);
  if (existsSync(text!)) writeFileSync(text!, fillCard(readFileSync(text!, "utf8"), sections));
  return Object.entries(sections)
    .map(([name, section]) => `## ${name}\n\n${section}\n`)
    .join("\n");
}

/** Whether a file is what an earlier run found, which this one replaces; any other stays. */
function isEvaluation(path: string): boolean {
  try {
    const found: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof found === "object" && found !== null && "classifications" in found;
  } catch {
    return false;
  }
}

function readWords(words: readonly string[]) {
  const { values, positionals } = parsed(words);
  const { corpus, codes, card, work, ...counted } = values;
  const numbers = Object.fromEntries(Object.entries(counted).map(([name, value]) => [name, Number(value)]));
  const [model] = positionals;
  if (model === undefined || positionals.length > 1 || !Object.values(numbers).every((number) => number > 0))
    throw new UserError(USAGE);
  const folder = work ?? join("data/train", basename(model));
  return {
    ...(numbers as Record<keyof typeof counted, number>),
    model,
    corpus,
    card,
    work: folder,
    codes: codes ?? join(folder, "codes"),
  };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        corpus: { type: "string", default: "data/corpus" },
        codes: { type: "string" },
        work: { type: "string" },
        clips: { type: "string", default: "2" },
        songs: { type: "string", default: "1000" },
        left: { type: "string", default: "48" },
        seconds: { type: "string", default: "10" },
        long: { type: "string", default: "30" },
        lines: { type: "string", default: "40" },
        threads: { type: "string", default: "2" },
        card: { type: "boolean", default: false },
      },
    });
  } catch (cause) {
    throw cause instanceof TypeError ? new UserError(USAGE, { cause }) : cause;
  }
}

/** Six digits are more than anything here is sure of. */
const rounded = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;

if (import.meta.main) {
  try {
    console.log(await main(process.argv.slice(2), (line) => console.error(line)));
  } catch (error) {
    const known = asUserError(error);
    if (known === undefined) throw error;
    console.error(known.message);
    process.exitCode = 1;
  }
}

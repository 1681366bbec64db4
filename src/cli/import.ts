/** `npm run import`: converts PyTorch checkpoints to a model folder, and downloads released models. */
import "../launch.cjs"; // first, as it checks Node
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { ImportBits, ImportedPart } from "../import/convert.ts";
import { LICENCE, LICENCE_FILE } from "../import/licence.ts";
import { hasLists, LISTS_FOLDER, takeLists } from "../import/lists.ts";
import { describeModel, importFile, importParts, partIn, rulesOf } from "../import/model.ts";
import { below, isAddress } from "../import/origin.ts";
import { MODELS, PARTS, type PartName, type ReleasedModel } from "../import/released.ts";
import { readModelConfig } from "../model/folder.ts";
import { verifyWeights } from "../model/verify.ts";
import { parseArguments, parseChoice } from "./arguments.ts";
import { exitCode } from "./exit-code.ts";

const WEIGHTS_FROM = "https://openaipublic.azureedge.net";
/** The lists are not beside the checkpoints, but in the original source repository. */
const LISTS_FROM = `https://raw.githubusercontent.com/openai/jukebox/master/${LISTS_FOLDER}`;

const usage = `npm run import -- 1b_lyrics
npm run import -- 5b_lyrics --from /media/checkpoints --bits 4
npm run import -- --file prior_level_1.pth.tar --as upsampler_level_1 --out models/1b_lyrics
npm run import -- --verify models/1b_lyrics

1. Downloads and converts a released model, part by part: ${Object.keys(MODELS).join(", ")}. If interrupted, run it again to resume.
2. Takes the checkpoints from a folder instead.
3. Converts one checkpoint; a folder with all parts is a model.
4. Checks all weights of a model against their checksums.

  --from WHERE    folder with the checkpoints, or the address that they are below. Default: ${WEIGHTS_FROM}
  --bits NUMBER   bits per weight of dense layers: 4, 8, 16 or 32. Default: 8
  --lists WHERE   folder or address with the lists of artists and genres (v2_artist_ids.txt and so on)
  --file FILE     a released checkpoint
  --as PART       which part it is: ${Object.keys(PARTS).join(", ")}
  --out FOLDER    where the model goes. Default: models/MODEL or models/PART
`;

const options = {
  file: { type: "string" },
  as: { type: "string" },
  out: { type: "string" },
  from: { type: "string" },
  lists: { type: "string" },
  verify: { type: "string" },
  bits: { type: "string", default: "8" },
} as const;

function knownName<Name extends string>(name: string | undefined, names: Readonly<Record<Name, unknown>>): Name {
  if (name !== undefined && Object.hasOwn(names, name)) return name as Name; // checked in this line
  throw new UserError(`Name one of: ${Object.keys(names).join(", ")}. See --help.`);
}

async function main(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values, positionals: models } = parseArguments(args, options, Infinity);
  const { file, as, out, from, lists, verify } = values;
  if (values.help) return void process.stdout.write(usage);
  if (verify !== undefined) return verifyFolder(verify);
  const bits = parseChoice("--bits", values.bits, [4, 8, 16, 32]);
  if (file !== undefined) {
    if (models.length > 0) throw new UserError("Give either --file or the name of a model. See --help.");
    const part = knownName<PartName>(as, PARTS);
    const target = { folder: out ?? join("models", part), bits, signal };
    await checkFolder(target.folder);
    await importOne(file, part, target, lists);
  } else {
    const model = MODELS[knownName(models.length === 1 ? models[0] : undefined, MODELS)];
    const target = { folder: out ?? join("models", model.name), bits, signal };
    await checkFolder(target.folder);
    await importModel(model, target, { from, lists });
  }
}

async function verifyFolder(folder: string): Promise<void> {
  const { weights, name } = await readModelConfig(folder);
  await verifyWeights(folder, weights, { anew: true, hashing: (file) => console.error(`Reading ${file}`) });
  console.log(`${name}: all ${weights.length} weight files are intact`);
}

interface Target {
  readonly folder: string;
  readonly bits: ImportBits;
  readonly signal: AbortSignal;
}

async function importOne(file: string, name: PartName, target: Target, lists: string | undefined): Promise<void> {
  const { folder, bits, signal } = target;
  const progress = progressSteps((line) => console.error(line));
  const { network } = PARTS[name];
  const part = await importFile(file, {
    ...target,
    name,
    network,
    notes: { licence: LICENCE },
    progress: (done, total) => progress(`Importing ${name}`, done, total),
  });
  report(part, folder);
  await writeLicence(folder);
  for (const model of Object.values(MODELS).filter(({ parts }) => name in parts)) {
    const parts = await Promise.all(Object.keys(model.parts).map((one) => partIn(folder, one, bits)));
    const present = parts.filter((one) => one !== undefined);
    if (present.length < parts.length) continue;
    if (lists !== undefined) await takeLists({ folder, from: lists, rules: rulesOf(model), line: { signal } });
    await finishModel(model, folder, present);
  }
}

interface Origins {
  readonly from: string | undefined;
  readonly lists: string | undefined;
}

async function importModel(model: ReleasedModel, target: Target, { from, lists }: Origins): Promise<void> {
  const { folder, bits, signal } = target;
  await writeLicence(folder);
  const destination = { folder, rules: rulesOf(model) };
  if (lists !== undefined) await takeLists({ ...destination, from: lists, line: { signal } });
  const parts = await importParts({
    model,
    folder,
    bits,
    from: from ?? WEIGHTS_FROM,
    notes: { licence: LICENCE },
    line: { signal },
    progress: progressSteps((line) => console.error(line)),
  });
  for (const part of parts) report(part, folder);
  if (!(await hasLists(folder, destination.rules)))
    await takeLists({ ...destination, from: listsBeside(from), line: { signal, tries: 2 } }).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      console.error(error.message);
    });
  await finishModel(model, folder, parts);
}

function listsBeside(from: string | undefined): string {
  if (from === undefined) return LISTS_FROM;
  return isAddress(from) ? below(from, LISTS_FOLDER) : from;
}

async function finishModel(model: ReleasedModel, folder: string, parts: readonly ImportedPart[]): Promise<void> {
  const { knowsNames } = await describeModel(model, folder, parts);
  console.log(`${folder} is complete: npm run play -- --model ${folder}`);
  if (knowsNames) return;
  console.log(`The lists of artists and genres could not be downloaded, so the model knows no names yet.
To add the lists: npm run import -- ${model.name} --out ${folder} --bits ${parts[0]?.bits} --lists FOLDER`);
}

/** Reports progress in steps of 5 %, or of 50 MB if the size is unknown. */
function progressSteps(write: (line: string) => void) {
  let last = "";
  return (what: string, done: number, total = 1e9): void => {
    const line = `${what}: ${5 * Math.floor((20 * done) / total)} % of ${(total / 1e9).toFixed(2)} GB`;
    if (line !== last) write(line);
    last = line;
  };
}

function report({ name, tensors, numbers, bits, files }: ImportedPart, folder: string): void {
  const gigabytes = files.reduce((all, { bytes }) => all + bytes, 0) / 1e9;
  const size = `${gigabytes.toFixed(2)} GB in ${files.length} files`;
  console.log(`${name}: ${tensors} tensors, ${numbers} weights, ${bits} bits: ${size} in ${folder}`);
}

/** Refuses a folder with files that no import wrote, which would be overwritten. */
async function checkFolder(folder: string): Promise<void> {
  const files = await readdir(folder).catch((): string[] => []);
  const ours = new RegExp(`^(${Object.keys(PARTS).join("|")})(\\.json|-\\d{5}-of-\\d{5}\\.safetensors)$`); // an interrupted import
  const other = files.find((file) => /\.(json|safetensors)$/i.test(file) && !ours.test(file));
  if (other !== undefined && !files.includes(LICENCE_FILE))
    throw new UserError(`"${folder}" holds other files, such as "${other}". Choose another --out.`);
}

/** Prints the licence, and puts it beside the weights. */
async function writeLicence(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, LICENCE_FILE), LICENCE);
  console.log(LICENCE);
}

class Stopped extends Error {}

const stopping = new AbortController();
process.once("SIGINT", () => stopping.abort(new Stopped()));
process.exitCode = await exitCode(() => main(process.argv.slice(2), stopping.signal), process.stderr).catch(
  (error: unknown) => {
    if (!(error instanceof Stopped)) throw error;
    console.error("Stopped. Run the same command to resume.");
    return 130;
  },
);

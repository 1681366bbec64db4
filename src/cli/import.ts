/** `npm run import`: makes a model's folder of what torch wrote; fetches released models if asked to. */
import "../launch.cjs"; // first, as it checks Node
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { asUserError, UserError } from "../errors.ts";
import type { ImportBits, ImportedPart } from "../import/convert.ts";
import { LICENCE, LICENCE_FILE } from "../import/licence.ts";
import { hasLists, LISTS_FOLDER, takeLists } from "../import/lists.ts";
import { describeModel, importFile, importParts, partIn, rulesOf } from "../import/model.ts";
import { below, isAddress } from "../import/origin.ts";
import { MODELS, PARTS, type PartName, type ReleasedModel } from "../import/released.ts";
import { readModelConfig } from "../model/folder.ts";
import { verifyWeights } from "../model/verify.ts";

const FROM = "https://openaipublic.azureedge.net";
/** The lists are not beside the checkpoints, but in the package that read them. */
const LISTS_FROM = `https://raw.githubusercontent.com/openai/jukebox/master/${LISTS_FOLDER}`;

const usage = `npm run import -- 1b_lyrics
npm run import -- 5b_lyrics --from /media/checkpoints --bits 4
npm run import -- --file prior_level_1.pth.tar --as upsampler_level_1 --out models/1b_lyrics
npm run import -- --verify models/1b_lyrics

The first fetches a whole released model, part by part: ${Object.keys(MODELS).join(", ")}. Started again, it goes on where it
was, and leaves alone what is there. The second takes it from a folder. The third imports a file that you have; once a folder
has all parts, it is a model. The last reads all of a model's weights again, and tells if one is damaged.

  --from WHERE    a folder that has the files, or the address that they are below; ${FROM} if it isn't told
  --bits NUMBER   what a number of the dense layers is kept in: 4, 8, 16 or 32; 8 if it isn't told
  --lists WHERE   a folder or address with the lists of artists and genres (v2_artist_ids.txt and so on)
  --file FILE     a released checkpoint
  --as PART       what it is: ${Object.keys(PARTS).join(", ")}
  --out FOLDER    where the model goes; models/MODEL or models/PART if it isn't told
`;

function argumentsOf(words: readonly string[]) {
  const text = { type: "string" } as const;
  const help = { type: "boolean", short: "h", default: false } as const;
  try {
    const bits = { ...text, default: "8" };
    const options = { file: text, as: text, out: text, from: text, lists: text, verify: text, bits, help };
    const { values, positionals } = parseArgs({ args: [...words], allowPositionals: true, options });
    return { ...values, models: positionals };
  } catch (error) {
    if (error instanceof TypeError)
      throw new UserError(`${error.message}. --help tells what there is.`, { cause: error });
    throw error;
  }
}

function known<Name extends string>(name: string | undefined, names: Readonly<Record<Name, unknown>>): Name {
  if (name !== undefined && Object.hasOwn(names, name)) return name as Name; // the line itself proves it
  throw new UserError(`Say which: ${Object.keys(names).join(", ")}. --help tells more.`);
}

function bitsOf(text: string): ImportBits {
  const bits = ([4, 8, 16, 32] as const).find((one) => String(one) === text);
  if (bits === undefined) throw new UserError(`--bits is 4, 8, 16 or 32, not "${text}".`);
  return bits;
}

async function main(words: readonly string[], signal: AbortSignal): Promise<void> {
  const { file, as, out, from, lists, verify, help, models, ...rest } = argumentsOf(words);
  if (help) {
    process.stdout.write(usage);
  } else if (verify !== undefined) {
    await verified(verify);
  } else if (file !== undefined) {
    if (models.length > 0) throw new UserError("Give either --file or the name of a model. --help tells more.");
    const part = known<PartName>(as, PARTS);
    await checkFolder(out ?? join("models", part));
    await fromFile(file, part, { folder: out ?? join("models", part), bits: bitsOf(rest.bits), signal }, lists);
  } else {
    const model = MODELS[known(models.length === 1 ? models[0] : undefined, MODELS)];
    const place = { folder: out ?? join("models", model.name), bits: bitsOf(rest.bits), signal };
    await checkFolder(place.folder);
    await wholeModel(model, place, { from, lists });
  }
}

async function verified(folder: string): Promise<void> {
  const { weights, name } = await readModelConfig(folder);
  await verifyWeights(folder, weights, { anew: true, hashing: (file) => console.error(`${file} is read`) });
  console.log(`${name}: all ${weights.length} files of weights are good`);
}

interface Place {
  readonly folder: string;
  readonly bits: ImportBits;
  readonly signal: AbortSignal;
}

async function fromFile(file: string, name: PartName, place: Place, lists: string | undefined): Promise<void> {
  const { folder, bits, signal } = place;
  const progress = steps((line) => console.error(line));
  const { network } = PARTS[name];
  const part = await importFile(file, {
    ...place,
    name,
    network,
    notes: { licence: LICENCE },
    progress: (done, total) => progress(`${name} is imported`, done, total),
  });
  report(part, folder);
  await tellLicence(folder);
  for (const model of Object.values(MODELS).filter(({ parts }) => name in parts)) {
    const parts = await Promise.all(Object.keys(model.parts).map((one) => partIn(folder, one, bits)));
    const there = parts.filter((one) => one !== undefined);
    if (there.length < parts.length) continue;
    if (lists !== undefined) await takeLists({ folder, from: lists, rules: rulesOf(model), line: { signal } });
    await complete(model, folder, there);
  }
}

interface Where {
  readonly from: string | undefined;
  readonly lists: string | undefined;
}

async function wholeModel(model: ReleasedModel, place: Place, { from, lists }: Where): Promise<void> {
  const { folder, bits, signal } = place;
  await tellLicence(folder);
  const take = { folder, rules: rulesOf(model) };
  if (lists !== undefined) await takeLists({ ...take, from: lists, line: { signal } });
  const parts = await importParts({
    model,
    folder,
    bits,
    from: from ?? FROM,
    notes: { licence: LICENCE },
    line: { signal },
    progress: steps((line) => console.error(line)),
  });
  for (const part of parts) report(part, folder);
  if (!(await hasLists(folder, take.rules)))
    await takeLists({ ...take, from: listsBeside(from), line: { signal, tries: 2 } }).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      console.error(error.message);
    });
  await complete(model, folder, parts);
}

function listsBeside(from: string | undefined): string {
  if (from === undefined) return LISTS_FROM;
  return isAddress(from) ? below(from, LISTS_FOLDER) : from;
}

async function complete(model: ReleasedModel, folder: string, parts: readonly ImportedPart[]): Promise<void> {
  const { knowsNames } = await describeModel(model, folder, parts);
  console.log(`${folder} is complete: npm run play -- --model ${folder}`);
  if (knowsNames) return;
  console.log(`Its lists of artists and genres could not be had, so it knows nobody: artist and genre are "unknown" to it.
To give it the lists: npm run import -- ${model.name} --out ${folder} --bits ${parts[0]?.bits} --lists FOLDER`);
}

/** Says how far something is, at each twentieth of it, or of a gigabyte if its size is unknown. */
function steps(say: (line: string) => void) {
  let last = "";
  return (what: string, done: number, total = 1e9): void => {
    const line = `${what}: ${5 * Math.floor((20 * done) / total)} % of ${(total / 1e9).toFixed(2)} GB`;
    if (line !== last) say(line);
    last = line;
  };
}

function report({ name, tensors, numbers, bits, files }: ImportedPart, folder: string): void {
  const gigabytes = files.reduce((all, { bytes }) => all + bytes, 0) / 1e9;
  const size = `${gigabytes.toFixed(2)} GB in ${files.length} files`;
  console.log(`${name}: ${tensors} tensors, ${numbers} numbers, in ${bits} bits: ${size} in ${folder}`);
}

/** Refuses a folder with a model that no import put there: its files would be written over. */
async function checkFolder(folder: string): Promise<void> {
  const files = await readdir(folder).catch((): string[] => []);
  const ours = new RegExp(`^(${Object.keys(PARTS).join("|")})(\\.json|-\\d{5}-of-\\d{5}\\.safetensors)$`); // of one that broke off
  const other = files.find((file) => /\.(json|safetensors)$/i.test(file) && !ours.test(file));
  if (other !== undefined && !files.includes(LICENCE_FILE))
    throw new UserError(`"${folder}" holds files of something else, such as "${other}". Choose another --out.`);
}

/** Once on the screen, and beside the weights for whoever finds them. */
async function tellLicence(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, LICENCE_FILE), LICENCE);
  console.log(`${LICENCE}`);
}

class Stopped extends Error {}

const stopping = new AbortController();
process.once("SIGINT", () => stopping.abort(new Stopped()));
try {
  await main(process.argv.slice(2), stopping.signal);
} catch (error) {
  if (error instanceof Stopped) console.error("Stopped. Start again to go on from here.");
  else {
    const known = asUserError(error);
    if (known === undefined) throw error;
    console.error(known.message);
  }
  process.exitCode = error instanceof Stopped ? 130 : 1;
}

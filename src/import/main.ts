/** `npm run import`: makes what torch wrote into safetensors that this program reads; fetches released models if asked to. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "../errors.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { type ImportedPart, importPart } from "./convert.ts";
import { LICENCE, LICENCE_FILE } from "./licence.ts";
import { importModel } from "./model.ts";
import { MODELS, type ModelName, PARTS, type PartName } from "./released.ts";

const FROM = "https://openaipublic.azureedge.net";

const usage = `npm run import -- 1b_lyrics
npm run import -- --file prior_level_1.pth.tar --as upsampler_level_1 --out models/1b_lyrics

The first fetches a whole released model, part by part: ${Object.keys(MODELS).join(", ")}. Started again, it goes on where it
was, and leaves alone what is there. The second imports a file that you have.

  --from ADDRESS  where the files are; ${FROM} if it isn't told
  --file FILE     a released checkpoint
  --as PART       what it is: ${Object.keys(PARTS).join(", ")}
  --out FOLDER    where the weights go; models/MODEL or models/PART if it isn't told
`;

function argumentsOf(words: readonly string[]) {
  const text = { type: "string" } as const;
  const help = { type: "boolean", short: "h", default: false } as const;
  try {
    const options = { file: text, as: text, out: text, from: { ...text, default: FROM }, help };
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

async function main(words: readonly string[], signal: AbortSignal): Promise<void> {
  const { file, as, out, from, help, models } = argumentsOf(words);
  if (help) {
    process.stdout.write(usage);
  } else if (file !== undefined) {
    if (models.length > 0) throw new UserError("Give either --file or the name of a model. --help tells more.");
    const part = known<PartName>(as, PARTS);
    await fromFile(file, part, out ?? join("models", part));
  } else {
    const model = known<ModelName>(models.length === 1 ? models[0] : undefined, MODELS);
    await wholeModel(model, { folder: out ?? join("models", model), from, signal });
  }
}

async function fromFile(file: string, name: PartName, folder: string): Promise<void> {
  const checkpoint = openCheckpoint(file);
  try {
    const options = { folder, name, network: PARTS[name].network, notes: { licence: LICENCE } };
    report(await importPart(checkpoint, options), folder);
  } finally {
    checkpoint.close();
  }
  await tellLicence(folder);
}

interface Place {
  readonly folder: string;
  readonly from: string;
  readonly signal: AbortSignal;
}

async function wholeModel(model: ModelName, { folder, from, signal }: Place): Promise<void> {
  const parts = Object.fromEntries(MODELS[model].map((name) => [name, PARTS[name]]));
  await tellLicence(folder);
  const imported = await importModel({
    parts,
    folder,
    from,
    signal,
    notes: { licence: LICENCE },
    progress: steps((line) => console.error(line)),
  });
  for (const part of imported) report(part, folder);
}

/** Says how far a part is, at each twentieth of it, or of a gigabyte if its size is unknown. */
function steps(say: (line: string) => void) {
  let last = "";
  return (name: string, done: number, total = 1e9): void => {
    const line = `${name}: ${5 * Math.floor((20 * done) / total)} % of ${(total / 1e9).toFixed(2)} GB`;
    if (line !== last) say(line);
    last = line;
  };
}

function report({ name, tensors, numbers, files }: ImportedPart, folder: string): void {
  const gigabytes = files.reduce((all, { bytes }) => all + bytes, 0) / 1e9;
  console.log(
    `${name}: ${tensors} tensors, ${numbers} numbers, ${gigabytes.toFixed(2)} GB in ${files.length} files in ${folder}`,
  );
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
  else if (error instanceof UserError) console.error(error.message);
  else throw error;
  process.exitCode = error instanceof Stopped ? 130 : 1;
}

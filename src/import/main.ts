/** `npm run import`: makes a file that torch wrote into safetensors that this program reads. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "../errors.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { importPart } from "./convert.ts";
import { LICENCE, LICENCE_FILE } from "./licence.ts";
import { PARTS, type PartName } from "./released.ts";

const usage = `npm run import -- --file prior_level_1.pth.tar --as upsampler_level_1 --out models/upsampler_level_1

  --file FILE     a released checkpoint, as it was fetched
  --as PART       what it is: ${Object.keys(PARTS).join(", ")}
  --out FOLDER    where the weights go; models/PART if it isn't told
`;

const isPart = (name: string | undefined): name is PartName => name !== undefined && Object.hasOwn(PARTS, name);

function argumentsOf(words: readonly string[]) {
  try {
    const text = { type: "string" } as const;
    const options = { file: text, as: text, out: text, help: { type: "boolean", short: "h", default: false } } as const;
    return parseArgs({ args: [...words], options }).values;
  } catch (error) {
    if (error instanceof TypeError)
      throw new UserError(`${error.message}. --help tells what there is.`, { cause: error });
    throw error;
  }
}

async function main(words: readonly string[]): Promise<void> {
  const { file, as: part, out = join("models", part ?? ""), help } = argumentsOf(words);
  if (help) return void process.stdout.write(usage);
  if (file === undefined) throw new UserError("--file needs to be told: the checkpoint to import. --help tells more.");
  if (!isPart(part)) throw new UserError(`--as must be one of ${Object.keys(PARTS).join(", ")}.`);
  const checkpoint = openCheckpoint(file);
  try {
    const { network } = PARTS[part];
    const imported = await importPart(checkpoint, { folder: out, name: part, network, notes: { licence: LICENCE } });
    await writeFile(join(out, LICENCE_FILE), LICENCE);
    const gigabytes = imported.files.reduce((all, { bytes }) => all + bytes, 0) / 1e9;
    console.log(
      `${part}: ${imported.tensors} tensors, ${imported.numbers} numbers, ${gigabytes.toFixed(2)} GB in ${imported.files.length} files in ${out}`,
    );
    console.log(`\n${LICENCE}`);
  } finally {
    checkpoint.close();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** `npm run voices`: how well the corpus' singers are understood by a recogniser that isn't ours, as a table. */
import "../launch.cjs"; // first, as it checks Node
import { parseArgs } from "node:util";
import { singers } from "../corpus/voice/singer.ts";
import { asUserError, UserError } from "../errors.ts";
import { openChooser, openWriter } from "../evaluation/recogniser.ts";
import { measureSinger, OFFERED, tableOf } from "../evaluation/singer-intelligibility.ts";

const USAGE = `npm run voices
  --singers ${singers.join(",")}
  --lines 24      sung by each, ${OFFERED} at least
  --seconds 24    of the songs that they are taken from
  --seed 1`;

/** Sings, listens, and returns the table. */
export async function main(words: readonly string[], report: (line: string) => void): Promise<string> {
  const { names, ...options } = readWords(words);
  const [choose, write] = [await openChooser(), await openWriter()];
  const found = names.map((singer) => {
    report(singer);
    return measureSinger(singer, { ...options, choose, write });
  });
  return tableOf(found);
}

function readWords(words: readonly string[]) {
  const values = parsed(words);
  const [lines, seconds, seed] = [values.lines, values.seconds, values.seed].map(Number) as [number, number, number];
  const wanted = values.singers.split(",");
  const names = singers.filter((singer) => wanted.includes(singer));
  const known = names.length > 0 && names.length === wanted.length;
  if (!known || !(lines >= OFFERED) || !(seconds > 0) || !Number.isSafeInteger(seed)) throw new UserError(USAGE);
  return { names, lines: Math.round(lines), seconds, seed };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        singers: { type: "string", default: singers.join(",") },
        lines: { type: "string", default: "24" },
        seconds: { type: "string", default: "24" },
        seed: { type: "string", default: "1" },
      },
    }).values;
  } catch (cause) {
    throw cause instanceof TypeError ? new UserError(USAGE, { cause }) : cause;
  }
}

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

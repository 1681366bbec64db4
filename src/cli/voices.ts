/** `npm run voices`: how well an independent speech recogniser understands the corpus' singers, as a table. */
import "../launch.cjs"; // first, as it checks Node
import { singers } from "../corpus/voice/singer.ts";
import { openChooser, openWriter } from "../evaluation/recogniser.ts";
import { measureSinger, OFFERED, tableOf } from "../evaluation/singer-intelligibility.ts";
import { parseArguments, parseChoice, parseNumber } from "./arguments.ts";
import { exitCode } from "./exit-code.ts";

const usage = `npm run voices

Renders lines sung by each singer of the corpus and measures how well a speech recogniser understands them.

  --singers LIST  Default: ${singers.join(",")}
  --lines N       lines for each singer, at least ${OFFERED}. Default: 24
  --seconds N     length of the songs that they are taken from. Default: 24
  --seed N        Default: 1
`;

const options = {
  singers: { type: "string", default: singers.join(",") },
  lines: { type: "string", default: "24" },
  seconds: { type: "string", default: "24" },
  seed: { type: "string", default: "1" },
} as const;

/** Returns the table; the usage text for --help. */
export async function runVoices(args: readonly string[], report: (line: string) => void): Promise<string> {
  const { values } = parseArguments(args, options);
  if (values.help) return usage;
  const wanted = new Set(values.singers.split(",").map((name) => parseChoice("--singers", name, singers)));
  const settings = {
    lines: Math.round(parseNumber("--lines", values.lines, { min: OFFERED })),
    seconds: parseNumber("--seconds", values.seconds, { above: 0 }),
    seed: parseNumber("--seed", values.seed, { whole: true }),
  };
  const [choose, write] = [await openChooser(), await openWriter()];
  const rows = singers
    .filter((singer) => wanted.has(singer))
    .map((singer) => {
      report(singer);
      return measureSinger(singer, { ...settings, choose, write });
    });
  return tableOf(rows);
}

if (import.meta.main)
  process.exitCode = await exitCode(async () => {
    console.log(await runVoices(process.argv.slice(2), (line) => console.error(line)));
  }, process.stderr);

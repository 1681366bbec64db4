/** `npm run bench`: measures this machine with a model folder, as a table and as one line of JSON. */
import { execFile } from "node:child_process";
import { cpus } from "node:os";
import { parseArgs, promisify } from "node:util";
import { readBandwidth } from "./bench/bandwidth.ts";
import { type CascadeSpeed, cascadeSpeed } from "./bench/cascade.ts";
import { type LevelSpeed, levelSpeed } from "./bench/levels.ts";
import { UserError } from "./errors.ts";
import { readModelConfig } from "./model/folder.ts";
import type { Bits } from "./model/weights.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string", default: "models/garage" },
    seconds: { type: "string", default: "20" },
    bits: { type: "string", default: "8" },
    part: { type: "string", default: "" },
    json: { type: "boolean", default: false },
  },
});
const bits = Number(values.bits) as Bits;

/** Each part runs in a process of its own: memory is its own, and nothing is warm from the part before. */
async function partOf<T>(part: string): Promise<T> {
  const args = [
    import.meta.filename,
    "--part",
    part,
    "--model",
    values.model,
    "--seconds",
    values.seconds,
    "--bits",
    values.bits,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 24 });
  return JSON.parse(stdout) as T;
}

async function main(): Promise<void> {
  if (values.part === "cascade") return print(await cascadeSpeed(values.model, Number(values.seconds), bits));
  if (values.part) return print(await levelSpeed(values.model, Number(values.part), bits));
  const config = await readModelConfig(values.model);
  const levels: LevelSpeed[] = [];
  for (const level of config.priors.keys()) levels.push(await partOf<LevelSpeed>(String(level)));
  const cascade = await partOf<CascadeSpeed>("cascade");
  const memoryBandwidth = await readBandwidth(2 ** 28); // far more than any cache holds
  if (!values.json) table(config.name, levels, cascade, memoryBandwidth);
  print({ model: config.name, machine: machine(), bits, memoryBandwidth, levels, cascade });
}

const print = (value: unknown): void => console.log(JSON.stringify(value));
const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown processor"}, Node ${process.versions.node}`;

function table(name: string, levels: readonly LevelSpeed[], cascade: CascadeSpeed, memoryBandwidth: number): void {
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  console.log(`${name}, priors in ${bits} bits, on ${machine()}\n`);
  console.log(
    "| level | weights a token | tokens/s, one core | × real time | reads GB/s | of a block of that size, GB/s | prefill tokens/s | decoder × real time |",
  );
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
  for (const level of levels) {
    const share = Math.round((100 * level.bytesPerSecond) / level.readBandwidth);
    const cells = [
      level.level,
      `${level.loopWeights.toFixed(2)} M`,
      Math.round(level.tokensPerSecond),
      level.timesRealTime.toFixed(1),
      gigabytes(level.bytesPerSecond),
      `${gigabytes(level.readBandwidth)} (${share} %)`,
      Math.round(level.prefillTokensPerSecond),
      level.decoderTimesRealTime.toFixed(0),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
  console.log(`\nFrom memory, beyond all caches, one core reads ${gigabytes(memoryBandwidth)} GB/s.`);
  console.log("\n| the whole cascade | |\n| --- | --- |");
  console.log(
    `| × real time, a song of ${cascade.seconds} s to its final file | ${cascade.timesRealTime.toFixed(2)} |`,
  );
  console.log(
    `| first sound, engine warm / cold | ${cascade.warmFirstSoundSeconds.toFixed(2)} s / ${cascade.coldFirstSoundSeconds.toFixed(2)} s |`,
  );
  console.log(`| abort of a song in full swing | ${cascade.abortMilliseconds.toFixed(0)} ms |`);
  console.log(`| resident memory, at most | ${Math.round(cascade.residentMegabytes)} MB |`);
  console.log(`| longest gap of the bot's thread | ${cascade.longestGapMilliseconds.toFixed(0)} ms |\n`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

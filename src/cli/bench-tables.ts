/** The tables that `npm run bench` prints. */
import type { CascadeSpeed } from "../bench/cascade.ts";
import type { LevelSpeed } from "../bench/levels.ts";
import type { TrainingSpeed } from "../bench/training.ts";

/** What was measured of a model. */
export interface Measurements {
  readonly model: string;
  /** Processor and Node. */
  readonly machine: string;
  readonly bits: number;
  readonly threads: number;
  readonly memoryBandwidth: number;
  readonly levels: readonly LevelSpeed[];
  readonly cascade: CascadeSpeed | undefined;
  readonly cascadeLimitSeconds: number;
  readonly training: TrainingSpeed | undefined;
}

const billions = (number: number): string => (number / 1e9).toFixed(1);
const cores = (threads: number): string => (threads === 1 ? "one core" : `${threads} threads`);

/** Prints all measurements as Markdown tables. */
export function printTables(measurements: Measurements): void {
  const { model, machine, bits, threads, memoryBandwidth, levels, cascade, cascadeLimitSeconds, training } =
    measurements;
  console.log(`${model}, priors in ${bits} bits, on ${machine}\n`);
  const head = [
    "level",
    "weights per code",
    `codes/s, ${cores(threads)}`,
    "× real time",
    "reads GB/s",
    "of a plain read of that size, GB/s",
    "prefill codes/s",
    "conditioning of a window",
    "memory of this level alone",
    "decoder × real time",
  ];
  console.log(`| ${head.join(" | ")} |\n| ${head.map(() => "---").join(" | ")} |`);
  for (const level of levels) console.log(`| ${cellsOf(level).join(" | ")} |`);
  console.log(`\nMemory bandwidth beyond the caches, ${cores(threads)}: ${billions(memoryBandwidth)} GB/s.`);
  for (const { level, drawn } of levels)
    console.log(`Level ${level} was sampled at positions ${drawn.from} to ${drawn.to} of its window.`);
  for (const { level, together } of levels) if (together.length > 0) printTogether(level, together);
  if (cascade) printCascadeTable(cascade, cascadeLimitSeconds);
  if (training) printTrainingTable(training, threads);
}

function printTogether(level: number, together: LevelSpeed["together"]): void {
  const cells = together.map(({ songs, codesPerSecond }) => `${songs}: ${Math.round(codesPerSecond)}`);
  console.log(`Songs at once, and codes/s of all of them, at level ${level}: ${cells.join(", ")}.`);
}

export function printTrainingTable({ steps, productFlopsPerSecond }: TrainingSpeed, threads: number): void {
  const head = ["training step", "GFLOP in matrix products", "seconds", "codes/s", "GFLOP/s", "of a plain product's"];
  console.log(`\n| ${head.join(" | ")} |\n| ${head.map(() => "---").join(" | ")} |`);
  for (const { name, flops, secondsPerStep, codesPerSecond, flopsPerSecond } of steps) {
    const share = `${Math.round((100 * flopsPerSecond) / productFlopsPerSecond)} %`;
    const cells = [name, billions(flops), secondsPerStep.toFixed(3), Math.round(codesPerSecond)];
    console.log(`| ${[...cells, billions(flopsPerSecond), share].join(" | ")} |`);
  }
  console.log(`\nA plain matrix product reaches ${billions(productFlopsPerSecond)} GFLOP/s, ${cores(threads)}.\n`);
}

function cellsOf(level: LevelSpeed): (string | number)[] {
  const share = Math.round((100 * level.bytesPerSecond) / level.readBandwidth);
  const few = (value: number): string => (value < 100 ? value.toFixed(1) : String(Math.round(value)));
  return [
    level.level,
    `${level.loopWeights.toFixed(2)} M`,
    few(level.codesPerSecond),
    level.timesRealTime.toFixed(level.timesRealTime < 1 ? 3 : 1),
    billions(level.bytesPerSecond),
    `${billions(level.readBandwidth)} (${share} %)`,
    few(level.prefillCodesPerSecond),
    `${level.conditionSeconds.toFixed(3)} s`,
    `${Math.round(level.residentMegabytes)} MB`,
    level.decoderTimesRealTime.toFixed(0),
  ];
}

function printCascadeTable(cascade: CascadeSpeed, limitSeconds: number): void {
  const seconds = (value: number | undefined): string => (value === undefined ? "too long" : `${value.toFixed(2)} s`);
  const speed = cascade.timesRealTime?.toFixed(2) ?? `slower than ${(cascade.seconds / limitSeconds).toFixed(2)}`;
  console.log("\n| whole cascade | |\n| --- | --- |");
  console.log(`| × real time, a song of ${cascade.seconds} s including its file | ${speed} |`);
  const [warm, cold] = [seconds(cascade.warmFirstSoundSeconds), seconds(cascade.coldFirstSoundSeconds)];
  console.log(`| first sound, engine warm / cold | ${warm} / ${cold} |`);
  console.log(`| aborting a song | ${cascade.abortMilliseconds.toFixed(0)} ms |`);
  console.log(`| peak resident memory | ${Math.round(cascade.residentMegabytes)} MB |`);
  console.log(`| longest event-loop delay | ${cascade.longestEventLoopDelayMilliseconds.toFixed(0)} ms |\n`);
}

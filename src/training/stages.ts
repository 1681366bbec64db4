/** The stages of making a model: what each does, and the files it leaves for the next one. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { UserError } from "../errors.ts";
import { momentTables } from "../labels/metre.ts";
import { type ModelConfig, openModelFolder, partPrefix, readModelConfig, writeModelFolder } from "../model/folder.ts";
import type { PriorSize } from "../model/prior.ts";
import { readSafetensors, writeSafetensors } from "../model/safetensors.ts";
import { hopsOf } from "../model/vqvae.ts";
import type { Store } from "../model/weights.ts";
import { encodeCorpus } from "./codes.ts";
import { readCorpus } from "./corpus/files.ts";
import { makeCorpus } from "./corpus/make.ts";
import { drawCurves, panelsOf } from "./curves.ts";
import type { Preset } from "./presets.ts";
import { type PriorRecipe, trainPrior } from "./prior.ts";
import {
  copiesOf,
  createSampler,
  type Sample,
  type SampleOptions,
  type Sampler,
  type Singing,
  songsOf,
} from "./samples.ts";
import { type Budget, pace } from "./schedule.ts";
import { type CodedCorpus, type Names, namesOf, readCodedCorpus, silentCode, silentCodes } from "./songs.ts";
import { hearTogether, type Together, translated } from "./translate.ts";
import { trainVqvae } from "./vqvae.ts";

export interface Workshop {
  readonly preset: Preset;
  /** The model's folder. */
  readonly out: string;
  readonly corpus: string;
  /** Folder of checkpoints and codes. */
  readonly work: string;
  /** Folder of the model to start from: its codes are kept, and its priors learn on. */
  readonly from?: string;
  /** Folder of the model whose weights all networks begin with instead of random ones; names and codes are new. */
  readonly begin?: string;
  /** All budgets are multiplied by this. */
  readonly scale: number;
  readonly seed: number;
  readonly threads: number;
  /** Minutes from one sample of what is learned to the next; 0 for none. */
  readonly samples: number;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

const vqvaeWeights = (work: string, level: number): string => join(work, `vqvae.${level}.safetensors`);
const priorWeights = (work: string, level: number): string => join(work, `prior.${level}.safetensors`);
const codesFolder = (work: string): string => join(work, "codes");

const DRAW_SECONDS = 60;

/** Tells what a stage tells, and draws its curves now and then. */
function drawing(shop: Workshop): (line: string) => void {
  const due = pace(DRAW_SECONDS);
  return (line) => {
    shop.tell(line);
    if (due()) drawProgress(shop);
  };
}

/** Draws the curves of all stages so far, as `curves.png` beside the checkpoints. */
function drawProgress({ work, preset }: Workshop): void {
  writeFileSync(join(work, "curves.png"), drawCurves(panelsOf(work, preset.priors.length)));
}

/** Composes and renders the songs to learn from. */
export async function corpusStage({ preset, corpus, seed, threads, tell, signal }: Workshop): Promise<void> {
  const onProgress = (done: number, songs: number): void => {
    if (done % 10 === 0 || done === songs) tell(`${done} of ${songs} songs`);
  };
  await makeCorpus(corpus, { ...preset.corpus, seed, threads, onProgress, signal });
}

/** Learns to write sound as codes, and to read them. */
export async function vqvaeStage(shop: Workshop, level: number): Promise<void> {
  const { preset, corpus, work, threads, signal, scale, seed, from, begin } = shop;
  if (from !== undefined) return keepVqvae(shop, level, from);
  const plan = preset.vqvaePlans[level]!;
  const begun = begin === undefined ? undefined : await vqvaeOf(shop, level, begin);
  await trainVqvae({
    level,
    size: preset.vqvae,
    plan: { ...plan, seed: seed + level, steps: Math.round(plan.steps * scale) },
    ...(begun && { from: begun.part }),
    ...sampling(shop, () => copiesOf(level, corpus, sampleOptions(shop))),
    sampleRate: preset.sampleRate,
    corpus,
    checkpoint: join(work, `vqvae.${level}.checkpoint.safetensors`),
    weights: vqvaeWeights(work, level),
    threads,
    tell: drawing(shop),
    signal,
  });
  drawProgress(shop);
  signal.throwIfAborted();
}

/** The level's part of another model's VQ-VAE, as it is: priors that learn on must read the same codes. */
async function keepVqvae(shop: Workshop, level: number, from: string): Promise<void> {
  const { name, part } = await vqvaeOf(shop, level, from);
  mkdirSync(shop.work, { recursive: true });
  writeSafetensors(vqvaeWeights(shop.work, level), part, { notes: { steps: `of ${name}` } });
  shop.tell(`taken from ${from}`);
}

async function vqvaeOf({ preset }: Workshop, level: number, from: string): Promise<{ name: string; part: Store }> {
  const { config, store } = await openModelFolder(from, "vqvae");
  if (JSON.stringify(config.vqvae) !== JSON.stringify(preset.vqvae) || config.sampleRate !== preset.sampleRate)
    throw new UserError(`The model in "${from}" has another VQ-VAE than this preset.`);
  const own = new RegExp(`^((en|de)coders|bottleneck\\.level_blocks)\\.${level}\\.`);
  return { name: config.name, part: new Map([...store].filter(([tensor]) => own.test(tensor))) };
}

/** Writes every song as codes, once for these weights. */
export async function codesStage({ preset, corpus, work, threads, tell }: Workshop, level: number): Promise<void> {
  const weights = vqvaeWeights(work, level);
  const { store, notes } = readSafetensors(weights);
  const mark = join(codesFolder(work), `level.${level}.json`);
  const made = JSON.stringify({ size: preset.vqvae, steps: notes.steps, songs: readCorpus(corpus).length });
  if (existsSync(mark) && readFileSync(mark, "utf8") === made) return tell("is there already");
  await encodeCorpus({ level, size: preset.vqvae, store, corpus, out: codesFolder(work), threads, tell });
  writeFileSync(mark, made);
}

/** Learns which codes follow which, under labels and the codes of the level above. */
export async function priorStage(shop: Workshop, level: number): Promise<void> {
  const { preset, corpus, work, threads, signal, from, begin } = shop;
  const known = from === undefined ? undefined : await openModelFolder(from, level);
  const first = known?.store ?? (begin === undefined ? undefined : await begunPrior(shop, level, begin));
  const recipe = recipeOf(shop, level, namesOf(readCorpus(corpus), known?.config));
  const coded = readCodedCorpus(
    corpus,
    { folder: codesFolder(work), levels: levelsRead(preset, level) },
    known?.config,
  );
  const result = await trainPrior({
    recipe,
    ...coded,
    ...sampling(shop, () => songsOf(singingOf(shop, recipe, coded))),
    ...(first && { from: first }),
    budget: scaled(preset.priors[level]!.budget, shop.scale),
    checkpoint: join(work, `prior.${level}.checkpoint.safetensors`),
    averaging: preset.priors[level]!.averaging,
    threads,
    tell: drawing(shop),
    signal,
  });
  drawProgress(shop);
  writeSafetensors(priorWeights(work, level), result.weights, { notes: { heldOutBits: result.heldOut.toFixed(4) } });
}

const SONGS_HEARD = 24;

/** Another model's prior, as far as it fits a new VQ-VAE and new names. */
async function begunPrior(shop: Workshop, level: number, begin: string): Promise<Store> {
  const { preset, corpus, work, threads } = shop;
  const songs = readCorpus(corpus).filter(({ split }) => split === "train");
  const some = songs.filter((_, index) => index % Math.ceil(songs.length / SONGS_HEARD) === 0);
  const hear = async (at: number): Promise<Together> => {
    const { part } = await vqvaeOf(shop, at, begin);
    const hearing = { level: at, size: preset.vqvae, threads, corpus, codes: codesFolder(work), other: part };
    return hearTogether(some, hearing);
  };
  const { store } = await openModelFolder(begin, level);
  return translated(nameless(store), await hear(level), isTop(preset, level) ? undefined : await hear(level + 1));
}

/** Without the tables whose rows are names, lengths or moments. */
const nameless = (store: Store): Store => new Map([...store].filter(([tensor]) => !tensor.startsWith("y_emb.")));

const sampling = ({ samples }: Workshop, make: () => Sample): { readonly sampler?: Sampler } =>
  samples > 0 ? { sampler: createSampler(samples, make()) } : {};

const sampleOptions = ({ preset, work, threads, signal }: Workshop): SampleOptions => {
  const { sampleRate, vqvae } = preset;
  return { folder: join(work, "samples"), sampleRate, vqvae, threads, signal };
};

/** A prior sings as the finished model will. */
function singingOf(shop: Workshop, { size, place }: PriorRecipe, { train, valid }: CodedCorpus): Singing {
  const { hopFraction, temperature, guidance } = shop.preset.priors[place.level]!;
  return {
    ...sampleOptions(shop),
    size: { ...size, never: [silentCode(train, place.level)] },
    place,
    hopFraction,
    temperature,
    ...(guidance !== undefined && { guidance }),
    songs: valid,
    codec: readSafetensors(vqvaeWeights(shop.work, place.level)).store,
  };
}

/** Puts all weights in one file of 16-bit numbers, and describes them. */
export async function exportStage({ preset, out, corpus, work, from }: Workshop): Promise<void> {
  const known = from === undefined ? undefined : await readModelConfig(from);
  const names = namesOf(readCorpus(corpus), known);
  const levels = preset.priors.map((_, level) => level);
  const parts = levels.flatMap((level) => [
    ...readSafetensors(vqvaeWeights(work, level)).store,
    ...renamed(partPrefix(level), readSafetensors(priorWeights(work, level)).store),
  ]);
  const silent = silentCodes(readCodedCorpus(corpus, { folder: codesFolder(work), levels }).train, levels.length);
  const config: Omit<ModelConfig, "weights"> = {
    name: preset.name ?? basename(out),
    sampleRate: preset.sampleRate,
    vqvae: preset.vqvae,
    priors: levels.map((level) => ({ ...sizeOf(preset, level, names), never: [silent[level]!] })),
    hopFractions: preset.priors.map(({ hopFraction }) => hopFraction),
    temperatures: preset.priors.map(({ temperature }) => temperature),
    ...(preset.priors.some(({ guidance }) => guidance) && {
      guidance: preset.priors.map(({ guidance = 1 }) => guidance),
    }),
    ...names,
    minSeconds: preset.seconds.min,
    maxSeconds: preset.seconds.max,
  };
  await writeModelFolder(out, config, new Map(parts), { half: true });
}

const renamed = (prefix: string, store: Store) => [...store].map(([name, value]) => [prefix + name, value] as const);

const scaled = (budget: Budget, scale: number): Budget =>
  "steps" in budget ? { steps: Math.round(budget.steps * scale) } : { minutes: budget.minutes * scale };

const isTop = ({ priors }: Preset, level: number): boolean => level === priors.length - 1;
const levelsRead = (preset: Preset, level: number): number[] => (isTop(preset, level) ? [level] : [level, level + 1]);

function recipeOf({ preset, seed }: Workshop, level: number, names: Names): PriorRecipe {
  const { batch, rate, adam, variety } = preset.priors[level]!;
  const place = { level, hop: hopsOf(preset.vqvae)[level]!, sampleRate: preset.sampleRate };
  return { size: sizeOf(preset, level, names), place, batch, rate, adam, variety, seed: seed + level };
}

/** The top prior is told where in the song it is; the others read the codes above, and all are told what is sung. */
function sizeOf(preset: Preset, level: number, { artists, genres, metre }: Names): PriorSize {
  const { vqvae, priors, timing, conditioner } = preset;
  const common = {
    ...priors[level]!.size,
    bins: vqvae.lBins[level]!,
    labels: { artists: artists.length, genres: genres.length, maxGenres: 1 },
    tied: false,
    labelsEverywhere: true,
  };
  if (isTop(preset, level)) return { ...common, timing, moments: momentTables(metre), addCondition: false };
  const above = level + 1;
  const { depth } = conditioner;
  const strides = Array.from({ length: vqvae.downsT[above]! }, () => vqvae.stridesT[above]!);
  const upper = { ...conditioner, bins: vqvae.lBins[above]!, dilationGrowth: 3, dilationCycle: depth };
  const sung = momentTables(metre).filter(({ name }) => name === "phone");
  const moments = sung.length > 0 && { moments: sung };
  return { ...common, ...moments, upper: { ...upper, resScale: true, strides }, addCondition: true };
}

/** The stages of making a model: what each does, and the files it leaves for the next one. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { UserError } from "../errors.ts";
import { createEncoder } from "../inference/encode.ts";
import { momentTables } from "../labels/metre.ts";
import { type ModelConfig, openModelFolder, partPrefix, readModelConfig, writeModelFolder } from "../model/folder.ts";
import type { PriorSize } from "../model/prior.ts";
import { readSafetensors, writeSafetensors } from "../model/safetensors.ts";
import { hopsOf } from "../model/vqvae.ts";
import type { Store } from "../model/weights.ts";
import { encodeCorpus } from "./codes.ts";
import { readCorpus } from "./corpus/files.ts";
import { makeCorpus } from "./corpus/make.ts";
import { drawCurves } from "./curves.ts";
import { historyPath, type Moment, readHistory } from "./history.ts";
import { importSongs } from "./own/import.ts";
import { beginWith, checkBegun, songsMark } from "./own/learned.ts";
import type { Preset } from "./presets.ts";
import { type PriorRecipe, trainPrior } from "./prior.ts";
import { type Budget, pace } from "./schedule.ts";
import { type Names, namesOf, readCodedCorpus, silentCodes } from "./songs.ts";
import { trainVqvae } from "./vqvae.ts";

export interface Workshop {
  readonly preset: Preset;
  /** The model's folder. */
  readonly out: string;
  readonly corpus: string;
  /** Folder of a user's own songs, which the corpus is made of instead of composed ones. */
  readonly data?: string;
  /** Folder of checkpoints and codes. */
  readonly work: string;
  /** Folder of the model to start from: its codes are kept, and its priors learn on. */
  readonly from?: string;
  /** Folder of the model whose VQ-VAE is learned on from; its codes change. */
  readonly vqvaeFrom?: string;
  /** All budgets are multiplied by this. */
  readonly scale: number;
  readonly seed: number;
  readonly threads: number;
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
  const levels = preset.priors.map((_, level) => level);
  const history = (stage: string, level: number): readonly Moment[] =>
    readHistory(historyPath(join(work, `${stage}.${level}.checkpoint.safetensors`)));
  const panels = levels.flatMap((level) => [
    { name: `vqvae ${level}: loss`, history: history("vqvae", level), lines: ["loss"] },
    { name: `vqvae ${level}: decibels, held out`, history: history("vqvae", level), lines: ["decibels"] },
    { name: `prior ${level}: bits a code`, history: history("prior", level), lines: ["loss", "heldOut"] },
  ]);
  writeFileSync(join(work, "curves.png"), drawCurves(panels));
}

/** Composes and renders the songs to learn from, or takes them from the user's folder. */
export async function corpusStage(shop: Workshop): Promise<void> {
  const { preset, corpus, seed, threads, tell, signal } = shop;
  if (shop.data !== undefined) return importStage(shop, shop.data);
  const onProgress = (done: number, songs: number): void => {
    if (done % 10 === 0 || done === songs) tell(`${done} of ${songs} songs`);
  };
  await makeCorpus(corpus, { ...preset.corpus, seed, threads, onProgress, signal });
}

async function importStage(shop: Workshop, data: string): Promise<void> {
  const { preset, corpus, work, out, from, threads, tell, signal } = shop;
  const known = from === undefined ? undefined : await readModelConfig(from);
  const leastSamples = leastSamplesOf(preset);
  const { sampleRate } = preset;
  const songs = await importSongs(data, {
    ...{ corpus, sampleRate, leastSamples, threads: Math.max(threads, 2), tell, signal },
    ...(known && { known }),
  });
  beginWith(songs, work, out);
}

/** Of the longest window of any prior, and of what the VQ-VAE hears at once. */
const leastSamplesOf = ({ priors, vqvae, vqvaePlans }: Preset): number =>
  Math.max(
    ...priors.map(({ size }, level) => size.nCtx * hopsOf(vqvae)[level]!),
    ...vqvaePlans.map(({ samples }) => samples),
  );

/** Learns to write sound as codes, and to read them. */
export async function vqvaeStage(shop: Workshop, level: number): Promise<void> {
  const { preset, corpus, work, threads, signal, scale, seed, from, vqvaeFrom } = shop;
  if (from !== undefined) return keepVqvae(shop, level, from);
  checkBegun(readCorpus(corpus), work, shop.out);
  const plan = preset.vqvaePlans[level]!;
  const begun = vqvaeFrom === undefined ? undefined : await vqvaeOf(shop, level, vqvaeFrom);
  await trainVqvae({
    level,
    size: preset.vqvae,
    plan: { ...plan, seed: seed + level, steps: Math.round(plan.steps * scale) },
    ...(begun && { from: begun.part }),
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

/** Writes every song as codes, once for these weights; of a user's songs, those that have come since. */
export async function codesStage({ preset, corpus, work, threads, tell }: Workshop, level: number): Promise<void> {
  const weights = vqvaeWeights(work, level);
  const { store, notes } = readSafetensors(weights);
  const mark = join(codesFolder(work), `level.${level}.json`);
  const songs = readCorpus(corpus);
  const heard = songsMark(songs);
  const encoder = { size: preset.vqvae, steps: notes.steps, ...(heard && { weights: digestOf(weights) }) };
  const made = JSON.stringify({ ...encoder, songs: songs.length, ...(heard && { heard }) });
  const before = existsSync(mark) ? readFileSync(mark, "utf8") : "";
  if (before === made) return tell("is there already");
  const onlyMissing = heard !== undefined && before.startsWith(JSON.stringify(encoder).slice(0, -1));
  if (!onlyMissing) rmSync(mark, { force: true }); // from here on some codes are of these weights, and some are not
  const options = { level, size: preset.vqvae, store, corpus, out: codesFolder(work), onlyMissing };
  await encodeCorpus({ ...options, threads, tell });
  writeFileSync(mark, made);
}

/** Learns which codes follow which, under labels and the codes of the level above. */
export async function priorStage(shop: Workshop, level: number): Promise<void> {
  const { preset, corpus, work, threads, signal, from } = shop;
  const known = from === undefined ? undefined : await openModelFolder(from, level);
  const songs = readCorpus(corpus);
  checkBegun(songs, work, shop.out);
  const coded = { folder: codesFolder(work), levels: levelsRead(preset, level) };
  const { train, valid } = readCodedCorpus(corpus, coded, known?.config);
  if (valid.length === 0) shop.tell("no song is held out: what is learned is judged by the songs learned from");
  const result = await trainPrior({
    recipe: recipeOf(shop, level, namesOf(songs, known?.config)),
    ...(known && { from: known.store }),
    budget: scaled(preset.priors[level]!.budget, shop.scale),
    train,
    valid: valid.length > 0 ? valid : train,
    checkpoint: join(work, `prior.${level}.checkpoint.safetensors`),
    threads,
    tell: drawing(shop),
    signal,
  });
  drawProgress(shop);
  writeSafetensors(priorWeights(work, level), result.weights, { notes: { heldOutBits: result.heldOut.toFixed(4) } });
}

/** Puts all weights in one file of 16-bit numbers, and describes them. */
export async function exportStage({ preset, out, corpus, work, from }: Workshop): Promise<void> {
  const known = from === undefined ? undefined : await readModelConfig(from);
  const songs = readCorpus(corpus);
  const names = namesOf(songs, known);
  const own = songsMark(songs) !== undefined;
  const levels = preset.priors.map((_, level) => level);
  const parts = levels.flatMap((level) => [
    ...readSafetensors(vqvaeWeights(work, level)).store,
    ...renamed(partPrefix(level), readSafetensors(priorWeights(work, level)).store),
  ]);
  const silent = own
    ? await codesOfSilence(preset, work, known)
    : silentCodes(readCodedCorpus(corpus, { folder: codesFolder(work), levels }).train, levels.length);
  const config: Omit<ModelConfig, "weights"> = {
    name: own ? basename(out) : (preset.name ?? basename(out)),
    sampleRate: preset.sampleRate,
    vqvae: preset.vqvae,
    priors: levels.map((level) => ({ ...sizeOf(preset, level, names), never: [silent[level]!].flat() })),
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

/** What a user's songs end with may be anything: silence is what the encoder takes it for, or what the model begun with knows as such. */
async function codesOfSilence(preset: Preset, work: string, known?: ModelConfig): Promise<(readonly number[])[]> {
  const codes: (readonly number[])[] = [];
  for (const [level, hop] of hopsOf(preset.vqvae).entries()) {
    const never = known?.priors[level]?.never;
    const { store } = readSafetensors(vqvaeWeights(work, level));
    const encoder = createEncoder({ level, size: preset.vqvae, store });
    const silence = await encoder.encode(new Float32Array(hop * SILENT_CODES));
    await encoder.close();
    codes.push(never ?? [silence[SILENT_CODES / 2]!]);
  }
  return codes;
}

const SILENT_CODES = 256;

const digestOf = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

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

/** The top prior is told where in the song it is; the others read the codes above. */
function sizeOf(preset: Preset, level: number, { artists, genres, metre }: Names): PriorSize {
  const { vqvae, priors, timing, conditioner } = preset;
  const common = {
    ...priors[level]!.size,
    bins: vqvae.lBins[level]!,
    labels: { artists: artists.length, genres: genres.length, maxGenres: 1 },
    tied: false,
    labelsEverywhere: true,
  };
  if (isTop(preset, level))
    return { ...common, timing, ...(metre && { moments: momentTables(metre) }), addCondition: false };
  const above = level + 1;
  const { depth } = conditioner;
  const strides = Array.from({ length: vqvae.downsT[above]! }, () => vqvae.stridesT[above]!);
  const upper = { ...conditioner, bins: vqvae.lBins[above]!, dilationGrowth: 3, dilationCycle: depth };
  return { ...common, upper: { ...upper, resScale: true, strides }, addCondition: true };
}

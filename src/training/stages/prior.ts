/** A level's prior: what it is made of, what it begins with, and how it is trained. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type CodedCorpus, type Names, namesOf, readCodedCorpus } from "../../dataset/coded-corpus.ts";
import { readCorpus } from "../../dataset/corpus-files.ts";
import { checkBegun } from "../../dataset/own/learned.ts";
import { type ModelConfig, openModelFolder } from "../../model/folder.ts";
import type { PriorSize } from "../../model/prior.ts";
import { readSafetensors, writeSafetensors } from "../../model/safetensors.ts";
import { hopsOf, stridesOf } from "../../model/vqvae.ts";
import type { Store } from "../../model/weights.ts";
import { momentTables } from "../../music/metre.ts";
import { mistakesOf } from "../mistakes.ts";
import type { Preset } from "../presets.ts";
import { type Singing, songsOf } from "../samples.ts";
import type { Budget } from "../schedule.ts";
import { type PriorRecipe, trainPrior } from "../train-prior.ts";
import type { Mistakes, Place } from "../windows.ts";
import {
  codecStore,
  codesFolder,
  drawing,
  drawProgress,
  priorWeights,
  sampleOptions,
  sampling,
  type TrainingContext,
} from "./context.ts";
import { silenceAt } from "./silence.ts";

/** Learns which codes follow which, under labels and the codes of the level above. */
export async function priorStage(context: TrainingContext, level: number): Promise<void> {
  const { preset, corpus, work, threads, signal, from, begin } = context;
  const known = from === undefined ? undefined : await openModelFolder(from, level);
  const songs = readCorpus(corpus);
  checkBegun(songs, work, context.out);
  const names = namesOf(songs, known?.config);
  const recipe = recipeOf(context, level, names);
  const folder = codesFolder(work);
  const found = readCodedCorpus(corpus, { folder, levels: levelsRead(preset, level) }, known?.config);
  if (found.valid.length === 0)
    context.report("no song is held out: what is learned is judged by the songs learned from");
  const coded = { ...found, valid: found.valid.length > 0 ? found.valid : found.train };
  const never = await silenceAt(context, level, coded.train, known?.config);
  const result = await trainPrior({
    recipe,
    ...coded,
    ...(!isTop(preset, level) && { mistakes: () => mistakesAbove(context, level + 1, names, known?.config) }),
    ...sampling(context, () => songsOf(singingOf(context, recipe, coded, never))),
    ...(known && { from: async () => known.store }),
    ...(!known && begin !== undefined && { from: () => layersOf(begin, level) }),
    budget: scaled(preset.priors[level]!.budget, context.scale),
    checkpoint: join(work, `prior.${level}.checkpoint.safetensors`),
    averaging: preset.priors[level]!.averaging,
    threads,
    report: drawing(context),
    signal,
  });
  drawProgress(context);
  writeSafetensors(priorWeights(work, level), result.weights, {
    notes: { validationBits: result.validationBits.toFixed(4) },
  });
}

const WINDOWS_HEARD = 600;

/** What the prior of this level makes where songs have something else, if it has learned already. */
async function mistakesAbove(
  context: TrainingContext,
  level: number,
  names: Names,
  known: ModelConfig | undefined,
): Promise<Mistakes | undefined> {
  const { preset, corpus, work, threads, seed, report } = context;
  const path = priorWeights(work, level);
  if (!existsSync(path)) return undefined;
  const { train } = readCodedCorpus(corpus, { folder: codesFolder(work), levels: levelsRead(preset, level) }, known);
  const size = sizeOf(preset, level, names);
  const { store } = readSafetensors(path);
  report(`hearing what level ${level} mistakes codes for`);
  const hearing = { windows: WINDOWS_HEARD, seed, threads };
  return mistakesOf({ size, place: placeOf(preset, level), store, songs: train, ...hearing });
}

/** Another model's prior as far as it fits other codes and names: without the tables whose rows are those. */
async function layersOf(begin: string, level: number): Promise<Store> {
  const { store } = await openModelFolder(begin, level);
  return new Map([...store].filter(([tensor]) => !/^y_emb\.|(^|\.)x_(emb|out)\.weight$/.test(tensor)));
}

/** A prior sings as the finished model will. */
function singingOf(
  context: TrainingContext,
  { size, place }: PriorRecipe,
  { valid }: CodedCorpus,
  never: readonly number[],
): Singing {
  const { hopFraction, temperature, guidance } = context.preset.priors[place.level]!;
  return {
    ...sampleOptions(context),
    size: { ...size, never },
    place,
    hopFraction,
    temperature,
    ...(guidance !== undefined && { guidance }),
    songs: valid,
    codec: codecStore(context.work, place.level, context.preset.vqvae),
  };
}

const scaled = (budget: Budget, scale: number): Budget =>
  "steps" in budget ? { steps: Math.round(budget.steps * scale) } : { minutes: budget.minutes * scale };

const isTop = ({ priors }: Preset, level: number): boolean => level === priors.length - 1;
const levelsRead = (preset: Preset, level: number): number[] => (isTop(preset, level) ? [level] : [level, level + 1]);

function recipeOf({ preset, seed }: TrainingContext, level: number, names: Names): PriorRecipe {
  const { batch, rate, adam, variety } = preset.priors[level]!;
  return {
    size: sizeOf(preset, level, names),
    place: placeOf(preset, level),
    batch,
    rate,
    adam,
    variety,
    seed: seed + level,
  };
}

const placeOf = ({ vqvae, sampleRate }: Preset, level: number): Place => ({
  level,
  hop: hopsOf(vqvae)[level]!,
  sampleRate,
});

/** The top prior is told where in the song it is; the others read the codes above; all are told of the moment. */
export function sizeOf(preset: Preset, level: number, { artists, genres, metre }: Names): PriorSize {
  const { vqvae, priors, timing, conditioner } = preset;
  const common = {
    ...priors[level]!.size,
    bins: vqvae.lBins[level]!,
    labels: { artists: artists.length, genres: genres.length, maxGenres: 1 },
    tied: false,
    labelsEverywhere: true,
  };
  const told = metre && { moments: momentTables(metre) };
  if (isTop(preset, level)) return { ...common, timing, ...told, addCondition: false };
  const above = level + 1;
  const { depth } = conditioner;
  const strides = stridesOf(vqvae, above);
  const upper = { ...conditioner, bins: vqvae.lBins[above]!, dilationGrowth: 3, dilationCycle: depth };
  return { ...common, ...told, upper: { ...upper, resScale: true, strides }, addCondition: true };
}

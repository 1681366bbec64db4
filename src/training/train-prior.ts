/** Trains one prior: the loss of a step, its batches, and validation in bits per code. */

import type { CodedSong } from "../dataset/coded-corpus.ts";
import { priorLoss } from "../model/captures.ts";
import { wholeSequence } from "../model/memory.ts";
import type { PriorSize } from "../model/prior.ts";
import { declared, type Store } from "../model/weights.ts";
import { Graph } from "../onnx/graph.ts";
import { type AdamOptions, descend } from "../onnx/optimizer.ts";
import { floats, floatsOf, openSession, type Tensors } from "../onnx/session.ts";
import { createRandom, seedFor } from "../random.ts";
import { type Baselines, baselines, countCodes } from "./bigram.ts";
import { initialValues } from "./initial.ts";
import { type TrainingOptions, trainLoop, type Validation } from "./loop.ts";
import type { Budget } from "./schedule.ts";
import { type Augmentation, asItIs, batchOf, drawWindow, type Mistakes, type Place } from "./windows.ts";

export interface PriorRecipe {
  readonly size: PriorSize;
  readonly place: Place;
  /** Windows a step. */
  readonly batch: number;
  /** Highest rate, reached after the warm-up; from there straight down to 0. */
  readonly rate: number;
  readonly adam: AdamOptions;
  readonly variety: Augmentation;
  readonly seed: number;
}

export interface PriorTraining extends TrainingOptions {
  readonly recipe: PriorRecipe;
  readonly budget: Budget;
  readonly train: readonly CodedSong[];
  readonly valid: readonly CodedSong[];
  /** What the prior above draws instead of its songs' codes; asked for at the first step. */
  readonly mistakes?: () => Promise<Mistakes | undefined>;
  /** Weights of another model to start from; asked for where there is no checkpoint yet. */
  readonly from?: () => Promise<Store>;
  /** How much of the running average of the weights stays each step; the last weights alone if left out. */
  readonly averaging?: number;
  /** Windows in a validation. */
  readonly validated?: number;
}

/** Bits per code on the same windows each time. */
export interface PriorValidation {
  /** On validation songs. */
  readonly validationBits: number;
  /** On training songs: far fewer where songs are too few, and memorised. */
  readonly trainingBits: number;
}

export interface PriorResult extends PriorValidation {
  /** Averaged over the last steps. */
  readonly weights: Store;
  readonly steps: number;
  /** Of training alone. */
  readonly seconds: number;
  readonly baselines: Baselines;
}

/** Trains, or goes on with what the checkpoint holds. Throws the signal's reason when stopped. */
export async function trainPrior(training: PriorTraining): Promise<PriorResult> {
  const { recipe, budget, averaging = 0, report } = training;
  const { graph, shapes } = trainingGraph(recipe);
  const counts = countCodes(codesOf(training.train, recipe), recipe.size.bins);
  const known = baselines(counts, codesOf(training.valid, recipe));
  report?.(`${[...shapes.values()].reduce((sum, shape) => sum + size(shape), 0)} weights, ${describe(known)}`);
  let mistakes: Promise<Mistakes | undefined> | undefined;
  const { result, ...end } = await trainLoop(
    {
      graph,
      recipe,
      rate: recipe.rate,
      budget,
      first: async () => firstValues(shapes, recipe.seed, await training.from?.()),
      feeds: async (step) => {
        mistakes ??= training.mistakes?.();
        return batchAt(training, step, await mistakes);
      },
      averaging: { names: shapes.keys(), kept: averaging },
      weights: (store) => new Map([...store].filter(([name]) => shapes.has(name))),
      validation: await openValidation(training),
      throughput: { codes: recipe.batch * recipe.size.nCtx },
    },
    training,
  );
  return { ...end, ...result, baselines: known };
}

type Shapes = ReadonlyMap<string, readonly number[]>;

/** Random values (spec 3.7), and what another model knows already: whole tensors, and the first rows of tables that have grown. */
function firstValues(shapes: Shapes, seed: number, known?: Store): Store {
  const values = initialValues(shapes, { seed });
  for (const [name, { shape, data }] of values) {
    const old = known?.get(name);
    if (old && old.shape.slice(1).join() === shape.slice(1).join() && old.shape[0]! <= shape[0]!)
      (data as Float32Array).set(old.data);
  }
  return values;
}

/** One step: loss, gradients, Adam. `shapes` are those of the weights. */
export function trainingGraph({ size, batch, variety, adam: options }: PriorRecipe) {
  const graph = new Graph();
  const shapes = new Map<string, readonly number[]>();
  const reading = { heard: true, slips: variety.slips > 0 };
  const { loss } = priorLoss(declared(graph, shapes), size, batch, wholeSequence(batch), reading);
  graph.output("loss", loss);
  descend(loss, shapes, options);
  return { graph, shapes };
}

/** Follows from the seed and the step alone. */
function batchAt({ recipe, train }: PriorTraining, step: number, mistakes: Mistakes | undefined): Tensors {
  const random = createRandom(seedFor(recipe.seed, step));
  const { size, place, variety, batch } = recipe;
  return batchOf(Array.from({ length: batch }, () => drawWindow(train, size, place, variety, random, mistakes)));
}

function* codesOf(songs: readonly CodedSong[], { place }: PriorRecipe): Generator<Uint16Array> {
  for (const song of songs) yield song.codes[place.level]!;
}

async function openValidation({
  recipe,
  train,
  valid,
  threads = 1,
  validated = 16,
}: PriorTraining): Promise<Validation<PriorValidation>> {
  const { size, place } = recipe;
  const batch = Math.min(recipe.batch, validated);
  const graph = new Graph();
  const shapes = new Map<string, readonly number[]>();
  graph.output("music", priorLoss(declared(graph, shapes), size, batch, wholeSequence(batch), { heard: true }).music);
  const session = await openSession(graph, { threads });
  const drawn = (songs: readonly CodedSong[]): Tensors[] => {
    const random = createRandom(recipe.seed);
    return Array.from({ length: Math.ceil(validated / batch) }, () =>
      batchOf(Array.from({ length: batch }, () => drawWindow(songs, size, place, asItIs, random))),
    );
  };
  const [validationBits, trainingBits] = [drawn(valid), drawn(train)];
  const bits = async (weights: Tensors, batches: readonly Tensors[]): Promise<number> => {
    const found: number[] = [];
    for (const feeds of batches) found.push(floatsOf(await session.run({ ...weights, ...feeds }), "music")[0]!);
    return mean(found);
  };
  return {
    async of(store) {
      const weights = Object.fromEntries(
        [...shapes].map(([name, shape]) => [name, floats(store.get(name)!.data as Float32Array, shape)]),
      );
      return { validationBits: await bits(weights, validationBits), trainingBits: await bits(weights, trainingBits) };
    },
    describe: ({ validationBits, trainingBits }) =>
      `${validationBits.toFixed(3)} (training songs ${trainingBits.toFixed(3)})`,
    numbers: (result) => ({ ...result }),
    close: () => session.close(),
  };
}

const size = (shape: readonly number[]): number => shape.reduce((all, dim) => all * dim, 1);
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
const describe = (known: Baselines): string =>
  `unigram ${known.unigram.toFixed(3)}, bigram ${known.bigram.toFixed(3)} bits per code`;

/** The way of a level's codec through its steps: told of, judged, heard, saved, and gone on with as if it had never stopped. */
import { BAND_EDGES } from "../audio/convergence.ts";
import { type CorpusSong, readCorpus } from "../dataset/corpus-files.ts";
import { evenCrops } from "../dataset/crops.ts";
import { writeSafetensors } from "../model/safetensors.ts";
import { hopsOf, type VqvaeSize } from "../model/vqvae.ts";
import type { Store } from "../model/weights.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Tensors } from "../onnx/session.ts";
import { createAverage } from "./average.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { historyPath, openHistory } from "./history.ts";
import { progressLine, type Standing } from "./progress.ts";
import type { Sampler } from "./samples.ts";
import { createClock, pace } from "./schedule.ts";
import { createStepper, type StepResult } from "./stepper.ts";
import { openValidator, type ValidationResult } from "./validation.ts";

/** What is trained, and where. */
export interface CodecTraining {
  readonly level: number;
  readonly size: VqvaeSize;
  readonly sampleRate: number;
  /** Folder of the corpus. */
  readonly corpus: string;
  /** Where the training is kept, moments and all. */
  readonly checkpoint: string;
  /** Where the weights alone are written, at every checkpoint. */
  readonly weights: string;
  /** Hears the weights now and then. */
  readonly sampler?: Sampler;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Hears a line now and then. */
  readonly tell?: (line: string) => void;
}

export interface Pace {
  /** The rate falls to zero over so many steps. */
  readonly steps: number;
  readonly rate: number;
  /** Crops a step, and samples a crop. */
  readonly batch: number;
  readonly samples: number;
}

export interface Course {
  /** One step: the loss, and what comes next. */
  readonly graph: Graph;
  readonly pace: Pace;
  /** What must not change when the training goes on. */
  readonly whole: unknown;
  first(): Promise<Store>;
  /** What a step learns from; follows from its number. */
  feeds(step: number): Tensors;
  /** Names of the weights of which an average is kept, and how much of it stays each step. */
  readonly averaging?: { readonly names: Iterable<string>; readonly kept: number };
  /** What is written of the state, in which averages stand for the weights. */
  weights(store: Store): Store;
  /** What has to be beside these weights where they are heard. */
  readonly fixed?: Store;
  /** Parts of the loss that are told of. */
  readonly parts: readonly string[];
}

const SAVE_SECONDS = 60;
const TELL_SECONDS = 15;
const LISTEN_SECONDS = 120;
const JUDGED = { batch: 12, seconds: 5 };

/** Trains to the plan's end, or until the signal; what was reached is saved. Returns the last verdict on songs left out. */
export async function runCourse(course: Course, training: CodecTraining): Promise<ValidationResult> {
  const { pace: plan, averaging } = course;
  const { threads = 1, sampler, signal, tell = () => {} } = training;
  const begun = loadCheckpoint(training.checkpoint, course.whole);
  const start = begun ?? { steps: 0, store: await course.first() };
  const stepper = await createStepper(course.graph, start, { threads });
  const average = createAverage(averaging?.names ?? [], start, averaging?.kept ?? 0);
  const validator = await validatorFor(training);
  const every = { tell: pace(TELL_SECONDS), save: pace(SAVE_SECONDS), listen: pace(LISTEN_SECONDS) };
  const clock = createClock(begun, plan.rate, { steps: plan.steps });
  const history = openHistory(historyPath(training.checkpoint), stepper.steps);
  const weights = (): Store => course.weights(new Map([...stepper.state().store, ...average.weights]));
  const heard = (): Store => new Map([...(course.fixed ?? []), ...weights()]);
  const judged = async (): Promise<ValidationResult> => {
    const verdict = await validator.judge(heard());
    history.add({ step: stepper.steps, decibels: verdict.whole, used: verdict.used });
    return verdict;
  };
  const save = (): void => {
    saveCheckpoint(training.checkpoint, average.into(stepper.state()), course.whole);
    writeSafetensors(training.weights, weights(), { notes: { steps: String(stepper.steps) } });
  };
  let verdict: ValidationResult | undefined;
  try {
    while (stepper.steps < plan.steps && !signal?.aborted) {
      const result = await stepper.step(course.feeds(stepper.steps), rateAt(plan, stepper.steps));
      clock.tick(stepper.steps);
      average.follow(stepper.state());
      if (every.tell()) {
        const now = momentOf(stepper.steps, result, plan);
        history.add(now);
        tell(progressLine(standingOf(now, result, course, training, verdict), clock));
      }
      await sampler?.after(heard(), stepper.steps);
      if (every.save()) save();
      if (every.listen()) {
        verdict = await judged();
        tell(describeVerdict(verdict));
      }
    }
    save();
    if (!signal?.aborted) await sampler?.last(heard(), stepper.steps);
    verdict = await judged();
    tell(`${stepper.steps} of ${plan.steps} steps. ${describeVerdict(verdict)}`);
    return verdict;
  } finally {
    await validator.close();
    await stepper.close();
  }
}

export const ofSplit = (songs: readonly CorpusSong[], train: boolean): CorpusSong[] =>
  songs.filter(({ split }) => (split === "train") === train);

/** Straight down to zero at the planned end. */
const rateAt = ({ rate, steps }: Pace, step: number): number => rate * Math.max(0, 1 - step / steps);

function validatorFor({ level, size, corpus, sampleRate }: CodecTraining) {
  const songs = readCorpus(corpus);
  const hop = hopsOf(size)[level]!;
  const crop = { batch: JUDGED.batch, samples: Math.floor((JUDGED.seconds * sampleRate) / hop) * hop };
  const left = ofSplit(songs, false);
  return openValidator(evenCrops(corpus, left.length > 0 ? left : songs, crop), crop, { level, size, sampleRate });
}

/** What is told of a step; `usedTraining` codes are in use by the running numbers of a codebook that learns. */
function momentOf(step: number, { metrics: { loss, used } }: StepResult, plan: Pace) {
  return { step, loss: loss![0]!, ...(used && { usedTraining: used[0]! }), rate: rateAt(plan, step) };
}

function standingOf(
  moment: ReturnType<typeof momentOf>,
  { metrics }: StepResult,
  { parts, pace: { batch, samples } }: Course,
  { level, size, sampleRate }: CodecTraining,
  verdict: ValidationResult | undefined,
): Standing {
  const { usedTraining: used } = moment;
  return {
    moment,
    parts: Object.fromEntries(parts.map((name) => [name, metrics[name]![0]!])),
    heldOut: verdict && `${verdict.whole.toFixed(2)} dB`,
    ...(used !== undefined && { usage: { used, bins: size.lBins[level]! } }),
    throughput: { codes: (batch * samples) / hopsOf(size)[level]!, seconds: (batch * samples) / sampleRate },
  };
}

/** One line for people. */
function describeVerdict({ whole, bands, entropyBits, used }: ValidationResult): string {
  const parts = bands.map((band, index) => `${BAND_EDGES[index]}–${BAND_EDGES[index + 1]} Hz ${band.toFixed(1)}`);
  return `Left out: ${whole.toFixed(2)} dB (${parts.join(", ")}), ${used} codes used, ${entropyBits.toFixed(2)} bits`;
}

/** Classifies songs, reconstructions and generated clips: how much of the labels can be heard, and where it is lost. */
import type { CorpusSong } from "../dataset/corpus-files.ts";
import { accuracyOf, type Labelled, type Prediction } from "./accuracy.ts";
import { stretchesOf } from "./clips.ts";
import type { EvaluationContext } from "./context.ts";
import { type ClipFeatures, clipFeatures, type LabelClassifier, trainLabelClassifier } from "./label-classifier.ts";
import type { Word } from "./picture.ts";
import type { Classification } from "./report.ts";

export interface GeneratedClip extends Labelled {
  readonly seed: number;
  readonly pairs: "known" | "held out";
  /** Decoded from the codes of each level, finest first. */
  readonly features: readonly ClipFeatures[];
  /** When which word should be sung. */
  readonly words?: readonly Word[];
  /** Of the finest level, where it is drawn. */
  readonly sound?: Float32Array;
}

/** Clips of a song: to train on, original and reconstructed, and to test on. */
const TRAINED = { songs: 3, reconstructions: 1 };
const TESTED = 3;

type Form = "songs" | number;

/** Features of songs in one form: originals, or reconstructions of a level. */
interface ClipSet {
  readonly form: Form;
  readonly train: readonly ClipFeatures[];
  readonly valid: readonly ClipFeatures[];
  readonly heldOut: readonly ClipFeatures[];
}

/**
 * Every song in every form. The model was never trained on held-out pairs, but its classifier must be: half of the songs of
 * each such pair train it.
 */
export async function allClipFeatures(work: EvaluationContext): Promise<ClipSet[]> {
  const { train, valid, heldOut, codecs, report } = work;
  const all: ClipSet[] = [];
  for (const form of ["songs", ...codecs.keys()] as const) {
    report(`features of ${form === "songs" ? "songs" : `reconstructions of level ${form}`}`);
    const each = form === "songs" ? TRAINED.songs : TRAINED.reconstructions;
    all.push({
      form,
      train: await featuresOf(work, [...train, ...everyOther(heldOut, 0)], each, form),
      valid: await featuresOf(work, valid, TESTED, form),
      heldOut: await featuresOf(work, everyOther(heldOut, 1), TESTED, form),
    });
  }
  return all;
}

export interface ClassifierRun {
  readonly classifier: LabelClassifier;
  readonly classifications: readonly Classification[];
  /** One for each generated clip, at the finest level or at the level that the classifier was trained on. */
  readonly predictions: readonly Prediction[];
}

/**
 * A classifier trained on songs classifies songs, reconstructions and finished clips; one trained on the reconstructions of a
 * level classifies these, and clips decoded from that level. What the second one still recognises was not lost in the codes.
 */
export function classifyWith(
  own: ClipSet,
  all: readonly ClipSet[],
  generated: readonly GeneratedClip[],
): ClassifierRun {
  const classifier = trainLabelClassifier(own.train);
  const classifications: Classification[] = [];
  const report = (
    clips: readonly ClipFeatures[],
    rest: Pick<Classification, "what" | "level" | "pairs">,
  ): Prediction[] => {
    const predictions = clips.map(classifier.guess);
    const pulse = clips.reduce((sum, one) => sum + one.pulse / clips.length, 0);
    if (clips.length > 0)
      classifications.push({ trainedOn: own.form, ...rest, accuracy: accuracyOf(predictions), pulse });
    return predictions;
  };
  for (const { form, valid, heldOut } of own.form === "songs" ? all : [own]) {
    const what = form === "songs" ? { what: "songs" as const } : { what: "reconstructions" as const, level: form };
    report(valid, { ...what, pairs: "known" });
    report(heldOut, { ...what, pairs: "held out" });
  }
  const level = own.form === "songs" ? 0 : own.form;
  const predictions = (["known", "held out"] as const).flatMap((pairs) => {
    const clips = generated.filter((clip) => clip.pairs === pairs);
    const featuresOf = clips.map(({ features }) => features[level]!);
    return report(featuresOf, { what: "generated", level, pairs });
  });
  return { classifier, classifications, predictions };
}

function everyOther(songs: readonly CorpusSong[], first: 0 | 1): CorpusSong[] {
  const pairs = Map.groupBy(songs, ({ artist, genre }) => JSON.stringify([artist, genre]));
  return [...pairs.values()].flatMap((pair) => pair.filter((_, turn) => turn % 2 === first));
}

async function featuresOf(
  { corpus, samples, config, codecs }: EvaluationContext,
  songs: readonly CorpusSong[],
  each: number,
  form: Form,
): Promise<ClipFeatures[]> {
  const found: ClipFeatures[] = [];
  for (const clip of stretchesOf(corpus, songs, { samples, each })) {
    const sound = form === "songs" ? clip.sound : await codecs[form]!.reconstruct(clip.sound);
    found.push(clipFeatures({ ...clip, sound }, config.sampleRate));
  }
  return found;
}

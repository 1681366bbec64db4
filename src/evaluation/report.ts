/** The result of an evaluation: evaluation.json, from which the tables of the model card are made. */
import type { ValidationResult } from "../training/validation.ts";
import type { Accuracy, Confusion, Labelled } from "./accuracy.ts";
import type { BitsPerCode } from "./bits-per-code.ts";
import type { Steadiness } from "./measure-steadiness.ts";
import type { MelodyAccuracy } from "./melody-accuracy.ts";
import type { LineRecognition } from "./sung-lines.ts";
import type { TrainedPart } from "./trained.ts";

export interface Evaluation {
  readonly model: string;
  /** Of the weights that were evaluated. */
  readonly sha256: string;
  readonly settings: Settings;
  readonly corpus: readonly CorpusShare[];
  /** As far as checkpoints were there. */
  readonly trained: readonly TrainedPart[];
  /** By level, finest first. */
  readonly bits: readonly LevelBits[];
  /** By level, finest first. */
  readonly codec: readonly LevelCodec[];
  /** Of a corpus that was composed. */
  readonly melodies?: readonly MelodyAccuracy[];
  readonly classifications: readonly Classification[];
  /** Of a corpus with sung songs. */
  readonly words?: readonly LineRecognition[];
  readonly steadiness?: readonly Steadiness[];
  /** Generated clips, by the classifier that was trained on songs. */
  readonly confusion: { readonly genre: Confusion; readonly artist: Confusion; readonly mood?: Confusion };
  readonly clips: readonly ClipResult[];
}

export interface Settings {
  /** Of a clip and of a stretch. */
  readonly seconds: number;
  /** Of a longer clip. */
  readonly long?: number;
  /** Generated clips of each pair. */
  readonly clips: number;
  readonly firstSeed: number;
  /** Songs that the classifiers were trained on, and songs they were tested on, of known and of held-out pairs. */
  readonly trainedOn: number;
  readonly triedOn: number;
  readonly heldOutPairs: number;
  /** Songs whose codes the tables were counted on. */
  readonly counted: number;
}

/** How much of an artist's genre the corpus has. */
export interface CorpusShare extends Labelled {
  readonly split: string;
  readonly songs: number;
  readonly seconds: number;
}

export interface LevelBits {
  readonly level: number;
  readonly unigram: number;
  readonly bigram: number;
  /** On validation songs. */
  readonly validation: BitsPerCode;
  /** On as many training songs: the gap is what more songs could win. */
  readonly training: BitsPerCode;
  /** Validation songs without artist and genre: what labels are worth. */
  readonly withoutLabels: BitsPerCode;
  /** Without beat, part, key, chord, mood and phone, for a prior that is conditioned on them. */
  readonly withoutMoments?: BitsPerCode;
  /** Without chords alone. */
  readonly withoutChords?: BitsPerCode;
  /** Without phones alone. */
  readonly withoutWords?: BitsPerCode;
  /** Validation songs, with dense layers in 8 and in 4 bits: what rounding weights costs. */
  readonly in8: BitsPerCode;
  readonly in4: BitsPerCode;
  /** Songs of pairs that were never trained on. */
  readonly heldOutPairs?: BitsPerCode;
}

export interface LevelCodec {
  readonly level: number;
  readonly validation: ValidationResult;
  /** Mean difference of mel spectra, in decibels. */
  readonly melDifference: number;
}

export interface Classification {
  /** What the classifier was trained on: songs, or their reconstructions at a level. */
  readonly trainedOn: "songs" | number;
  readonly what: "songs" | "reconstructions" | "generated";
  /** Level of the reconstructions, or of the codes that were decoded. */
  readonly level?: number;
  /** Whether artist and genre occur together in training songs. */
  readonly pairs: "known" | "held out";
  readonly accuracy: Accuracy;
  /** Mean steadiness of the strongest beat: 1 for onsets that repeat exactly, about 0 for noise. */
  readonly pulse: number;
}

export interface ClipResult extends Labelled {
  readonly seed: number;
  readonly pairs: "known" | "held out";
  readonly predicted: Labelled;
}

/** What an evaluation found: evaluation.json, and what the card's tables are made of. */
import type { ValidationResult } from "../training/validation.ts";
import type { Accuracy, Confusion, Labelled } from "./accuracy.ts";
import type { HeldOutBits } from "./bits.ts";
import type { Steadiness } from "./long.ts";
import type { Understanding } from "./sung-lines.ts";
import type { TrainedPart } from "./trained.ts";
import type { TuneHeard } from "./tunes.ts";

export interface Evaluation {
  readonly model: string;
  /** Of the weights that were judged. */
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
  readonly tunes?: readonly TuneHeard[];
  readonly judgements: readonly Judgement[];
  /** Of a corpus in which somebody sings. */
  readonly words?: readonly Understanding[];
  readonly steadiness?: readonly Steadiness[];
  /** Clips sung, as the judge who learned from the songs themselves takes them. */
  readonly confusion: { readonly genre: Confusion; readonly artist: Confusion; readonly mood?: Confusion };
  readonly clips: readonly SungVerdict[];
}

export interface Settings {
  /** Of a clip and of a stretch. */
  readonly seconds: number;
  /** Of a longer clip. */
  readonly long?: number;
  /** Clips sung of each pair. */
  readonly clips: number;
  readonly firstSeed: number;
  /** Songs that the judges learned from, and songs they were tried on, of either kind. */
  readonly learnedFrom: number;
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
  /** Songs left out. */
  readonly valid: HeldOutBits;
  /** As many songs learned from: what it knows better by heart than songs left out, more songs would have taught it. */
  readonly learned: HeldOutBits;
  /** Songs left out, artist and genre told as unknown: what labels are worth. */
  readonly unlabelled: HeldOutBits;
  /** The same, and nothing told of beat, part and key, to a prior that is told of them. */
  readonly uncounted?: HeldOutBits;
  /** The same, and only chords not told, to a prior that is told of them. */
  readonly dropChords?: HeldOutBits;
  /** The same, and only what is sung not told, to a prior that is told of it. */
  readonly dropWords?: HeldOutBits;
  /** Songs left out, by dense layers of 8 and of 4 bits: what rounding weights costs. */
  readonly in8: HeldOutBits;
  readonly in4: HeldOutBits;
  /** Songs of pairs never trained on. */
  readonly heldOutPairs?: HeldOutBits;
}

export interface LevelCodec {
  readonly level: number;
  readonly verdict: ValidationResult;
  /** Mean difference of mel spectra, in decibels. */
  readonly melDistance: number;
}

export interface Judgement {
  /** What the judge learned from: the songs themselves, or their copies of a level. */
  readonly learnedFrom: "songs" | number;
  readonly what: "songs" | "copies" | "sung";
  /** Level of the copies, or of the codes sung that were decoded. */
  readonly level?: number;
  /** Whether artist and genre were ever heard together. */
  readonly pairs: "known" | "held out";
  readonly accuracy: Accuracy;
  /** Mean steadiness of the strongest beat. */
  readonly pulse: number;
}

export interface SungVerdict extends Labelled {
  readonly seed: number;
  readonly pairs: "known" | "held out";
  readonly heardAs: Labelled;
}

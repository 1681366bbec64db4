/** What config.json says of a model, and whether it can be believed. */
import { basename } from "node:path";
import { funcAt, patterns } from "./attention.ts";
import { decoderSize, type LyricSize, type PriorSize } from "./prior.ts";
import { hopsOf, stridesOf, type VqvaeSize } from "./vqvae.ts";

export interface ModelConfig {
  readonly name: string;
  /** Hz. */
  readonly sampleRate: number;
  readonly vqvae: VqvaeSize;
  /** By level, finest first; a prior's weights are named `level_<level>.…`. */
  readonly priors: readonly PriorSize[];
  /** Share of a window from one start to the next, by level. */
  readonly hopFractions: readonly number[];
  /** What the asked temperature is multiplied by, by level. */
  readonly temperatures: readonly number[];
  /** How many times what names and moments change is counted while sampling, by level; left out, once (`model/row.ts`). */
  readonly guidance?: readonly number[];
  /** Names by id; entry 0 is "unknown". */
  readonly artists: readonly string[];
  readonly genres: readonly string[];
  readonly bands: readonly BandConfig[];
  /** Beats, keys and parts that a model knows which counts along (`music/metre.ts`). */
  readonly metre?: MetreConfig;
  readonly minSeconds: number;
  readonly maxSeconds: number;
  /**
   * By level: whose numbers its artists and genres have. Left out, all levels have those of the lists here ("own"); those of
   * v2 and v3 are the released lists, in the folder `vocabulary`.
   */
  readonly labelRules?: readonly ("own" | "v2" | "v3")[];
  /** Whose characters the coarsest level reads lyrics in; left out, it is told none. */
  readonly lyricCharacters?: "v2" | "v3";
  /** Of the dense layers of an imported model. */
  readonly bits?: 4 | 8 | 16 | 32;
  readonly weights: readonly WeightFile[];
}

/** A safetensors file of the folder. */
export interface WeightFile {
  /** Its name. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /**
   * The VQ-VAE, or the level of the prior, that the file holds tensors of, under their released names. Left out, it holds all
   * there is, and a prior's tensors are named `level_<level>.…`.
   */
  readonly part?: "vqvae" | number;
}

interface BandConfig {
  readonly artist: string;
  readonly genre: string;
  readonly metre?: {
    readonly tempo: number;
    readonly keys: readonly string[];
    readonly form: readonly FormPart[];
    readonly intro?: FormPart;
    readonly outro?: FormPart;
    readonly sings?: boolean;
    readonly moods?: readonly {
      readonly mood: string;
      readonly tempo: number;
      readonly keys: readonly string[];
      readonly harmony?: Readonly<Record<string, string>>;
      readonly loudness?: Readonly<Record<string, string>>;
    }[];
  };
}

type FormPart = readonly [name: string, bars: number, dynamics?: string];

interface MetreConfig {
  readonly ticksPerBar: number;
  readonly grain: number;
  readonly tempos: readonly number[];
  readonly keys: readonly string[];
  readonly sections: readonly string[];
  readonly moods?: readonly string[];
  readonly dynamics?: readonly string[];
  readonly chords?: readonly string[];
  readonly phones?: readonly string[];
}

const MAX_SIZE = 2 ** 20; // no width, depth or number of names is larger
const MAX_FILES = 1000;
const MAX_CODES = 8; // of a frame

/** What refuses a config, with what is wrong with it. */
export type Refuse = (what: string) => never;

/** Believes nothing: every field has the type and the bounds that building a network needs. */
export function checkedConfig(found: unknown, refuse: Refuse): ModelConfig {
  const config = found as ModelConfig; // each field is looked at below before it is used
  if (!isRecord(found)) return refuse("it is not an object");
  const levels = Array.isArray(config.priors) ? config.priors.length : refuse("priors is no list");
  if (levels < 1 || levels > 8) refuse(`it has ${levels} priors`);
  if (typeof config.name !== "string" || config.name.length > 100) refuse("name is no short text");
  if (!isSize(config.sampleRate) || config.sampleRate < 8_000 || config.sampleRate > 192_000)
    refuse("sampleRate is not 8,000 to 192,000");
  for (const field of ["hopFractions", "temperatures"] as const) {
    if (!isList(config[field], levels, isShare)) refuse(`${field} is not ${levels} numbers above 0, at most 2`);
  }
  if (config.guidance !== undefined && !isList(config.guidance, levels, isGuidance))
    refuse(`guidance is not ${levels} numbers above 0, at most 10`);
  if (!isList(config.artists, undefined, isText) || !isList(config.genres, undefined, isText))
    refuse("artists and genres are not lists of names");
  if (!isList(config.bands, undefined, isBand)) refuse("bands are not pairs of artist and genre");
  if (config.metre !== undefined && !isMetre(config.metre)) refuse("metre is no set of beats, keys and parts");
  if (!(config.minSeconds > 0 && config.maxSeconds > config.minSeconds && config.maxSeconds <= 36_000))
    refuse("minSeconds and maxSeconds are no range");
  checkWeights(config, levels, refuse);
  checkVqvae(config.vqvae, levels, refuse);
  checkWords(config, levels, refuse);
  for (const [level, prior] of config.priors.entries()) {
    checkPrior(prior, level, refuse);
    const { timing } = prior; // its bins end before maxSeconds (spec 3.3)
    if (timing && !(timing.minSeconds > 0 && timing.maxSeconds > config.maxSeconds))
      refuse(`priors[${level}].timing knows no songs of maxSeconds`);
  }
  return config;
}

function checkWeights({ weights, bits }: ModelConfig, levels: number, refuse: Refuse): void {
  if (!isSome(weights, isRecord) || weights.length > MAX_FILES) refuse("weights is no list of files");
  for (const { file, bytes, sha256, part } of weights) {
    if (!isText(file) || basename(file) !== file) refuse("weights.file is no file name");
    if (!Number.isSafeInteger(bytes) || bytes < 0 || !isText(sha256)) refuse(`${file} has no size and checksum`);
    if (part !== undefined && part !== "vqvae" && !(Number.isInteger(part) && part >= 0 && part < levels))
      refuse(`${file} is of no part of the model`);
  }
  if (new Set(weights.map(({ file }) => file)).size < weights.length) refuse("weights has a file twice");
  if (bits !== undefined && ![4, 8, 16, 32].includes(bits)) refuse("bits is not 4, 8, 16 or 32");
}

/** Rules for names and lyrics; that ids fit the embeddings is seen to where the lists are read. */
function checkWords({ labelRules, lyricCharacters, priors }: ModelConfig, levels: number, refuse: Refuse): void {
  if (labelRules !== undefined && !isList(labelRules, levels, (one) => one === "own" || isReleased(one)))
    refuse(`labelRules is not ${levels} of own, v2 and v3`);
  if (lyricCharacters !== undefined && !isReleased(lyricCharacters)) refuse("lyricCharacters is neither v2 nor v3");
  if (lyricCharacters !== undefined && !priors.at(-1)?.lyrics)
    refuse("lyricCharacters are told, but no lyrics are read");
  if (priors.slice(0, -1).some((prior) => isRecord(prior) && prior.lyrics !== undefined))
    refuse("lyrics are read by another level than the coarsest");
}

function checkVqvae(size: VqvaeSize, levels: number, refuse: Refuse): void {
  if (!isRecord(size)) refuse("vqvae is missing");
  for (const field of ["lBins", "multipliers"] as const) {
    if (!isList(size[field], levels, isSize)) refuse(`vqvae.${field} is not ${levels} numbers`);
  }
  checkStrides(size, levels, refuse);
  for (const field of ["embWidth", "width", "depth", "dilationGrowthRate"] as const) {
    if (!isSize(size[field])) refuse(`vqvae.${field} is no size`);
  }
  if (!isShare(size.mConv) || typeof size.reverseDecoderDilation !== "boolean") refuse("vqvae is incomplete");
  checkOwnLevels(size, levels, refuse);
}

function checkStrides({ downsT, stridesT }: VqvaeSize, levels: number, refuse: Refuse): void {
  const isCount = (value: unknown): boolean => value === 0 || isSize(value);
  if (!isList(downsT, levels, isCount)) refuse(`vqvae.downsT is not ${levels} numbers`);
  if (!isList(stridesT, levels, (one) => isSize(one) || isList(one, undefined, isSize)))
    refuse(`vqvae.stridesT is not ${levels} numbers`);
  for (const [block, strides] of stridesT.entries())
    if (typeof strides !== "number" && strides.length !== downsT[block])
      refuse(`vqvae.stridesT[${block}] is not ${downsT[block]} numbers`);
  if (downsT[0] === 0) refuse("vqvae.downsT begins with none");
}

/** What our own levels have beside the paper's. */
function checkOwnLevels(size: VqvaeSize, levels: number, refuse: Refuse): void {
  const { codesPerFrame, readsAbove, decoders } = size;
  if (
    codesPerFrame !== undefined &&
    !isList(codesPerFrame, levels, (count) => isSize(count) && Number(count) <= MAX_CODES)
  )
    refuse(`vqvae.codesPerFrame is not ${levels} numbers, at most ${MAX_CODES}`);
  if (decoders !== undefined && !isList(decoders, levels, isRecordOrNull))
    refuse(`vqvae.decoders is not ${levels} sizes`);
  for (const [level, decoder] of (decoders ?? []).entries()) {
    if (decoder === null) continue;
    const steps = Array.from({ length: level + 1 }, (_, block) => stridesOf(size, block).length);
    const enlargements = steps.reduce((sum, count) => sum + count, 0);
    if (!isSize(decoder.width) || !isList(decoder.depths, enlargements, isSize))
      refuse(`vqvae.decoders[${level}] is no width with ${enlargements} depths`);
  }
  checkSpectral(size, levels, refuse);
  if (readsAbove === undefined) return;
  if (!isList(readsAbove, levels, (reads) => typeof reads === "boolean"))
    refuse(`vqvae.readsAbove is not ${levels} times true or false`);
  if (readsAbove.at(-1)) refuse("the coarsest level can't read one above");
}

function checkSpectral(size: VqvaeSize, levels: number, refuse: Refuse): void {
  const { spectral } = size;
  if (spectral !== undefined && !isList(spectral, levels, isRecordOrNull))
    refuse(`vqvae.spectral is not ${levels} sizes`);
  for (const [level, own] of (spectral ?? []).entries()) {
    if (own === null) continue;
    for (const field of ["width", "fineWidth", "depth"] as const)
      if (!isSize(own[field])) refuse(`vqvae.spectral[${level}].${field} is no size`);
    if (!isSize(own.sampleRate) || own.sampleRate < 8_000 || own.sampleRate > 192_000)
      refuse(`vqvae.spectral[${level}].sampleRate is not 8,000 to 192,000`);
    if (![64, 128, 256].includes(hopsOf(size)[level]!))
      refuse(`level ${level} hears spectra in frames of another length than 64, 128 or 256`);
  }
}

function checkPrior(size: PriorSize, level: number, refuse: Refuse): void {
  const name = `priors[${level}]`;
  if (!isRecord(size)) refuse(`${name} is missing`);
  for (const field of ["nCtx", "width", "depth", "heads", "blocks", "bins"] as const) {
    if (!isSize(size[field])) refuse(`${name}.${field} is no size`);
  }
  if (!isShare(size.mAttn) || !(size.mMlp > 0 && size.mMlp <= 16)) refuse(`${name}.mAttn or mMlp is no share`);
  if (size.lyrics) checkLyrics(size.lyrics, name, refuse);
  if (decoderSize(size).length % size.blocks !== 0) refuse(`${name}.nCtx is no multiple of blocks`);
  if (Math.trunc(size.mAttn * size.width) % size.heads !== 0) refuse(`${name}.width can't be shared by its heads`);
  checkOrder(size.attnOrder, name, refuse);
  if (
    size.never &&
    !isList(
      size.never,
      undefined,
      (code) => Number.isInteger(code) && (code as number) >= 0 && (code as number) < size.bins,
    )
  )
    refuse(`${name}.never is no list of codes`);
  if (
    size.moments &&
    !isList(size.moments, undefined, (table) => isRecord(table) && isText(table.name) && isSize(table.rows))
  )
    refuse(`${name}.moments is no list of tables`);
  checkAlignment(size, (what) => refuse(`${name}.alignment ${what}`));
  if (size.upper && !isList(size.upper.strides, undefined, isSize)) refuse(`${name}.upper.strides is no list`);
}

function checkAlignment(size: PriorSize, refuse: Refuse): void {
  if (!size.alignment) return;
  if (!isRecord(size.alignment) || !isRecord(size.lyrics)) refuse("has no lyrics to align");
  const { layer, head } = size.alignment;
  const within = (at: unknown, end: number): boolean =>
    Number.isInteger(at) && (at as number) >= 0 && (at as number) < end;
  if (!within(layer, size.depth) || !within(head, size.heads)) refuse("is none of its heads");
  if (!patterns[funcAt(size.attnOrder, layer)].lyrics) refuse("is a head that sees no lyrics");
}

function checkLyrics(size: LyricSize, name: string, refuse: Refuse): void {
  if (!isRecord(size) || !isSize(size.tokens) || !isSize(size.vocabulary)) refuse(`${name}.lyrics has no sizes`);
  if (!(size.lossFraction >= 0 && size.lossFraction <= 1)) refuse(`${name}.lyrics.lossFraction is no share`);
  const { encoder, tokens } = size;
  if (encoder === undefined) return;
  for (const field of ["width", "depth", "heads", "blocks"] as const) {
    if (!isRecord(encoder) || !isSize(encoder[field])) refuse(`${name}.lyrics.encoder.${field} is no size`);
  }
  if (tokens % encoder.blocks !== 0) refuse(`${name}.lyrics.tokens is no multiple of the encoder's blocks`);
  checkOrder(encoder.attnOrder, `${name}.lyrics.encoder`, refuse);
}

function checkOrder(attnOrder: number, name: string, refuse: Refuse): void {
  try {
    funcAt(attnOrder, 0);
  } catch (error) {
    refuse(`${name}: ${(error as Error).message}`);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isRecordOrNull = (value: unknown): boolean => value === null || isRecord(value);
const isSize = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_SIZE;
const isReleased = (value: unknown): boolean => value === "v2" || value === "v3";
const isShare = (value: unknown): boolean => typeof value === "number" && value > 0 && value <= 2;
const isGuidance = (value: unknown): boolean => typeof value === "number" && value > 0 && value <= 10;
const isText = (value: unknown): boolean => typeof value === "string" && value.length > 0 && value.length <= 200;
const isBand = (value: unknown): boolean =>
  isRecord(value) &&
  isText(value.artist) &&
  isText(value.genre) &&
  (value.metre === undefined || isBandMetre(value.metre));
const isBandMetre = (value: unknown): boolean =>
  isRecord(value) &&
  isPlayed(value) &&
  isSome(value.form, isFormPart) &&
  [value.intro, value.outro].every((part) => part === undefined || isFormPart(part)) &&
  (value.sings === undefined || typeof value.sings === "boolean") &&
  (value.moods === undefined || isSome(value.moods, isMood));
const isMood = (value: unknown): boolean =>
  isRecord(value) &&
  isText(value.mood) &&
  isPlayed(value) &&
  [value.harmony, value.loudness].every((texts) => texts === undefined || isTexts(texts));
const isTexts = (value: unknown): boolean => isRecord(value) && Object.values(value).every(isText);
const isPlayed = ({ tempo, keys }: Record<string, unknown>): boolean => isSize(tempo) && isSome(keys, isText);
const isFormPart = (value: unknown): boolean =>
  Array.isArray(value) &&
  (value.length === 2 || (value.length === 3 && isText(value[2]))) &&
  isText(value[0]) &&
  isSize(value[1]);
const isMetre = (value: unknown): boolean =>
  isRecord(value) &&
  isSize(value.ticksPerBar) &&
  isSize(value.grain) &&
  isList(value.tempos, undefined, isSize) && // all three are empty where moods alone are known
  isList(value.keys, undefined, isText) &&
  isList(value.sections, undefined, isText) &&
  [value.moods, value.dynamics, value.chords, value.phones].every(
    (names) => names === undefined || isSome(names, isText),
  );
const isSome = (value: unknown, fits: (one: unknown) => boolean): boolean =>
  isList(value, undefined, fits) && (value as unknown[]).length > 0;
const isList = (value: unknown, length: number | undefined, fits: (one: unknown) => boolean): boolean =>
  Array.isArray(value) &&
  value.length <= MAX_SIZE &&
  (length === undefined || value.length === length) &&
  value.every(fits);

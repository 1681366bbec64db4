/** Imports a whole released model part by part; parts that exist already are kept. */
import { mkdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { DiskError, UserError } from "../errors.ts";
import type { ModelConfig } from "../model/config.ts";
import { writeConfig } from "../model/folder.ts";
import { rememberVerified } from "../model/verify.ts";
import type { ReleasedRule } from "../song/released-names.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { type ImportBits, type ImportedPart, type ImportOptions, importPart } from "./convert.ts";
import { fetchFile, type Line } from "./fetch.ts";
import { hasLists } from "./lists.ts";
import { below, checkpointIn, isAddress } from "./origin.ts";
import type { ReleasedModel, ReleasedPart } from "./released.ts";

export interface ModelImport {
  readonly model: ReleasedModel;
  readonly folder: string;
  /** Folder with the checkpoints, or the address that their paths are below. */
  readonly from: string;
  readonly bits: ImportBits;
  readonly notes?: Readonly<Record<string, string>>;
  /** Options for downloads. */
  readonly line?: Line;
  /** Progress of a part; `total` may be unknown. */
  progress?(what: string, done: number, total: number | undefined): void;
}

/** Imports the parts one after another; resumes after an interruption. */
export async function importParts(options: ModelImport): Promise<ImportedPart[]> {
  const { model, folder, bits } = options;
  await mkdir(folder, { recursive: true });
  const imported: ImportedPart[] = [];
  for (const [name, part] of Object.entries(model.parts))
    imported.push((await partIn(folder, name, bits)) ?? (await newPart(name, part, options)));
  return imported;
}

async function newPart(name: string, part: ReleasedPart, options: ModelImport): Promise<ImportedPart> {
  const { folder, from, bits, notes = {}, line, progress } = options;
  const report = (done: number, total: number): void => progress?.(`Importing ${name}`, done, total);
  const signal = line?.signal;
  const how = { folder, name, network: part.network, bits, notes, ...(signal && { signal }), progress: report };
  if (!isAddress(from)) return importFile(await checkpointIn(from, name, part), how);
  const path = join(folder, `${name}.pth.tar`);
  await fetchPart(name, part, path, options);
  try {
    const imported = await importFile(path, how);
    await rm(path);
    return imported;
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof DiskError) throw error;
    throw new UserError(`${error.message} To download it again, delete ${path}.`, { cause: error });
  }
}

/** Imports one checkpoint. */
export async function importFile(path: string, options: ImportOptions): Promise<ImportedPart> {
  const checkpoint = openCheckpoint(path);
  try {
    return await importPart(checkpoint, options);
  } finally {
    checkpoint.close();
  }
}

function fetchPart(name: string, part: ReleasedPart, path: string, options: ModelImport): Promise<void> {
  const { from, line, progress } = options;
  const { bytes, sha256 } = part;
  const report = (done: number, total: number | undefined): void => progress?.(`Downloading ${name}`, done, total);
  return fetchFile({ ...line, url: below(from, part.path), path, bytes, sha256, progress: report });
}

/** An imported part, if its description and all files exist with the right sizes. */
export async function partIn(folder: string, name: string, bits: ImportBits): Promise<ImportedPart | undefined> {
  try {
    const part = JSON.parse(await readFile(join(folder, `${name}.json`), "utf8")) as ImportedPart;
    for (const { file, bytes } of part.files) if ((await stat(join(folder, file))).size !== bytes) return undefined;
    return part.bits === bits ? part : undefined;
  } catch {
    return undefined; // it is imported again
  }
}

/** Which lists each level uses. */
export const rulesOf = ({ parts }: ReleasedModel): ReleasedRule[] =>
  levelsOf(parts).flatMap(({ lists }) => (lists === undefined ? [] : [lists]));

/** The parts that are priors, finest first. */
const levelsOf = (parts: ReleasedModel["parts"]): ReleasedPart[] =>
  Object.values(parts)
    .filter(({ network }) => network.kind === "prior")
    .sort((a, b) => levelOf(a) - levelOf(b));

const levelOf = ({ network }: ReleasedPart): number => (network.kind === "prior" ? network.level : -1);

/**
 * Writes the config of a model with all parts, so that it can be opened. Without the lists of artists and genres every name
 * is "unknown".
 */
export async function describeModel(
  model: ReleasedModel,
  folder: string,
  parts: readonly ImportedPart[],
): Promise<{ readonly knowsNames: boolean }> {
  const weights = parts.flatMap(({ files }) => files);
  const rules = rulesOf(model);
  const knowsNames = rules.length > 0 && (await hasLists(folder, rules));
  const priors = levelsOf(model.parts).flatMap(({ network }) => (network.kind === "prior" ? [network.size] : []));
  const vqvae = Object.values(model.parts).flatMap(({ network }) => (network.kind === "vqvae" ? [network.size] : []));
  const { name, sampleRate, hopFractions, temperatures, minSeconds, maxSeconds, lyricCharacters } = model;
  const config: ModelConfig = {
    name,
    sampleRate,
    vqvae: vqvae[0]!, // every model has one
    priors,
    hopFractions,
    temperatures,
    artists: knowsNames ? [] : ["unknown"],
    genres: knowsNames ? [] : ["unknown"],
    bands: [],
    minSeconds,
    maxSeconds,
    ...(knowsNames && { labelRules: rules }),
    ...(lyricCharacters && { lyricCharacters }),
    bits: parts[0]!.bits,
    weights,
  };
  await writeConfig(folder, config);
  await rememberVerified(folder, weights);
  return { knowsNames };
}

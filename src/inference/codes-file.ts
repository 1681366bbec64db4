/** Codes on disk: a JSON or safetensors file that says which model they are of, read with nothing trusted. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import { explained, UserError } from "../errors.ts";
import { openPartFile } from "../files.ts";
import { type ModelConfig, openModelFolder } from "../model/folder.ts";
import { readSafetensors, writeSafetensors } from "../model/safetensors.ts";
import { codebookName, hopsOf } from "../model/vqvae.ts";
import type { Store } from "../model/weights.ts";
import type { Codes } from "./engine.ts";

/** Which codes a number means. */
export interface CodesOrigin {
  /** Name of the model. */
  readonly model: string;
  /** Of its codebooks: two models of one name may differ. */
  readonly codebooks: string;
  readonly sampleRate: number;
  /** Samples of a frame, by level, finest first. */
  readonly hops: readonly number[];
  /** Codes of a frame, by level; left out where every frame has one. */
  readonly codesPerFrame?: readonly number[];
}

export interface CodesFile extends CodesOrigin {
  /** Of the sound. */
  readonly seconds: number;
  /** By level, frame after frame; not all levels have to be there. */
  readonly codes: ReadonlyMap<number, Uint16Array>;
}

/** What a model's codes say of it; `store` holds its VQ-VAE. */
export function originOf({ name, sampleRate, vqvae }: ModelConfig, store: Store): CodesOrigin {
  const hops = hopsOf(vqvae);
  const hash = createHash("sha256");
  for (const level of hops.keys()) hash.update(new Uint8Array(store.get(codebookName(level))!.data.slice().buffer));
  const { codesPerFrame } = vqvae;
  const codebooks = hash.digest("hex").slice(0, 16);
  return { model: name, codebooks, sampleRate, hops, ...(codesPerFrame && { codesPerFrame }) };
}

const kind = "jukebox codes";
const mostBytes = 256 * 2 ** 20;

/** Writes `.json` or `.safetensors`, as the name ends. */
export function writeCodes(path: string, { codes, ...facts }: CodesFile): void {
  const said = { kind, ...facts };
  switch (extname(path).toLowerCase()) {
    case ".json": {
      const file = openPartFile(path);
      const lists = Object.fromEntries([...codes].map(([level, line]) => [level, [...line]]));
      file.append(Buffer.from(`${JSON.stringify({ ...said, codes: lists })}\n`));
      file.close();
      return;
    }
    case ".safetensors": {
      const tensors = [...codes].map(([level, line]) => {
        return [String(level), { shape: [line.length], data: Float32Array.from(line) }] as const;
      });
      explained(path, () => writeSafetensors(path, new Map(tensors), { notes: { codes: JSON.stringify(said) } }));
      return;
    }
    default:
      throw new UserError(`Codes are kept in .json and .safetensors files. Choose one of these endings for "${path}".`);
  }
}

/** Reads and writes files of codes of the model in this folder. */
export async function codesFiles(folder: string): Promise<{
  read(path: string): CodesFile;
  /** Of all levels. */
  write(path: string, codes: Codes): void;
}> {
  const { config, store } = await openModelFolder(folder, "vqvae");
  const origin = originOf(config, store);
  const seconds = (codes: Codes): number => samplesOf(codes[0]!, 0, origin) / origin.sampleRate;
  return {
    read: (path) => readCodes(path, origin, config.vqvae.lBins),
    write: (path, codes) => writeCodes(path, { ...origin, seconds: seconds(codes), codes: new Map(codes.entries()) }),
  };
}

/** The codes in a file, if they are of this model. */
export function readCodes(path: string, origin: CodesOrigin, bins: readonly number[]): CodesFile {
  const { codes: lines, ...said } = rawFile(path);
  const refuse = (what: string): never => {
    throw new UserError(`"${path}" ${what}.`);
  };
  if (said.kind !== kind) refuse("holds no codes");
  if (said.model !== origin.model || said.codebooks !== origin.codebooks || framesOf(said) !== framesOf(origin))
    refuse(`holds codes of ${named(said, origin)}, which mean nothing to the model ${origin.model} given here`);
  const codes = new Map<number, Uint16Array>();
  for (const [name, line] of Object.entries(lines)) {
    const level = /^\d$/.test(name) ? Number(name) : -1;
    const most = bins[level];
    if (most === undefined) return refuse(`has codes of level ${name}, which is none`);
    if (!isLine(line, most) || line.length % (origin.codesPerFrame?.[level] ?? 1) !== 0)
      return refuse(`has codes of level ${level} that are none`);
    codes.set(level, Uint16Array.from(line));
  }
  if (codes.size === 0) refuse("holds no codes");
  const samples = [...codes].map(([level, line]) => samplesOf(line, level, origin));
  if (new Set(samples).size > 1) refuse("has codes of other lengths at each level");
  return { ...origin, seconds: samples[0]! / origin.sampleRate, codes };
}

/** What the numbers of a line are cut into, as text to compare. */
const framesOf = (said: { readonly hops?: unknown; readonly codesPerFrame?: unknown }): string =>
  JSON.stringify([said.hops, said.codesPerFrame]);

/** Samples that a line of codes stands for. */
const samplesOf = (line: ArrayLike<number>, level: number, { hops, codesPerFrame }: CodesOrigin): number =>
  (line.length / (codesPerFrame?.[level] ?? 1)) * hops[level]!;

function named({ model }: Record<string, unknown>, origin: CodesOrigin): string {
  if (typeof model !== "string" || model.length > 100) return "another model";
  return model === origin.model ? `another model called ${model}` : `the model ${model}`;
}

const isLine = (line: unknown, most: number): line is ArrayLike<number> =>
  (Array.isArray(line) || line instanceof Float32Array) &&
  line.length > 0 &&
  (line as readonly unknown[]).every(
    (code) => Number.isInteger(code) && (code as number) >= 0 && (code as number) < most,
  );

type Raw = Record<string, unknown> & { readonly codes: object };

function rawFile(path: string): Raw {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new UserError(`There is no file "${path}".`);
  if (size > mostBytes) throw new UserError(`"${path}" is too large to be codes.`);
  if (extname(path).toLowerCase() === ".safetensors") {
    const { store, notes } = readSafetensors(path);
    const lines = Object.fromEntries([...store].map(([level, { data }]) => [level, data]));
    return { ...parsed(path, notes.codes ?? ""), codes: lines };
  }
  const found = parsed(path, readFileSync(path, "utf8"));
  const { codes } = found;
  if (typeof codes !== "object" || codes === null) throw new UserError(`"${path}" holds no codes.`);
  return { ...found, codes };
}

function parsed(path: string, text: string): Record<string, unknown> {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`"${path}" holds no codes.`, { cause });
  }
  if (typeof found !== "object" || found === null) throw new UserError(`"${path}" holds no codes.`);
  return found as Record<string, unknown>; // an object, of whatever
}

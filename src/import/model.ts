/** A whole released model: each part is fetched, imported, and its checkpoint put away; what is there already stays. */
import { mkdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { type ImportedPart, type ImportOptions, importPart } from "./convert.ts";
import { type FetchOptions, fetchFile } from "./fetch.ts";
import type { ReleasedPart } from "./released.ts";

export interface ModelImport extends Pick<FetchOptions, "signal" | "stallSeconds" | "pauseSeconds" | "tries"> {
  /** By name. */
  readonly parts: Readonly<Record<string, ReleasedPart>>;
  readonly folder: string;
  /** The address that the parts' paths are below. */
  readonly from: string;
  readonly notes?: Readonly<Record<string, string>>;
  /** How far a part has come; `total` may be unknown. */
  progress?(name: string, done: number, total: number | undefined): void;
}

/** Imports the parts one after another; after a cut it goes on where it was. */
export async function importModel(options: ModelImport): Promise<ImportedPart[]> {
  const { parts, folder, notes = {} } = options;
  await mkdir(folder, { recursive: true });
  const imported: ImportedPart[] = [];
  for (const [name, part] of Object.entries(parts)) {
    const known = await partIn(folder, name);
    if (known) {
      imported.push(known);
      continue;
    }
    const path = join(folder, `${name}.pth.tar`);
    await fetchPart(name, part, path, options);
    imported.push(await importFile(path, { folder, name, network: part.network, notes }));
    await rm(path);
  }
  return imported;
}

async function importFile(path: string, options: ImportOptions): Promise<ImportedPart> {
  try {
    const checkpoint = openCheckpoint(path);
    try {
      return await importPart(checkpoint, options);
    } finally {
      checkpoint.close();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${error.message} To fetch it anew, delete ${path}.`, { cause: error });
  }
}

function fetchPart(name: string, part: ReleasedPart, path: string, options: ModelImport): Promise<void> {
  const { from, progress, parts: _, folder: __, notes: ___, ...line } = options;
  const url = `${from.replace(/\/+$/, "")}/${part.path}`;
  const { bytes, sha256 } = part;
  return fetchFile({ ...line, url, path, bytes, sha256, progress: (done, total) => progress?.(name, done, total) });
}

/** A part whose description and files are all there, in their sizes. */
async function partIn(folder: string, name: string): Promise<ImportedPart | undefined> {
  try {
    const part = JSON.parse(await readFile(join(folder, `${name}.json`), "utf8")) as ImportedPart;
    for (const { file, bytes } of part.files) if ((await stat(join(folder, file))).size !== bytes) return undefined;
    return part;
  } catch {
    return undefined; // it is imported anew
  }
}

/** Whether the weights are those that config.json tells of. Hashing gigabytes takes a while, so it is done once for each file. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import type { WeightFile } from "./config.ts";

/** Where it is kept which files were found to be good. */
const VERIFIED_FILE = "verified.json";
const LARGE = 2 ** 28;

/** How a file was when its checksum was right. */
type Verified = Readonly<Record<string, { readonly bytes: number; readonly changed: number; readonly sha256: string }>>;

export interface VerifyOptions {
  /** Hashes everything, whatever was found before. */
  readonly anew?: boolean;
  /** Files of fewer bytes are hashed each time. */
  readonly large?: number;
  /** Called before a large file is hashed. */
  hashing?(file: string): void;
}

/** Throws a UserError that tells which file is missing, of another size, or not the one that was meant. */
export async function verifyWeights(
  folder: string,
  files: readonly WeightFile[],
  { anew = false, large = LARGE, hashing }: VerifyOptions = {},
): Promise<void> {
  const known = anew ? {} : await verifiedIn(folder);
  const found: Record<string, Verified[string]> = {};
  for (const { file, bytes, sha256 } of files) {
    const path = join(folder, file);
    const size = await sizeOf(path);
    if (size !== bytes) throw damaged(path, `it has ${size} bytes, not ${bytes}`);
    const state = { bytes, changed: (await stat(path)).mtimeMs, sha256 };
    if (bytes < large || !same(known[file], state)) {
      if (bytes >= large) hashing?.(file);
      if ((await checksumOf(path)) !== sha256) throw damaged(path, "its checksum is not the one in config.json");
    }
    if (bytes >= large) found[file] = state;
  }
  await remember(folder, found, known);
}

/** What an importer has just written need not be read again. */
export async function rememberVerified(folder: string, files: readonly WeightFile[]): Promise<void> {
  const found: Record<string, Verified[string]> = {};
  for (const { file, bytes, sha256 } of files)
    if (bytes >= LARGE) found[file] = { bytes, changed: (await stat(join(folder, file))).mtimeMs, sha256 };
  await remember(folder, found, await verifiedIn(folder));
}

const same = (one: Verified[string] | undefined, other: Verified[string]): boolean =>
  one?.bytes === other.bytes && one.changed === other.changed && one.sha256 === other.sha256;

/** What is kept is only ever a shortcut: what can't be read is forgotten, and what can't be written costs time. */
async function verifiedIn(folder: string): Promise<Verified> {
  try {
    const found: unknown = JSON.parse(await readFile(join(folder, VERIFIED_FILE), "utf8"));
    return typeof found === "object" && found !== null ? (found as Verified) : {}; // compared field by field
  } catch {
    return {};
  }
}

async function remember(folder: string, found: Verified, known: Verified): Promise<void> {
  const names = Object.keys(found);
  if (names.every((name) => same(known[name], found[name]!))) return;
  await writeFile(join(folder, VERIFIED_FILE), `${JSON.stringify({ ...known, ...found }, undefined, 2)}\n`).catch(
    () => undefined,
  );
}

/** Bytes of a file of the folder that must be there. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    throw new UserError(
      `I can't read the model in "${dirname(path)}": there is no ${basename(path)} that I may read. Set MODEL to a model's folder, such as models/garage.`,
      { cause },
    );
  }
}

/** SHA-256 of a whole file, however large, in hexadecimal. */
export async function checksumOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

export const damaged = (path: string, what: string, cause?: unknown): UserError =>
  new UserError(`${path} is damaged: ${what}. Fetch the model's folder anew.`, { cause });

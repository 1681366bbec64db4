/** Finds and checks released files in a folder, or forms their address. */
import { existsSync, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../errors.ts";
import { checksumOf } from "../model/verify.ts";
import type { ReleasedPart } from "./released.ts";

export const isAddress = (from: string): boolean => /^https?:\/\//.test(from);

/** Joins an address and a path. */
export const below = (address: string, path: string): string => `${address.replace(/\/+$/, "")}/${path}`;

/** Throws a UserError if there is no such folder. */
export function checkFolder(folder: string): void {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new UserError(`There is no folder "${folder}". An address begins with http:// or https://.`);
}

/** The first of these relative paths that is a file in the folder. */
export const fileIn = (folder: string, paths: readonly string[]): string | undefined =>
  paths.map((path) => join(folder, path)).find((path) => existsSync(path) && statSync(path).isFile());

/** The checkpoint of a part in a folder: at its released path, a suffix of that, or under the part's name. */
export async function checkpointIn(folder: string, name: string, part: ReleasedPart): Promise<string> {
  checkFolder(folder);
  const ends = part.path.split("/").map((_, at, steps) => steps.slice(at).join("/"));
  const paths = [ends[0]!, `${name}.pth.tar`, ...ends.slice(1)];
  const found = fileIn(folder, paths);
  if (found === undefined)
    throw new UserError(
      `"${folder}" has no ${name}: I looked for ${paths.slice(0, -1).join(", ")} and ${basename(part.path)}.`,
    );
  await checkFile(found, part);
  return found;
}

/** Throws a UserError if a file's size or checksum differs from the known one. */
export async function checkFile(
  path: string,
  { bytes, sha256 }: Pick<ReleasedPart, "bytes" | "sha256">,
): Promise<void> {
  const advice = "Import it with --file if you trust it";
  const { size } = await stat(path);
  if (bytes !== undefined && size !== bytes)
    throw new UserError(`${path} has ${size} bytes, not ${bytes}: it is another file. ${advice}.`);
  const sum = sha256 === undefined ? undefined : await checksumOf(path);
  if (sum !== sha256)
    throw new UserError(`${path} has the checksum ${sum}, not ${sha256}: it is another file. ${advice}.`);
}

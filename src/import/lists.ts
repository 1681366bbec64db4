/** Installs the released lists of artists and genres (spec 5.3) in a model's folder, from a folder or an address. */
import { copyFile, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { mostListBytes, type ReleasedRule, readNameList } from "../song/released-names.ts";
import { fetchFile, type Line } from "./fetch.ts";
import { below, checkFolder, fileIn, isAddress } from "./origin.ts";

interface ReleasedList {
  /** Name below `vocabulary` in a model's folder. */
  readonly file: string;
  /** Name in the original repository. */
  readonly released: string;
  readonly entries: number;
}

const list = (rule: ReleasedRule, kind: "artist" | "genre", entries: number): ReleasedList => ({
  file: `${rule}_${kind}s.txt`,
  released: `${rule}_${kind}_ids.txt`,
  entries,
});

export const LISTS: Readonly<Record<ReleasedRule, readonly ReleasedList[]>> = {
  v2: [list("v2", "artist", 4111), list("v2", "genre", 120)],
  v3: [list("v3", "artist", 7898), list("v3", "genre", 604)],
};

/** Folder of the lists in the original repository. */
export const LISTS_FOLDER = "jukebox/data/ids";

export interface ListsImport {
  /** The model's folder. */
  readonly folder: string;
  /** A folder or an address. */
  readonly from: string;
  readonly rules: readonly ReleasedRule[];
  /** Options for downloads. */
  readonly line?: Line;
}

/** Whether the folder has all lists that the model's levels use. */
export async function hasLists(folder: string, rules: readonly ReleasedRule[]): Promise<boolean> {
  for (const { file, entries } of listsOf(rules)) {
    try {
      await checkList(join(folder, "vocabulary", file), entries);
    } catch {
      return false; // it is installed again
    }
  }
  return true;
}

/** Installs the lists. Throws a UserError if one is missing or wrong. */
export async function takeLists({ folder, from, rules, line = {} }: ListsImport): Promise<void> {
  const into = join(folder, "vocabulary");
  if (!isAddress(from)) checkFolder(from);
  await mkdir(into, { recursive: true });
  for (const found of listsOf(rules)) {
    const path = join(into, found.file);
    const fresh = `${path}.new`;
    try {
      if (isAddress(from))
        await fetchFile({ ...line, url: below(from, found.released), path: fresh, most: mostListBytes });
      else await copied(fresh, found, from);
      await checkList(fresh, found.entries);
      await rename(fresh, path);
    } finally {
      for (const end of ["", ".part", ".part.json"]) await rm(`${fresh}${end}`, { force: true });
    }
  }
}

const listsOf = (rules: readonly ReleasedRule[]): ReleasedList[] => [...new Set(rules)].flatMap((rule) => LISTS[rule]);

async function copied(path: string, { file, released }: ReleasedList, from: string): Promise<void> {
  const found = fileIn(from, [released, file, join(LISTS_FOLDER, released)]);
  if (found === undefined) throw new UserError(`"${from}" has no ${released}.`);
  if ((await stat(found)).size > mostListBytes) throw new UserError(`${found} is too long for a list of names.`);
  await copyFile(found, path);
}

/** Checks the number of entries; each line is a name and its number. */
async function checkList(path: string, entries: number): Promise<void> {
  if ((await stat(path)).size > mostListBytes) throw new UserError(`${path} is too long for a list of names.`);
  const text = await readFile(path, "utf8");
  const highest = [...readNameList(text, path).values()].reduce((a, b) => Math.max(a, b), 0);
  const lines = text.split("\n").filter((line) => line.trim() !== "").length;
  if (lines !== entries || highest >= entries)
    throw new UserError(
      `${path} is not the released list: it has ${lines} lines up to number ${highest}, not ${entries}.`,
    );
}

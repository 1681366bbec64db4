/** What a model knows of artists, genres, lengths and lyrics, from its config and from the name lists in its folder. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { idsOf } from "../lyrics/characters.ts";
import type { ModelConfig } from "../model/folder.ts";
import {
  mostListBytes,
  type NameList,
  type NameLists,
  type ReleasedRule,
  readNameList,
} from "../song/released-names.ts";
import type { LabelRule, Vocabulary } from "../song/vocabulary.ts";

/** Throws a UserError if a list that a level's names are numbered by is missing or too long for the level. */
export async function readVocabulary(folder: string, config: ModelConfig): Promise<Vocabulary> {
  const { artists, genres, bands, metre, sampleRate, minSeconds, maxSeconds, lyricCharacters, priors } = config;
  const rules = config.labelRules ?? priors.map(() => "own" as const);
  const lists = await listsOf(folder, rules);
  const top = priors.at(-1)!; // a config has one prior at least
  const whole = top.timing && { minSeconds: top.timing.minSeconds, maxSeconds: top.timing.maxSeconds };
  checkRows(folder, config, lists);
  if (lyricCharacters !== undefined && top.lyrics?.vocabulary !== idsOf(lyricCharacters))
    throw new UserError(
      `The model in "${folder}" reads ${top.lyrics?.vocabulary} kinds of lyric characters, and its config.json tells of ${idsOf(lyricCharacters)}.`,
    );
  return {
    ...offered(rules.at(-1)!, lists, { artists, genres }),
    bands,
    ...(metre && { metre }),
    sampleRate,
    rules,
    lists,
    ...(lyricCharacters !== undefined && { lyrics: lyricCharacters }),
    minSeconds,
    maxSeconds,
    ...(whole && { whole }),
  };
}

type Lists = Partial<Record<ReleasedRule, NameLists>>;

async function listsOf(folder: string, rules: readonly LabelRule[]): Promise<Lists> {
  const lists: Lists = {};
  for (const rule of new Set(rules)) {
    if (rule === "own") continue;
    const [artists, genres] = [
      await readList(folder, `${rule}_artists.txt`),
      await readList(folder, `${rule}_genres.txt`),
    ];
    lists[rule] = { artists, genres };
  }
  return lists;
}

async function readList(folder: string, name: string): Promise<NameList> {
  const path = join(folder, "vocabulary", name);
  try {
    if ((await stat(path)).size > mostListBytes) throw new UserError(`${path} is too long for a list of names.`);
    return readNameList(await readFile(path, "utf8"), path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `I can't read ${path}: the model numbers artists and genres by that list. npm run import tells how to get it.`,
      { cause: error },
    );
  }
}

/** Every name must have a row in the embeddings of each level that is told its number. */
function checkRows(folder: string, { labelRules = [], priors }: ModelConfig, lists: Lists): void {
  for (const [level, rule] of labelRules.entries()) {
    const found = rule === "own" ? undefined : lists[rule];
    const { labels } = priors[level]!; // there is a rule for each prior
    if (!found || !labels) continue;
    for (const kind of ["artists", "genres"] as const) {
      const most = [...found[kind].values()].reduce((a, b) => Math.max(a, b), 0);
      if (most >= labels[kind])
        throw new UserError(
          `${join(folder, "vocabulary", `${rule}_${kind}.txt`)} is another model's: level ${level} has ${labels[kind]} ${kind}, and it counts to ${most}.`,
        );
    }
  }
}

/** The names that people are offered: those the coarsest level knows, v2's with blanks between their words. */
function offered(rule: LabelRule, lists: Lists, own: Pick<Vocabulary, "artists" | "genres">) {
  const found = rule === "own" ? undefined : lists[rule];
  if (!found) return own;
  const known = (list: NameList): string[] => [
    "unknown",
    ...[...list].flatMap(([name, id]) => (id > 0 ? [rule === "v2" ? name.replaceAll("_", " ") : name] : [])),
  ];
  return { artists: known(found.artists), genres: known(found.genres) };
}

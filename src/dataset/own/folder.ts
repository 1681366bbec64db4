/** Lists the sound files and sidecars in a user's folder, in order of their names. Links are not followed. */
import { readdirSync, statSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { UserError } from "../../errors.ts";

export interface Found {
  /** Relative paths, with forward slashes. */
  readonly sounds: readonly string[];
  readonly sidecars: readonly string[];
  /** What was ignored, and why: a sentence each. */
  readonly remarks: readonly string[];
}

const mostFiles = 100_000;
const mostDepth = 16;

/** Unsupported sound files, which are reported. */
const soundEndings = new Set(
  ".wav .wave .flac .mp3 .ogg .oga .opus .m4a .aac .mp4 .wma .aif .aiff .alac .ape .wv .mka .webm".split(" "),
);
const sidecarEndings = new Set(".json .jsonl .ndjson .csv .tsv .lrc .txt".split(" "));
/** Unsupported metadata files, which are reported. */
const foreignEndings = new Set(".xlsx .xls .ods .numbers .xml .yaml .yml .toml .srt .vtt .ass .cue".split(" "));
const readEndings = "I read labels from .csv, .tsv, .json and .jsonl files, and lyrics from .lrc and _lyrics.txt files";

export function searchFolder(folder: string): Found {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UserError(`There is no folder "${folder}" to take songs from.`);
  const [sounds, sidecars, remarks]: [string[], string[], string[]] = [[], [], []];
  let count = 0;
  const visit = (at: string, depth: number): void => {
    const entries = readdirSync(at, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue;
      const path = join(at, entry.name);
      const name = relative(folder, path).split(sep).join("/");
      const ending = extname(entry.name).toLowerCase();
      if (++count > mostFiles) throw new UserError(`"${folder}" has more than ${mostFiles} files, which is too many.`);
      if (entry.isSymbolicLink()) remarks.push(`"${name}" is a link, and I don't follow links.`);
      else if (entry.isDirectory() && depth >= mostDepth)
        remarks.push(`"${name}" lies deeper than ${mostDepth} folders, so I did not look into it.`);
      else if (entry.isDirectory()) visit(path, depth + 1);
      else if (entry.isFile() && soundEndings.has(ending)) sounds.push(name);
      else if (entry.isFile() && sidecarEndings.has(ending)) sidecars.push(name);
      else if (entry.isFile() && foreignEndings.has(ending)) remarks.push(`"${name}" is left out: ${readEndings}.`);
    }
  };
  visit(folder, 0);
  return { sounds, sidecars, remarks };
}

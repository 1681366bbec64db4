/** Reads sidecars: CSV, JSON and lyrics files that describe the songs beside them. */
import { readFileSync, statSync } from "node:fs";
import { extname, join, normalize, posix } from "node:path";
import { detectText } from "../../audio/text.ts";
import { type Row, rowsIn } from "./csv.ts";

/** Unchecked fields of a song, by name. */
export interface Told {
  /** Such as `"songs.csv", line 3`. */
  readonly where: string;
  readonly fields: ReadonlyMap<SidecarField, unknown>;
}

const sidecarFields = ["title", "artist", "album", "genre", "year", "mood", "keywords", "lyrics", "words"] as const;
export type SidecarField = (typeof sidecarFields)[number];

export interface Sidecars {
  /** By the sound file's relative path. */
  readonly told: ReadonlyMap<string, Told>;
  /** Songs whose sidecar can't be read, and why. */
  readonly doubtful: ReadonlyMap<string, string>;
  readonly remarks: readonly string[];
  /** Tables of which nothing can be used, and why: a sentence each. */
  readonly useless: readonly string[];
}

const mostBytes = 16 * 2 ** 20;

/** Collects from one sidecar after another. */
class Collector implements Sidecars {
  readonly told = new Map<string, Told>();
  readonly doubtful = new Map<string, string>();
  readonly remarks: string[] = [];
  readonly useless: string[] = [];
  readonly sounds: ReadonlySet<string>;
  /** By lower-case path, and by path without extension where that is unique. */
  readonly #loose: ReadonlyMap<string, string>;

  constructor(sounds: readonly string[]) {
    this.sounds = new Set(sounds);
    const lower = (name: string): string => name.normalize("NFC").toLowerCase();
    const stems = [...Map.groupBy(sounds, (name) => lower(stemOf(name)))].flatMap(([stem, [name, ...more]]) =>
      name !== undefined && more.length === 0 ? [[stem, name] as const] : [],
    );
    this.#loose = new Map([...stems, ...sounds.map((name) => [lower(name), name] as const)]);
  }

  /** Reads one table; it is useless if none of its rows matches a song. */
  table(sidecar: string, rows: number, work: () => void): void {
    const before = this.remarks.length;
    const [told, doubtful] = [this.told.size, this.doubtful.size];
    this.#repeated = false;
    work();
    if (rows === 0 || this.told.size > told || this.doubtful.size > doubtful || this.#repeated) return;
    this.useless.push(`No row of "${sidecar}" matches a song in the folder: ${this.remarks[before] ?? ""}`);
  }

  #repeated = false;

  /** Adds a record; its file name is relative to the sidecar. */
  take(sidecar: string, where: string, file: unknown, record: ReadonlyMap<string, unknown>): void {
    const song = this.songOf(sidecar, file);
    if (song === undefined) {
      const name =
        typeof file === "string" && file.trim() !== "" ? `names "${cut(file)}", which does not exist` : "names no file";
      this.remarks.push(`${where}, ${name}: it is ignored.`);
      return;
    }
    const before = this.told.get(song);
    if (before) {
      this.#repeated = true;
      this.remarks.push(`${where}, describes "${song}" again: ${before.where}, is used.`);
      return;
    }
    this.told.set(song, { where, fields: this.#known(where, record) });
  }

  songOf(sidecar: string, file: unknown): string | undefined {
    if (typeof file !== "string") return undefined;
    const path = posix.join(posix.dirname(sidecar), file.trim().replaceAll("\\", "/"));
    const exact = [path, path.normalize("NFC"), path.normalize("NFD")].find((one) => this.sounds.has(one));
    return exact ?? this.#loose.get(path.normalize("NFC").toLowerCase());
  }

  #known(where: string, record: ReadonlyMap<string, unknown>): Map<SidecarField, unknown> {
    const fields = new Map<SidecarField, unknown>();
    const unknown: string[] = [];
    for (const [name, value] of record) {
      const field = sidecarFields.find((one) => one === name);
      if (field && value !== null && value !== "") fields.set(field, value);
      else if (!field && name !== "file") unknown.push(cut(name));
    }
    if (unknown.length > 0)
      this.remarks.push(`${where}, has fields that I don't know: ${unknown.slice(0, 10).join(", ")}.`);
    return fields;
  }
}

const cut = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** Reads all sidecars; errors are reported with their line. Lyrics files come last and only fill gaps. */
export function readSidecars(folder: string, sidecars: readonly string[], sounds: readonly string[]): Sidecars {
  const found = new Collector(sounds);
  const ownersOf = ownersBy(sounds);
  const isLyrics = (sidecar: string): boolean => lyricsEndings.has(endingOf(sidecar));
  for (const sidecar of [...sidecars].sort((a, b) => Number(isLyrics(a)) - Number(isLyrics(b)))) {
    const owners = ownersOf(sidecar);
    if (endingOf(sidecar) === ".txt" && owners.length === 0 && !/_lyrics\.txt$/i.test(sidecar)) continue; // not about a song
    const read = textOf(join(folder, normalize(sidecar)));
    if ("problem" in read) {
      unreadable(found, sidecar, owners, read.problem);
      continue;
    }
    if (read.guessed) found.remarks.push(`"${sidecar}" is not UTF-8, so I read it as ${read.guessed}.`);
    (readers[endingOf(sidecar)] ?? readJson)(found, sidecar, owners, read.text);
  }
  return found;
}

const endingOf = (path: string): string => extname(path).toLowerCase();
const lyricsEndings = new Set([".lrc", ".txt"]);

type Reader = (found: Collector, sidecar: string, owners: readonly string[], text: string) => void;

const readers: Readonly<Record<string, Reader>> = {
  ".csv": readTable,
  ".tsv": readTable,
  ".jsonl": readLines,
  ".ndjson": readLines,
  ".lrc": readLyrics,
  ".txt": readLyrics,
};

const stemOf = (path: string): string => path.slice(0, path.length - extname(path).length);

/** The songs that a sidecar belongs to by name: `song.json`, `song.mp3.json` and `song_lyrics.txt` to `song.mp3`. */
function ownersBy(sounds: readonly string[]): (sidecar: string) => readonly string[] {
  const whole = new Set(sounds);
  const stems = Map.groupBy(sounds, stemOf);
  return (sidecar) => {
    const stem = stemOf(sidecar).replace(endingOf(sidecar) === ".txt" ? /_lyrics$/i : /$/, "");
    return whole.has(stem) ? [stem] : (stems.get(stem) ?? []);
  };
}

function textOf(path: string): ReturnType<typeof detectText> | { readonly problem: string } {
  if (statSync(path).size > mostBytes) return { problem: `is larger than ${mostBytes / 2 ** 20} MiB` };
  try {
    return detectText(readFileSync(path));
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    return { problem: "can't be opened" };
  }
}

function unreadable(found: Collector, sidecar: string, owners: readonly string[], problem: string): void {
  if (owners.length === 0) found.useless.push(`"${sidecar}" ${problem}.`);
  for (const song of owners) found.doubtful.set(song, `its sidecar "${sidecar}" ${problem}`);
}

/** Lyrics in a file of their own; LRC times and tags are removed. */
function readLyrics(found: Collector, sidecar: string, owners: readonly string[], text: string): void {
  if (owners.length === 0) found.remarks.push(`"${sidecar}" is left out: there is no song with its name beside it.`);
  const lines = text.replace(/^\ufeff/, "").split(/\r\n?|\n/);
  const plain = lines
    .filter((line) => !/^\s*\[[a-z#]+:[^\]]*\]\s*$/i.test(line))
    .map((line) => line.replace(/\[\d+:\d+[^\]]*\]|<\d+:\d+[^>]*>/g, "").trim());
  const lyrics = plain.join("\n").trim();
  for (const song of owners) {
    const { where, fields } = found.told.get(song) ?? {
      where: `"${sidecar}"`,
      fields: new Map<SidecarField, unknown>(),
    };
    if (fields.has("lyrics")) found.remarks.push(`"${sidecar}" is left out: ${where}, has the lyrics of "${song}".`);
    else if (lyrics !== "") found.told.set(song, { where, fields: new Map([...fields, ["lyrics", lyrics]]) });
  }
}

/** One JSON object per line. */
function readLines(found: Collector, sidecar: string, _owners: readonly string[], text: string): void {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n?|\n/);
  found.table(sidecar, lines.filter((line) => line.trim() !== "").length, () => {
    for (const [index, line] of lines.entries()) {
      if (line.trim() === "") continue;
      const where = `"${sidecar}", line ${index + 1}`;
      const value = parsed(line);
      if (isRecord(value)) found.take(sidecar, where, value.file, new Map(Object.entries(value)));
      else found.remarks.push(`${where}, is not a JSON object: it is ignored.`);
    }
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readJson(found: Collector, sidecar: string, owners: readonly string[], text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    unreadable(found, sidecar, owners, `is not JSON (${placeIn(text, error)})`);
    return;
  }
  const list = Array.isArray(value) ? value : isRecord(value) && Array.isArray(value.songs) ? value.songs : undefined;
  if (list) {
    found.table(sidecar, list.length, () => {
      for (const [index, one] of list.entries()) {
        const where = `"${sidecar}", song ${index + 1}`;
        if (isRecord(one)) found.take(sidecar, where, one.file, new Map(Object.entries(one)));
        else found.remarks.push(`${where}, is not an object: it is ignored.`);
      }
    });
    return;
  }
  if (!isRecord(value)) {
    unreadable(found, sidecar, owners, "holds neither an object nor a list of them");
    return;
  }
  const record = new Map(Object.entries(value));
  if (value.file !== undefined || owners.length === 0) found.take(sidecar, `"${sidecar}"`, value.file, record);
  else for (const song of owners) found.take(sidecar, `"${sidecar}"`, posix.basename(song), record);
}

/** The line of a JSON error. */
function placeIn(text: string, error: unknown): string {
  const at = /position (\d+)/.exec(error instanceof Error ? error.message : "")?.[1];
  return at === undefined ? "it ends too early" : `line ${text.slice(0, Number(at)).split("\n").length}`;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Names of the column with the file name. */
const fileNames = new Set(["file", "filename", "file name", "file_name", "path"]);

function readTable(found: Collector, sidecar: string, _owners: readonly string[], text: string): void {
  const [head, ...rows] = rowsIn(text);
  const columns = head?.fields.map((name) => name.trim().toLowerCase()) ?? [];
  const place = columns.findIndex((name) => fileNames.has(name));
  const names = columns.map((name, index) => (index === place ? "file" : name));
  const twice = names.find((name, index) => name !== "" && names.indexOf(name) !== index);
  if (place < 0 || twice !== undefined) {
    const what = place < 0 ? `has no column "file"` : `has two columns "${cut(twice!)}"`;
    found.useless.push(`"${sidecar}", line ${head?.line ?? 1}, ${what}.`);
    return;
  }
  found.table(sidecar, rows.length, () => {
    for (const row of rows) readLine(found, sidecar, row, names, place);
  });
}

/** Missing fields at the end are empty. If a row can't be read, its song is skipped. */
function readLine(found: Collector, sidecar: string, row: Row, names: readonly string[], place: number): void {
  const where = `"${sidecar}", line ${row.line}`;
  const file = row.fields[place];
  const wrong =
    row.damage ??
    (row.fields.slice(names.length).every((field) => field.trim() === "")
      ? undefined
      : `it has ${row.fields.length} fields, not ${names.length}`);
  if (wrong === undefined) {
    const record = new Map(names.map((name, index) => [name, (row.fields[index] ?? "").trim()] as const));
    record.delete("");
    found.take(sidecar, where, file, record);
    return;
  }
  const song = found.songOf(sidecar, file);
  if (song === undefined) found.remarks.push(`${where}, can't be read (${wrong}): it is ignored.`);
  else found.doubtful.set(song, `${where}, which describes it, can't be read (${wrong})`);
}

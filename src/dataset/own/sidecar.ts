/** Sidecars: JSON and CSV files that tell of the songs beside them what their tags don't, or better. */
import { readFileSync, statSync } from "node:fs";
import { extname, join, normalize, posix } from "node:path";
import { type Row, rowsIn } from "./csv.ts";

/** What a sidecar tells of a song, not yet believed: fields by name. */
export interface Told {
  /** Such as `"songs.csv", line 3`. */
  readonly where: string;
  readonly fields: ReadonlyMap<SidecarField, unknown>;
}

const sidecarFields = ["title", "artist", "album", "genre", "year", "mood", "keywords", "lyrics", "words"] as const;
export type SidecarField = (typeof sidecarFields)[number];

export interface Sidecars {
  /** By the sound file's path below the folder. */
  readonly told: ReadonlyMap<string, Told>;
  /** Songs whose sidecar can't be read, so that nothing is known of them for sure, and why: a sentence each. */
  readonly doubtful: ReadonlyMap<string, string>;
  readonly remarks: readonly string[];
}

const mostBytes = 16 * 2 ** 20;

/** Collects from one sidecar after another. */
class Collector implements Sidecars {
  readonly told = new Map<string, Told>();
  readonly doubtful = new Map<string, string>();
  readonly remarks: string[] = [];
  readonly sounds: ReadonlySet<string>;

  constructor(sounds: readonly string[]) {
    this.sounds = new Set(sounds);
  }

  /** Takes what is told of a file that is named relative to the sidecar. */
  take(sidecar: string, where: string, file: unknown, record: ReadonlyMap<string, unknown>): void {
    const song = this.songOf(sidecar, file);
    if (song === undefined) {
      const name =
        typeof file === "string" && file.trim() !== "" ? `names "${cut(file)}", which is not there` : "names no file";
      this.remarks.push(`${where}, ${name}: nothing of it is used.`);
      return;
    }
    const before = this.told.get(song);
    if (before) {
      this.remarks.push(`${where}, tells of "${song}" again: ${before.where}, counts.`);
      return;
    }
    this.told.set(song, { where, fields: this.#known(where, record) });
  }

  songOf(sidecar: string, file: unknown): string | undefined {
    if (typeof file !== "string") return undefined;
    const path = posix.join(posix.dirname(sidecar), file.trim().replaceAll("\\", "/"));
    return [path, path.normalize("NFC"), path.normalize("NFD")].find((one) => this.sounds.has(one));
  }

  #known(where: string, record: ReadonlyMap<string, unknown>): Map<SidecarField, unknown> {
    const fields = new Map<SidecarField, unknown>();
    const strange: string[] = [];
    for (const [name, value] of record) {
      const field = sidecarFields.find((one) => one === name);
      if (field && value !== null && value !== "") fields.set(field, value);
      else if (!field && name !== "file") strange.push(cut(name));
    }
    if (strange.length > 0)
      this.remarks.push(`${where}, has fields that I don't know: ${strange.slice(0, 10).join(", ")}.`);
    return fields;
  }
}

const cut = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** Reads every sidecar of the folder; what can't be used is said with its line. */
export function readSidecars(folder: string, sidecars: readonly string[], sounds: readonly string[]): Sidecars {
  const found = new Collector(sounds);
  const ownersOf = ownersBy(sounds);
  for (const sidecar of sidecars) {
    const text = textOf(join(folder, normalize(sidecar)));
    const owners = ownersOf(sidecar);
    if (typeof text !== "string") unreadable(found, sidecar, owners, text.problem);
    else if (extname(sidecar).toLowerCase() === ".csv") readTable(found, sidecar, text);
    else readJson(found, sidecar, owners, text);
  }
  return found;
}

const stemOf = (path: string): string => path.slice(0, path.length - extname(path).length);

/** The songs that a sidecar is of by its name: `song.json` or `song.mp3.json` is of `song.mp3`. */
function ownersBy(sounds: readonly string[]): (sidecar: string) => readonly string[] {
  const whole = new Set(sounds);
  const stems = Map.groupBy(sounds, stemOf);
  return (sidecar) => {
    const stem = stemOf(sidecar);
    return whole.has(stem) ? [stem] : (stems.get(stem) ?? []);
  };
}

function textOf(path: string): string | { readonly problem: string } {
  if (statSync(path).size > mostBytes) return { problem: `is larger than ${mostBytes / 2 ** 20} MiB` };
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof TypeError) return { problem: "is not UTF-8" };
    return { problem: "can't be opened" };
  }
}

function unreadable(found: Collector, sidecar: string, owners: readonly string[], problem: string): void {
  if (owners.length === 0) found.remarks.push(`"${sidecar}" ${problem}: no labels are taken from it.`);
  for (const song of owners) found.doubtful.set(song, `its sidecar "${sidecar}" ${problem}`);
}

function readJson(found: Collector, sidecar: string, owners: readonly string[], text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    unreadable(found, sidecar, owners, `is no JSON (${placeIn(text, error)})`);
    return;
  }
  const list = Array.isArray(value) ? value : isRecord(value) && Array.isArray(value.songs) ? value.songs : undefined;
  if (list) {
    for (const [index, one] of list.entries()) {
      const where = `"${sidecar}", song ${index + 1}`;
      if (isRecord(one)) found.take(sidecar, where, one.file, new Map(Object.entries(one)));
      else found.remarks.push(`${where}, is no object: nothing of it is used.`);
    }
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

/** Where JSON.parse stumbled, as a line. */
function placeIn(text: string, error: unknown): string {
  const at = /position (\d+)/.exec(error instanceof Error ? error.message : "")?.[1];
  return at === undefined ? "it ends too early" : `line ${text.slice(0, Number(at)).split("\n").length}`;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function readTable(found: Collector, sidecar: string, text: string): void {
  const [head, ...rows] = rowsIn(text);
  const names = head?.fields.map((name) => name.trim().toLowerCase()) ?? [];
  const place = names.indexOf("file");
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (place < 0 || twice !== undefined) {
    const what = place < 0 ? `has no column "file"` : `has two columns "${cut(twice!)}"`;
    found.remarks.push(`"${sidecar}", line 1, ${what}: no labels are taken from it.`);
    return;
  }
  for (const row of rows) readLine(found, sidecar, row, names, place);
}

/** Of a line that can't be read, the song that it names is doubtful. */
function readLine(found: Collector, sidecar: string, row: Row, names: readonly string[], place: number): void {
  const where = `"${sidecar}", line ${row.line}`;
  const file = row.fields[place];
  const wrong =
    row.damage ??
    (row.fields.length === names.length ? undefined : `it has ${row.fields.length} fields, not ${names.length}`);
  if (wrong === undefined) {
    const record = new Map(names.map((name, index) => [name, row.fields[index]!.trim()] as const));
    record.delete("");
    found.take(sidecar, where, file, record);
    return;
  }
  const song = found.songOf(sidecar, file);
  if (song === undefined) found.remarks.push(`${where}, can't be read (${wrong}): nothing of it is used.`);
  else found.doubtful.set(song, `${where}, which tells of it, can't be read (${wrong})`);
}

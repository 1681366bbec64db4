/** Files that a program writes: never over its inputs, nor over anything that was there before it began. */
import { lstatSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import { numbered } from "./play-arguments.ts";

export interface Claim {
  /** Files that are read. */
  readonly inputs?: readonly string[];
  /** Files that are there may be replaced, inputs excepted. */
  readonly force?: boolean;
}

/** Refuses outputs, before any work is done, that would take the place of a file. */
export function claim(outputs: readonly string[], { inputs = [], force = false }: Claim = {}): void {
  const places = outputs.map(placeOf);
  for (const [index, output] of outputs.entries()) {
    if (isAmong(output, inputs))
      throw new UserError(
        `"${output}" would be written over, and it is read as well. Choose another name to write to.`,
      );
    if (places.indexOf(places[index]!) !== index)
      throw new UserError(`Two files would be called "${output}". Choose another name for one of them.`);
    if (!force && isThere(output))
      throw new UserError(`"${output}" is there already. Choose another name, or add --force to replace it.`);
    if (!force && isFile(`${output}.part`))
      throw new UserError(`"${output}.part" is there: another run writes it, or broke off. Remove it, or add --force.`);
  }
}

/** The name itself, or "name-2", "name-3" …: the first of which no file is there yet. */
export function freeName(
  name: string,
  filesOf: (name: string) => readonly string[],
  inputs: readonly string[] = [],
): string {
  const taken = (one: string): boolean =>
    filesOf(one).some((file) => isThere(file) || isFile(`${file}.part`) || isAmong(file, inputs));
  let free = name;
  for (let number = 2; taken(free); number++) free = numbered(name, number);
  return free;
}

/** A link that leads nowhere is there too. */
const isThere = (path: string): boolean => found(() => lstatSync(path)) !== undefined;

const isFile = (path: string): boolean => found(() => statSync(path))?.isFile() ?? false;

/** Nothing where it can't be looked at: writing will tell why. */
function found<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** By name, in any case of its letters, and by what links lead to. */
function isAmong(output: string, inputs: readonly string[]): boolean {
  const [place, file] = [placeOf(output), identityOf(output)];
  return inputs.some((input) => placeOf(input) === place || (file !== undefined && identityOf(input) === file));
}

/** Where a file is or would be, the same for names that some disks don't tell apart. */
function placeOf(path: string): string {
  const whole = resolve(path);
  return join(found(() => realpathSync(dirname(whole))) ?? dirname(whole), basename(whole))
    .normalize("NFC")
    .toLowerCase();
}

function identityOf(path: string): string | undefined {
  const file = found(() => statSync(path, { bigint: true }));
  return file && `${file.dev} ${file.ino}`;
}

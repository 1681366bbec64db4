/** Checks the files that a program is about to write: never an input, an existing file only with --force. */
import { lstatSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import { numberedPath } from "./play-arguments.ts";

export interface OutputRules {
  /** Files that the program reads. */
  readonly inputs?: readonly string[];
  /** Existing files may be replaced, but not inputs. */
  readonly force?: boolean;
}

/** Refuses outputs that would replace a file; called before any work is done. */
export function checkOutputs(outputs: readonly string[], { inputs = [], force = false }: OutputRules = {}): void {
  const places = outputs.map(placeOf);
  for (const [index, output] of outputs.entries()) {
    if (isAmong(output, inputs))
      throw new UserError(`"${output}" is an input and would be overwritten. Choose another name for the output.`);
    if (places.indexOf(places[index]!) !== index)
      throw new UserError(`Two outputs have the name "${output}". Choose another name for one of them.`);
    if (!force && isThere(output))
      throw new UserError(`"${output}" exists already. Choose another name, or add --force to replace it.`);
    if (!force && isFile(`${output}.part`))
      throw new UserError(
        `"${output}.part" exists: another run is writing it, or was interrupted. Remove it, or add --force.`,
      );
  }
}

/** The first free name of "name", "name-2", "name-3" …; `filesOf` lists the files that a name stands for. */
export function freeName(
  name: string,
  filesOf: (name: string) => readonly string[],
  inputs: readonly string[] = [],
): string {
  const taken = (one: string): boolean =>
    filesOf(one).some((file) => isThere(file) || isFile(`${file}.part`) || isAmong(file, inputs));
  let free = name;
  for (let number = 2; taken(free); number++) free = numberedPath(name, number);
  return free;
}

/** Also true for a dangling link. */
const isThere = (path: string): boolean => found(() => lstatSync(path)) !== undefined;

const isFile = (path: string): boolean => found(() => statSync(path))?.isFile() ?? false;

/** Undefined where the path can't be examined; writing will report why. */
function found<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** By name, ignoring case, and by device and inode. */
function isAmong(output: string, inputs: readonly string[]): boolean {
  const [place, file] = [placeOf(output), identityOf(output)];
  return inputs.some((input) => placeOf(input) === place || (file !== undefined && identityOf(input) === file));
}

/** The absolute path, equal for names that some file systems treat as the same. */
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

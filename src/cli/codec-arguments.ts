/** Arguments of `npm run encode` and `npm run decode`. */
import { basename, extname } from "node:path";
import { UserError } from "../errors.ts";
import { parseArguments, parseOptionalNumber } from "./arguments.ts";
import { checkOutputs, freeName } from "./outputs.ts";

export interface CodecArguments {
  readonly file: string;
  readonly out: string | undefined;
  /** Folder of the model. */
  readonly model: string;
  readonly level: number | undefined;
  /** Encodes only the beginning. */
  readonly seconds: number | undefined;
  /** Whether an existing file may be replaced. */
  readonly force: boolean;
}

/** Undefined if only help was asked for. */
export function readCodecArguments(args: readonly string[], example: string): CodecArguments | undefined {
  const options = {
    out: { type: "string" },
    model: { type: "string", default: "models/garage" },
    level: { type: "string" },
    seconds: { type: "string" },
    force: { type: "boolean", default: false },
  } as const;
  const { values, positionals } = parseArguments(args, options, Infinity);
  if (values.help) return undefined;
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UserError(`Name one file, as in: ${example}`);
  return {
    file,
    out: values.out,
    model: values.model,
    force: values.force,
    level: parseOptionalNumber("--level", values.level, { whole: true, min: 0 }),
    seconds: parseOptionalNumber("--seconds", values.seconds, { above: 0 }),
  };
}

/** The file to write: the one asked for, or one with a name that is free. */
export function outputFor({ file, out, force }: CodecArguments, defaultName: string): string {
  const path = out ?? (force ? defaultName : freeName(defaultName, (name) => [name], [file]));
  checkOutputs([path], { inputs: [file], force });
  return path;
}

/** The file's name without folder and extension, with another ending. */
export function namedAfter(file: string, ending: string): string {
  const bare = basename(file, extname(file));
  return `${basename(bare, ".codes")}${ending}`;
}

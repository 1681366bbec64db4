/** The words after `npm run encode --` and `npm run decode --`. */
import { basename, extname } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "../errors.ts";
import { understood } from "./exit-code.ts";
import { claim, freeName } from "./outputs.ts";

export interface CodecArguments {
  readonly file: string;
  readonly out: string | undefined;
  /** Folder of the model. */
  readonly model: string;
  readonly level: number | undefined;
  /** Of a longer file only so much is taken. */
  readonly seconds: number | undefined;
  /** Whether a file that is there already may be replaced. */
  readonly force: boolean;
}

export const encodeUsage = `npm run encode -- song.mp3 --out song.codes.json

Turns a WAV, FLAC, MP3, Ogg Vorbis or Ogg Opus file into codes, and tells how much of the sound each level keeps: spectral
convergence in dB, of all of it and by bands (0 is as wrong as silence, lower is better).

  --out FILE      .json or .safetensors; else it is called after the file, with .codes.json at its end
  --force         replaces a file that is there already
  --level N       only this level, 0 is the finest; else all
  --seconds N     only the beginning
  --model FOLDER  the model, models/garage if it isn't told
`;

export const decodeUsage = `npm run decode -- song.codes.json --out copy.wav

Turns codes back into sound, as one level knows it.

  --out FILE      .wav or .ogg (Opus); else it is called after the file and the level
  --force         replaces a file that is there already
  --level N       0 is the finest, and is taken if the file has it
  --model FOLDER  the model that the codes are of, models/garage if it isn't told
`;

/** Undefined if only help is wanted. */
export function readCodecArguments(words: readonly string[], example: string): CodecArguments | undefined {
  const { values, positionals } = understood(() =>
    parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        out: { type: "string" },
        model: { type: "string", default: "models/garage" },
        level: { type: "string" },
        seconds: { type: "string" },
        force: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }),
  );
  if (values.help) return undefined;
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UserError(`Name one file, as in: ${example}`);
  const number = (name: "level" | "seconds", fits: (value: number) => boolean): number | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    if (text.trim() !== "" && fits(Number(text))) return Number(text);
    throw new UserError(`--${name} doesn't go with "${text}". --help tells what there is.`);
  };
  return {
    file,
    out: values.out,
    model: values.model,
    force: values.force,
    level: number("level", (value) => Number.isInteger(value) && value >= 0),
    seconds: number("seconds", (value) => value > 0 && Number.isFinite(value)),
  };
}

/** The file to write: the one that was told, or one of a name that is free. */
export function outputFor({ file, out, force }: CodecArguments, usual: string): string {
  const path = out ?? (force ? usual : freeName(usual, (name) => [name], [file]));
  claim([path], { inputs: [file], force });
  return path;
}

/** The file's name without folder and ending, and with another end. */
export function namedAfter(file: string, end: string): string {
  const bare = basename(file, extname(file));
  return `${basename(bare, ".codes")}${end}`;
}

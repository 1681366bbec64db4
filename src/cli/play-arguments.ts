/** Arguments of `npm run play`: attributes of the song such as genre:jazz, and options. */
import { UserError } from "../errors.ts";
import { withLines } from "../lyrics/lyrics.ts";
import { mostCandidates } from "../song/candidates.ts";
import type { SongOptions } from "../song/song.ts";
import { parseArguments, parseNumber } from "./arguments.ts";
import { isSamplingName, readSampling, type SamplingName, samplingFields } from "./sampling-options.ts";

export interface PlayArguments {
  readonly song: SongOptions;
  /** File with the lyrics, unless they are an argument themselves. */
  readonly lyricsFile?: string;
  /** Folder of the model. */
  readonly model: string;
  /** Device to run on; the engine chooses one by default. */
  readonly device?: string;
  /** Sound file that the song continues, and how much of it. */
  readonly prime?: { readonly file: string; readonly seconds: number };
  /** File of codes that the song begins with: all of them, or only the coarsest, to be upsampled. */
  readonly begin?: { readonly file: string; readonly as: "continued" | "upsampled" };
  /** File to write the song's codes to. */
  readonly codes?: string;
  /** File to write; by default one named after the song, or none if the sound goes to stdout. */
  readonly out?: string;
  /** Generates only the coarsest level of this many candidates. */
  readonly candidates?: number;
  /** Number of the candidate to generate in full, from 1. */
  readonly pick?: number;
  /** Whether to write an LRC file with word times as well. */
  readonly wordTimes?: boolean;
  /** Whether existing files may be replaced. */
  readonly force?: boolean;
  readonly stdout: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

export const usage = `npm run play -- genre:blues artist:"The Copper Owls" seconds:20 seed:7 temperature:1 --out song.ogg

Generates one song. What you leave out is chosen for you; the same arguments and seed give the same song.

  genre:jazz artist:"The Copper Owls" mood:dark dynamics:soft
                  labels that the model knows; an unknown name is answered with the known ones
  chords:"Am F C G"
                  repeats these chords, a bar each, if the model knows chords; "Dm7 G7 | Cmaj7" sets the bars
  seconds:20      length
  of:180          length of the full song that this clip opens
  lyrics:"la la / la la"
                  for a model that sings; " / " or \\n is a line break
  seed:7          makes a song repeatable
  temperature:1   randomness: 0 always takes the likeliest code, 1 is the model's own distribution
  top-k:50        samples only from the 50 likeliest codes
  top-p:0.95      nucleus sampling: only from the likeliest codes with this total probability
  hop:0.25        how far windows are apart, as a share of a window: smaller is slower and more coherent
                  temperature, top-k, top-p and hop take one number for all levels, or one for each, finest first:
                  0.5/0.5/0.125; "-" keeps a level's default

  --out FILE      .ogg (Opus) or .wav. Default: GENRE-SEED.ogg
  --force         replace existing files
  --candidates N  generate N rough previews (only the coarsest level): NAME-1.ogg, NAME-2.ogg …
  --pick M        with the same arguments and --candidates: generate preview M in full
  --stdout        write the sound to stdout while it is generated (48 kHz stereo s16le), and no file without --out:
                  npm run --silent play -- --stdout | aplay -f dat
  --lyrics-file FILE
                  lyrics as UTF-8 text, or an .lrc, .srt or .vtt file
  --word-times    also write NAME.words.lrc, an LRC file with word times (not all players read it)
  --prime FILE    continue a sound file (WAV, AIFF, FLAC, MP3, Ogg, WebM); seconds: is the total length
  --prime-seconds N
                  how much of that file to use, from its start. Default: 5
  --codes FILE    also write the song's codes, to a .json or .safetensors file
  --continue FILE continue the codes in a file; seconds: is the total length
  --upsample FILE keep only the coarsest codes in a file and generate the finer levels
  --model FOLDER  the model. Default: models/garage
  --device NAME   what to run on, such as cpu
  --json          end with a line of JSON: seconds, firstSoundSeconds, timesRealTime, seed, out
`;

export function readPlayArguments(args: readonly string[]): PlayArguments {
  const { values, positionals } = parseArguments(args, options, Infinity);
  const { out, codes, device, "lyrics-file": lyricsFile } = values;
  if (out === "") throw new UserError("--out needs a file name.");
  const song = readSongOptions(positionals);
  if (song.lyrics !== undefined && lyricsFile !== undefined)
    throw new UserError("Use either lyrics: or --lyrics-file, not both.");
  return {
    song,
    model: values.model,
    stdout: values.stdout,
    json: values.json,
    help: values.help,
    ...readChoice(values),
    ...(values["word-times"] && { wordTimes: true }),
    ...(values.force && { force: true }),
    ...(device !== undefined && { device }),
    ...readPrime(values),
    ...readBeginning(values),
    ...(codes !== undefined && { codes }),
    ...(out !== undefined && { out }),
    ...(lyricsFile !== undefined && { lyricsFile }),
  };
}

const options = {
  out: { type: "string" },
  "lyrics-file": { type: "string" },
  prime: { type: "string" },
  "prime-seconds": { type: "string" },
  continue: { type: "string" },
  upsample: { type: "string" },
  codes: { type: "string" },
  model: { type: "string", default: "models/garage" },
  device: { type: "string" },
  candidates: { type: "string" },
  pick: { type: "string" },
  "word-times": { type: "boolean", default: false },
  force: { type: "boolean", default: false },
  stdout: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
} as const;

type Values = ReturnType<typeof parseArguments<typeof options>>["values"];

const defaultPrimeSeconds = 5;

function readPrime({ prime: file, "prime-seconds": text }: Values): Pick<PlayArguments, "prime"> {
  if (file === undefined && text !== undefined) throw new UserError("--prime-seconds needs --prime FILE.");
  if (file === undefined) return {};
  const seconds = text === undefined ? defaultPrimeSeconds : parseNumber("--prime-seconds", text, { above: 0 });
  return { prime: { file, seconds } };
}

/** The codes that the song begins with. */
function readBeginning(values: Values): Pick<PlayArguments, "begin"> {
  const { prime, continue: continued, upsample: upsampled, codes, candidates, pick } = values;
  if ([prime, continued, upsampled].filter((file) => file !== undefined).length > 1)
    throw new UserError("Use only one of --prime, --continue and --upsample.");
  if (codes !== undefined && !/\.(json|safetensors)$/i.test(codes))
    throw new UserError(`Codes are kept in .json and .safetensors files. Choose one of these endings for "${codes}".`);
  if (candidates !== undefined && pick === undefined && (codes !== undefined || upsampled !== undefined))
    throw new UserError("--codes and --upsample need a whole song: add --pick, or leave out --candidates.");
  if (continued !== undefined) return { begin: { file: continued, as: "continued" } };
  return upsampled === undefined ? {} : { begin: { file: upsampled, as: "upsampled" } };
}

/** How many candidates, and which of them to generate in full. */
function readChoice({ candidates, pick, stdout }: Values): Pick<PlayArguments, "candidates" | "pick"> {
  if (candidates === undefined) {
    if (pick !== undefined) throw new UserError("--pick needs --candidates.");
    return {};
  }
  const count = parseNumber("--candidates", candidates, { whole: true, min: 2, max: mostCandidates });
  if (pick !== undefined)
    return { candidates: count, pick: parseNumber("--pick", pick, { whole: true, min: 1, max: count }) };
  if (stdout) throw new UserError("--stdout plays a single song: add --pick, or leave out --candidates.");
  return { candidates: count };
}

const readText = (_name: string, value: string) => value.replace(/^"(.*)"$/s, "$1");
const readNumber = (name: string, value: string) => parseNumber(name, value);

/** How the value of a song's attribute is read, and which attribute it is. */
const readers: Readonly<
  Record<string, readonly [keyof SongOptions, (name: string, value: string) => string | number]>
> = {
  genre: ["genre", readText],
  artist: ["artist", readText],
  mood: ["mood", readText],
  dynamics: ["dynamics", readText],
  chords: ["chords", readText],
  seconds: ["seconds", readNumber],
  of: ["totalSeconds", readNumber],
  lyrics: ["lyrics", (name, value) => withLines(readText(name, value))],
  seed: ["seed", readNumber],
};
const attributeNames = [...Object.keys(readers), ...Object.keys(samplingFields)];

/** Reads arguments such as `genre:blues`. */
function readSongOptions(args: readonly string[]): SongOptions {
  const attributes: Record<string, string | number> = {};
  const sampling = new Map<SamplingName, string>();
  for (const argument of args) {
    const [name = "", ...rest] = argument.split(":");
    const text = rest.join(":");
    if (rest.length > 0 && isSamplingName(name)) {
      if (sampling.has(name)) throw new UserError(`${name} is given twice.`);
      sampling.set(name, text);
      continue;
    }
    const reader = rest.length > 0 && Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (!reader)
      throw new UserError(`I don't understand "${argument}". Use ${attributeNames.join(":…, ")}:… or --help.`);
    const [key, read] = reader;
    if (Object.hasOwn(attributes, key)) throw new UserError(`${name} is given twice.`);
    attributes[key] = read(name, text);
  }
  return { ...attributes, ...readSampling(sampling, readNumber) };
}

/** Adds a number to a file name: "song-2.ogg", "song-2.codes.json". */
export const numberedPath = (path: string, number: number): string =>
  path.replace(/(\.codes)?(\.[^./\\]*)?$/, (extension) => `-${number}${extension}`);

/** The default name of a song's file, such as "deep-blue-7.ogg". */
export function defaultFileName({ genre, seed }: { readonly genre: string; readonly seed: number }): string {
  const words = genre.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  return `${words.replace(/^-+|-+$/g, "") || "song"}-${seed}.ogg`;
}

/** The words after `npm run play --`: the song that is wanted, and where it should go. */
import { parseArgs } from "node:util";
import { UserError } from "../errors.ts";
import { withLines } from "../lyrics/lyrics.ts";
import { mostCandidates } from "../song/candidates.ts";
import type { SongOptions } from "../song/song.ts";
import { understood } from "./exit-code.ts";
import { isKnob, type Knob, knobs, samplingFrom } from "./sampling-options.ts";

export interface PlayArguments {
  readonly song: SongOptions;
  /** The file that the lyrics are in, where they don't stand among the words. */
  readonly lyricsFile?: string;
  /** Folder of the model. */
  readonly model: string;
  /** What the model runs on; the engine's choice if it isn't told. */
  readonly device?: string;
  /** A sound file that the song begins with, and how much of it. */
  readonly prime?: { readonly file: string; readonly seconds: number };
  /** A file of codes that the song begins with: as they are, or only the coarsest of them, to make the others anew. */
  readonly begin?: { readonly file: string; readonly as: "continued" | "upsampled" };
  /** The file that the song's codes are kept in. */
  readonly codes?: string;
  /** The file that is wanted; none told means one named after the song, or none if the sound goes to stdout. */
  readonly out?: string;
  /** So many candidates are wanted: only the coarsest level of each, to choose from. */
  readonly candidates?: number;
  /** The candidate that is gone on with. */
  readonly pick?: number;
  /** Whether an LRC file with word times is wanted beside the plain one. */
  readonly wordTimes?: boolean;
  /** Whether files that are there already may be replaced. */
  readonly force?: boolean;
  readonly stdout: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

export const usage = `npm run play -- genre:blues artist:"The Copper Owls" seconds:20 seed:7 temperature:1 --out song.ogg

Whatever is left out is chosen for you. The same words and seed make the same song.
mood:dark dynamics:soft are for a model that knows moods and dynamics; other names than it knows are refused with those.
chords:"Am F C G" goes round through these, a bar each, where the model knows chords; "Dm7 G7 | Cmaj7" tells the bars.
of:180 makes the beginning of a song of 180 seconds; lyrics:"la la / la la" are sung by a model that sings, " / " or \\n being
a new line.

  temperature:1   how daring: 0 is not at all, 1 is what the model does best
  top-k:50        draws only from so many of the likeliest codes
  top-p:0.95      draws only from the likeliest codes that together pass this probability
  hop:0.25        how far one window of codes lies from the next, as a share of it: less is slower and hangs together better
                  One number of these is meant for all levels; 0.5/0.5/0.125 for each, finest first, "-" for the usual

  --out FILE      .ogg (Opus) or .wav; else it is called GENRE-SEED.ogg
  --force         replaces files that are there already; otherwise they are left alone, and --out and --codes refused
  --candidates N  only the coarsest level, coarse to hear, of N songs with seeds of their own: NAME-1.ogg, NAME-2.ogg …
  --pick M        with the same words, seed and --candidates: makes the whole song of the one you like best
  --stdout        the sound itself while it is made: 48 kHz stereo s16le, and no file unless --out is given, as in
                  npm run --silent play -- --stdout | aplay -f dat
  --lyrics-file FILE
                  the song's lyrics, as text in UTF-8, or an .lrc, .srt or .vtt file
  --word-times    NAME.words.lrc as well: an LRC file with a time for each word, which not every player knows
  --prime FILE    begins with a sound file (WAV, FLAC, MP3, Ogg Vorbis, Ogg Opus) and goes on from it; seconds: is the
                  length of all of it
  --prime-seconds how much of the file's beginning, 5 if it isn't told
  --codes FILE    keeps the song's codes as well, in a .json or .safetensors file, as npm run encode makes them of sound
  --continue FILE begins with the codes in a file and goes on from them; seconds: is the length of all of it
  --upsample FILE takes only the coarsest codes in a file, and makes the finer ones anew
  --model FOLDER  the model, models/garage if it isn't told
  --device NAME   what it runs on, such as cpu
  --json          a last line for programs: seconds, firstSoundSeconds, timesRealTime, seed, out
`;

/** Reads the words; those that make no sense are refused with those that do. */
export function readArguments(words: readonly string[]): PlayArguments {
  const { values, positionals } = parsed(words);
  if (values.out === "") throw new UserError("--out needs the name of a file.");
  const song = songOptions(positionals);
  if (song.lyrics !== undefined && values["lyrics-file"] !== undefined)
    throw new UserError("lyrics were told twice: in words and by --lyrics-file.");
  const choice = choiceFrom(values);
  return {
    song,
    model: values.model,
    stdout: values.stdout,
    json: values.json,
    help: values.help,
    ...choice,
    ...(values["word-times"] && { wordTimes: true }),
    ...(values.force && { force: true }),
    ...(values.device !== undefined && { device: values.device }),
    ...primeOf(values),
    ...beginOf(values),
    ...(values.codes !== undefined && { codes: values.codes }),
    ...(values.out !== undefined && { out: values.out }),
    ...(values["lyrics-file"] !== undefined && { lyricsFile: values["lyrics-file"] }),
  };
}

function parsed(words: readonly string[]) {
  return understood(() =>
    parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
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
        help: { type: "boolean", short: "h", default: false },
      },
    }),
  );
}

type Values = ReturnType<typeof parsed>["values"];

const usualPrimeSeconds = 5;

function primeOf(values: { readonly prime?: string; readonly "prime-seconds"?: string }): Pick<PlayArguments, "prime"> {
  const { prime: file, "prime-seconds": text } = values;
  if (file === undefined && text !== undefined) throw new UserError("--prime-seconds goes with --prime FILE.");
  if (file === undefined) return {};
  const seconds = text === undefined ? usualPrimeSeconds : asNumber("--prime-seconds", text);
  if (seconds <= 0) throw new UserError(`--prime-seconds must be more than 0, not "${text}".`);
  return { prime: { file, seconds } };
}

/** What of the codes in a file the song begins with. */
function beginOf(values: Values): Pick<PlayArguments, "begin"> {
  const { prime, continue: continued, upsample: upsampled, codes, candidates, pick } = values;
  if ([prime, continued, upsampled].filter((file) => file !== undefined).length > 1)
    throw new UserError("A song has one beginning: --prime, --continue or --upsample.");
  if (codes !== undefined && !/\.(json|safetensors)$/i.test(codes))
    throw new UserError(`Codes are kept in .json and .safetensors files. Choose one of these endings for "${codes}".`);
  if (candidates !== undefined && pick === undefined && (codes !== undefined || upsampled !== undefined))
    throw new UserError(
      "Candidates have coarse codes alone, and of their own: --codes and --upsample go with whole songs.",
    );
  if (continued !== undefined) return { begin: { file: continued, as: "continued" } };
  return upsampled === undefined ? {} : { begin: { file: upsampled, as: "upsampled" } };
}

/** How many candidates, and which of them. */
function choiceFrom({ candidates, pick, stdout }: Values) {
  if (candidates === undefined) {
    if (pick !== undefined) throw new UserError("--pick needs --candidates: of how many is it one?");
    return {};
  }
  const count = asWhole("--candidates", candidates, 2, mostCandidates);
  if (pick !== undefined) return { candidates: count, pick: asWhole("--pick", pick, 1, count) };
  if (stdout)
    throw new UserError("--stdout plays one song: candidates come as files, and the one you --pick may be played.");
  return { candidates: count };
}

function asWhole(name: string, text: string, least: number, most: number): number {
  const number = asNumber(name, text);
  if (!Number.isInteger(number) || number < least || number > most)
    throw new UserError(`${name} is a whole number from ${least} to ${most}, not ${text}.`);
  return number;
}

const asText = (_name: string, value: string) => value.replace(/^"(.*)"$/s, "$1");

function asNumber(name: string, value: string): number {
  const number = value.trim() === "" ? Number.NaN : Number(value);
  if (!Number.isFinite(number)) throw new UserError(`${name} must be a number, not "${value}".`);
  return number;
}

const asLyrics = (name: string, value: string) => withLines(asText(name, value));

/** How the words are read, and what they are of a song. */
const readers: Readonly<
  Record<string, readonly [keyof SongOptions, (name: string, value: string) => string | number]>
> = {
  genre: ["genre", asText],
  artist: ["artist", asText],
  mood: ["mood", asText],
  dynamics: ["dynamics", asText],
  chords: ["chords", asText],
  seconds: ["seconds", asNumber],
  of: ["totalSeconds", asNumber],
  lyrics: ["lyrics", asLyrics],
  seed: ["seed", asNumber],
};
const wordNames = [...Object.keys(readers), ...Object.keys(knobs)];

/** Words such as `genre:blues`. */
function songOptions(words: readonly string[]): SongOptions {
  const options: Record<string, string | number> = {};
  const sampling = new Map<Knob, string>();
  for (const word of words) {
    const [name = "", ...rest] = word.split(":");
    const text = rest.join(":");
    if (rest.length > 0 && isKnob(name)) {
      if (sampling.has(name)) throw new UserError(`${name} was told twice.`);
      sampling.set(name, text);
      continue;
    }
    if (!Object.hasOwn(readers, name) || rest.length === 0)
      throw new UserError(`I don't understand "${word}". Say it as ${wordNames.join(":…, ")}:… or --help.`);
    const [key, read] = readers[name]!; // it has one of its own
    if (Object.hasOwn(options, key)) throw new UserError(`${name} was told twice.`);
    options[key] = read(name, text);
  }
  return { ...options, ...samplingFrom(sampling, asNumber) };
}

/** The name with a number, such as "song-2.ogg" or "song-2.codes.json". */
export const numbered = (path: string, number: number): string =>
  path.replace(/(\.codes)?(\.[^./\\]*)?$/, (extension) => `-${number}${extension}`);

/** The name of a song's file when none was told, such as "deep-blue-7.ogg". */
export function fileNameFor({ genre, seed }: { readonly genre: string; readonly seed: number }): string {
  const words = genre.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  return `${words.replace(/^-+|-+$/g, "") || "song"}-${seed}.ogg`;
}

/** `npm run play`: makes one song in the terminal, into a file or straight to stdout while it is made. */
import "../launch.cjs"; // first, as it checks Node
import { once } from "node:events";
import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { Writable } from "node:stream";
import { asUserError, diskError, UserError } from "../errors.ts";
import { alignmentPaths } from "../inference/alignment-files.ts";
import type { Codes, Engine, Generation } from "../inference/engine.ts";
import { fileTags, songRequest } from "../inference/song-request.ts";
import type { Alignment } from "../lyrics/alignment.ts";
import { lyricsToSing } from "../lyrics/pasted/lyrics.ts";
import { candidateOf } from "../song/candidates.ts";
import { describe } from "../song/describe.ts";
import { labelsFor } from "../song/labels-for.ts";
import type { Order, Prompt } from "../song/order.ts";
import { samplingFor } from "../song/sampling.ts";
import type { Labels, Song } from "../song/song.ts";
import { songFrom } from "../song/song-from.ts";
import { readLyrics } from "./lyrics-file.ts";
import { claim, freeName } from "./outputs.ts";
import { fileNameFor, numbered, type PlayArguments, readArguments, usage } from "./play-arguments.ts";
import { type ProgressTarget, progressOn } from "./progress.ts";

/** What the program needs of the world. */
export interface Surroundings {
  openEngine(folder: string, options?: { device?: string }): Promise<Engine>;
  readonly stdout: Writable;
  readonly stderr: ProgressTarget;
  readonly signal: AbortSignal;
}

/** Why the program ends before its song does, and what it tells the shell. */
class Stop extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("stopped");
    this.exitCode = exitCode;
  }
}

/** Live sound is asked for this far ahead of what stdout has taken: the later it is asked for, the finer it is. */
const aheadSeconds = 1;

/** Where nobody listens, so much is played to nobody, to tell when sound could first be heard. */
const firstSeconds = 0.1;

/** Runs the whole program and returns its exit code; only a bug throws. */
export async function play(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr, signal } = surroundings;
  try {
    const args = readArguments(words);
    if (args.help) stdout.write(usage);
    else await withEngine(claimed(await withLyrics(args, stderr)), surroundings);
    return 0;
  } catch (error) {
    if (signal.aborted && signal.reason instanceof Stop) return signal.reason.exitCode;
    const known = asUserError(error);
    if (known === undefined) throw error;
    stderr.write(`${known.message}\n`);
    return 1;
  }
}

/** The same with the lyrics of their file, read before a model is opened, and with only what is sung of them. */
async function withLyrics(args: PlayArguments, stderr: Surroundings["stderr"]): Promise<PlayArguments> {
  const pasted = args.lyricsFile === undefined ? args.song.lyrics : await readLyrics(args.lyricsFile);
  if (pasted === undefined) return args;
  const { text, notes } = lyricsToSing(pasted);
  for (const note of notes) stderr.write(`${note}\n`);
  return { ...args, song: { ...args.song, lyrics: text } };
}

/** The same, if nothing is in the way of what it names to be written: said before a model is opened. */
function claimed(args: PlayArguments): PlayArguments {
  claim(outputsOf(args), { inputs: inputsOf(args), force: args.force ?? false });
  return args;
}

const inputsOf = ({ lyricsFile, prime, begin }: PlayArguments): string[] =>
  [lyricsFile, prime?.file, begin?.file].filter((file) => file !== undefined);

/** Every file that may be written. */
function outputsOf({ out, codes, candidates, pick, song, wordTimes }: PlayArguments): string[] {
  const kept = codes === undefined ? [] : [codes];
  if (out === undefined) return kept;
  if (candidates !== undefined && pick === undefined)
    return Array.from({ length: candidates }, (_, index) => numbered(out, index + 1));
  if (song.lyrics === undefined) return [out, ...kept];
  const { words, ...beside } = alignmentPaths(out);
  return [out, ...Object.values(beside), ...(wordTimes ? [words] : []), ...kept];
}

/** The same with a name for the song where none was told: one that no file has yet. */
function named(args: PlayArguments, song: Song): PlayArguments {
  if (args.out !== undefined || args.stdout) return args;
  const name = fileNameFor(args.pick === undefined ? song : candidateOf(song, args.pick));
  const { codes: _, ...told } = args; // its name is told
  const files = (out: string) => outputsOf({ ...told, out });
  return claimed({ ...args, out: args.force ? name : freeName(name, files, inputsOf(args)) });
}

async function withEngine(told: PlayArguments, surroundings: Surroundings): Promise<void> {
  const beginning = await beginningOf(told);
  const args = withLength(told, beginning);
  const { signal } = surroundings;
  const engine = await surroundings.openEngine(args.model, args.device === undefined ? {} : { device: args.device });
  try {
    signal.throwIfAborted();
    const song = songFrom(args.song, engine.model);
    const labels = labelsFor(song, engine.model);
    samplingFor(song, engine.model.hops.length); // refuses, before a file is read
    for (const note of labels.notes ?? []) surroundings.stderr.write(`${note}\n`);
    const prompt = await promptFor(args, song, { engine, surroundings, beginning });
    const studio = { args: named(args, song), engine, surroundings, same: { labels, ...prompt } };
    if (args.candidates === undefined) await makeSong(song, studio);
    else if (args.pick !== undefined) await makeSong(candidateOf(song, args.pick), studio);
    else await makeCandidates(song, args.candidates, studio);
  } finally {
    await engine.close();
  }
}

/** What a song begins with. */
interface Beginning {
  readonly codes: Codes;
  readonly seconds: number;
}

/** The codes in a file, which is read before a model is opened: all of them, or only the coarsest. */
async function beginningOf({ begin, model }: PlayArguments): Promise<Beginning | undefined> {
  if (begin === undefined) return undefined;
  const { codesFiles } = await import("../inference/codes-file.ts");
  const { hops, codes, seconds } = (await codesFiles(model)).read(begin.file);
  const wanted = [...hops.keys()].filter((level) => begin.as === "continued" || level === hops.length - 1);
  const missing = wanted.find((level) => !codes.has(level));
  if (missing !== undefined) throw new UserError(`"${begin.file}" has no codes of level ${missing}.`);
  return {
    codes: Array.from(hops.keys(), (level) => (wanted.includes(level) ? codes.get(level)! : new Uint16Array(0))),
    seconds,
  };
}

/** An upsampled song is as long as its codes, unless another length is told. */
function withLength(args: PlayArguments, beginning: Beginning | undefined): PlayArguments {
  if (beginning === undefined || args.begin?.as !== "upsampled" || args.song.seconds !== undefined) return args;
  return { ...args, song: { ...args.song, seconds: Math.ceil(beginning.seconds * 1000) / 1000 } }; // not a code less
}

/** What the song begins with, and its codes. */
type Given = Pick<Order, "prompt"> & Partial<Pick<Beginning, "codes">>;

/** The codes that the song begins with, if it is told a beginning. */
async function promptFor(
  args: PlayArguments,
  song: Song,
  given: { engine: Engine; surroundings: Surroundings; beginning: Beginning | undefined },
): Promise<Given> {
  const { prime, begin } = args;
  const { engine, beginning } = given;
  const { signal, stderr } = given.surroundings;
  const seconds = prime?.seconds ?? beginning?.seconds ?? 0;
  if (seconds >= song.seconds && begin?.as !== "upsampled")
    throw new UserError(
      `A song of ${song.seconds} s that begins with ${rounded(seconds)} s of a file has nothing left to be made. Ask for more seconds:${prime ? ", or less with --prime-seconds" : ""}.`,
    );
  if (beginning) return { prompt: promptOf(begin!, beginning), codes: beginning.codes }; // read from that file
  if (!prime) return {};
  const { warnings, ...encoded } = await engine.encode(prime.file, {
    maxSeconds: prime.seconds,
    name: prime.file,
    signal,
  });
  for (const warning of warnings) stderr.write(`${warning}\n`);
  return { prompt: promptOf(prime, encoded), codes: encoded.codes };
}

/** A file's codes as the beginning of a song. */
const promptOf = ({ file, as }: { file: string; as?: string }, { codes, seconds }: Beginning): Prompt => ({
  ...{ file: basename(file), seconds, codes: codes.map(({ length }) => length) },
  ...(as === "upsampled" && { isUpsampled: true }),
});

/** Which files tell when the lyrics are sung. */
function aboutLyrics({ lines }: Alignment, out: string): string {
  const { lrc, vtt, picture } = alignmentPaths(out);
  const shown = existsSync(picture);
  if (lines.length === 0)
    return shown
      ? `No line of the lyrics was heard; ${picture} shows what was attended to.`
      : "The song is too short for a line of the lyrics.";
  return `${lines.length} ${lines.length === 1 ? "line is" : "lines are"} sung: ${lrc} and ${vtt} tell when${shown ? `, ${picture} shows it` : ""}.`;
}

/** Makes a whole song; a candidate that was picked is the song of its seed. */
async function makeSong(song: Song, studio: Studio): Promise<void> {
  const { args, surroundings } = studio;
  const { stdout, stderr } = surroundings;
  const { out } = args;
  const { recording, firstSound, started, codes, sung } = await sing(song, out, studio);
  if (args.codes !== undefined) {
    const { codesFiles } = await import("../inference/codes-file.ts");
    (await codesFiles(args.model)).write(args.codes, codes);
  }
  const report = {
    seconds: rounded(recording.seconds),
    firstSoundSeconds: rounded((firstSound - started) / 1000),
    timesRealTime: rounded(recording.seconds / ((performance.now() - started) / 1000)),
    seed: song.seed,
    out,
  };
  const where = out === undefined ? "" : `${out}: `;
  stderr.write(`${where}first sound after ${report.firstSoundSeconds} s, ${report.timesRealTime} times real time\n`);
  if (out !== undefined && sung) stderr.write(`${aboutLyrics(sung, out)}\n`);
  if (args.json) (args.stdout ? stderr : stdout).write(`${JSON.stringify(report)}\n`);
}

/** Makes only the coarsest level of so many songs, a file each, and says how to go on with one of them. */
async function makeCandidates(song: Song, count: number, studio: Studio): Promise<void> {
  const { args, surroundings } = studio;
  const made: { seed: number; seconds: number; out: string }[] = [];
  for (let number = 1; number <= count; number++) {
    const candidate = candidateOf(song, number);
    const out = numbered(args.out!, number); // `named` has told it
    const { recording } = await sing(candidate, out, { ...studio, number });
    made.push({ seed: candidate.seed, seconds: rounded(recording.seconds), out });
  }
  const files = made.map(({ out }) => out).join(", ");
  const words = `To go on with the second, say the same words with seed:${song.seed} and --pick 2.`;
  surroundings.stderr.write(`${files}\n${words}\n`);
  if (args.json) surroundings.stdout.write(`${JSON.stringify({ seed: song.seed, candidates: made })}\n`);
}

/** What all songs of a run have in common; with a candidate's number, only its coarsest level is made. */
interface Studio {
  readonly args: PlayArguments;
  readonly engine: Engine;
  readonly surroundings: Surroundings;
  readonly same: { readonly labels: Labels } & Given;
  readonly number?: number;
}

/** Has the engine make a song and takes it as it comes. */
async function sing(song: Song, out: string | undefined, { args, engine, surroundings, same, number }: Studio) {
  const { signal, stderr } = surroundings;
  stderr.write(`${number === undefined ? "" : `${number}: `}${describe(song)}\n`);
  const started = performance.now();
  const finest = number === undefined ? 0 : engine.model.hops.length - 1;
  const generation = engine.generate(
    songRequest(
      { ...same, song },
      { model: engine.model, labels: same.labels, ...(same.codes && { known: same.codes }) },
    ),
    {
      signal,
      live: "pcm",
      finest,
      aligned: number === undefined,
      wordTimes: args.wordTimes ?? false,
      ...(song.lyrics !== undefined && { lyrics: song.lyrics }),
      ...(!args.stdout && { liveUntilSeconds: firstSeconds }),
      ...(out !== undefined && {
        out,
        tags: fileTags({ ...same, song }),
      }),
    },
  );
  return {
    started,
    ...(await follow(generation, { args, song, engine, started, surroundings, finest, begins: same.codes })),
  };
}

interface Listener {
  readonly args: PlayArguments;
  readonly song: Song;
  readonly engine: Engine;
  /** When the song was asked for, by `performance.now()`. */
  readonly started: number;
  /** The finest level that is made. */
  readonly finest: number;
  /** Codes that the song begins with. */
  readonly begins: Codes | undefined;
  readonly surroundings: Surroundings;
}

/** Takes the song as it comes: shows how far it is, and passes its sound on if that is wanted. */
async function follow(generation: Generation, listener: Listener) {
  const { args, song, engine, started, finest, begins, surroundings } = listener;
  const { stdout, stderr, signal } = surroundings;
  const progress = progressOn(stderr);
  const needed = engine.codesIn(song.seconds).slice(finest);
  const parts = needed.map(() => 0);
  const codes = engine.codesIn(song.seconds).map((count) => new Uint16Array(count));
  for (const [level, line] of (begins ?? []).entries()) codes[level]!.set(line.subarray(0, codes[level]!.length));
  let firstSound = 0;
  let sung: Alignment | undefined;
  generation.listen(aheadSeconds);
  try {
    for await (const event of generation) {
      if (event.type === "codes") {
        codes[event.level]!.set(event.codes, event.from);
        parts[event.level - finest] = (event.from + event.codes.length) / needed[event.level - finest]!;
      }
      if (event.type === "alignment") sung = event.alignment;
      if (event.type === "live") {
        firstSound ||= performance.now();
        if (args.stdout) await pass(event.frames, stdout, signal);
        generation.listen(event.fromSeconds + event.frames.length / 50 + aheadSeconds);
      }
      progress.show({ parts, seconds: song.seconds, elapsedSeconds: (performance.now() - started) / 1000 });
      if (event.type === "done")
        return { recording: event.recording, firstSound: firstSound || performance.now(), codes, sung };
    }
    throw new Error("the engine stopped before the song was done");
  } finally {
    progress.end();
  }
}

/** Writes frames no faster than they are taken. A stop is left to the engine to tell, once it has put its work away. */
async function pass(frames: readonly Uint8Array[], stdout: Writable, signal: AbortSignal): Promise<void> {
  if (signal.aborted || stdout.write(Buffer.concat(frames))) return;
  await once(stdout, "drain", { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

const rounded = (value: number) => Number(value.toFixed(3));

/** The program as it is started from a shell: Ctrl-C ends it with 130, a reader that goes away ends it quietly. */
export async function main(openEngine: Surroundings["openEngine"]): Promise<void> {
  const stopping = new AbortController();
  process.once("SIGINT", () => stopping.abort(new Stop(130)));
  process.once("SIGTERM", () => stopping.abort(new Stop(143)));
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (stopping.signal.aborted) return;
    const failure = error.code === "EPIPE" ? undefined : (diskError(error, "standard output") ?? error);
    if (failure) process.stderr.write(`${failure.message}\n`);
    stopping.abort(new Stop(failure ? 1 : 0));
  });
  const { stdout, stderr } = process;
  process.exitCode = await play(process.argv.slice(2), { openEngine, stdout, stderr, signal: stopping.signal });
  if (stopping.signal.aborted) process.exit(); // sound that nobody takes from stdout any more would keep it alive
}

if (import.meta.main) {
  // The engine is loaded only once the words made sense.
  await main(async (folder, options) => (await import("../inference/open-engine.ts")).openEngine(folder, options));
}

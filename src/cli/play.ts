/** `npm run play`: generates one song from the terminal, to a file or to stdout while it is being generated. */
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
import { readLyricsFile } from "./lyrics-file.ts";
import { checkOutputs, freeName } from "./outputs.ts";
import { defaultFileName, numberedPath, type PlayArguments, readPlayArguments, usage } from "./play-arguments.ts";
import { type ProgressTarget, progressOn } from "./progress.ts";

/** Everything outside that the program uses. */
export interface PlayContext {
  openEngine(folder: string, options?: { device?: string }): Promise<Engine>;
  readonly stdout: Writable;
  readonly stderr: ProgressTarget;
  readonly signal: AbortSignal;
}

/** Ends the program before its song is complete. */
class Stopped extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("stopped");
    this.exitCode = exitCode;
  }
}

/** Live sound is requested this far ahead of stdout: the later, the finer. */
const bufferedSeconds = 1;

/** Without --stdout only this much live sound is requested, to measure the time to the first sound. */
const measuredSeconds = 0.1;

/** Runs the program and returns its exit code; only a bug throws. */
export async function runPlay(argv: readonly string[], context: PlayContext): Promise<number> {
  const { stdout, stderr, signal } = context;
  try {
    const args = readPlayArguments(argv);
    if (args.help) stdout.write(usage);
    else await withEngine(withCheckedOutputs(await withLyrics(args, stderr)), context);
    return 0;
  } catch (error) {
    if (signal.aborted && signal.reason instanceof Stopped) return signal.reason.exitCode;
    const known = asUserError(error);
    if (known === undefined) throw error;
    stderr.write(`${known.message}\n`);
    return 1;
  }
}

/** Adds the lyrics, from the file if there is one, without what is not sung of them. Done before a model is opened. */
async function withLyrics(args: PlayArguments, stderr: PlayContext["stderr"]): Promise<PlayArguments> {
  const pasted = args.lyricsFile === undefined ? args.song.lyrics : await readLyricsFile(args.lyricsFile);
  if (pasted === undefined) return args;
  const { text, notes } = lyricsToSing(pasted);
  for (const note of notes) stderr.write(`${note}\n`);
  return { ...args, song: { ...args.song, lyrics: text } };
}

/** The same arguments, if their outputs can be written. Done before a model is opened. */
function withCheckedOutputs(args: PlayArguments): PlayArguments {
  checkOutputs(outputsOf(args), { inputs: inputsOf(args), force: args.force ?? false });
  return args;
}

const inputsOf = ({ lyricsFile, prime, begin }: PlayArguments): string[] =>
  [lyricsFile, prime?.file, begin?.file].filter((file) => file !== undefined);

/** All files that may be written. */
function outputsOf({ out, codes, candidates, pick, song, wordTimes }: PlayArguments): string[] {
  const codesFile = codes === undefined ? [] : [codes];
  if (out === undefined) return codesFile;
  if (candidates !== undefined && pick === undefined)
    return Array.from({ length: candidates }, (_, index) => numberedPath(out, index + 1));
  if (song.lyrics === undefined) return [out, ...codesFile];
  const { words, ...beside } = alignmentPaths(out);
  return [out, ...Object.values(beside), ...(wordTimes ? [words] : []), ...codesFile];
}

/** Adds a file name that is free, where none was given. */
function withFileName(args: PlayArguments, song: Song): PlayArguments {
  if (args.out !== undefined || args.stdout) return args;
  const name = defaultFileName(args.pick === undefined ? song : candidateOf(song, args.pick));
  const { codes: _, ...others } = args; // has a name of its own
  const files = (out: string) => outputsOf({ ...others, out });
  return withCheckedOutputs({ ...args, out: args.force ? name : freeName(name, files, inputsOf(args)) });
}

async function withEngine(given: PlayArguments, context: PlayContext): Promise<void> {
  const beginning = await readBeginning(given);
  const args = withLength(given, beginning);
  const { signal } = context;
  const engine = await context.openEngine(args.model, args.device === undefined ? {} : { device: args.device });
  try {
    signal.throwIfAborted();
    const song = songFrom(args.song, engine.model);
    const labels = labelsFor(song, engine.model);
    samplingFor(song, engine.model.hops.length); // refuses, before a file is read
    for (const note of labels.notes ?? []) context.stderr.write(`${note}\n`);
    const prompt = await promptFor(args, song, { engine, context, beginning });
    const job = { args: withFileName(args, song), engine, context, same: { labels, ...prompt } };
    if (args.candidates === undefined) await makeSong(song, job);
    else if (args.pick !== undefined) await makeSong(candidateOf(song, args.pick), job);
    else await makeCandidates(song, args.candidates, job);
  } finally {
    await engine.close();
  }
}

/** Codes that a song begins with. */
interface Beginning {
  readonly codes: Codes;
  readonly seconds: number;
}

/** Reads the codes in a file: all levels, or only the coarsest. Done before a model is opened. */
async function readBeginning({ begin, model }: PlayArguments): Promise<Beginning | undefined> {
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

/** An upsampled song is as long as its codes by default. */
function withLength(args: PlayArguments, beginning: Beginning | undefined): PlayArguments {
  if (beginning === undefined || args.begin?.as !== "upsampled" || args.song.seconds !== undefined) return args;
  return { ...args, song: { ...args.song, seconds: Math.ceil(beginning.seconds * 1000) / 1000 } }; // no code is cut off
}

/** What the song begins with, and its codes. */
type Given = Pick<Order, "prompt"> & Partial<Pick<Beginning, "codes">>;

/** The codes that the song begins with, if any. */
async function promptFor(
  args: PlayArguments,
  song: Song,
  given: { engine: Engine; context: PlayContext; beginning: Beginning | undefined },
): Promise<Given> {
  const { prime, begin } = args;
  const { engine, beginning } = given;
  const { signal, stderr } = given.context;
  const seconds = prime?.seconds ?? beginning?.seconds ?? 0;
  if (seconds >= song.seconds && begin?.as !== "upsampled")
    throw new UserError(
      `A song of ${song.seconds} s that begins with ${rounded(seconds)} s of a file leaves nothing to generate. Use a larger seconds:${prime ? ", or a smaller --prime-seconds" : ""}.`,
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

/** Names the files with the lyrics' times. */
function describeAlignment({ lines }: Alignment, out: string): string {
  const { lrc, vtt, picture } = alignmentPaths(out);
  const shown = existsSync(picture);
  if (lines.length === 0)
    return shown
      ? `No line of the lyrics was recognised; ${picture} shows the attention.`
      : "The song is too short for a line of the lyrics.";
  return `${lines.length} ${lines.length === 1 ? "line is" : "lines are"} sung: ${lrc} and ${vtt} have the times${shown ? `, ${picture} shows them` : ""}.`;
}

/** Generates a whole song and reports on it; a candidate that was picked is the song of its seed. */
async function makeSong(song: Song, job: SongJob): Promise<void> {
  const { args, context } = job;
  const { stdout, stderr } = context;
  const { out } = args;
  const { recording, firstSound, started, codes, sung } = await generateSong(song, out, job);
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
  stderr.write(`${where}first sound after ${report.firstSoundSeconds} s, ${report.timesRealTime} × real time\n`);
  if (out !== undefined && sung) stderr.write(`${describeAlignment(sung, out)}\n`);
  if (args.json) (args.stdout ? stderr : stdout).write(`${JSON.stringify(report)}\n`);
}

/** Generates the coarsest level of several songs, a file each, and says how to generate one in full. */
async function makeCandidates(song: Song, count: number, job: SongJob): Promise<void> {
  const { args, context } = job;
  const candidates: { seed: number; seconds: number; out: string }[] = [];
  for (let number = 1; number <= count; number++) {
    const candidate = candidateOf(song, number);
    const out = numberedPath(args.out!, number); // `withFileName` set it
    const { recording } = await generateSong(candidate, out, { ...job, number });
    candidates.push({ seed: candidate.seed, seconds: rounded(recording.seconds), out });
  }
  const files = candidates.map(({ out }) => out).join(", ");
  const next = `To generate the second in full, use the same arguments with seed:${song.seed} and --pick 2.`;
  context.stderr.write(`${files}\n${next}\n`);
  if (args.json) context.stdout.write(`${JSON.stringify({ seed: song.seed, candidates })}\n`);
}

/** What all songs of a run share; with a candidate's `number`, only its coarsest level is generated. */
interface SongJob {
  readonly args: PlayArguments;
  readonly engine: Engine;
  readonly context: PlayContext;
  readonly same: { readonly labels: Labels } & Given;
  readonly number?: number;
}

async function generateSong(song: Song, out: string | undefined, { args, engine, context, same, number }: SongJob) {
  const { signal, stderr } = context;
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
      ...(!args.stdout && { liveUntilSeconds: measuredSeconds }),
      ...(out !== undefined && {
        out,
        tags: fileTags({ ...same, song }),
      }),
    },
  );
  const consumer = { args, song, engine, started, context, finest, begins: same.codes };
  return { started, ...(await consume(generation, consumer)) };
}

interface Consumer {
  readonly args: PlayArguments;
  readonly song: Song;
  readonly engine: Engine;
  /** When generation began, by `performance.now()`. */
  readonly started: number;
  /** The finest level that is generated. */
  readonly finest: number;
  /** Codes that the song begins with. */
  readonly begins: Codes | undefined;
  readonly context: PlayContext;
}

/** Consumes the events of a song: shows progress, and writes sound to stdout with --stdout. */
async function consume(generation: Generation, consumer: Consumer) {
  const { args, song, engine, started, finest, begins, context } = consumer;
  const { stdout, stderr, signal } = context;
  const progress = progressOn(stderr);
  const needed = engine.codesIn(song.seconds).slice(finest);
  const parts = needed.map(() => 0);
  const codes = engine.codesIn(song.seconds).map((count) => new Uint16Array(count));
  for (const [level, line] of (begins ?? []).entries()) codes[level]!.set(line.subarray(0, codes[level]!.length));
  let firstSound = 0;
  let sung: Alignment | undefined;
  generation.listen(bufferedSeconds);
  try {
    for await (const event of generation) {
      if (event.type === "codes") {
        codes[event.level]!.set(event.codes, event.from);
        parts[event.level - finest] = (event.from + event.codes.length) / needed[event.level - finest]!;
      }
      if (event.type === "alignment") sung = event.alignment;
      if (event.type === "live") {
        firstSound ||= performance.now();
        if (args.stdout) await writeFrames(event.frames, stdout, signal);
        generation.listen(event.fromSeconds + event.frames.length / 50 + bufferedSeconds);
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

/** Writes frames with backpressure. When stopped it just returns: the engine throws once it has cleaned up. */
async function writeFrames(frames: readonly Uint8Array[], stdout: Writable, signal: AbortSignal): Promise<void> {
  if (signal.aborted || stdout.write(Buffer.concat(frames))) return;
  await once(stdout, "drain", { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

const rounded = (value: number) => Number(value.toFixed(3));

/** The program as a shell starts it: Ctrl-C ends it with 130, a closed pipe with 0. */
async function main(openEngine: PlayContext["openEngine"]): Promise<void> {
  const stopping = new AbortController();
  process.once("SIGINT", () => stopping.abort(new Stopped(130)));
  process.once("SIGTERM", () => stopping.abort(new Stopped(143)));
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (stopping.signal.aborted) return;
    const failure = error.code === "EPIPE" ? undefined : (diskError(error, "standard output") ?? error);
    if (failure) process.stderr.write(`${failure.message}\n`);
    stopping.abort(new Stopped(failure ? 1 : 0));
  });
  const { stdout, stderr } = process;
  process.exitCode = await runPlay(process.argv.slice(2), { openEngine, stdout, stderr, signal: stopping.signal });
  if (stopping.signal.aborted) process.exit(); // pending writes to stdout would keep the process alive
}

if (import.meta.main) {
  // the engine is loaded only after the arguments were checked
  await main(async (folder, options) => (await import("../inference/open-engine.ts")).openEngine(folder, options));
}

/** `npm run play`: makes one song in the terminal, into a file or straight to stdout while it is made. */
import { once } from "node:events";
import { basename } from "node:path";
import type { Writable } from "node:stream";
import { UserError } from "./errors.ts";
import type { Engine, Generation } from "./inference/engine.ts";
import { sheetPaths } from "./inference/sheet.ts";
import type { Alignment } from "./labels/alignment.ts";
import { describe, tagsFor } from "./labels/describe.ts";
import { samplingFor } from "./labels/sampling.ts";
import { labelsFor, type Song, songFrom } from "./labels/song.ts";
import { fileNameFor, type PlayArguments, readArguments, usage } from "./terminal/arguments.ts";
import { readLyrics } from "./terminal/lyrics.ts";
import { type ProgressTarget, progressOn } from "./terminal/progress.ts";

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
    else await makeSong(await withLyrics(args), surroundings);
    return 0;
  } catch (error) {
    if (signal.aborted && signal.reason instanceof Stop) return signal.reason.exitCode;
    if (!(error instanceof UserError)) throw error;
    stderr.write(`${error.message}\n`);
    return 1;
  }
}

/** The same with the lyrics of their file, which is read before a model is opened. */
async function withLyrics(args: PlayArguments): Promise<PlayArguments> {
  if (args.lyricsFile === undefined) return args;
  return { ...args, song: { ...args.song, lyrics: await readLyrics(args.lyricsFile) } };
}

async function makeSong(args: PlayArguments, surroundings: Surroundings): Promise<void> {
  const { stdout, stderr, signal } = surroundings;
  const engine = await surroundings.openEngine(args.model, args.device === undefined ? {} : { device: args.device });
  try {
    signal.throwIfAborted();
    const song = songFrom(args.song, engine.model);
    const labels = labelsFor(song, engine.model);
    const sampling = samplingFor(song, engine.model.hops.length);
    const out = args.out ?? (args.stdout ? undefined : fileNameFor(song));
    stderr.write(`${describe(song)}\n`);
    const prompt = await promptFor(args, song, engine, signal);
    const started = performance.now();
    const generation = engine.generate(
      { ...prompt, ...song, labels, sampling },
      {
        signal,
        live: "pcm",
        ...(!args.stdout && { liveUntilSeconds: firstSeconds }),
        ...(song.lyrics !== undefined && { lyrics: song.lyrics }),
        ...(out !== undefined && {
          out,
          tags: { ...tagsFor(song), ...(args.prime && { CONTINUES: basename(args.prime.file) }) },
        }),
      },
    );
    const { recording, firstSound, sung } = await follow(generation, { args, song, engine, started, surroundings });
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
  } finally {
    await engine.close();
  }
}

/** Which files tell when the lyrics are sung. */
function aboutLyrics({ lines }: Alignment, out: string): string {
  const { lrc, vtt, picture } = sheetPaths(out);
  if (lines.length === 0) return `No line of the lyrics was heard; ${picture} shows what was attended to.`;
  return `${lines.length} ${lines.length === 1 ? "line is" : "lines are"} sung: ${lrc} and ${vtt} tell when, ${picture} shows it.`;
}

/** The codes of the file that the song begins with, if one was named. */
async function promptFor({ prime }: PlayArguments, song: Song, engine: Engine, signal: AbortSignal) {
  if (!prime) return {};
  if (prime.seconds >= song.seconds)
    throw new UserError(
      `A song of ${song.seconds} s that begins with ${prime.seconds} s of a file has nothing left to be made. Ask for more seconds:, or less with --prime-seconds.`,
    );
  const { codes } = await engine.encode(prime.file, { maxSeconds: prime.seconds, name: prime.file, signal });
  return { prompt: codes };
}

interface Listener {
  readonly args: PlayArguments;
  readonly song: Song;
  readonly engine: Engine;
  /** When the song was asked for, by `performance.now()`. */
  readonly started: number;
  readonly surroundings: Surroundings;
}

/** Takes the song as it comes: shows how far it is, and passes its sound on if that is wanted. */
async function follow(generation: Generation, { args, song, engine, started, surroundings }: Listener) {
  const { stdout, stderr, signal } = surroundings;
  const progress = progressOn(stderr);
  const needed = engine.codesIn(song.seconds);
  const parts = needed.map(() => 0);
  let firstSound = 0;
  let sung: Alignment | undefined;
  generation.listen(aheadSeconds);
  try {
    for await (const event of generation) {
      if (event.type === "codes") parts[event.level] = (event.from + event.codes.length) / needed[event.level]!;
      if (event.type === "alignment") sung = event.alignment;
      if (event.type === "live") {
        firstSound ||= performance.now();
        if (args.stdout) await pass(event.frames, stdout, signal);
        generation.listen(event.fromSeconds + event.frames.length / 50 + aheadSeconds);
      }
      progress.show({ parts, seconds: song.seconds, elapsedSeconds: (performance.now() - started) / 1000 });
      if (event.type === "done")
        return { recording: event.recording, firstSound: firstSound || performance.now(), sung };
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
    if (error.code !== "EPIPE" && !stopping.signal.aborted) throw error;
    stopping.abort(new Stop(0));
  });
  const { stdout, stderr } = process;
  process.exitCode = await play(process.argv.slice(2), { openEngine, stdout, stderr, signal: stopping.signal });
  if (stopping.signal.aborted) process.exit(); // sound that nobody takes from stdout any more would keep it alive
}

if (import.meta.main) {
  // The engine is loaded only once the words made sense.
  await main(async (folder, options) => (await import("./inference/thread.ts")).openEngine(folder, options));
}

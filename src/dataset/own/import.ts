/** Imports a user's folder of songs as a corpus: WAV files at the model's rate, labels in songs.json, and a report of what was left out. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { copyToWav } from "../../audio/copy.ts";
import { readTags, type Tags } from "../../audio/tags/read.ts";
import { openWav } from "../../audio/wav.ts";
import { DiskError, UserError } from "../../errors.ts";
import { runTasks } from "../../tasks.ts";
import { type CorpusIndex, type CorpusSong, type LookedAt, readIndex, wordsPath, writeIndex } from "../corpus-files.ts";
import { writeWords } from "../sung-words.ts";
import { searchFolder } from "./folder.ts";
import { labelsOf, type SongLabels, spellings } from "./labels.ts";
import { type ImportReport, linesOf, type Skipped } from "./report.ts";
import { readSidecars, type Sidecars } from "./sidecar.ts";
import { splitsOf } from "./splits.ts";
import { timedLyrics } from "./timed-lyrics.ts";

export interface ImportOptions {
  /** The corpus' folder. */
  readonly corpus: string;
  readonly sampleRate: number;
  /** Shorter songs are skipped. */
  readonly leastSamples: number;
  /** Names in the vocabulary of the model to start from. */
  readonly known?: { readonly artists: readonly string[]; readonly genres: readonly string[] };
  /** Files that are read in parallel. */
  readonly threads?: number;
  readonly tell?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Version of the conversion. */
const version = 2;
const idDigits = 16;

/** Synchronises the corpus with the folder; only new or changed files are decoded. */
export async function importSongs(folder: string, options: ImportOptions): Promise<readonly CorpusSong[]> {
  const { corpus, sampleRate, tell = () => {} } = options;
  const found = searchFolder(folder);
  checkPlaces(folder, corpus);
  mkdirSync(corpus, { recursive: true });
  const before = ownIndex(corpus);
  const sidecars = readSidecars(folder, found.sidecars, found.sounds);
  refuseUseless(sidecars);
  const looked = await lookAt(folder, found.sounds, before, options);
  const report: ImportReport = { remarks: [...found.remarks, ...sidecars.remarks], skipped: [], songs: [] };
  const drafts = draftsOf(folder, looked, sidecars, options, report);
  const songs = split(spelled(drafts, options), before?.songs ?? []).map((draft) => finished(draft, options, report));
  if (songs.length > 0) writeIndex(corpus, { version, looked: Object.fromEntries(looked), sampleRate, songs });
  report.songs.push(...songs);
  for (const line of linesOf(report)) tell(line);
  if (songs.length === 0) throw new UserError(`There is no song in "${folder}" that I can train on.`);
  forget(corpus, before?.songs ?? [], songs);
  return songs;
}

/** Refuses to start, as hours of training would ignore labels that the user believes to be used. */
function refuseUseless({ useless }: Sidecars): void {
  if (useless.length === 0) return;
  throw new UserError(`${useless.join("\n")}\nNothing was started. Correct this, or remove the file from the folder.`);
}

function checkPlaces(folder: string, corpus: string): void {
  if (`${resolve(corpus)}${sep}`.startsWith(`${resolve(folder)}${sep}`))
    throw new UserError(`The corpus "${corpus}" would lie among the songs in "${folder}". Choose another --corpus.`);
}

/** The existing corpus; one of composed songs is refused. Files that an earlier version could not read are tried again. */
function ownIndex(corpus: string): CorpusIndex | undefined {
  const index = readIndex(corpus);
  if (index && !index.looked)
    throw new UserError(`"${corpus}" contains composed songs. Choose another --corpus for your own.`);
  if (!index || index.version === version) return index;
  const read = Object.entries(index.looked ?? {}).filter(([, { refused }]) => refused === undefined);
  return { ...index, looked: Object.fromEntries(read) };
}

const pathOf = (corpus: string, id: string): string => join(corpus, `${id}.wav`);

/** Hashes all files, and converts those that are not in the corpus yet. */
async function lookAt(
  folder: string,
  sounds: readonly string[],
  before: CorpusIndex | undefined,
  options: ImportOptions,
): Promise<Map<string, LookedAt>> {
  const { threads = 1, tell = () => {} } = options;
  const looked = new Map<string, LookedAt>();
  const underWay = new Map<string, Promise<Outcome>>(); // by id: there may be identical files
  let done = 0;
  const look = async (name: string): Promise<void> => {
    const path = join(folder, name);
    const { size: bytes, mtimeMs: modifiedMs } = statSync(path);
    const known = before?.looked?.[name];
    const same = known?.bytes === bytes && known.modifiedMs === modifiedMs && known.id !== "";
    const { id, ...outcome } = same ? known : await hashed(path, name, options.signal);
    if (outcome.refused === undefined && !underWay.has(id)) underWay.set(id, decoded(path, name, id, options));
    looked.set(name, { bytes, modifiedMs, id, ...outcome, ...(await underWay.get(id)) });
    if (++done % 20 === 0) tell(`${done} of ${sounds.length} files`);
  };
  await runTasks(
    sounds.map((name) => ({ name, needs: [] })),
    threads,
    look,
  );
  return new Map(sounds.map((name) => [name, looked.get(name)!]));
}

/** A file that can't be read has no hash. */
async function hashed(
  path: string,
  name: string,
  signal?: AbortSignal,
): Promise<Pick<LookedAt, "id" | "refused" | "warnings">> {
  const hash = createHash("sha256");
  try {
    for await (const piece of createReadStream(path, signal && { signal })) hash.update(piece as Buffer);
  } catch (error) {
    if (signal?.aborted || !(error instanceof Error && "code" in error)) throw signal?.reason ?? error;
    return { id: "", refused: `"${name}" can't be read (${error.code}).` };
  }
  return { id: hash.digest("hex").slice(0, idDigits) };
}

type Outcome = Pick<LookedAt, "refused" | "warnings">;

/** Converts a file unless the corpus has it; existing files are complete. */
async function decoded(path: string, name: string, id: string, options: ImportOptions): Promise<Outcome> {
  const { corpus, sampleRate, signal } = options;
  const wav = pathOf(corpus, id);
  signal?.throwIfAborted();
  if (existsSync(wav) && openWav(wav).sampleRate === sampleRate) return {};
  try {
    const { warnings } = await copyToWav(path, wav, { sampleRate, name, ...(signal && { signal }) });
    return warnings.length > 0 ? { warnings } : {};
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof DiskError || signal?.aborted) throw error;
    return { refused: error.message };
  }
}

interface Draft {
  readonly id: string;
  readonly from: string;
  readonly samples: number;
  readonly labels: SongLabels;
}

/** The songs with their labels; others are reported as skipped. */
function draftsOf(
  folder: string,
  looked: ReadonlyMap<string, LookedAt>,
  { told, doubtful }: Sidecars,
  { corpus, leastSamples, sampleRate }: ImportOptions,
  report: { readonly remarks: string[]; readonly skipped: Skipped[] },
): Draft[] {
  const seen = new Map<string, string>();
  const drafts: Draft[] = [];
  for (const [name, { id, refused, warnings = [] }] of looked) {
    report.remarks.push(...warnings);
    const twin = seen.get(id);
    const skip = (why: string): number => report.skipped.push({ name, why });
    const doubt = doubtful.get(name);
    if (refused !== undefined) skip(refused);
    else if (doubt !== undefined) skip(`"${name}": ${doubt}.`);
    else if (twin !== undefined) skip(`"${name}" is the same file as "${twin}".`);
    else {
      const { samples } = openWav(pathOf(corpus, id));
      if (samples < leastSamples) {
        const seconds = (count: number): string => (Math.ceil((count / sampleRate) * 10) / 10).toFixed(1);
        skip(`"${name}" is too short, ${seconds(samples)} s: songs need ${seconds(leastSamples)} s or more.`);
        continue;
      }
      seen.set(id, name);
      const { labels, remarks } = labelsOf(name, tagsOf(folder, name, report.remarks), told.get(name));
      report.remarks.push(...remarks);
      drafts.push({ id, from: name, samples, labels });
    }
  }
  return drafts;
}

function tagsOf(folder: string, name: string, remarks: string[]): Tags {
  const { tags, damaged } = readTags(join(folder, name));
  if (damaged) remarks.push(`"${name}" has damaged tags: those that can't be read are left out.`);
  return tags;
}

/** Unifies the spelling of names. */
function spelled(drafts: readonly Draft[], { known }: ImportOptions): Draft[] {
  const artists = spellings(
    drafts.map(({ labels }) => labels.artist),
    known?.artists,
  );
  const genres = spellings(
    drafts.map(({ labels }) => labels.genre),
    known?.genres,
  );
  return drafts.map((draft) => ({
    ...draft,
    labels: {
      ...draft.labels,
      artist: artists.get(draft.labels.artist.toLowerCase())!,
      genre: genres.get(draft.labels.genre.toLowerCase())!,
    },
  }));
}

type SplitDraft = Draft & Pick<CorpusSong, "split">;

function split(drafts: readonly Draft[], before: readonly CorpusSong[]): SplitDraft[] {
  const splits = splitsOf(
    drafts.map(({ id, labels: { artist, genre } }) => ({ id, artist, genre })),
    new Map(before.map((song) => [song.id, song.split])),
  );
  return drafts.map((draft) => ({ ...draft, split: splits.get(draft.id)! }));
}

/** The song's entry in the corpus; its word times are written beside it if plausible. */
function finished(
  { id, from, samples, labels, split }: SplitDraft,
  { corpus, sampleRate }: ImportOptions,
  { remarks }: { readonly remarks: string[] },
): CorpusSong {
  const { artist, genre, mood, words, moreGenres, ...rest } = labels;
  const seconds = samples / sampleRate;
  const sung = words && timedLyrics(words, labels.lyrics, seconds);
  if (typeof sung === "string") remarks.push(`"${from}": its word times ${sung}, so they are left out.`);
  if (typeof sung === "object") writeWords(wordsPath(corpus, { id }), sung);
  else rmSync(wordsPath(corpus, { id }), { force: true });
  return {
    id,
    file: `${id}.wav`,
    artist,
    genre,
    split,
    seconds,
    samples,
    ...(mood !== undefined && { mood }),
    own: {
      from,
      ...rest,
      ...(moreGenres.length > 0 && { moreGenres }),
      ...(typeof sung === "object" && { timed: true }),
    },
  };
}

/** Removes the sound of songs that are gone. */
function forget(corpus: string, before: readonly CorpusSong[], now: readonly CorpusSong[]): void {
  const kept = new Set(now.map(({ id }) => id));
  for (const song of before) {
    if (kept.has(song.id)) continue;
    rmSync(pathOf(corpus, song.id), { force: true });
    rmSync(wordsPath(corpus, song), { force: true });
  }
}

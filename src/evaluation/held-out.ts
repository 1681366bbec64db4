/** Songs as codes, and the bits they take at each level beside the tables'. */
import { existsSync } from "node:fs";
import type { CodedSong } from "../dataset/coded-corpus.ts";
import { metreOfSong } from "../dataset/coded-corpus.ts";
import { type CorpusSong, readSamples } from "../dataset/corpus-files.ts";
import { readCodes } from "../dataset/encode-corpus.ts";
import { UserError } from "../errors.ts";
import { openModelFolder } from "../model/folder.ts";
import type { PriorSize } from "../model/prior.ts";
import { hopsOf } from "../model/vqvae.ts";
import { dropChords, dropWords, type MomentName } from "../music/metre.ts";
import { baselines, countCodes } from "../training/bigram.ts";
import { heldOutBits } from "./bits.ts";
import { chosen } from "./clips.ts";
import type { LevelBits } from "./report.ts";
import type { Work } from "./work.ts";

const WINDOWS = 96; // of each level and each kind of songs

/** Songs left out are encoded by the model itself; the tables are counted on all codes kept, or on the songs looked at. */
export async function measureBits(work: Work): Promise<{ levels: LevelBits[]; counted: number }> {
  const { model, config, valid, apart, threads, report } = work;
  const hops = hopsOf(config.vqvae);
  const known = work.codes !== undefined && existsSync(work.codes);
  if (known) await checkKept(work, valid[0]!);
  report("songs become codes");
  const [left, held] = [await coded(work, valid), await coded(work, apart)];
  const heard = await coded(work, chosen(work.train, valid.length));
  const counted = known ? work.all.filter(({ split }) => split === "train") : work.train;
  const levels: LevelBits[] = [];
  for (const [level, size] of config.priors.entries()) {
    report(`bits of level ${level}`);
    const { store } = await openModelFolder(model, level);
    const place = { level, hop: hops[level]!, sampleRate: config.sampleRate };
    const options = { size, place, store, windows: WINDOWS, threads };
    const learned: Uint16Array[] = [];
    for (const song of counted)
      learned.push(known ? readCodes(work.codes!, song, level) : await encodedAt(work, song, level));
    const tables = baselines(
      countCodes(learned, size.bins),
      left.map(({ codes }) => codes[level]!),
    );
    levels.push({
      level,
      ...tables,
      valid: await heldOutBits(left, options),
      learned: await heldOutBits(heard, options),
      unlabelled: await heldOutBits(
        left.map((song) => ({ ...song, artist: 0, genre: 0 })),
        options,
      ),
      ...(size.moments && { uncounted: await heldOutBits(left.map(withoutMetre), options) }),
      ...(isTold(size, "chord") && { dropChords: await heldOutBits(left.map(withoutChords), options) }),
      ...(isTold(size, "phone") && { dropWords: await heldOutBits(left.map(withoutWords), options) }),
      in8: await heldOutBits(left, { ...options, bits: 8 }),
      in4: await heldOutBits(left, { ...options, bits: 4 }),
      ...(held.length > 0 && { heldOutPairs: await heldOutBits(held, options) }),
    });
  }
  return { levels, counted: counted.length };
}

const isTold = ({ moments = [] }: PriorSize, table: MomentName): boolean => moments.some(({ name }) => name === table);
const withoutChords = ({ metre, ...song }: CodedSong): CodedSong => ({
  ...song,
  ...(metre && { metre: dropChords(metre) }),
});
const withoutWords = ({ metre, ...song }: CodedSong): CodedSong => ({
  ...song,
  ...(metre && { metre: dropWords(metre) }),
});
const withoutMetre = ({ metre: _, ...song }: CodedSong): CodedSong => song;

const encodedAt = ({ corpus, codecs }: Work, song: CorpusSong, level: number): Promise<Uint16Array> =>
  codecs[level]!.encodeSpans(song.samples, (from, count) => readSamples(corpus, song, from, count));

async function coded(work: Work, songs: readonly CorpusSong[]): Promise<CodedSong[]> {
  const { artists, genres, metre: rules } = work.config;
  const found: CodedSong[] = [];
  for (const song of songs) {
    const codes: Uint16Array[] = [];
    for (const level of work.codecs.keys()) codes.push(await encodedAt(work, song, level));
    const metre = metreOfSong(work.corpus, song, rules);
    const ids = { artist: idIn(artists, song.artist), genre: idIn(genres, song.genre) };
    found.push({ ...ids, samples: song.samples, ...(metre && { metre }), codes });
  }
  return found;
}

/** A name that no song learned from has is unknown. */
const idIn = (names: readonly string[], name: string): number => Math.max(names.indexOf(name), 0);

const LEAST_ALIKE = 0.9; // rounded weights change a code here and there, another model nearly all

async function checkKept(work: Work, song: CorpusSong): Promise<void> {
  for (const level of work.codecs.keys()) {
    const [found, kept] = [await encodedAt(work, song, level), readCodes(work.codes!, song, level)];
    const alike = found.filter((code, at) => code === kept[at]).length / found.length;
    if (kept.length !== found.length || alike < LEAST_ALIKE)
      throw new UserError(
        `"${work.codes}" holds another model's codes of level ${level}. Encode the corpus anew, or name no such folder.`,
      );
  }
}

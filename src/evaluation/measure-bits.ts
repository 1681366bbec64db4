/** Bits per code of validation songs at each level, by the prior and by counted tables. */
import { existsSync } from "node:fs";
import type { CodedSong } from "../dataset/coded-corpus.ts";
import { metreOfSong } from "../dataset/coded-corpus.ts";
import { type CorpusSong, readSamples } from "../dataset/corpus-files.ts";
import { readSongCodes } from "../dataset/encode-corpus.ts";
import { UserError } from "../errors.ts";
import { openModelFolder } from "../model/folder.ts";
import type { PriorSize } from "../model/prior.ts";
import { hopsOf } from "../model/vqvae.ts";
import { dropChords, dropWords, type MomentName } from "../music/metre.ts";
import { baselines, countCodes } from "../training/bigram.ts";
import { bitsPerCode } from "./bits-per-code.ts";
import { chosen } from "./clips.ts";
import type { EvaluationContext } from "./context.ts";
import type { LevelBits } from "./report.ts";

const WINDOWS = 96; // of each level and each kind of songs

/** Validation songs are encoded by the model; tables are counted on the stored codes, or on the training songs looked at. */
export async function measureBits(work: EvaluationContext): Promise<{ levels: LevelBits[]; counted: number }> {
  const { model, config, valid, heldOut, threads, report } = work;
  const hops = hopsOf(config.vqvae);
  const known = work.codes !== undefined && existsSync(work.codes);
  if (known) await checkKept(work, valid[0]!);
  report("encoding songs");
  const [validation, pairs] = [await coded(work, valid), await coded(work, heldOut)];
  const training = await coded(work, chosen(work.train, valid.length));
  const counted = known ? work.all.filter(({ split }) => split === "train") : work.train;
  const levels: LevelBits[] = [];
  for (const [level, size] of config.priors.entries()) {
    report(`bits of level ${level}`);
    const { store } = await openModelFolder(model, level);
    const place = { level, hop: hops[level]!, sampleRate: config.sampleRate };
    const options = { size, place, store, windows: WINDOWS, threads };
    const sequences: Uint16Array[] = [];
    for (const song of counted)
      sequences.push(known ? readSongCodes(work.codes!, song, level) : await encodedAt(work, song, level));
    const tables = baselines(
      countCodes(sequences, size.bins),
      validation.map(({ codes }) => codes[level]!),
    );
    levels.push({
      level,
      ...tables,
      validation: await bitsPerCode(validation, options),
      training: await bitsPerCode(training, options),
      withoutLabels: await bitsPerCode(
        validation.map((song) => ({ ...song, artist: 0, genre: 0 })),
        options,
      ),
      ...(size.moments && { withoutMoments: await bitsPerCode(validation.map(withoutMetre), options) }),
      ...(hasInput(size, "chord") && { dropChords: await bitsPerCode(validation.map(withoutChords), options) }),
      ...(hasInput(size, "phone") && { dropWords: await bitsPerCode(validation.map(withoutWords), options) }),
      in8: await bitsPerCode(validation, { ...options, bits: 8 }),
      in4: await bitsPerCode(validation, { ...options, bits: 4 }),
      ...(pairs.length > 0 && { heldOutPairs: await bitsPerCode(pairs, options) }),
    });
  }
  return { levels, counted: counted.length };
}

const hasInput = ({ moments = [] }: PriorSize, table: MomentName): boolean =>
  moments.some(({ name }) => name === table);
const withoutChords = ({ metre, ...song }: CodedSong): CodedSong => ({
  ...song,
  ...(metre && { metre: dropChords(metre) }),
});
const withoutWords = ({ metre, ...song }: CodedSong): CodedSong => ({
  ...song,
  ...(metre && { metre: dropWords(metre) }),
});
const withoutMetre = ({ metre: _, ...song }: CodedSong): CodedSong => song;

const encodedAt = ({ corpus, codecs }: EvaluationContext, song: CorpusSong, level: number): Promise<Uint16Array> =>
  codecs[level]!.encodeSpans(song.samples, (from, count) => readSamples(corpus, song, from, count));

async function coded(work: EvaluationContext, songs: readonly CorpusSong[]): Promise<CodedSong[]> {
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

/** A name that no training song has is unknown. */
const idIn = (names: readonly string[], name: string): number => Math.max(names.indexOf(name), 0);

const LEAST_ALIKE = 0.9; // rounded weights change a code here and there, another model nearly all

async function checkKept(work: EvaluationContext, song: CorpusSong): Promise<void> {
  for (const level of work.codecs.keys()) {
    const [found, kept] = [await encodedAt(work, song, level), readSongCodes(work.codes!, song, level)];
    const alike = found.filter((code, at) => code === kept[at]).length / found.length;
    if (kept.length !== found.length || alike < LEAST_ALIKE)
      throw new UserError(
        `"${work.codes}" holds another model's codes of level ${level}. Encode the corpus anew, or name no such folder.`,
      );
  }
}

/** A corpus as training data of priors: songs as codes, names as ids. */

import { formOf } from "../corpus/compose.ts";
import { grain, ticksPerBar } from "../corpus/score.ts";
import { barsOf, numeralOf, qualityName } from "../music/chords.ts";
import {
  type BandMetre,
  type Metre,
  type MetreRules,
  type MoodMetre,
  metreFrom,
  moodAlone,
  type SungPhone,
} from "../music/metre.ts";
import { allPhones, silence } from "../singing/phones.ts";
import { type ComposedSong, type CorpusSong, isComposed, isTimed, readCorpus, sungIn } from "./corpus-files.ts";
import { readSongCodes } from "./encode-corpus.ts";

/** A song as codes. Ids are rows of the label embeddings; 0 is "unknown". */
export interface CodedSong {
  readonly artist: number;
  readonly genre: number;
  /** Length of the song in samples. */
  readonly samples: number;
  /** Conditioning of each moment, as far as it is known. */
  readonly metre?: Metre;
  /** Codes of each level, finest first; empty for levels that were not read. */
  readonly codes: readonly Uint16Array[];
}

/** Names by id; entry 0 is "unknown". */
export interface Names {
  readonly artists: readonly string[];
  readonly genres: readonly string[];
  /** Combinations of artist and genre in the training songs. */
  readonly bands: readonly Band[];
  /** Present if beat, mood or phones of any song are known. */
  readonly metre?: MetreRules;
}

interface Band {
  readonly artist: string;
  readonly genre: string;
  readonly metre?: BandMetre;
}

/** Names of the training songs, in order of first use, after those of the model that training continues (`known`). */
export function namesOf(songs: readonly CorpusSong[], known?: Partial<Names>): Names {
  const training = songs.filter(({ split }) => split === "train");
  const composed = training.filter(isComposed);
  const phones = known?.metre?.phones ?? (training.some(isTimed) ? allPhones : undefined);
  const bands = Map.groupBy(training, ({ artist, genre }) => JSON.stringify([artist, genre]));
  const moods = distinct(
    training.flatMap(({ mood }) => mood ?? []),
    known?.metre?.moods,
  );
  const metred = known?.metre !== undefined || composed.length > 0 || moods.length > 0 || phones !== undefined;
  const dynamics = distinct(
    composed.flatMap(({ sections }) => sections.flatMap((section) => section.dynamics ?? [])),
    known?.metre?.dynamics,
  );
  const chords = distinct(composed.flatMap(qualitiesIn), known?.metre?.chords);
  return {
    artists: [...new Set([...(known?.artists ?? ["unknown"]), ...training.map(({ artist }) => artist)])],
    genres: [...new Set([...(known?.genres ?? ["unknown"]), ...training.map(({ genre }) => genre)])],
    bands: [
      ...[...bands.values()].map((band) => bandOf(band)),
      ...(known?.bands ?? []).filter(({ artist, genre }) => !bands.has(JSON.stringify([artist, genre]))),
    ],
    ...(metred && {
      metre: {
        ticksPerBar,
        grain,
        tempos: distinct(
          composed.map(({ tempo }) => tempo),
          known?.metre?.tempos,
        ),
        keys: distinct(
          composed.map(({ key }) => key),
          known?.metre?.keys,
        ),
        sections: distinct(
          composed.flatMap(({ sections }) => sections.map(({ name }) => name)),
          known?.metre?.sections,
        ),
        ...(moods.length > 0 && { moods }),
        ...(dynamics.length > 0 && { dynamics }),
        ...(chords.length > 0 && { chords }),
        ...(phones && { phones }),
      },
    }),
  };
}

/** Qualities of a song's chords. */
const qualitiesIn = ({ sections }: ComposedSong): string[] =>
  sections.flatMap(({ chords }) =>
    chords === undefined
      ? []
      : barsOf(chords).flatMap((bar) => bar.map((name) => qualityName(numeralOf(name).quality))),
  );

function bandOf(songs: readonly CorpusSong[]): Band {
  const { artist, genre } = songs[0]!;
  const composed = songs.filter(isComposed);
  return { artist, genre, ...(composed.length > 0 && { metre: bandMetreOf(composed) }) };
}

/** A song's conditioning: beat, sections, key, chords, mood and phones, as far as they are known. */
export function metreOfSong(corpus: string, song: CorpusSong, rules: MetreRules | undefined): Metre | undefined {
  if (!rules) return undefined;
  const sung = rules.phones && sungPhones(corpus, song, rules.phones);
  const known = song.mood !== undefined || sung !== undefined;
  const metre = isComposed(song) ? metreFrom(rules, song) : known ? moodAlone(rules, song) : undefined;
  return metre && { ...metre, ...(sung && { sung }) };
}

/** Sung phones: none in a composed song without a singer; undefined (unknown) in other songs without timed lyrics. */
function sungPhones(corpus: string, song: CorpusSong, phones: readonly string[]): SungPhone[] | undefined {
  if (!isTimed(song)) return isComposed(song) ? [] : undefined;
  const sampleAt = (seconds: number): number => Math.round((seconds * song.samples) / song.seconds);
  return sungIn(corpus, song)!.phones.flatMap(([phone, from, to]) =>
    phone === silence ? [] : [{ phone: phones.indexOf(phone) + 1, from: sampleAt(from), to: sampleAt(to) }],
  );
}

/** A band's most common tempo and its keys, form and singer; tempo, keys, harmony and dynamics by mood as well. */
function bandMetreOf(songs: readonly ComposedSong[]): BandMetre {
  const habits = (some: readonly ComposedSong[]): Pick<BandMetre, "tempo" | "keys"> => ({
    tempo: mostCommon(some.map(({ tempo }) => tempo)),
    keys: distinct(some.map(({ key }) => key)),
  });
  const moods = [...Map.groupBy(songs, ({ mood }) => mood)].flatMap(([mood, some]) =>
    mood === undefined ? [] : [{ mood, ...habits(some), ...harmonyOf(some), ...loudnessOf(some) }],
  );
  const sings = songs.some(({ singer }) => singer !== undefined);
  return { ...habits(songs), ...formOf(songs[0]!), ...(sings && { sings }), ...(moods.length > 0 && { moods }) };
}

/** Chords by section name, if known. */
function harmonyOf(songs: readonly ComposedSong[]): Pick<MoodMetre, "harmony"> {
  const parts = songs.flatMap(({ sections }) =>
    sections.flatMap(({ name, chords }) => (chords === undefined ? [] : [[name, chords] as const])),
  );
  return parts.length > 0 ? { harmony: Object.fromEntries(parts) } : {};
}

/** The most common dynamics by section name, if known. */
function loudnessOf(songs: readonly ComposedSong[]): Pick<MoodMetre, "loudness"> {
  const parts = songs.flatMap(({ sections }) =>
    sections.flatMap(({ name, dynamics }) => (dynamics === undefined ? [] : [{ name, dynamics }])),
  );
  const byName = [...Map.groupBy(parts, ({ name }) => name)];
  if (byName.length === 0) return {};
  return {
    loudness: Object.fromEntries(
      byName.map(([name, some]) => [name, mostCommon(some.map(({ dynamics }) => dynamics))]),
    ),
  };
}

const distinct = <T>(values: Iterable<T>, first: readonly T[] = []): T[] => [
  ...new Set([...first, ...[...new Set(values)].sort()]),
];

const mostCommon = <T>(values: readonly T[]): T =>
  [...Map.groupBy(values, (value) => value)].reduce((most, one) => (one[1].length > most[1].length ? one : most))[0];

export interface CodedCorpus {
  readonly train: readonly CodedSong[];
  readonly valid: readonly CodedSong[];
}

/**
 * Reads training and validation songs with the codes of the given levels. Names that `namesOf` does not know become
 * "unknown". Throws a UserError if codes are missing.
 */
export function readCodedCorpus(
  corpus: string,
  { folder, levels }: { readonly folder: string; readonly levels: readonly number[] },
  known?: Parameters<typeof namesOf>[1],
): CodedCorpus {
  const songs = readCorpus(corpus);
  const { artists, genres, metre } = namesOf(songs, known);
  const ofSplit = (split: CorpusSong["split"]): CodedSong[] =>
    songs
      .filter((song) => song.split === split)
      .map((song) => {
        const known = metreOfSong(corpus, song, metre);
        return {
          artist: Math.max(artists.indexOf(song.artist), 0),
          genre: Math.max(genres.indexOf(song.genre), 0),
          samples: song.samples,
          ...(known && { metre: known }),
          codes: Array.from({ length: Math.max(...levels) + 1 }, (_, level) =>
            levels.includes(level) ? readSongCodes(folder, song, level) : new Uint16Array(0),
          ),
        };
      });
  return { train: ofSplit("train"), valid: ofSplit("valid") };
}

/**
 * The most frequent code in the last hundredth of songs: silence. Sampling excludes it: small priors get stuck in it.
 */
export function silentCode(songs: readonly CodedSong[], level: number): number {
  const counts = new Map<number, number>();
  for (const { codes } of songs) {
    const end = codes[level]!.slice(-Math.ceil(codes[level]!.length / 100)); // 0.6 s of a minute
    for (const code of end) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].reduce((most, one) => (one[1] > most[1] ? one : most))[0];
}

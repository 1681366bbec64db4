/** A corpus as priors see it: songs as codes, and names as ids. */

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
import { readCodes } from "./encode-corpus.ts";

/** A song as codes; ids are rows of the label embeddings, 0 is "unknown". */
export interface CodedSong {
  readonly artist: number;
  readonly genre: number;
  /** Length of its sound. */
  readonly samples: number;
  /** Beat, parts and key, where they are known. */
  readonly metre?: Metre;
  /** By level, finest first. */
  readonly codes: readonly Uint16Array[];
}

/** Names by id; entry 0 is "unknown". */
export interface Names {
  readonly artists: readonly string[];
  readonly genres: readonly string[];
  /** Artists and genres heard together in training. */
  readonly bands: readonly Band[];
  /** Where beats or moods are known of any song. */
  readonly metre?: MetreRules;
}

interface Band {
  readonly artist: string;
  readonly genre: string;
  readonly metre?: BandMetre;
}

/** In the order in which the corpus names them, after those that the model begun with knows. */
export function namesOf(songs: readonly CorpusSong[], known?: Partial<Names>): Names {
  const learned = songs.filter(({ split }) => split === "train");
  const composed = learned.filter(isComposed);
  const phones = known?.metre?.phones ?? (learned.some(isTimed) ? allPhones : undefined);
  const bands = Map.groupBy(learned, ({ artist, genre }) => JSON.stringify([artist, genre]));
  const moods = different(
    learned.flatMap(({ mood }) => mood ?? []),
    known?.metre?.moods,
  );
  const metred = known?.metre !== undefined || composed.length > 0 || moods.length > 0 || phones !== undefined;
  const dynamics = different(
    composed.flatMap(({ sections }) => sections.flatMap((section) => section.dynamics ?? [])),
    known?.metre?.dynamics,
  );
  const chords = different(composed.flatMap(qualitiesIn), known?.metre?.chords);
  return {
    artists: [...new Set([...(known?.artists ?? ["unknown"]), ...learned.map(({ artist }) => artist)])],
    genres: [...new Set([...(known?.genres ?? ["unknown"]), ...learned.map(({ genre }) => genre)])],
    bands: [
      ...[...bands.values()].map((band) => bandOf(band)),
      ...(known?.bands ?? []).filter(({ artist, genre }) => !bands.has(JSON.stringify([artist, genre]))),
    ],
    ...(metred && {
      metre: {
        ticksPerBar,
        grain,
        tempos: different(
          composed.map(({ tempo }) => tempo),
          known?.metre?.tempos,
        ),
        keys: different(
          composed.map(({ key }) => key),
          known?.metre?.keys,
        ),
        sections: different(
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

/** What the roots of a song's chords carry. */
const qualitiesIn = ({ sections }: ComposedSong): string[] =>
  sections.flatMap(({ chords }) =>
    chords === undefined
      ? []
      : barsOf(chords).flatMap((bar) => bar.map((name) => qualityName(numeralOf(name).quality))),
  );

function bandOf(songs: readonly CorpusSong[]): Band {
  const { artist, genre } = songs[0]!;
  const composed = songs.filter(isComposed);
  return { artist, genre, ...(composed.length > 0 && { metre: playingOf(composed) }) };
}

/** What a song is told of beat, parts, key, mood and words, as far as they are known of it. */
export function metreOfSong(corpus: string, song: CorpusSong, rules: MetreRules | undefined): Metre | undefined {
  if (!rules) return undefined;
  const sung = rules.phones && sungPhones(corpus, song, rules.phones);
  const known = song.mood !== undefined || sung !== undefined;
  const metre = isComposed(song) ? metreFrom(rules, song) : known ? moodAlone(rules, song) : undefined;
  return metre && { ...metre, ...(sung && { sung }) };
}

/** Nothing is sung in a composed song without a singer; of another song without times it isn't known. */
function sungPhones(corpus: string, song: CorpusSong, phones: readonly string[]): SungPhone[] | undefined {
  if (!isTimed(song)) return isComposed(song) ? [] : undefined;
  const sampleAt = (seconds: number): number => Math.round((seconds * song.samples) / song.seconds);
  return sungIn(corpus, song)!.phones.flatMap(([phone, from, to]) =>
    phone === silence ? [] : [{ phone: phones.indexOf(phone) + 1, from: sampleAt(from), to: sampleAt(to) }],
  );
}

/** Tempo and keys as the songs have them, and mood by mood where there are moods. */
function playingOf(songs: readonly ComposedSong[]): BandMetre {
  const habits = (some: readonly ComposedSong[]): Pick<BandMetre, "tempo" | "keys"> => ({
    tempo: commonest(some.map(({ tempo }) => tempo)),
    keys: different(some.map(({ key }) => key)),
  });
  const moods = [...Map.groupBy(songs, ({ mood }) => mood)].flatMap(([mood, some]) =>
    mood === undefined ? [] : [{ mood, ...habits(some), ...harmonyOf(some), ...loudnessOf(some) }],
  );
  const sings = songs.some(({ singer }) => singer !== undefined);
  return { ...habits(songs), ...formOf(songs[0]!), ...(sings && { sings }), ...(moods.length > 0 && { moods }) };
}

/** The chords of each part, where songs tell them. */
function harmonyOf(songs: readonly ComposedSong[]): Pick<MoodMetre, "harmony"> {
  const parts = songs.flatMap(({ sections }) =>
    sections.flatMap(({ name, chords }) => (chords === undefined ? [] : [[name, chords] as const])),
  );
  return parts.length > 0 ? { harmony: Object.fromEntries(parts) } : {};
}

/** What each part's dynamics mostly are. */
function loudnessOf(songs: readonly ComposedSong[]): Pick<MoodMetre, "loudness"> {
  const parts = songs.flatMap(({ sections }) =>
    sections.flatMap(({ name, dynamics }) => (dynamics === undefined ? [] : [{ name, dynamics }])),
  );
  const byName = [...Map.groupBy(parts, ({ name }) => name)];
  if (byName.length === 0) return {};
  return {
    loudness: Object.fromEntries(byName.map(([name, some]) => [name, commonest(some.map(({ dynamics }) => dynamics))])),
  };
}

const different = <T>(values: Iterable<T>, first: readonly T[] = []): T[] => [
  ...new Set([...first, ...[...new Set(values)].sort()]),
];

const commonest = <T>(values: readonly T[]): T =>
  [...Map.groupBy(values, (value) => value)].reduce((most, one) => (one[1].length > most[1].length ? one : most))[0];

export interface CodedCorpus {
  readonly train: readonly CodedSong[];
  readonly valid: readonly CodedSong[];
}

/** Reads the codes of a prior's own level, and of the one above it if there is one. */
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
      .map((song) => ({
        artist: Math.max(artists.indexOf(song.artist), 0),
        genre: Math.max(genres.indexOf(song.genre), 0),
        samples: song.samples,
        ...told(metreOfSong(corpus, song, metre)),
        codes: Array.from({ length: Math.max(...levels) + 1 }, (_, level) =>
          levels.includes(level) ? readCodes(folder, song, level) : new Uint16Array(0),
        ),
      }));
  return { train: ofSplit("train"), valid: ofSplit("valid") };
}

const told = (metre: Metre | undefined): Pick<CodedSong, "metre"> => (metre ? { metre } : {});

/** The code that fills the ends of songs at a level: silence. Sampling never draws it, as a small prior finds no way out. */
export function silentCode(songs: readonly CodedSong[], level: number): number {
  const counts = new Map<number, number>();
  for (const { codes } of songs) {
    const end = codes[level]!.slice(-Math.ceil(codes[level]!.length / 100)); // of a song of a minute, 0.6 s
    for (const code of end) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].reduce((most, one) => (one[1] > most[1] ? one : most))[0];
}

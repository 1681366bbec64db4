/** A corpus as priors see it: songs as codes, and names as ids. */
import { type BandMetre, type Metre, type MetreRules, metreFrom, type SungPhone } from "../labels/metre.ts";
import { allPhones, silence } from "../singing/phones.ts";
import { readCodes } from "./codes.ts";
import { formOf } from "./corpus/compose.ts";
import { type CorpusSong, readCorpus, sungIn } from "./corpus/files.ts";
import { grain, ticksPerBar } from "./corpus/score.ts";
import type { CodedSong } from "./windows.ts";

/** Names by id; entry 0 is "unknown". */
export interface Names {
  readonly artists: readonly string[];
  readonly genres: readonly string[];
  /** Artists and genres heard together in training. */
  readonly bands: readonly { readonly artist: string; readonly genre: string; readonly metre: BandMetre }[];
  readonly metre: MetreRules;
}

/** In the order in which the corpus names them, after those that the model begun with knows. */
export function namesOf(
  songs: readonly CorpusSong[],
  known?: Partial<Pick<Names, "artists" | "genres" | "metre">>,
): Names {
  const phones = known?.metre?.phones ?? (songs.some(({ singer }) => singer) ? allPhones : undefined);
  const learned = songs.filter(({ split }) => split === "train");
  const bands = Map.groupBy(learned, ({ artist, genre }) => JSON.stringify([artist, genre]));
  const moods = different(
    learned.flatMap(({ mood }) => mood ?? []),
    known?.metre?.moods,
  );
  const dynamics = different(
    learned.flatMap(({ sections }) => sections.flatMap((section) => section.dynamics ?? [])),
    known?.metre?.dynamics,
  );
  return {
    artists: [...new Set([...(known?.artists ?? ["unknown"]), ...learned.map(({ artist }) => artist)])],
    genres: [...new Set([...(known?.genres ?? ["unknown"]), ...learned.map(({ genre }) => genre)])],
    bands: [...bands.values()].map((band) => ({
      artist: band[0]!.artist,
      genre: band[0]!.genre,
      metre: playingOf(band),
    })),
    metre: {
      ticksPerBar,
      grain,
      tempos: different(
        learned.map(({ tempo }) => tempo),
        known?.metre?.tempos,
      ),
      keys: different(
        learned.map(({ key }) => key),
        known?.metre?.keys,
      ),
      sections: different(
        learned.flatMap(({ sections }) => sections.map(({ name }) => name)),
        known?.metre?.sections,
      ),
      ...(moods.length > 0 && { moods }),
      ...(dynamics.length > 0 && { dynamics }),
      ...(phones && { phones }),
    },
  };
}

/** Tempo and keys as the songs have them, and mood by mood where there are moods. */
function playingOf(songs: readonly CorpusSong[]): BandMetre {
  const habits = (some: readonly CorpusSong[]): Pick<BandMetre, "tempo" | "keys"> => ({
    tempo: commonest(some.map(({ tempo }) => tempo)),
    keys: different(some.map(({ key }) => key)),
  });
  const moods = [...Map.groupBy(songs, ({ mood }) => mood)].flatMap(([mood, some]) =>
    mood === undefined ? [] : [{ mood, ...habits(some) }],
  );
  const sings = songs.some(({ singer }) => singer !== undefined);
  return { ...habits(songs), ...formOf(songs[0]!), ...(sings && { sings }), ...(moods.length > 0 && { moods }) };
}

const different = <T>(values: Iterable<T>, first: readonly T[] = []): T[] => [
  ...new Set([...first, ...[...new Set(values)].sort()]),
];

const commonest = (numbers: readonly number[]): number =>
  [...Map.groupBy(numbers, (number) => number)].reduce((most, one) => (one[1].length > most[1].length ? one : most))[0];

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
        metre: metreOfSong(corpus, song, metre),
        codes: Array.from({ length: Math.max(...levels) + 1 }, (_, level) =>
          levels.includes(level) ? readCodes(folder, song, level) : new Uint16Array(0),
        ),
      }));
  return { train: ofSplit("train"), valid: ofSplit("valid") };
}

/** All that priors are told of a song's moments. */
export const metreOfSong = (corpus: string, song: CorpusSong, rules: MetreRules): Metre => ({
  ...metreFrom(rules, song),
  ...(rules.phones && { sung: sungPhones(corpus, song, rules.phones) }),
});

/** What is sung in a song of a corpus whose words are all known; nothing in one without a singer. */
function sungPhones(corpus: string, song: CorpusSong, phones: readonly string[]): SungPhone[] {
  const sampleAt = (seconds: number): number => Math.round((seconds * song.samples) / song.seconds);
  return (sungIn(corpus, song)?.phones ?? []).flatMap(([phone, from, to]) =>
    phone === silence ? [] : [{ phone: phones.indexOf(phone) + 1, from: sampleAt(from), to: sampleAt(to) }],
  );
}

/** The code that fills the ends of songs at a level: silence. Sampling never draws it, as a small prior finds no way out. */
export function silentCode(songs: readonly CodedSong[], level: number): number {
  const counts = new Map<number, number>();
  for (const { codes } of songs) {
    const end = codes[level]!.slice(-Math.ceil(codes[level]!.length / 100)); // of a song of a minute, 0.6 s
    for (const code of end) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].reduce((most, one) => (one[1] > most[1] ? one : most))[0];
}

/** Of each level. */
export const silentCodes = (songs: readonly CodedSong[], levels: number): number[] =>
  Array.from({ length: levels }, (_, level) => silentCode(songs, level));

/** Evaluates a model folder against a corpus: bits, copies, songs sung and how a judge hears them, and a picture. */

import type { CorpusSong } from "../dataset/corpus-files.ts";
import { evenCrops } from "../dataset/crops.ts";
import type { Engine } from "../inference/engine.ts";
import { openEngine } from "../inference/open-engine.ts";
import type { Labels } from "../song/song.ts";
import { openValidator } from "../training/validation.ts";
import { confusionOf, type Labelled } from "./accuracy.ts";
import { sing } from "./clips.ts";
import { hear, melDistance } from "./features.ts";
import { judgeAs, listenToAll, type Sung } from "./hearing.ts";
import { measureBits } from "./held-out.ts";
import { listen } from "./judge.ts";
import { measureSteadiness, type Steadiness } from "./long.ts";
import { drawEvaluation } from "./page.ts";
import type { CorpusShare, Evaluation, LevelCodec } from "./report.ts";
import { trainedParts } from "./trained.ts";
import { hearTunes } from "./tunes.ts";
import { openWords, type Words } from "./understanding.ts";
import { type EvaluationOptions, prepare, type Work } from "./work.ts";

const FIRST_SEED = 1000;

/** The same model, corpus and options find the same. */
export async function evaluate(options: EvaluationOptions): Promise<{ evaluation: Evaluation; picture: Uint8Array }> {
  const work = await prepare(options);
  const { config } = work;
  const bits = await measureBits(work);
  const codec = await judgeCodec(work);
  const tunes = await hearTunes(work);
  const words = await openWords(work);
  await words?.hearSongs();
  const engine = await openEngine(options.model);
  const sung: Sung[] = [];
  const steadiness: Steadiness[] = [];
  try {
    sung.push(...(await singAll(work, engine, words)));
    steadiness.push(...(await measureSteadiness(work, engine)));
  } finally {
    await engine.close();
  }
  const repertoires = await listenToAll(work);
  const hearings = repertoires.map((own) => judgeAs(own, repertoires, sung));
  const { guesses, judge } = hearings[0]!; // of songs themselves
  const picture = await drawEvaluation(work, sung);
  for (const one of work.codecs) await one.close();
  return {
    picture,
    evaluation: {
      model: config.name,
      sha256: config.weights.map(({ sha256 }) => sha256).join(" "),
      settings: {
        seconds: options.seconds,
        long: options.long,
        clips: options.clips,
        firstSeed: FIRST_SEED,
        learnedFrom: work.train.length,
        triedOn: work.valid.length,
        heldOutPairs: work.apart.length,
        counted: bits.counted,
      },
      corpus: sharesOf(work.all),
      trained: options.work === undefined ? [] : trainedParts(options.work, config.priors.length),
      bits: bits.levels,
      codec,
      ...(tunes.length > 0 && { tunes }),
      judgements: hearings.flatMap(({ judgements }) => judgements),
      ...(words && { words: words.found() }),
      steadiness,
      confusion: {
        genre: confusionOf(guesses, "genre", judge.genres),
        artist: confusionOf(guesses, "artist", judge.artists),
        ...(judge.moods.length > 0 &&
          guesses[0]?.truth.mood !== undefined && { mood: confusionOf(guesses, "mood", judge.moods) }),
      },
      clips: sung.map(({ artist, genre, mood, seed, pairs }, index) => ({
        artist,
        genre,
        ...(mood !== undefined && { mood }),
        seed,
        pairs,
        heardAs: guesses[index]!.guess,
      })),
    },
  };
}

function sharesOf(songs: readonly CorpusSong[]): CorpusShare[] {
  const groups = Map.groupBy(songs, ({ artist, genre, split }) => JSON.stringify([artist, genre, split]));
  return [...groups.values()].map((group) => {
    const { artist, genre, split } = group[0]!;
    return { artist, genre, split, songs: group.length, seconds: group.reduce((sum, song) => sum + song.seconds, 0) };
  });
}

const CROPS = 12; // that many clips side by side

async function judgeCodec({
  config,
  corpus,
  vqvae,
  valid,
  samples,
  codecs,
  threads,
  report,
}: Work): Promise<LevelCodec[]> {
  const { vqvae: size, sampleRate } = config;
  const crop = { batch: CROPS, samples };
  const sounds = evenCrops(corpus, valid, crop);
  const verdicts: LevelCodec[] = [];
  for (const [level, codec] of codecs.entries()) {
    report(`copies of level ${level}`);
    const listener = await openValidator(sounds, crop, { level, size, sampleRate, threads });
    const verdict = await listener.judge(vqvae);
    await listener.close();
    let distance = 0;
    for (let clip = 0; clip < CROPS; clip++) {
      const sound = sounds.subarray(clip * samples, (clip + 1) * samples);
      const copy = await codec.copy(sound);
      distance += melDistance(hear(sound, sampleRate).mel, hear(copy, sampleRate).mel) / CROPS;
    }
    verdicts.push({ level, verdict, melDistance: distance });
  }
  return verdicts;
}

/** Every pair that the model offers, then those of the corpus that it never learned from. */
async function singAll(work: Work, engine: Engine, words: Words | undefined): Promise<Sung[]> {
  const { config, apart, all, clips, seconds, codecs, report } = work;
  const same = (a: Labelled, b: Labelled): boolean => a.artist === b.artist && a.genre === b.genre;
  const apartPairs = apart
    .map(({ artist, genre }) => ({ artist, genre }))
    .filter((pair, index, pairs) => pairs.findIndex((other) => same(other, pair)) === index);
  const known = config.bands.filter(
    (pair) => all.some((song) => same(song, pair)) && !apartPairs.some((other) => same(other, pair)),
  );
  const sung: Sung[] = [];
  const pairs = [...known, ...apartPairs];
  const programme = { clips, seconds, firstSeed: FIRST_SEED, ...(words && { lyrics: words.lyricsFor }) };
  for await (const { codes, ...clip } of sing(engine, pairs, programme)) {
    const sounds: Float32Array[] = [];
    for (const [level, codec] of codecs.entries()) sounds.push(await codec.decode(codes[level]!));
    words?.hearClip(clip.labels, sounds);
    const { artist, genre, mood, song } = clip;
    const told = { artist, genre, ...(mood !== undefined && { mood }) };
    sung.push({
      ...told,
      seed: song.seed,
      pairs: apartPairs.some((pair) => same(pair, clip)) ? "held out" : "known",
      listened: sounds.map((sound) => listen({ ...told, song: String(song.seed), sound }, config.sampleRate)),
      ...(isShown(clip.labels, genre, sung) && { sound: sounds[0]! }),
      ...(clip.labels.lines && { words: clip.labels.lines.flatMap((line) => line.words) }),
    });
    report(`sung ${sung.length} of ${pairs.length * clips}: ${clip.artist}, ${clip.genre}`);
  }
  return sung;
}

/** The first clip of a genre is drawn, and the first with words. */
const isShown = ({ lines }: Labels, genre: string, before: readonly Sung[]): boolean =>
  !before.some((clip) => clip.genre === genre) || (lines !== undefined && !before.some(({ words }) => words));

/** Evaluates a model on a corpus: bits per code, reconstructions, generated clips and their classification, a picture. */

import type { CorpusSong } from "../dataset/corpus-files.ts";
import { evenCrops } from "../dataset/crops.ts";
import type { Engine } from "../inference/engine.ts";
import { openEngine } from "../inference/open-engine.ts";
import type { Labels } from "../song/song.ts";
import { openValidator } from "../training/validation.ts";
import { confusionOf, type Labelled } from "./accuracy.ts";
import { allClipFeatures, classifyWith, type GeneratedClip } from "./classify-clips.ts";
import { generateClips } from "./clips.ts";
import { type EvaluationContext, type EvaluationOptions, prepare } from "./context.ts";
import { analyse, melDifference } from "./features.ts";
import { clipFeatures } from "./label-classifier.ts";
import { openWords, type Words } from "./line-recognition.ts";
import { measureBits } from "./measure-bits.ts";
import { measureSteadiness, type Steadiness } from "./measure-steadiness.ts";
import { measureMelodies } from "./melody-accuracy.ts";
import { drawEvaluation } from "./page.ts";
import type { CorpusShare, Evaluation, LevelCodec } from "./report.ts";
import { trainedParts } from "./trained.ts";

const FIRST_SEED = 1000;

/** The same model, corpus and options give the same result. */
export async function evaluate(options: EvaluationOptions): Promise<{ evaluation: Evaluation; picture: Uint8Array }> {
  const work = await prepare(options);
  const { config } = work;
  const bits = await measureBits(work);
  const codec = await measureCodec(work);
  const melodies = await measureMelodies(work);
  const words = await openWords(work);
  await words?.recogniseSongs();
  const engine = await openEngine(options.model);
  const generated: GeneratedClip[] = [];
  const steadiness: Steadiness[] = [];
  try {
    generated.push(...(await generateAll(work, engine, words)));
    steadiness.push(...(await measureSteadiness(work, engine)));
  } finally {
    await engine.close();
  }
  const clipSets = await allClipFeatures(work);
  const runs = clipSets.map((own) => classifyWith(own, clipSets, generated));
  const { predictions, classifier } = runs[0]!; // of songs themselves
  const picture = await drawEvaluation(work, generated);
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
        trainedOn: work.train.length,
        triedOn: work.valid.length,
        heldOutPairs: work.heldOut.length,
        counted: bits.counted,
      },
      corpus: sharesOf(work.all),
      trained: options.work === undefined ? [] : trainedParts(options.work, config.priors.length),
      bits: bits.levels,
      codec,
      ...(melodies.length > 0 && { melodies }),
      classifications: runs.flatMap(({ classifications }) => classifications),
      ...(words && { words: words.found() }),
      steadiness,
      confusion: {
        genre: confusionOf(predictions, "genre", classifier.genres),
        artist: confusionOf(predictions, "artist", classifier.artists),
        ...(classifier.moods.length > 0 &&
          predictions[0]?.truth.mood !== undefined && { mood: confusionOf(predictions, "mood", classifier.moods) }),
      },
      clips: generated.map(({ artist, genre, mood, seed, pairs }, index) => ({
        artist,
        genre,
        ...(mood !== undefined && { mood }),
        seed,
        pairs,
        predicted: predictions[index]!.prediction,
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

async function measureCodec({
  config,
  corpus,
  vqvae,
  valid,
  samples,
  codecs,
  threads,
  report,
}: EvaluationContext): Promise<LevelCodec[]> {
  const { vqvae: size, sampleRate } = config;
  const crop = { batch: CROPS, samples };
  const sounds = evenCrops(corpus, valid, crop);
  const levels: LevelCodec[] = [];
  for (const [level, codec] of codecs.entries()) {
    report(`reconstructions of level ${level}`);
    const validator = await openValidator(sounds, crop, { level, size, sampleRate, threads });
    const validation = await validator.judge(vqvae);
    await validator.close();
    let distance = 0;
    for (let clip = 0; clip < CROPS; clip++) {
      const sound = sounds.subarray(clip * samples, (clip + 1) * samples);
      const reconstruct = await codec.reconstruct(sound);
      distance += melDifference(analyse(sound, sampleRate).mel, analyse(reconstruct, sampleRate).mel) / CROPS;
    }
    levels.push({ level, validation, melDifference: distance });
  }
  return levels;
}

/** Every pair that the model offers, then those of the corpus that it was never trained on. */
async function generateAll(
  work: EvaluationContext,
  engine: Engine,
  words: Words | undefined,
): Promise<GeneratedClip[]> {
  const { config, heldOut, all, clips, seconds, codecs, report } = work;
  const same = (a: Labelled, b: Labelled): boolean => a.artist === b.artist && a.genre === b.genre;
  const apartPairs = heldOut
    .map(({ artist, genre }) => ({ artist, genre }))
    .filter((pair, index, pairs) => pairs.findIndex((other) => same(other, pair)) === index);
  const known = config.bands.filter(
    (pair) => all.some((song) => same(song, pair)) && !apartPairs.some((other) => same(other, pair)),
  );
  const generated: GeneratedClip[] = [];
  const pairs = [...known, ...apartPairs];
  const plan = { clips, seconds, firstSeed: FIRST_SEED, ...(words && { lyrics: words.lyricsFor }) };
  for await (const { codes, ...clip } of generateClips(engine, pairs, plan)) {
    const sounds: Float32Array[] = [];
    for (const [level, codec] of codecs.entries())
      sounds.push(await codec.decode(codes[level]!, codes.slice(level + 1)));
    words?.recogniseClip(clip.labels, sounds);
    const { artist, genre, mood, song } = clip;
    const told = { artist, genre, ...(mood !== undefined && { mood }) };
    generated.push({
      ...told,
      seed: song.seed,
      pairs: apartPairs.some((pair) => same(pair, clip)) ? "held out" : "known",
      features: sounds.map((sound) => clipFeatures({ ...told, song: String(song.seed), sound }, config.sampleRate)),
      ...(isShown(clip.labels, genre, generated) && { sound: sounds[0]! }),
      ...(clip.labels.lines && { words: clip.labels.lines.flatMap((line) => line.words) }),
    });
    report(`generated ${generated.length} of ${pairs.length * clips}: ${clip.artist}, ${clip.genre}`);
  }
  return generated;
}

/** The first clip of each genre is drawn, and the first with words. */
const isShown = ({ lines }: Labels, genre: string, before: readonly GeneratedClip[]): boolean =>
  !before.some((clip) => clip.genre === genre) || (lines !== undefined && !before.some(({ words }) => words));

/** Evaluates a model folder against a corpus: bits, copies, songs sung and how a judge hears them, and a picture. */
import { openEngine } from "../../inference/thread.ts";
import type { CorpusSong } from "../corpus/files.ts";
import { evenCrops } from "../crops.ts";
import { openListener } from "../listening.ts";
import { confusionOf, type Labelled } from "./accuracy.ts";
import { type Stretch, sing, stretchesOf } from "./clips.ts";
import { hear, melDistance } from "./features.ts";
import { judgeAs, listenToAll, type Sung } from "./hearing.ts";
import { measureBits } from "./held-out.ts";
import { listen } from "./judge.ts";
import { drawSpectrograms, type Row } from "./picture.ts";
import type { CorpusShare, Evaluation, LevelCodec } from "./report.ts";
import { trainedParts } from "./trained.ts";
import { openWords, type Words } from "./understanding.ts";
import { type EvaluationOptions, prepare, type Work } from "./work.ts";

const FIRST_SEED = 1000;

/** The same model, corpus and options find the same. */
export async function evaluate(options: EvaluationOptions): Promise<{ evaluation: Evaluation; picture: Uint8Array }> {
  const work = await prepare(options);
  const { config } = work;
  const bits = await measureBits(work);
  const codec = await judgeCodec(work);
  const words = await openWords(work);
  await words?.hearSongs();
  const sung = await singAll(work, words);
  const repertoires = await listenToAll(work);
  const hearings = repertoires.map((own) => judgeAs(own, repertoires, sung));
  const { guesses, judge } = hearings[0]!; // of songs themselves
  const picture = await draw(work, sung);
  for (const one of work.codecs) await one.close();
  return {
    picture,
    evaluation: {
      model: config.name,
      sha256: config.weights.map(({ sha256 }) => sha256).join(" "),
      settings: {
        seconds: options.seconds,
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
      judgements: hearings.flatMap(({ judgements }) => judgements),
      ...(words && { words: words.found() }),
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
  tell,
}: Work): Promise<LevelCodec[]> {
  const { vqvae: size, sampleRate } = config;
  const crop = { batch: CROPS, samples };
  const sounds = evenCrops(corpus, valid, crop);
  const verdicts: LevelCodec[] = [];
  for (const [level, codec] of codecs.entries()) {
    tell(`copies of level ${level}`);
    const listener = await openListener(sounds, crop, { level, size, sampleRate, threads });
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
async function singAll(work: Work, words: Words | undefined): Promise<Sung[]> {
  const { model, config, apart, all, clips, seconds, codecs, tell } = work;
  const engine = await openEngine(model);
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
  try {
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
        ...(!sung.some((other) => other.genre === genre) && { sound: sounds[0]! }),
      });
      tell(`sung ${sung.length} of ${pairs.length * clips}: ${clip.artist}, ${clip.genre}`);
    }
  } finally {
    await engine.close();
  }
  return sung;
}

/** A song left out and its copies, then for each genre a song left out and the first clip sung. */
async function draw({ corpus, config, valid, samples, codecs }: Work, sung: readonly Sung[]): Promise<Uint8Array> {
  const middle = { samples, each: 1 };
  const stretch = (song: CorpusSong): Stretch => [...stretchesOf(corpus, [song], middle)][0]!;
  const first = stretch(valid[0]!);
  const rows: Row[] = [{ name: `${first.artist}, ${first.genre}: original`, sound: first.sound }];
  for (const [level, codec] of codecs.entries())
    rows.push({ name: `copy of level ${level}`, sound: await codec.copy(first.sound) });
  for (const { artist, genre, seed, sound } of sung) {
    if (!sound) continue;
    const songs = valid.filter((one) => one.genre === genre);
    const song = songs.find((one) => one.artist === artist) ?? songs[0];
    if (song) rows.push({ name: `${genre}: song by ${song.artist}`, sound: stretch(song).sound });
    rows.push({ name: `${genre}: sung as ${artist}, seed ${seed}`, sound });
  }
  return drawSpectrograms(rows, config.sampleRate);
}

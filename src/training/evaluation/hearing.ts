/** Songs, their copies and clips sung before a judge: what is told apart, and where it is lost. */
import type { CorpusSong } from "../corpus/files.ts";
import { accuracyOf, type Guess, type Labelled } from "./accuracy.ts";
import { type Stretch, stretchesOf } from "./clips.ts";
import { type Judge, type Listened, learnJudge, listen } from "./judge.ts";
import type { Judgement } from "./report.ts";
import type { Work } from "./work.ts";

export interface Sung extends Labelled {
  readonly seed: number;
  readonly pairs: "known" | "held out";
  /** Decoded from the codes of each level, finest first. */
  readonly sounds: readonly Float32Array[];
}

/** Stretches of a song to learn from: as it is, and as a copy. */
const LEARNED = { songs: 3, copies: 2 };
const TRIED = 3;

export interface Hearing {
  readonly judge: Judge;
  readonly judgements: readonly Judgement[];
  /** One for each clip sung, heard at the finest level or at the judge's own. */
  readonly guesses: readonly Guess[];
}

/**
 * A judge who learned from songs hears songs, copies and finished clips; one who learned from a level's copies hears these,
 * and clips decoded from that level. What the second one still tells apart was not lost in the codes.
 */
export async function judgeLevel(work: Work, sung: readonly Sung[], from: "songs" | number): Promise<Hearing> {
  const { train, valid, apart, codecs, config } = work;
  const through = (level: "songs" | number) => async (clip: Stretch) =>
    level === "songs" ? clip : { ...clip, sound: await codecs[level]!.copy(clip.sound) };
  work.tell(`a judge learns from ${from === "songs" ? "songs" : `copies of level ${from}`}`);
  const each = from === "songs" ? LEARNED.songs : LEARNED.copies;
  const judge = learnJudge(await heard(work, [...train, ...everyOther(apart, 0)], each, through(from)));
  const judgements: Judgement[] = [];
  const tell = (clips: readonly Listened[], rest: Pick<Judgement, "what" | "level" | "pairs">): Guess[] => {
    const guesses = clips.map(judge.guess);
    const pulse = clips.reduce((sum, one) => sum + one.pulse / clips.length, 0);
    if (clips.length > 0) judgements.push({ learnedFrom: from, ...rest, accuracy: accuracyOf(guesses), pulse });
    return guesses;
  };
  for (const level of from === "songs" ? (["songs", ...codecs.keys()] as const) : [from]) {
    const what = level === "songs" ? { what: "songs" as const } : { what: "copies" as const, level };
    tell(await heard(work, valid, TRIED, through(level)), { ...what, pairs: "known" });
    tell(await heard(work, everyOther(apart, 1), TRIED, through(level)), { ...what, pairs: "held out" });
  }
  const level = from === "songs" ? 0 : from;
  const guesses = (["known", "held out"] as const).flatMap((pairs) => {
    const clips = sung.filter((clip) => clip.pairs === pairs);
    const listened = clips.map((clip) =>
      listen({ ...clip, song: String(clip.seed), sound: clip.sounds[level]! }, config.sampleRate),
    );
    return tell(listened, { what: "sung", level, pairs });
  });
  return { judge, judgements, guesses };
}

/** The model never heard held-out pairs, but its judge must: half of each pair's songs are for it to learn from. */
function everyOther(songs: readonly CorpusSong[], first: 0 | 1): CorpusSong[] {
  const pairs = Map.groupBy(songs, ({ artist, genre }) => JSON.stringify([artist, genre]));
  return [...pairs.values()].flatMap((pair) => pair.filter((_, turn) => turn % 2 === first));
}

async function heard(
  { corpus, samples, config }: Work,
  songs: readonly CorpusSong[],
  each: number,
  through: (clip: Stretch) => Stretch | Promise<Stretch>,
): Promise<Listened[]> {
  const found: Listened[] = [];
  for (const clip of stretchesOf(corpus, songs, { samples, each }))
    found.push(listen(await through(clip), config.sampleRate));
  return found;
}

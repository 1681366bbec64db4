/** Songs, their copies and clips sung before a judge: what is told apart, and where it is lost. */
import type { CorpusSong } from "../dataset/corpus-files.ts";
import { accuracyOf, type Guess, type Labelled } from "./accuracy.ts";
import { stretchesOf } from "./clips.ts";
import { type Judge, type Listened, learnJudge, listen } from "./judge.ts";
import type { Word } from "./picture.ts";
import type { Judgement } from "./report.ts";
import type { Work } from "./work.ts";

export interface Sung extends Labelled {
  readonly seed: number;
  readonly pairs: "known" | "held out";
  /** As it sounds decoded from the codes of each level, finest first. */
  readonly listened: readonly Listened[];
  /** When which word should be sung. */
  readonly words?: readonly Word[];
  /** Of the finest level, where it is drawn. */
  readonly sound?: Float32Array;
}

/** Stretches of a song to learn from, as it is and as a copy, and to try judges on. */
const LEARNED = { songs: 3, copies: 1 };
const TRIED = 3;

type Form = "songs" | number;

/** Songs in one form, as they are or as copies of a level, as judges hear them. */
interface Repertoire {
  readonly form: Form;
  readonly learned: readonly Listened[];
  readonly valid: readonly Listened[];
  readonly apart: readonly Listened[];
}

/** Every song in every form, listened to once. The model never heard held-out pairs, but its judge must: half of each pair's songs are for it to learn from. */
export async function listenToAll(work: Work): Promise<Repertoire[]> {
  const { train, valid, apart, codecs, report } = work;
  const all: Repertoire[] = [];
  for (const form of ["songs", ...codecs.keys()] as const) {
    report(`listening to ${form === "songs" ? "songs" : `copies of level ${form}`}`);
    const each = form === "songs" ? LEARNED.songs : LEARNED.copies;
    all.push({
      form,
      learned: await heard(work, [...train, ...everyOther(apart, 0)], each, form),
      valid: await heard(work, valid, TRIED, form),
      apart: await heard(work, everyOther(apart, 1), TRIED, form),
    });
  }
  return all;
}

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
export function judgeAs(own: Repertoire, all: readonly Repertoire[], sung: readonly Sung[]): Hearing {
  const judge = learnJudge(own.learned);
  const judgements: Judgement[] = [];
  const report = (clips: readonly Listened[], rest: Pick<Judgement, "what" | "level" | "pairs">): Guess[] => {
    const guesses = clips.map(judge.guess);
    const pulse = clips.reduce((sum, one) => sum + one.pulse / clips.length, 0);
    if (clips.length > 0) judgements.push({ learnedFrom: own.form, ...rest, accuracy: accuracyOf(guesses), pulse });
    return guesses;
  };
  for (const { form, valid, apart } of own.form === "songs" ? all : [own]) {
    const what = form === "songs" ? { what: "songs" as const } : { what: "copies" as const, level: form };
    report(valid, { ...what, pairs: "known" });
    report(apart, { ...what, pairs: "held out" });
  }
  const level = own.form === "songs" ? 0 : own.form;
  const guesses = (["known", "held out"] as const).flatMap((pairs) => {
    const clips = sung.filter((clip) => clip.pairs === pairs);
    const heard = clips.map(({ listened }) => listened[level]!);
    return report(heard, { what: "sung", level, pairs });
  });
  return { judge, judgements, guesses };
}

function everyOther(songs: readonly CorpusSong[], first: 0 | 1): CorpusSong[] {
  const pairs = Map.groupBy(songs, ({ artist, genre }) => JSON.stringify([artist, genre]));
  return [...pairs.values()].flatMap((pair) => pair.filter((_, turn) => turn % 2 === first));
}

async function heard(
  { corpus, samples, config, codecs }: Work,
  songs: readonly CorpusSong[],
  each: number,
  form: Form,
): Promise<Listened[]> {
  const found: Listened[] = [];
  for (const clip of stretchesOf(corpus, songs, { samples, each })) {
    const sound = form === "songs" ? clip.sound : await codecs[form]!.copy(clip.sound);
    found.push(listen({ ...clip, sound }, config.sampleRate));
  }
  return found;
}

/** Generates lines of lyrics from a small grammar, with a given number of syllables, alternating stress, and rhyme. */

import type { Random } from "../../random.ts";
import { rhymeOf, syllablesOf } from "../../singing/pronounce.ts";
import {
  adjectives,
  adverbs,
  countNouns,
  intransitiveVerbs,
  massNouns,
  prepositions,
  transitiveVerbs,
} from "./word-lists.ts";

/**
 * Sentence patterns. Lower-case words are literal; a capital stands for any word of a word class, optionally inflected:
 * T count noun, T:s plural, U mass noun, Q adjective, M adverb, P preposition, D intransitive verb, A transitive verb,
 * D:s "sings", D:ing "singing".
 */
const sentences = `
the Q T D:s P the T
the T D:s M P the Q T
the Q T:s D P the T
the T:s of U D M
a Q T D:s M
T:s and T:s D P the T
every T is a Q T
every T D:s M in the Q U
I A the Q T and A the T
I will A your T M
I will D P the Q T
I D with the T:s P the T
you and I will D M
we D P the Q T:s
we will A the T of U
we are D:ing P the Q T
they are A:ing all the Q T:s
D:ing P the T of U
D:ing M P the Q T
A:ing the T and the Q T
when the T D:s I D M
when the Q T:s D I will D
if the T is Q then the T is Q
there is U in the Q T
there is a T P the T
there are T:s and T:s P the T
oh my Q T of U
oh my T do not D M
do not D P the Q T
do not A the T of U
come and D with me P the T
come and A the Q T with me
let us A the Q T:s M
let us D M P the T
no one A:s the Q T
nobody D:s P the T of U
who will A the T of U
where do the Q T:s D
how Q is the T P the T
give me U and give me T:s
take me to the Q T of U
bring me the T and the Q T
my T is a T and your T is a T
my T is Q and your T is Q
your Q T is D:ing M
her T is as Q as a T
his T is a T P the T
this is the T of the Q T
this Q T will never D
all the T:s are D:ing M
all I A is a T of U
only the T:s D M
one Q T and seven T:s
two Q T:s are D:ing P the T
three Q T:s will A the T
the U is D:ing P the T
the U of the T is Q
U and U and a T of U
so Q so Q is the T
so long my T of U
goodbye to the Q T of U
hello to the T:s P the T
and the T D:s M P the T
and I A you like a Q T
T
oh T
the T
Q U
oh my T
oh my Q T
oh my T of U
we D M
we D P the T
I A you M
the T D:s M
the T:s D M
D M my T
T and T
T of U
Q T:s of U
U and U
a T of U
D:ing M
D:ing P the T
A the T
A my T
do not D
you will D
who will D
do we D
but the T is Q and the T:s are Q
`
  .trim()
  .split("\n")
  .map((line) => line.split(" "));

const kinds: Readonly<Record<string, readonly string[]>> = {
  T: countNouns,
  U: massNouns,
  Q: adjectives,
  M: adverbs,
  P: prepositions,
  D: intransitiveVerbs,
  A: transitiveVerbs,
};

export interface LineSpec {
  /** 1 … 14. */
  readonly syllables: number;
  /** A word that the last word should rhyme with; ignored if no rhyme is found. */
  readonly rhymesWith?: string;
}

/** Attempts at a line with the right number of syllables, and number of such lines to choose from. */
const tries = 400;
const candidates = 6;

/** One line without punctuation, such as "the silver river runs toward the sea". Throws if none is found. */
export function composeLine(random: Random, { syllables, rhymesWith }: LineSpec): string {
  const fitting = sentences.filter(({ length }) => length <= syllables && syllables <= 2 * length);
  const found: { line: string; score: number }[] = [];
  for (let attempt = 0; attempt < tries && found.length < candidates; attempt++) {
    const words = fill(random, random.pick(fitting), rhymesWith);
    if (!words) continue;
    const stresses = words.flatMap((word) =>
      syllablesOf(word).map(({ stressed }) => stressed && !functionWords.has(word)),
    );
    if (stresses.length === syllables)
      found.push({ line: words.join(" "), score: meterScore(stresses) + 0.5 * rhymeEase(words.at(-1)!) });
  }
  const best = found.toSorted((a, b) => b.score - a.score)[0];
  if (best) return best.line;
  if (rhymesWith !== undefined) return composeLine(random, { syllables });
  throw new Error(`no line of ${syllables} syllables was found`);
}

/** Function words count as unstressed, although the dictionary stresses them. */
const functionWords = new Set(
  "the a an of and in is are to as you i will with me my your her his this do so but if at".split(" "),
);

/** Share of syllables that agree with alternating stress, starting with the better of the two. */
function meterScore(stresses: readonly boolean[]): number {
  const hits = (first: number) => stresses.filter((stressed, index) => stressed === (index % 2 === first)).length;
  return Math.max(hits(0), hits(1)) / stresses.length;
}

/** Fills a sentence pattern with words; undefined if no last word rhymes. */
function fill(random: Random, sentence: readonly string[], rhymesWith: string | undefined): string[] | undefined {
  const words: string[] = [];
  for (const [index, slot] of sentence.entries()) {
    const last = index === sentence.length - 1;
    const choice = last && rhymesWith !== undefined ? rhyming(slot, rhymesWith) : formsOf(slot);
    if (choice.length === 0) return undefined;
    words.push(random.pick(choice));
  }
  return words.map((word, index) => (word === "a" && /^[aeiou]/.test(words[index + 1] ?? "") ? "an" : word));
}

const forms = new Map<string, readonly string[]>();

/** The words that fit a slot, inflected. */
function formsOf(slot: string): readonly string[] {
  const found = forms.get(slot);
  if (found) return found;
  const [kind = "", form] = slot.split(":");
  const words = (kinds[kind] ?? [slot]).map((word) =>
    form === "s" ? withS(word) : form === "ing" ? withIng(word) : word,
  );
  forms.set(slot, words);
  return words;
}

/** Words that may end a line, by rhyme. */
const ends = Map.groupBy(
  new Set([...countNouns, ...countNouns.map(withS), ...massNouns, ...adverbs, ...adjectives, ...intransitiveVerbs]),
  rhymeOf,
);

/** How many rhymes a word has, as a score 0 … 1. */
const rhymeEase = (word: string): number => Math.min(1, ((ends.get(rhymeOf(word))?.length ?? 0) - 1) / 5);

const rhymes = new Map<string, readonly string[]>();

function rhyming(slot: string, word: string): readonly string[] {
  const key = `${slot} ${word}`;
  const found = rhymes.get(key);
  if (found) return found;
  const wanted = rhymeOf(word);
  const words = formsOf(slot).filter((other) => other !== word && rhymeOf(other) === wanted);
  rhymes.set(key, words);
  return words;
}

/** Adds -s: "kisses", "carries", "goes", "runs". */
export function withS(word: string): string {
  if (/(s|x|z|ch|sh|o)$/.test(word) && !/(radio|piano)$/.test(word)) return `${word}es`;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}

/** Adds -ing: "running", "dancing", "beginning", "singing". */
export function withIng(word: string): string {
  if (/[^e]e$/.test(word)) return `${word.slice(0, -1)}ing`;
  const doubled = /^[^aeiou]*[aeiou][bdgklmnprt]$/.test(word) || /(begin|forget)$/.test(word);
  return doubled ? `${word}${word.at(-1)}ing` : `${word}ing`;
}

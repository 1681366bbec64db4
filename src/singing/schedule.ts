/** Times of the phones of a sung line: vowels start on their notes, consonants shorten what is before them. */
import { consonantSeconds, isVowel, silence } from "./phones.ts";
import type { Syllable } from "./pronounce.ts";

export interface SungNote {
  /** Seconds from the start of the sound. */
  readonly seconds: number;
  readonly duration: number;
  /** MIDI note number. */
  readonly pitch: number;
  /** Continues the syllable of the previous note. */
  readonly held?: boolean;
}

export interface TimedPhone {
  /** "pau" is silence. */
  readonly phone: string;
  readonly from: number;
  readonly to: number;
}

/** Share of the time between two vowels that consonants may take. */
const consonantShare = 0.55;
/** Shortest rest between notes, and how far a consonant may extend into it, in seconds. */
const rest = 0.08;
const release = 0.08;
/** Release after a line, in seconds. */
export const tailSeconds = 0.15;

/**
 * Notes for this many syllables, one each. The last syllable holds surplus notes; if there are too few, the longest are
 * split.
 */
export function fitNotes(notes: readonly SungNote[], syllables: number): SungNote[] {
  if (notes.length === 0) throw new Error("a line needs a note");
  const fitted = notes.map((note, index) => (index === 0 ? { ...note, held: false } : note));
  const starts = () => fitted.filter(({ held }) => !held).length;
  while (starts() < syllables) halveLongest(fitted);
  let seen = 0;
  return fitted.map((note) => (!note.held && ++seen > syllables ? { ...note, held: true } : note));
}

function halveLongest(notes: SungNote[]): void {
  const longest = notes.reduce((best, note, index) => (note.duration > notes[best]!.duration ? index : best), 0);
  const note = notes[longest]!;
  const duration = note.duration / 2;
  notes.splice(longest, 1, { ...note, duration }, { ...note, duration, seconds: note.seconds + duration, held: false });
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** From the start of a syllable's first note to the end of its last. */
function spansOf(notes: readonly SungNote[]): Span[] {
  const spans: { from: number; to: number }[] = [];
  for (const { seconds, duration, held } of notes) {
    if (held) spans.at(-1)!.to = seconds + duration;
    else spans.push({ from: seconds, to: seconds + duration });
  }
  return spans;
}

/** The phones of all syllables one after another, with silence before, after, and in rests. */
export function schedule(syllables: readonly Syllable[], notes: readonly SungNote[]): TimedPhone[] {
  const spans = spansOf(notes);
  if (spans.length !== syllables.length) throw new Error("the number of syllables and of notes that begin one differ");
  const phones: TimedPhone[] = [];
  openLine(phones, onsetOf(syllables[0]), spans[0]!.from);
  for (const [index, syllable] of syllables.entries()) {
    const { from, to } = spans[index]!;
    const next = spans[index + 1];
    const coda = wished(syllable.phones.slice(syllable.vowel + 1));
    const onset = onsetOf(syllables[index + 1]);
    const gap = next ? next.from - to : Number.POSITIVE_INFINITY;
    if (next && gap < rest) {
      const between = squeeze([...coda, ...onset], consonantShare * (next.from - from));
      vowelThen(phones, syllable, from, between, next.from);
    } else {
      const late = coda.length > 0 ? Math.min(release, gap / 2) : 0;
      vowelThen(phones, syllable, from, squeeze(coda, consonantShare * (to - from) + late), to + late);
      if (next) openLine(phones, onset, next.from);
      else phones.push({ phone: silence, from: to + late, to: to + late + tailSeconds });
    }
  }
  return phones;
}

/** Silence, then consonants that end where the vowel begins; they are shorter where there is no time for them. */
function openLine(phones: TimedPhone[], onset: readonly Wished[], vowelAt: number): void {
  const from = phones.at(-1)?.to ?? 0;
  const consonants = squeeze(onset, vowelAt - from);
  const start = vowelAt - total(consonants);
  if (start > from || phones.length === 0) phones.push({ phone: silence, from, to: start });
  append(phones, consonants, start);
}

interface Wished {
  readonly phone: string;
  readonly seconds: number;
}

const wished = (phones: readonly string[]): Wished[] =>
  phones.map((phone) => ({ phone, seconds: consonantSeconds(phone) }));

const onsetOf = (syllable: Syllable | undefined): Wished[] =>
  wished(syllable ? syllable.phones.slice(0, syllable.vowel) : []);

const total = (list: readonly Wished[]): number => list.reduce((sum, { seconds }) => sum + seconds, 0);

/** Scales all durations down, if necessary. */
function squeeze(list: readonly Wished[], most: number): Wished[] {
  const factor = Math.min(1, Math.max(0, most) / Math.max(total(list), 1e-9));
  return list.map(({ phone, seconds }) => ({ phone, seconds: seconds * factor }));
}

function vowelThen(phones: TimedPhone[], syllable: Syllable, from: number, rest: readonly Wished[], end: number): void {
  const vowel = syllable.phones[syllable.vowel]!;
  if (!isVowel(vowel)) throw new Error(`a syllable around "${vowel}"`);
  phones.push({ phone: vowel, from, to: end - total(rest) });
  append(phones, rest, end - total(rest));
}

function append(phones: TimedPhone[], list: readonly Wished[], start: number): void {
  let from = start;
  for (const { phone, seconds } of list) {
    phones.push({ phone, from, to: from + seconds });
    from += seconds;
  }
}

/** The melody's parts: a lead, or a singer answered by the lead, or a lead echoed by the chords' instrument. */

import { program } from "./bands.ts";
import {
  chordAt,
  type Note,
  type Part,
  type Section,
  type Singer,
  ticksPerBar,
  ticksPerBeat,
  type VocalPhrase,
} from "./score.ts";
import { type ComposeContext, type Theme, themeOf } from "./style.ts";
import { moveIntoRange, nearestPitch } from "./theory.ts";
import { composeTune, embellish, realizeTune, type Tune } from "./tune.ts";
import { ranges } from "./voice/singer.ts";

type Range = readonly [number, number];

/** Programs that stand in for the voice where a score is rendered without lyrics. */
const vocalPrograms: Readonly<Record<Singer, number>> = {
  low: program.aahs,
  high: program.oohs,
  choir: program.aahs,
  machine: program.oohs,
};
/** Share of busy bars in solos. */
const soloBusyShare = 0.9;

export interface Melody {
  /** The melody, in whichever part it lies. */
  readonly notes: readonly Note[];
  readonly parts: readonly Part[];
}

/** Composes one tune per theme; each theme's repeats play its tune, every second one embellished. */
export function composeMelody(context: ComposeContext): Melody {
  const { band, repertoire, style, sections } = context;
  const played = moodRange(band.range, context);
  const sung = band.singer && moodRange(ranges[band.singer], context);
  const tunes = new Map<Theme, Tune>();
  const repeats = new Map<Theme, number>();
  const lines = sections.flatMap((section) => {
    const theme = section.name === "intro" ? style.melodies.intro : themeOf(section);
    const plan = theme && style.melodies.plans[theme];
    if (!theme || !plan) return [];
    const isSung = sung !== undefined && hasVocals(section);
    const range = isSung ? sung : played;
    const tune = tunes.get(theme) ?? composeThemeTune(context, theme, plan, range);
    tunes.set(theme, tune);
    const repeat = repeats.get(theme) ?? 0;
    repeats.set(theme, repeat + 1);
    const inRange = { ...tune, startPitch: moveIntoRange(tune.startPitch, range) };
    const { bar, bars } = section;
    const notes = realizeTune(inRange, { chords: context.chords, range, bar, bars });
    return [{ isSung, notes: repeat % 2 === 1 ? varyRepeat(notes, context) : notes }];
  });
  const of = (voice: boolean): Note[] => lines.filter(({ isSung }) => isSung === voice).flatMap(({ notes }) => notes);
  const [lead, voice] = [of(false), of(true)];
  const notes = [...lead, ...voice].sort((a, b) => a.tick - b.tick);
  const late = { on: band.late, off: band.late };
  const instrument = { role: "lead", program: band.lead, level: 4, late } as const;
  if (!band.singer) {
    const echo = style.answers ? composeAnswers(context, notes, [60, 79]) : [];
    const answer = { role: "answer", program: repertoire.chords, level: -6, late, notes: echo } as const;
    return { notes, parts: [{ ...instrument, notes: lead }, ...(echo.length > 0 ? [answer] : [])] };
  }
  const all = [...lead, ...composeAnswers(context, voice, played)].sort((a, b) => a.tick - b.tick);
  const singer: Part = {
    role: "voice",
    program: vocalPrograms[band.singer],
    level: 4,
    ...addBreaths(voice),
    singer: band.singer,
  };
  return { notes, parts: [singer, { ...instrument, level: 2, notes: all }] };
}

/** Embellishes a repeat; strong beats keep chord tones. */
const varyRepeat = (notes: readonly Note[], { chords, style }: ComposeContext): Note[] =>
  embellish(notes, chords, style.short).map((note) =>
    note.tick % 24 === 0 ? { ...note, pitch: nearestPitch(note.pitch, chordAt(chords, note.tick).tones) } : note,
  );

const hasVocals = ({ name }: Section): boolean => name === "verse" || name === "chorus";

/** The part of a range that the mood uses: at least 13 semitones. */
function moodRange([low, high]: Range, { profile }: ComposeContext): Range {
  const [from, to] = profile.register.map((share) => Math.round(low + share * (high - low))) as [number, number];
  const top = Math.min(high, Math.max(to, from + 13));
  return [Math.min(from, top - 13), top];
}

function composeThemeTune(
  { random, style, band, profile }: ComposeContext,
  theme: Theme,
  plan: string,
  range: Range,
): Tune {
  const busy = theme === "solo" ? soloBusyShare : band.busy;
  const { calm, busy: quick, cadences } = style.melodies;
  const busyShare = Math.min(1, busy * profile.busy);
  const tune = composeTune(random, { range, calm, busy: quick, cadences, busyShare }, plan);
  const letters = plan.replaceAll(" ", "");
  const bars = tune.bars.map((motif, index) => (letters[index] === "-" ? [] : motif));
  return { ...tune, bars, endsOnRoot: /[A-Z]-?$/.test(letters) };
}

/**
 * Answers in the melody's rests: repeats its last notes over the current chord, from the next bar line if the rest
 * reaches half a bar beyond it.
 */
function composeAnswers(
  { style, chords, sections, bars }: ComposeContext,
  notes: readonly Note[],
  range: Range,
): Note[] {
  const offBeat = ticksPerBeat - style.short;
  return notes.flatMap((note, index) => {
    const section = sections.findLast(({ bar }) => bar * ticksPerBar <= note.tick)!;
    const end = Math.min(notes[index + 1]?.tick ?? bars * ticksPerBar, endOf(section));
    const beat = ticksPerBeat * Math.ceil((note.tick + note.ticks) / ticksPerBeat);
    const bar = ticksPerBar * Math.ceil(beat / ticksPerBar);
    const from = end - bar >= ticksPerBar / 2 ? bar : beat;
    const candidates = [0, 1, 2].flatMap((step) => [0, offBeat].map((place) => from + step * ticksPerBeat + place));
    const slots = candidates.filter((tick) => tick + style.short <= end);
    if (section.dynamics === "soft" || slots.length < 2) return [];
    const call = notes.slice(Math.max(0, index + 1 - slots.length), index + 1);
    return call.map(({ pitch }, place) => {
      const tick = slots[place]!;
      const { tones, scale } = chordAt(chords, tick);
      const allowed = place === call.length - 1 ? tones : scale;
      return { tick, ticks: style.short, pitch: nearestPitch(moveIntoRange(pitch, range), allowed), velocity: 84 };
    });
  });
}

const endOf = ({ bar, bars }: Section): number => (bar + bars) * ticksPerBar;

/** Groups vocal notes in phrases of two bars and shortens each phrase's last note to leave room for a breath. */
function addBreaths(notes: readonly Note[]): { notes: Note[]; lines: VocalPhrase[] } {
  const breath = 3;
  const groups = [...Map.groupBy(notes, ({ tick }) => Math.floor(tick / (2 * ticksPerBar))).values()];
  const sung = groups.map((group, index) => {
    const next = groups[index + 1]?.[0]?.tick ?? Number.POSITIVE_INFINITY;
    const last = group.at(-1)!;
    return [...group.slice(0, -1), { ...last, ticks: Math.max(2, Math.min(last.ticks, next - breath - last.tick)) }];
  });
  const lines = sung.map((group): VocalPhrase => {
    const [first, last] = [group[0]!, group.at(-1)!];
    return { tick: first.tick, ticks: last.tick + last.ticks - first.tick, notes: group.length };
  });
  return { notes: sung.flat(), lines };
}

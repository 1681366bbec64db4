/** Who sings and plays the tunes: a lead, a singer whom it answers, or an echo from the chords' instrument. */

import { program } from "./bands.ts";
import { composeTune, embellish, sing, type Tune } from "./melody.ts";
import {
  chordAt,
  type Line,
  type Note,
  type Part,
  type Section,
  type Singer,
  ticksPerBar,
  ticksPerBeat,
} from "./score.ts";
import { type Setting, type Theme, themeOf } from "./style.ts";
import { type Chord, nearest } from "./theory.ts";
import { ranges } from "./voice/singer.ts";

type Range = readonly [number, number];

/** What hums in a singer's place where nobody renders the words. */
const hums: Readonly<Record<Singer, number>> = {
  low: program.aahs,
  high: program.oohs,
  choir: program.aahs,
  machine: program.oohs,
};
/** How busy solos are. */
const soloist = 0.9;

export interface Melody {
  /** What is heard on top, whoever has it. */
  readonly notes: readonly Note[];
  readonly parts: readonly Part[];
}

/** Everything that sings: the same theme brings the same tune, every second time with small changes. */
export function melodies(setting: Setting): Melody {
  const { band, repertoire, style, sections } = setting;
  const played = moodRange(band.range, setting);
  const sung = band.singer && moodRange(ranges[band.singer], setting);
  const tunes = new Map<Theme, Tune>();
  const times = new Map<Theme, number>();
  const lines = sections.flatMap((section) => {
    const theme = section.name === "intro" ? style.melodies.intro : themeOf(section);
    const plan = theme && style.melodies.plans[theme];
    if (!theme || !plan) return [];
    const byVoice = sung !== undefined && isSung(section);
    const range = byVoice ? sung : played;
    const tune = tunes.get(theme) ?? tuneFor(setting, theme, plan, range);
    tunes.set(theme, tune);
    const time = times.get(theme) ?? 0;
    times.set(theme, time + 1);
    const notes = sing(within(tune, range), { chords: setting.chords, range, bar: section.bar, bars: section.bars });
    return [{ byVoice, notes: time % 2 === 1 ? varied(notes, setting) : notes }];
  });
  const of = (voice: boolean): Note[] => lines.filter(({ byVoice }) => byVoice === voice).flatMap(({ notes }) => notes);
  const [lead, voice] = [of(false), of(true)];
  const notes = [...lead, ...voice].sort((a, b) => a.tick - b.tick);
  const late = { on: band.late, off: band.late };
  const instrument = { role: "lead", program: band.lead, level: 4, late } as const;
  if (!band.singer) {
    const echo = style.answers ? answers(setting, notes, [60, 79]) : [];
    const answer = { role: "answer", program: repertoire.chords, level: -6, late, notes: echo } as const;
    return { notes, parts: [{ ...instrument, notes: lead }, ...(echo.length > 0 ? [answer] : [])] };
  }
  const all = [...lead, ...answers(setting, voice, played)].sort((a, b) => a.tick - b.tick);
  const singer: Part = { role: "voice", program: hums[band.singer], level: 4, ...breathe(voice), singer: band.singer };
  return { notes, parts: [singer, { ...instrument, level: 2, notes: all }] };
}

/** Small changes, none of which puts a foreign tone on a strong beat. */
const varied = (notes: readonly Note[], { chords, style }: Setting): Note[] =>
  embellish(notes, chords, style.short).map((note) =>
    note.tick % 24 === 0 ? { ...note, pitch: nearest(note.pitch, chordAt(chords, note.tick).tones) } : note,
  );

const isSung = ({ name }: Section): boolean => name === "verse" || name === "chorus";

/** The part of a range that the mood uses, an octave at least. */
function moodRange([low, high]: Range, { spirit }: Setting): Range {
  const [from, to] = spirit.register.map((share) => Math.round(low + share * (high - low))) as [number, number];
  const top = Math.min(high, Math.max(to, from + 13));
  return [Math.min(from, top - 13), top];
}

function tuneFor({ random, style, band, spirit }: Setting, theme: Theme, plan: string, range: Range): Tune {
  const busy = theme === "solo" ? soloist : band.busy;
  const { calm, busy: quick, cadences } = style.melodies;
  const busyShare = Math.min(1, busy * spirit.busy);
  const tune = composeTune(random, { range, calm, busy: quick, cadences, busyShare }, plan);
  const letters = plan.replaceAll(" ", "");
  const bars = tune.bars.map((motif, index) => (letters[index] === "-" ? [] : motif));
  return { ...tune, bars, closes: /[A-Z]-?$/.test(letters) };
}

/** The same tune where another sings it: its home is moved by octaves. */
function within(tune: Tune, [low, high]: Range): Tune {
  let { home } = tune;
  while (home < low) home += 12;
  while (home > high) home -= 12;
  return { ...tune, home };
}

/** Rests of a melody are answered: its last notes once more, over the chord of the moment; a bar's rest is waited for. */
function answers({ style, chords, sections, bars }: Setting, notes: readonly Note[], range: Range): Note[] {
  const off = ticksPerBeat - style.short;
  return notes.flatMap((note, index) => {
    const section = sections.findLast(({ bar }) => bar * ticksPerBar <= note.tick)!;
    const until = Math.min(notes[index + 1]?.tick ?? bars * ticksPerBar, endOf(section));
    const beat = ticksPerBeat * Math.ceil((note.tick + note.ticks) / ticksPerBeat);
    const bar = ticksPerBar * Math.ceil(beat / ticksPerBar);
    const from = until - bar >= ticksPerBar / 2 ? bar : beat;
    const places = [0, 1, 2].flatMap((step) => [0, off].map((place) => from + step * ticksPerBeat + place));
    const free = places.filter((tick) => tick + style.short <= until);
    if (section.dynamics === "soft" || free.length < 2) return [];
    const called = notes.slice(Math.max(0, index + 1 - free.length), index + 1);
    return called.map(({ pitch }, place) => {
      const tick = free[place]!;
      const last = place === called.length - 1;
      return { tick, ticks: style.short, pitch: into(pitch, range, chordAt(chords, tick), last), velocity: 84 };
    });
  });
}

const endOf = ({ bar, bars }: Section): number => (bar + bars) * ticksPerBar;

function into(pitch: number, [low, high]: Range, chord: Chord, firm: boolean): number {
  let near = pitch;
  while (near < low) near += 12;
  while (near > high) near -= 12;
  return nearest(near, firm ? chord.tones : chord.scale);
}

/** Two bars make a breath: its last note ends early. */
function breathe(notes: readonly Note[]): { notes: Note[]; lines: Line[] } {
  const breath = 3;
  const groups = [...Map.groupBy(notes, ({ tick }) => Math.floor(tick / (2 * ticksPerBar))).values()];
  const sung = groups.map((group, index) => {
    const next = groups[index + 1]?.[0]?.tick ?? Number.POSITIVE_INFINITY;
    const last = group.at(-1)!;
    return [...group.slice(0, -1), { ...last, ticks: Math.max(2, Math.min(last.ticks, next - breath - last.tick)) }];
  });
  const lines = sung.map((group): Line => {
    const [first, last] = [group[0]!, group.at(-1)!];
    return { tick: first.tick, ticks: last.tick + last.ticks - first.tick, notes: group.length };
  });
  return { notes: sung.flat(), lines };
}

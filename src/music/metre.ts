/** Where the beat lies, which part of its form a song is in, its key and chord, its mood, how loud it is and what is sung: told of every moment to priors that count along. */
import { barsOf, isProgression, numeralOf, qualityName, roots, tonicOf } from "./chords.ts";

/** What a model that counts knows of beats, parts and keys; ids of names are their places here, counted from 1. */
export interface MetreRules {
  readonly ticksPerBar: number;
  /** Samples of the smallest step between two tempos. */
  readonly grain: number;
  /** Grains a tick. */
  readonly tempos: readonly number[];
  /** Such as "F major". */
  readonly keys: readonly string[];
  /** Names of the parts of songs. */
  readonly sections: readonly string[];
  /** Of a model that knows them, such as "calm" and "soft". */
  readonly moods?: readonly string[];
  readonly dynamics?: readonly string[];
  /** Of a model that is told chords: what a root may carry, such as "m7". */
  readonly chords?: readonly string[];
  /** Of a model that is told what is sung: silence first. */
  readonly phones?: readonly string[];
}

/** A part of a form, its bars, and how loud it is where that is known. */
export type FormPart = readonly [name: string, bars: number, dynamics?: string];

/** How songs of a genre go. */
export interface Form {
  /** Round and round until the song ends. */
  readonly form: readonly FormPart[];
  /** Before and after the rounds, in songs that are long enough. */
  readonly intro?: FormPart;
  readonly outro?: FormPart;
}

/** How a band plays a genre. */
export interface BandMetre extends Form {
  /** Grains a tick. */
  readonly tempo: number;
  readonly keys: readonly string[];
  /** Whether it has a singer, where phones are known. */
  readonly sings?: boolean;
  /** The same by mood, where moods are known. */
  readonly moods?: readonly MoodMetre[];
}

export interface MoodMetre {
  readonly mood: string;
  readonly tempo: number;
  readonly keys: readonly string[];
  /** Where chords are known. */
  readonly harmony?: Harmony;
  /** Dynamics by the name of a part, where they are known: calm verses may be softer than the form has them. */
  readonly loudness?: Readonly<Record<string, string>>;
}

/** Bars of numerals by the name of the part that goes round through them. */
export type Harmony = Readonly<Record<string, string>>;

/** A song's as numbers: ids are rows of the model's embeddings, 0 is "unknown". */
export interface Metre {
  readonly ticksPerBar: number;
  /** 0 where the beat is not known. */
  readonly samplesPerTick: number;
  readonly grain: number;
  readonly tempo: number;
  readonly key: number;
  /** In order, from the first bar on; the last one holds to the end. */
  readonly sections: readonly MetreSection[];
  /** What is sung, in order of time, silence between: left out, it isn't known. */
  readonly sung?: readonly SungPhone[];
}

/** Places in samples of the song. */
export interface SungPhone {
  readonly phone: number;
  readonly from: number;
  readonly to: number;
}

export interface MetreSection {
  readonly section: number;
  readonly bars: number;
  /** Where the model knows them. */
  readonly mood?: number;
  readonly dynamics?: number;
  /** Bars, round and round, each shared evenly by its chords. */
  readonly chords?: readonly (readonly SoundingChord[])[];
}

export interface SoundingChord {
  /** 1 is C. */
  readonly root: number;
  readonly chord: number;
}

/** A table of a prior that is told something of every moment: row 0 is "unknown". A model has those that its config lists. */
export interface MomentTable {
  readonly name: MomentName;
  readonly rows: number;
}

export const momentNames = [
  "tick",
  "grain",
  "bar",
  "section",
  "tempo",
  "key",
  "root",
  "chord",
  "mood",
  "dynamics",
  "phone",
] as const;
export type MomentName = (typeof momentNames)[number];

/** The part of every song that is its last chord. */
export const END = "end";
/** Bars are counted within their part, and begin anew after so many. */
const COUNTED_BARS = 16;
const RING_SECONDS = 0.5;
/** Bars that songs need to have between an intro and an outro. */
const LEAST_MIDDLE = 8;

/** The tables that a model with these rules has. */
export function momentTables({
  ticksPerBar,
  tempos,
  keys,
  sections,
  moods,
  dynamics,
  chords,
  phones,
}: MetreRules): MomentTable[] {
  const counts = tempos.length > 0; // without a tempo there are moods alone
  const rows: Readonly<Record<MomentName, number | undefined>> = {
    tick: counts ? ticksPerBar : undefined,
    grain: counts ? Math.max(...tempos) : undefined,
    bar: counts ? COUNTED_BARS : undefined,
    section: sections.length || undefined,
    tempo: tempos.length || undefined,
    key: keys.length || undefined,
    root: chords && roots.length,
    chord: chords?.length,
    mood: moods?.length,
    dynamics: dynamics?.length,
    phone: phones?.length,
  };
  return momentNames.flatMap((name) => (rows[name] === undefined ? [] : [{ name, rows: rows[name] + 1 }]));
}

export interface Moments {
  /** First sample of the first position. */
  readonly start: number;
  /** Samples a position. */
  readonly hop: number;
  readonly count: number;
}

/** The row of each table at each position. A song without a metre is unknown throughout. */
export function momentsAt(
  metre: Metre | undefined,
  tables: readonly MomentTable[],
  { start, hop, count }: Moments,
): Map<MomentName, Int32Array> {
  const ids = new Map(tables.map(({ name }) => [name, new Int32Array(count)]));
  if (!metre) return ids;
  const phoneAt = phonesOf(metre.sung);
  for (let at = 0; at < count; at++) {
    const moment = { ...momentAt(metre, start + at * hop), phone: phoneAt(start + (at + 0.5) * hop) };
    for (const { name, rows } of tables) ids.get(name)![at] = Math.min(moment[name], rows - 1);
  }
  return ids;
}

/** The phone at a sample, for samples in rising order. */
function phonesOf(sung: Metre["sung"]): (sample: number) => number {
  if (!sung) return () => 0;
  let next = 0;
  return (sample) => {
    while (next < sung.length && sung[next]!.to <= sample) next++;
    const found = sung[next];
    return found && found.from <= sample ? found.phone : SILENT;
  };
}

/** The row of silence. */
const SILENT = 1;

function momentAt(metre: Metre, sample: number): Record<Exclude<MomentName, "phone">, number> {
  const { ticksPerBar, samplesPerTick, grain, tempo, key, sections } = metre;
  const beaten = samplesPerTick > 0;
  const tick = beaten ? Math.floor(sample / samplesPerTick) : 0;
  let bar = Math.floor(tick / ticksPerBar);
  let part = 0;
  while (part < sections.length - 1 && bar >= sections[part]!.bars) bar -= sections[part++]!.bars;
  const sounding = beaten ? chordAt(sections[part]?.chords, bar, (tick % ticksPerBar) / ticksPerBar) : undefined;
  return {
    tick: beaten ? 1 + (tick % ticksPerBar) : 0,
    grain: beaten ? 1 + Math.floor((sample - tick * samplesPerTick) / grain) : 0,
    bar: beaten ? 1 + (bar % COUNTED_BARS) : 0,
    section: sections[part]?.section ?? 0,
    tempo,
    key,
    root: sounding?.root ?? 0,
    chord: sounding?.chord ?? 0,
    mood: sections[part]?.mood ?? 0,
    dynamics: sections[part]?.dynamics ?? 0,
  };
}

/** The chord at a share of a bar. */
function chordAt(bars: MetreSection["chords"], bar: number, share: number): SoundingChord | undefined {
  const chords = bars?.[bar % bars.length];
  return chords?.[Math.floor(share * chords.length)];
}

/** A song in words, and how long it is. */
export interface MetreWish {
  readonly tempo: number;
  readonly key: string;
  readonly mood?: string;
  /** Of the whole song, instead of what its form has. */
  readonly dynamics?: string;
  readonly harmony?: Harmony;
  /** By the name of a part, before what the form has. */
  readonly loudness?: MoodMetre["loudness"];
  readonly seconds: number;
  readonly sampleRate: number;
}

/** The metre of a song that a band plays in its form, with its last chord in the last whole bar. */
export function metreOf(rules: MetreRules, form: Form, wish: MetreWish): Metre {
  const { ticksPerBar, grain } = rules;
  const samplesPerTick = wish.tempo * grain;
  const barSeconds = (ticksPerBar * samplesPerTick) / wish.sampleRate;
  const bars = Math.max(2, Math.floor((wish.seconds - RING_SECONDS) / barSeconds));
  const parts = layOut(form, bars - 1);
  const sections = [...parts, [END, 1, parts.at(-1)![2]] as const].map(([name, bars, usual]) => {
    const dynamics = wish.dynamics ?? wish.loudness?.[name] ?? usual;
    const chords = wish.harmony?.[name];
    return { name, bars, ...(dynamics !== undefined && { dynamics }), ...(chords !== undefined && { chords }) };
  });
  return metreFrom(rules, { ...wish, sections });
}

/** The parts of so many bars: rounds of the form, the last one cut, between intro and outro where there is room. */
export function layOut({ form, intro, outro }: Form, bars: number): FormPart[] {
  const framed = bars >= LEAST_MIDDLE + (intro?.[1] ?? 0) + (outro?.[1] ?? 0);
  const [before, after] = [framed && intro ? [intro] : [], framed && outro ? [outro] : []];
  const parts: FormPart[] = [...before];
  let left = [...before, ...after].reduce((rest, [, length]) => rest - length, bars);
  for (let turn = 0; left > 0; turn++) {
    const [name, length, ...dynamics] = form[turn % form.length]!;
    parts.push([name, Math.min(length, left), ...dynamics]);
    left -= length;
  }
  return [...parts, ...after];
}

/** The same from the parts themselves. */
export function metreFrom(
  rules: MetreRules,
  song: {
    readonly tempo: number;
    readonly key: string;
    readonly mood?: string;
    readonly sections: readonly {
      readonly name: string;
      readonly bars: number;
      readonly dynamics?: string;
      readonly chords?: string;
    }[];
  },
): Metre {
  const { ticksPerBar, grain, tempos, keys, sections, moods, dynamics } = rules;
  const idIn = (names: readonly string[], name: string | undefined): number =>
    name === undefined ? 0 : names.indexOf(name) + 1;
  return {
    ticksPerBar,
    grain,
    samplesPerTick: song.tempo * grain,
    tempo: tempos.indexOf(song.tempo) + 1,
    key: keys.indexOf(song.key) + 1,
    sections: song.sections.map((part) => ({
      section: idIn(sections, part.name),
      bars: part.bars,
      ...(moods && { mood: idIn(moods, song.mood) }),
      ...(dynamics && { dynamics: idIn(dynamics, part.dynamics) }),
      ...soundingChords(part.chords, song.key, rules),
    })),
  };
}

/** A key's chords as ids, where they can be read and the model knows chords. */
function soundingChords(
  progression: string | undefined,
  key: string,
  { chords: qualities }: MetreRules,
): Pick<MetreSection, "chords"> {
  const tonic = tonicOf(key);
  if (!qualities || progression === undefined || !isProgression(progression) || tonic === undefined) return {};
  const sounding = (name: string): SoundingChord => {
    const { above, quality } = numeralOf(name);
    return { root: 1 + ((tonic + above) % roots.length), chord: 1 + qualities.indexOf(qualityName(quality)) };
  };
  return { chords: barsOf(progression).map((bar) => bar.map(sounding)) };
}

/** Not told of mood and dynamics. */
export const dropMood = (metre: Metre): Metre => ({
  ...metre,
  sections: metre.sections.map((part) => ({ ...part, mood: 0, dynamics: 0 })),
});

/** Not told of chords. */
export const dropChords = (metre: Metre): Metre => ({
  ...metre,
  sections: metre.sections.map(({ chords: _, ...part }) => part),
});

/** Not told what is sung. */
export const dropWords = ({ sung: _, ...metre }: Metre): Metre => metre;

/** Of a song of which neither beat nor parts nor key are known. */
export function moodAlone(
  { ticksPerBar, grain, moods = [], dynamics = [] }: MetreRules,
  song: { readonly mood?: string; readonly dynamics?: string },
): Metre {
  const idIn = (names: readonly string[], name: string | undefined): number =>
    name === undefined ? 0 : names.indexOf(name) + 1;
  const part = { section: 0, bars: 1, mood: idIn(moods, song.mood), dynamics: idIn(dynamics, song.dynamics) };
  return { ticksPerBar, grain, samplesPerTick: 0, tempo: 0, key: 0, sections: [part] };
}

/** Conditioning of each moment of a song: beat, bar, section, tempo, key, chord, mood, dynamics and phone. */
import { barsOf, isProgression, numeralOf, qualityName, roots, tonicOf } from "./chords.ts";

/** The names and units that a model's conditioning knows. The id of a name is its index here plus 1. */
export interface MetreRules {
  readonly ticksPerBar: number;
  /** Samples per grain, the unit of tempo. */
  readonly grain: number;
  /** In grains per tick. */
  readonly tempos: readonly number[];
  /** Such as "F major". */
  readonly keys: readonly string[];
  /** Names of sections. */
  readonly sections: readonly string[];
  /** Such as "calm"; left out of models that are not conditioned on mood. The same holds for what follows. */
  readonly moods?: readonly string[];
  readonly dynamics?: readonly string[];
  /** Chord qualities, such as "m7". */
  readonly chords?: readonly string[];
  /** Phones, silence first. */
  readonly phones?: readonly string[];
}

/** A section of a form, its length in bars, and its dynamics if known. */
export type FormPart = readonly [name: string, bars: number, dynamics?: string];

/** The form of songs. */
export interface Form {
  /** Sections, repeated until the song ends. */
  readonly form: readonly FormPart[];
  /** Sections before and after them, in songs that are long enough. */
  readonly intro?: FormPart;
  readonly outro?: FormPart;
}

/** Form, tempo and keys of a combination of artist and genre. */
export interface BandMetre extends Form {
  /** In grains per tick. */
  readonly tempo: number;
  readonly keys: readonly string[];
  /** Whether its songs have vocals. */
  readonly sings?: boolean;
  /** The same by mood. */
  readonly moods?: readonly MoodMetre[];
}

export interface MoodMetre {
  readonly mood: string;
  readonly tempo: number;
  readonly keys: readonly string[];
  /** Chords, if known. */
  readonly harmony?: Harmony;
  /** Dynamics by section name, if known; they override the form's. */
  readonly loudness?: Readonly<Record<string, string>>;
}

/** Bars of numerals by section name, cycled. */
export type Harmony = Readonly<Record<string, string>>;

/** A song's conditioning as numbers. Ids are rows of the model's embedding tables; 0 is "unknown". */
export interface Metre {
  readonly ticksPerBar: number;
  /** 0 if the beat is unknown. */
  readonly samplesPerTick: number;
  readonly grain: number;
  readonly tempo: number;
  readonly key: number;
  /** In order, from the first bar on; the last one lasts to the end of the song. */
  readonly sections: readonly MetreSection[];
  /** Sung phones in order of time, with silence between them; left out if unknown. */
  readonly sung?: readonly SungPhone[];
}

/** `from` and `to` in samples of the song. */
export interface SungPhone {
  readonly phone: number;
  readonly from: number;
  readonly to: number;
}

export interface MetreSection {
  readonly section: number;
  readonly bars: number;
  /** Ids, if the model is conditioned on them. */
  readonly mood?: number;
  readonly dynamics?: number;
  /** Bars, cycled, each divided evenly by its chords. */
  readonly chords?: readonly (readonly SoundingChord[])[];
}

export interface SoundingChord {
  /** Pitch class plus 1: 1 is C. */
  readonly root: number;
  readonly chord: number;
}

/**
 * An embedding table of a prior's conditioning of moments; row 0 is "unknown". A model has those that its config lists.
 */
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

/** Name of the section that is the last chord of a song. */
export const END = "end";
/** Bars are counted within their section, modulo this. */
const COUNTED_BARS = 16;
/** Decay of the last chord after the last bar. */
const RING_SECONDS = 0.5;
/** Shorter songs than this many bars beside intro and outro have neither. */
const LEAST_MIDDLE = 8;

/** The embedding tables that a model with these names needs. */
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
  const counts = tempos.length > 0; // models without tempos have no beat
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
  /** Sample of the song at which the first position starts. */
  readonly start: number;
  /** Samples per position. */
  readonly hop: number;
  readonly count: number;
}

/** The row of each table at each of `count` positions: [count] per table; all 0 for a song without a metre. */
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

/** The phone at a sample; to be called with samples in ascending order. */
function phonesOf(sung: Metre["sung"]): (sample: number) => number {
  if (!sung) return () => 0;
  let next = 0;
  return (sample) => {
    while (next < sung.length && sung[next]!.to <= sample) next++;
    const found = sung[next];
    return found && found.from <= sample ? found.phone : SILENT;
  };
}

/** Row of silence. */
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

/** The chord of a bar at `share` (0 … 1) of it. */
function chordAt(bars: MetreSection["chords"], bar: number, share: number): SoundingChord | undefined {
  const chords = bars?.[bar % bars.length];
  return chords?.[Math.floor(share * chords.length)];
}

/** Names and values from which `metreOf` builds a song's metre. */
export interface MetreRequest {
  readonly tempo: number;
  readonly key: string;
  readonly mood?: string;
  /** For the whole song, instead of the form's. */
  readonly dynamics?: string;
  readonly harmony?: Harmony;
  /** By section name; overrides the form's. */
  readonly loudness?: MoodMetre["loudness"];
  readonly seconds: number;
  readonly sampleRate: number;
}

/** Lays out a form over the length of a song, with the last chord in the last complete bar. */
export function metreOf(rules: MetreRules, form: Form, request: MetreRequest): Metre {
  const { ticksPerBar, grain } = rules;
  const samplesPerTick = request.tempo * grain;
  const barSeconds = (ticksPerBar * samplesPerTick) / request.sampleRate;
  const bars = Math.max(2, Math.floor((request.seconds - RING_SECONDS) / barSeconds));
  const parts = layOut(form, bars - 1);
  const sections = [...parts, [END, 1, parts.at(-1)![2]] as const].map(([name, bars, usual]) => {
    const dynamics = request.dynamics ?? request.loudness?.[name] ?? usual;
    const chords = request.harmony?.[name];
    return { name, bars, ...(dynamics !== undefined && { dynamics }), ...(chords !== undefined && { chords }) };
  });
  return metreFrom(rules, { ...request, sections });
}

/** Fills `bars` bars: the form's sections, repeated and the last one cut, between intro and outro if there is room. */
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

/** The metre of a song whose sections are known. Names that the rules lack become 0. */
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

/** The ids of a progression's chords in a key, if it can be parsed and the model is conditioned on chords. */
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

/** Sets mood and dynamics to unknown. */
export const dropMood = (metre: Metre): Metre => ({
  ...metre,
  sections: metre.sections.map((part) => ({ ...part, mood: 0, dynamics: 0 })),
});

/** Sets chords to unknown. */
export const dropChords = (metre: Metre): Metre => ({
  ...metre,
  sections: metre.sections.map(({ chords: _, ...part }) => part),
});

/** Sets phones to unknown. */
export const dropWords = ({ sung: _, ...metre }: Metre): Metre => metre;

/** The metre of a song of which only mood and dynamics are known. */
export function moodAlone(
  { ticksPerBar, grain, moods = [], dynamics = [] }: MetreRules,
  song: { readonly mood?: string; readonly dynamics?: string },
): Metre {
  const idIn = (names: readonly string[], name: string | undefined): number =>
    name === undefined ? 0 : names.indexOf(name) + 1;
  const part = { section: 0, bars: 1, mood: idIn(moods, song.mood), dynamics: idIn(dynamics, song.dynamics) };
  return { ticksPerBar, grain, samplesPerTick: 0, tempo: 0, key: 0, sections: [part] };
}

/** Where the beat lies, which part of its form a song is in, and its key: told of every moment to priors that count along. */
import { UserError } from "../errors.ts";

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
}

/** How a band plays a genre. */
export interface BandMetre {
  /** Grains a tick. */
  readonly tempo: number;
  readonly keys: readonly string[];
  /** Parts and their bars, round and round until the song ends. */
  readonly form: readonly (readonly [name: string, bars: number])[];
}

/** A song's as numbers: ids are rows of the model's embeddings, 0 is "unknown". */
export interface Metre {
  readonly ticksPerBar: number;
  readonly samplesPerTick: number;
  readonly grain: number;
  readonly tempo: number;
  readonly key: number;
  /** In order, from the first bar on; the last one holds to the end. */
  readonly sections: readonly { readonly section: number; readonly bars: number }[];
}

/** A table of a prior that is told something of every moment: row 0 is "unknown". */
export interface MomentTable {
  readonly name: MomentName;
  readonly rows: number;
}

export const momentNames = ["tick", "grain", "bar", "section", "tempo", "key"] as const;
export type MomentName = (typeof momentNames)[number];

/** The part of every song that is its last chord. */
export const END = "end";
/** Bars are counted within their part, and begin anew after so many. */
const COUNTED_BARS = 16;
const RING_SECONDS = 0.5;

/** The tables that a model with these rules has. */
export function momentTables({ ticksPerBar, tempos, keys, sections }: MetreRules): MomentTable[] {
  const rows: Readonly<Record<MomentName, number>> = {
    tick: ticksPerBar,
    grain: Math.max(...tempos),
    bar: COUNTED_BARS,
    section: sections.length,
    tempo: tempos.length,
    key: keys.length,
  };
  return momentNames.map((name) => ({ name, rows: rows[name] + 1 }));
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
  for (let at = 0; at < count; at++) {
    const moment = momentAt(metre, start + at * hop);
    for (const { name, rows } of tables) ids.get(name)![at] = Math.min(moment[name], rows - 1);
  }
  return ids;
}

function momentAt(metre: Metre, sample: number): Record<MomentName, number> {
  const { ticksPerBar, samplesPerTick, grain, tempo, key, sections } = metre;
  const tick = Math.floor(sample / samplesPerTick);
  let bar = Math.floor(tick / ticksPerBar);
  let part = 0;
  while (part < sections.length - 1 && bar >= sections[part]!.bars) bar -= sections[part++]!.bars;
  return {
    tick: 1 + (tick % ticksPerBar),
    grain: 1 + Math.floor((sample - tick * samplesPerTick) / grain),
    bar: 1 + (bar % COUNTED_BARS),
    section: sections[part]?.section ?? 0,
    tempo,
    key,
  };
}

/** Tempo and key of a song in words, and how long it is. */
export interface MetreWish {
  readonly tempo: number;
  readonly key: string;
  readonly seconds: number;
  readonly sampleRate: number;
}

/** The metre of a song that a band plays in its form, with its last chord in the last whole bar. */
export function metreOf(rules: MetreRules, { form }: BandMetre, wish: MetreWish): Metre {
  const { ticksPerBar, grain } = rules;
  const samplesPerTick = wish.tempo * grain;
  const barSeconds = (ticksPerBar * samplesPerTick) / wish.sampleRate;
  const bars = Math.max(2, Math.floor((wish.seconds - RING_SECONDS) / barSeconds));
  const sections: { name: string; bars: number }[] = [];
  for (let left = bars - 1, turn = 0; left > 0; turn++) {
    const [name, length] = form[turn % form.length]!;
    sections.push({ name, bars: Math.min(length, left) });
    left -= length;
  }
  return metreFrom(rules, { ...wish, sections: [...sections, { name: END, bars: 1 }] });
}

/** The same from the parts themselves. */
export function metreFrom(
  rules: MetreRules,
  song: {
    readonly tempo: number;
    readonly key: string;
    readonly sections: readonly { readonly name: string; readonly bars: number }[];
  },
): Metre {
  const { ticksPerBar, grain, tempos, keys, sections } = rules;
  return {
    ticksPerBar,
    grain,
    samplesPerTick: song.tempo * grain,
    tempo: tempos.indexOf(song.tempo) + 1,
    key: keys.indexOf(song.key) + 1,
    sections: song.sections.map(({ name, bars }) => ({ section: sections.indexOf(name) + 1, bars })),
  };
}

/** A key as the model spells it; one it doesn't know is refused with those it knows. */
export function keyNamed(name: string, { keys }: MetreRules): string {
  const wanted = name.trim().toLowerCase();
  const known = keys.find((key) => key.toLowerCase() === wanted);
  if (known === undefined)
    throw new UserError(`I don't know the key "${name.slice(0, 40)}". I know ${keys.join(", ")}.`);
  return known;
}

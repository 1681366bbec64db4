/** What makes a genre: its forms, harmony by mood, rhythms and beats, and how chords and bass are played; all of it data but the last. */
import type { Form } from "../music/metre.ts";
import type { Random } from "../random.ts";
import type { Band, Repertoire } from "./bands.ts";
import type { Pattern } from "./groove.ts";
import type { MoodProfile } from "./moods.ts";
import type { ChordSpan, Dynamics, Mood, Note, Part, Section } from "./score.ts";
import type { Key, Mode } from "./theory.ts";

/** Parts of songs that have music of their own; intro and outro borrow that of verse and chorus. */
export const themes = ["verse", "chorus", "solo", "bridge", "break"] as const;
export type Theme = (typeof themes)[number];

/** Bars of numerals, such as "IIm7 V7 | Imaj7", by theme; a theme without has the verse's. */
export interface Harmony extends Readonly<Partial<Record<Theme, string>>> {
  readonly mode: Mode;
  readonly verse: string;
}

/** How melodies go: bars of 12 or 16 steps as in melody.ts. */
export interface Melodies {
  readonly calm: readonly string[];
  readonly busy: readonly string[];
  readonly cadences: readonly string[];
  /** Motifs by letter as in melody.ts, "-" is a bar's rest; a theme without a plan has no melody. */
  readonly plans: Readonly<Partial<Record<Theme, string>>>;
  /** The theme that intros have; without one the melody waits. */
  readonly intro?: Theme;
}

export interface Beats {
  /** General MIDI kit. */
  readonly kit: number;
  readonly level: number;
  /** Bars in turn, by manner of the band, then by loudness. */
  readonly beats: readonly Readonly<Record<Dynamics, readonly Pattern[]>>[];
  /** By manner. */
  readonly fills: readonly Pattern[];
  /** What shakes along where the mood is bright. */
  readonly shaker: string;
}

export interface Style {
  /** Grains a tick, fastest and slowest. */
  readonly tempos: readonly [number, number];
  /** Each part with its dynamics. */
  readonly form: Form;
  /** Bars that rounds come in. */
  readonly unit: number;
  readonly harmony: Readonly<Record<Mood, Harmony>>;
  readonly melodies: Melodies;
  /** Ticks of the shortest note that comes easily: a swung eighth, a straight one. */
  readonly short: number;
  /** Ticks that every second sixteenth comes later. */
  readonly swing?: number;
  /** Whether gaps in the melody are answered. */
  readonly answers: boolean;
  readonly drums?: Beats;
  /** Above 1.6 kHz, in dB, beside what the mood does. */
  readonly tilt?: number;
  /** Chords and bass, and whatever else the genre has, beneath the melody. */
  readonly accompany: (setting: Setting, melody: readonly Note[]) => readonly Part[];
}

/** All that parts are composed from. */
export interface Setting {
  readonly random: Random;
  readonly style: Style;
  readonly band: Band;
  readonly repertoire: Repertoire;
  readonly mood: Mood;
  readonly spirit: MoodProfile;
  readonly key: Key;
  readonly bars: number;
  readonly sections: readonly Section[];
  readonly chords: readonly ChordSpan[];
}

/** The band's own among a genre's ways. */
export const manner = <T>(ways: readonly T[], { band }: Pick<Setting, "band">): T => ways[band.manner % ways.length]!;

/** The theme that a section plays. */
export function themeOf({ name }: Pick<Section, "name">): Theme {
  if (name === "outro") return "chorus";
  return themes.find((theme) => theme === name) ?? "verse";
}

/** Notes of every bar in turn, each told its section and its place in it. */
export function eachBar(
  { sections }: Pick<Setting, "sections">,
  notes: (bar: number, section: Section, barInSection: number) => readonly Note[],
): Note[] {
  return sections.flatMap((section) =>
    Array.from({ length: section.bars }, (_, index) => notes(section.bar + index, section, index)).flat(),
  );
}

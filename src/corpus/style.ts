/** The definition of a genre: form, harmony by mood, rhythms, drums, and a function that composes the accompaniment. */
import type { Form } from "../music/metre.ts";
import type { Random } from "../random.ts";
import type { Band, Repertoire } from "./bands.ts";
import type { Pattern } from "./drum-patterns.ts";
import type { MoodProfile } from "./moods.ts";
import type { ChordSpan, Dynamics, Mood, Note, Part, Section } from "./score.ts";
import type { Key, Mode } from "./theory.ts";

/** Kinds of sections with music of their own; intro and outro reuse that of verse and chorus. */
export const themes = ["verse", "chorus", "solo", "bridge", "break"] as const;
export type Theme = (typeof themes)[number];

/** Bars of numerals, such as "IIm7 V7 | Imaj7", by theme; a theme without any uses the verse's. */
export interface ModalHarmony extends Readonly<Partial<Record<Theme, string>>> {
  readonly mode: Mode;
  readonly verse: string;
}

/** Rhythms of melodies: bars of 12 or 16 steps, as `parseRhythm` in tune.ts reads them. */
export interface Melodies {
  readonly calm: readonly string[];
  readonly busy: readonly string[];
  readonly cadences: readonly string[];
  /** Plans as in `composeTune`; "-" is a bar of rest. A theme without a plan has no melody. */
  readonly plans: Readonly<Partial<Record<Theme, string>>>;
  /** The theme that the melody plays in the intro; left out, it rests there. */
  readonly intro?: Theme;
}

export interface DrumStyle {
  /** General MIDI kit. */
  readonly kit: number;
  readonly level: number;
  /** One-bar patterns, cycled: by the band's variant, then by dynamics. */
  readonly beats: readonly Readonly<Record<Dynamics, readonly Pattern[]>>[];
  /** By the band's variant. */
  readonly fills: readonly Pattern[];
  /** Rhythm of the tambourine in bright songs. */
  readonly shaker: string;
}

export interface Style {
  /** Fastest and slowest tempo, in grains per tick. */
  readonly tempos: readonly [number, number];
  /** Sections with their lengths and dynamics. */
  readonly form: Form;
  /** Bars between intro and outro are a multiple of this. */
  readonly unit: number;
  readonly harmony: Readonly<Record<Mood, ModalHarmony>>;
  readonly melodies: Melodies;
  /** Ticks of the shortest ornamental note: 4 for swung eighths, 6 for straight ones. */
  readonly short: number;
  /** Delay of every second sixteenth, in ticks. */
  readonly swing?: number;
  /** Whether another part answers in the melody's rests. */
  readonly answers: boolean;
  readonly drums?: DrumStyle;
  /** Gain above 1.6 kHz in dB, added to the mood's. */
  readonly tilt?: number;
  /** The parts below the melody: chords, bass and inner voices. */
  readonly accompany: (context: ComposeContext, melody: readonly Note[]) => readonly Part[];
}

/** Everything that the functions which compose parts read. */
export interface ComposeContext {
  readonly random: Random;
  readonly style: Style;
  readonly band: Band;
  readonly repertoire: Repertoire;
  readonly mood: Mood;
  readonly profile: MoodProfile;
  readonly key: Key;
  readonly bars: number;
  readonly sections: readonly Section[];
  readonly chords: readonly ChordSpan[];
}

/** The band's variant of a genre's patterns. */
export const variantFor = <T>(variants: readonly T[], { band }: Pick<ComposeContext, "band">): T =>
  variants[band.variant % variants.length]!;

/** The theme of a section, by the section's name. */
export function themeOf({ name }: Pick<Section, "name">): Theme {
  if (name === "outro") return "chorus";
  return themes.find((theme) => theme === name) ?? "verse";
}

/** The notes of every bar in order: `notes` gets the song's bar, its section, and the bar's index in the section. */
export function eachBar(
  { sections }: Pick<ComposeContext, "sections">,
  notes: (bar: number, section: Section, barInSection: number) => readonly Note[],
): Note[] {
  return sections.flatMap((section) =>
    Array.from({ length: section.bars }, (_, index) => notes(section.bar + index, section, index)).flat(),
  );
}

/** Composes a score from a plan: key, length, form, dynamics and harmony, then each part. Deterministic. */
import { type Form, layOut } from "../music/metre.ts";
import { createRandom, type Random } from "../random.ts";
import { chordSpansOf } from "./accompany.ts";
import { type Band, bandNamed, type Genre, repertoireOf } from "./bands.ts";
import { drumPart } from "./drum-part.ts";
import { addEnding } from "./ending.ts";
import { blues } from "./genres/blues.ts";
import { bossaNova } from "./genres/bossa-nova.ts";
import { classical } from "./genres/classical.ts";
import { funk } from "./genres/funk.ts";
import { house } from "./genres/house.ts";
import { jazz } from "./genres/jazz.ts";
import { lofi } from "./genres/lo-fi.ts";
import { rock } from "./genres/rock.ts";
import { composeMelody } from "./melody-parts.ts";
import { moodPart } from "./mood-part.ts";
import { type MoodProfile, moodProfiles, shiftDynamics } from "./moods.ts";
import {
  type Dynamics,
  grain,
  type Mood,
  type Note,
  type Part,
  type Score,
  type Section,
  sampleRate,
  ticksPerBar,
} from "./score.ts";
import { type ComposeContext, type Style, themeOf } from "./style.ts";
import { type Key, keyName, type Mode } from "./theory.ts";

export interface SongPlan {
  readonly artist: string;
  readonly genre: Genre;
  readonly mood: Mood;
  /** Requested length; the song gets the nearest length that its form allows. */
  readonly seconds: number;
  readonly seed: number;
}

/** Gain of a band's equaliser: this much at its boost, the negative at its cut. */
const eqDecibels = 6;

const styles: Readonly<Record<Genre, Style>> = {
  jazz,
  blues,
  rock,
  funk,
  house,
  "lo-fi": lofi,
  classical,
  "bossa nova": bossaNova,
};

/** The form of a genre's songs: intro, repeated sections, outro. */
export const formOf = ({ genre }: Pick<SongPlan, "genre">): Form => styles[genre].form;

/** Throws if the band is unknown or does not play the genre. */
export function compose({ artist, genre, mood, seconds, seed }: SongPlan): Score {
  const [band, style, profile] = [bandNamed(artist), styles[genre], moodProfiles[mood]];
  const repertoire = repertoireOf(band, genre);
  const random = createRandom(seed);
  const key = keyFor(band, style.harmony[mood].mode, random);
  const grainsPerTick = clamp(repertoire.grainsPerTick + profile.tempoOffset, style.tempos);
  const bars = barsFor(seconds, grainsPerTick, style);
  const sections = sectionsOf(style, mood, { bars, steps: random.pick(profile.dynamicsShifts) });
  const chords = sections.flatMap((section) => chordSpansOf(key, section));
  const context: ComposeContext = { random, style, band, repertoire, mood, profile, key, bars, sections, chords };
  const piece = addEnding({ sections, chords, parts: composeParts(context) }, context);
  const { finish } = profile;
  const eqBands = band.eqBands.map((hertz, index) => ({ hertz, decibels: index === 0 ? eqDecibels : -eqDecibels }));
  return {
    key: keyName(key),
    grainsPerTick,
    bars,
    mood,
    finish: { ...finish, tilt: finish.tilt + (style.tilt ?? 0), bells: [...finish.bells, ...eqBands] },
    ...piece,
    parts: piece.parts.map((part) => ({ ...part, notes: perform(part, context) })),
  };
}

/** Minor keys are the relatives of the band's major keys, so that a band uses few scales. */
function keyFor({ tonics }: Band, mode: Mode, random: Random): Key {
  const tonic = random.pick(tonics);
  return { mode, tonic: mode === "minor" ? (tonic + 9) % 12 : tonic };
}

const clamp = (value: number, [low, high]: readonly [number, number]): number => Math.min(Math.max(value, low), high);

/** Number of bars: a multiple of the style's unit between intro and outro; short songs have a multiple of four. */
function barsFor(seconds: number, grainsPerTick: number, { unit, form }: Style): number {
  const wanted = (seconds * sampleRate) / (ticksPerBar * grainsPerTick * grain);
  const framing = (form.intro?.[1] ?? 0) + (form.outro?.[1] ?? 0) + 1; // the final chord's bar
  const shortest = framing + 8;
  if (wanted < shortest - 2) return Math.max(4, 4 * Math.round(wanted / 4));
  return framing + unit * Math.max(1, Math.round((wanted - framing) / unit));
}

/** The form's sections with chords and shifted dynamics; the last one includes the bar of the final chord. */
function sectionsOf(
  { form, harmony: ofMoods }: Style,
  mood: Mood,
  { bars, steps }: { bars: number; steps: number },
): Section[] {
  const harmony = ofMoods[mood];
  let bar = 0;
  const sections = layOut(form, bars - 1).map(([name, length, dynamics]) => {
    const chords = harmony[themeOf({ name })] ?? harmony.verse;
    const section = { name, bar, bars: length, dynamics: shiftDynamics(dynamics as Dynamics, steps), chords };
    bar += length;
    return section;
  });
  return sections.map((section) => (section === sections.at(-1) ? { ...section, bars: section.bars + 1 } : section));
}

function composeParts(context: ComposeContext): Part[] {
  const { style } = context;
  const melody = composeMelody(context);
  return [
    ...melody.parts,
    ...style.accompany(context, melody.notes),
    ...(style.drums ? [drumPart(context, style.drums)] : []),
    moodPart(context),
  ].filter(({ notes }) => notes.length > 0);
}

const velocityOffsets: Readonly<Record<Dynamics, number>> = { soft: -22, medium: -4, loud: 10 };

/** Applies dynamics, the melodic contour (higher is louder), the mood's articulation and the style's swing. */
function perform({ role, notes }: Part, { sections, profile, style }: ComposeContext): Note[] {
  const middle = notes.reduce((sum, { pitch }) => sum + pitch / notes.length, 0);
  const melodic = role === "lead" || role === "voice" || role === "answer";
  return notes.map((note) => {
    const section = sections.findLast(({ bar }) => bar * ticksPerBar <= note.tick)!;
    const arch = melodic ? Math.round(0.7 * (note.pitch - middle)) : 0;
    const velocity = clamp(note.velocity + velocityOffsets[section.dynamics] + arch, [24, 127]);
    return applySwing({ ...note, velocity, ticks: articulate(note, role, profile) }, style.swing ?? 0);
  });
}

function articulate({ ticks }: Note, role: Part["role"], { articulation }: MoodProfile): number {
  if (articulation >= 1 || (role !== "lead" && role !== "chords" && role !== "answer")) return ticks;
  return Math.max(2, Math.round(ticks * articulation));
}

/** Delays every second sixteenth by `late` ticks; its end stays. */
function applySwing(note: Note, late: number): Note {
  if (late === 0 || note.tick % 6 !== 3) return note;
  return { ...note, tick: note.tick + late, ticks: Math.max(1, note.ticks - late) };
}

/** From a plan to a score: key and bars, form and loudness, harmony, then part by part. The same plan is always the same score. */
import { type Form, layOut } from "../music/metre.ts";
import { createRandom, type Random } from "../random.ts";
import { chordTrack } from "./accompany.ts";
import { type Band, bandNamed, type Genre, repertoireOf } from "./bands.ts";
import { colour } from "./colours.ts";
import { drumming } from "./drums.ts";
import { endOn } from "./ending.ts";
import { blues } from "./genres/blues.ts";
import { bossaNova } from "./genres/bossa-nova.ts";
import { classical } from "./genres/classical.ts";
import { funk } from "./genres/funk.ts";
import { house } from "./genres/house.ts";
import { jazz } from "./genres/jazz.ts";
import { lofi } from "./genres/lo-fi.ts";
import { rock } from "./genres/rock.ts";
import { melodies } from "./melodies.ts";
import { louder, type MoodProfile, moodProfiles } from "./moods.ts";
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
import { type Setting, type Style, themeOf } from "./style.ts";
import { type Key, keyName, type Mode } from "./theory.ts";

export interface SongPlan {
  readonly artist: string;
  readonly genre: Genre;
  readonly mood: Mood;
  /** Wanted length; the song takes the nearest that its form allows. */
  readonly seconds: number;
  readonly seed: number;
}

/** How far a band's mixing desk goes, in dB. */
const forward = 6;

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

/** How a song of a genre goes, for as long as it lasts. */
export const formOf = ({ genre }: Pick<SongPlan, "genre">): Form => styles[genre].form;

export function compose({ artist, genre, mood, seconds, seed }: SongPlan): Score {
  const [band, style, spirit] = [bandNamed(artist), styles[genre], moodProfiles[mood]];
  const repertoire = repertoireOf(band, genre);
  const random = createRandom(seed);
  const key = keyFor(band, style.harmony[mood].mode, random);
  const grainsPerTick = clamp(repertoire.grainsPerTick + spirit.slower, style.tempos);
  const bars = barsIn(seconds, grainsPerTick, style);
  const sections = sectionsOf(style, mood, { bars, steps: random.pick(spirit.louder) });
  const chords = sections.flatMap((section) => chordTrack(key, section));
  const setting: Setting = { random, style, band, repertoire, mood, spirit, key, bars, sections, chords };
  const piece = endOn({ sections, chords, parts: partsOf(setting) }, setting);
  const { finish } = spirit;
  const desk = band.desk.map((hertz, index) => ({ hertz, decibels: index === 0 ? forward : -forward }));
  return {
    key: keyName(key),
    grainsPerTick,
    bars,
    mood,
    finish: { ...finish, tilt: finish.tilt + (style.tilt ?? 0), bells: [...finish.bells, ...desk] },
    ...piece,
    parts: piece.parts.map((part) => ({ ...part, notes: played(part, setting) })),
  };
}

/** Minor keys are the relatives of the band's major ones, so that its scales stay few. */
function keyFor({ tonics }: Band, mode: Mode, random: Random): Key {
  const tonic = random.pick(tonics);
  return { mode, tonic: mode === "minor" ? (tonic + 9) % 12 : tonic };
}

const clamp = (value: number, [low, high]: readonly [number, number]): number => Math.min(Math.max(value, low), high);

/** Rounds of whole units between intro and outro; short songs are fours of bars. */
function barsIn(seconds: number, grainsPerTick: number, { unit, form }: Style): number {
  const wanted = (seconds * sampleRate) / (ticksPerBar * grainsPerTick * grain);
  const frame = (form.intro?.[1] ?? 0) + (form.outro?.[1] ?? 0) + 1; // and the last chord
  const shortest = frame + 8;
  if (wanted < shortest - 2) return Math.max(4, 4 * Math.round(wanted / 4));
  return frame + unit * Math.max(1, Math.round((wanted - frame) / unit));
}

/** The form's sections with their chords, so many steps louder; the last one has the last chord too. */
function sectionsOf(
  { form, harmony: ofMoods }: Style,
  mood: Mood,
  { bars, steps }: { bars: number; steps: number },
): Section[] {
  const harmony = ofMoods[mood];
  let bar = 0;
  const sections = layOut(form, bars - 1).map(([name, length, dynamics]) => {
    const chords = harmony[themeOf({ name })] ?? harmony.verse;
    const section = { name, bar, bars: length, dynamics: louder(dynamics as Dynamics, steps), chords };
    bar += length;
    return section;
  });
  return sections.map((section) => (section === sections.at(-1) ? { ...section, bars: section.bars + 1 } : section));
}

function partsOf(setting: Setting): Part[] {
  const { style } = setting;
  const melody = melodies(setting);
  return [
    ...melody.parts,
    ...style.accompany(setting, melody.notes),
    ...(style.drums ? [drumming(setting, style.drums)] : []),
    colour(setting),
  ].filter(({ notes }) => notes.length > 0);
}

const force: Readonly<Record<Dynamics, number>> = { soft: -22, medium: -4, loud: 10 };

/** Notes as hands play them: as long as the mood has it, louder where the music is, on the beat and towards the top; swung. */
function played({ role, notes }: Part, { sections, spirit, style }: Setting): Note[] {
  const middle = notes.reduce((sum, { pitch }) => sum + pitch / notes.length, 0);
  const melodic = role === "lead" || role === "voice" || role === "answer";
  return notes.map((note) => {
    const section = sections.findLast(({ bar }) => bar * ticksPerBar <= note.tick)!;
    const arch = melodic ? Math.round(0.7 * (note.pitch - middle)) : 0;
    const velocity = clamp(note.velocity + force[section.dynamics] + arch, [24, 127]);
    return swung({ ...note, velocity, ticks: touched(note, role, spirit) }, style.swing ?? 0);
  });
}

function touched({ ticks }: Note, role: Part["role"], { touch }: MoodProfile): number {
  if (touch >= 1 || (role !== "lead" && role !== "chords" && role !== "answer")) return ticks;
  return Math.max(2, Math.round(ticks * touch));
}

/** Every second sixteenth comes late, and ends when it did. */
function swung(note: Note, late: number): Note {
  if (late === 0 || note.tick % 6 !== 3) return note;
  return { ...note, tick: note.tick + late, ticks: Math.max(1, note.ticks - late) };
}

/** The invented bands: instruments, tempos, keys and singers; and the held-out pairs of band and genre. */
import type { Singer } from "./score.ts";

export const genres = ["jazz", "blues", "rock", "funk", "house", "lo-fi", "classical", "bossa nova"] as const;
export type Genre = (typeof genres)[number];

/** How a band plays one genre. Programs are General MIDI numbers, 0 … 127. */
export interface Repertoire {
  readonly genre: Genre;
  readonly chords: number;
  /** Replaces the genre's bass. Otherwise lead and chords are the band's, bass and drums the genre's. */
  readonly bass?: number;
  /** Grains of 128 samples per tick (a twelfth of a beat), before the mood: 6 is 143.6 bpm, 8 is 107.7, 10 is 86.1. */
  readonly grainsPerTick: number;
  /** Never in the training split: the model knows the band and the genre, but not their combination. */
  readonly heldOut?: true;
}

export interface Band {
  readonly name: string;
  /** General MIDI program of the lead. */
  readonly lead: number;
  /** Lowest and highest MIDI pitch of the lead: about two octaves; each mood uses a part of them. */
  readonly range: readonly [number, number];
  /** Share of melody bars that have a busy rhythm, 0 … 1. */
  readonly busy: number;
  /** Pitch classes of its two major keys; its minor keys are their relative minors. */
  readonly tonics: readonly [number, number];
  /** Index of its variant of a genre's bass lines, comping and beats, modulo their number. */
  readonly variant: number;
  /** Delay of lead and chords off the beat, in half grains of 2.9 ms. */
  readonly late: number;
  /** Sings verses and choruses; the lead answers, and plays all other sections. */
  readonly singer?: Singer;
  /** Centre frequencies of its equaliser's boost and cut, in Hz. */
  readonly eqBands: readonly [number, number];
  readonly plays: readonly Repertoire[];
}

/** General MIDI programs. */
export const program = {
  piano: 0,
  electricPiano: 4,
  harpsichord: 6,
  clavinet: 7,
  glockenspiel: 9,
  vibraphone: 11,
  marimba: 12,
  dulcimer: 15,
  drawbarOrgan: 16,
  percussiveOrgan: 17,
  rockOrgan: 18,
  harmonica: 22,
  nylonGuitar: 24,
  steelGuitar: 25,
  jazzGuitar: 26,
  cleanGuitar: 27,
  overdrive: 29,
  distortion: 30,
  doubleBass: 32,
  fingeredBass: 33,
  pickedBass: 34,
  fretlessBass: 35,
  slapBass: 36,
  synthBass: 38,
  violin: 40,
  viola: 41,
  cello: 42,
  pizzicato: 45,
  harp: 46,
  strings: 48,
  aahs: 52,
  oohs: 53,
  trumpet: 56,
  mutedTrumpet: 59,
  altoSax: 65,
  tenorSax: 66,
  oboe: 68,
  clarinet: 71,
  flute: 73,
  squareLead: 80,
  sawLead: 81,
  calliope: 82,
  warmPad: 89,
  polysynth: 90,
  kalimba: 108,
} as const;

/** General MIDI drum kits. */
export const kit = { standard: 0, room: 8, power: 16, analogue: 25, jazz: 32, brush: 40 } as const;

export const bands: readonly Band[] = [
  {
    name: "The Copper Owls",
    lead: program.tenorSax,
    range: [50, 75],
    busy: 0.6,
    tonics: [5, 10],
    variant: 0,
    late: 1,
    eqBands: [400, 2500],
    plays: [
      { genre: "jazz", chords: program.piano, grainsPerTick: 6 },
      { genre: "blues", chords: program.piano, grainsPerTick: 8 },
      { genre: "funk", chords: program.piano, grainsPerTick: 8, heldOut: true },
    ],
  },
  {
    name: "Velvet Lanterns",
    lead: program.vibraphone,
    range: [57, 82],
    busy: 0.3,
    tonics: [0, 5],
    variant: 1,
    late: 1,
    singer: "high",
    eqBands: [1000, 4000],
    plays: [
      { genre: "jazz", chords: program.electricPiano, grainsPerTick: 7 },
      { genre: "lo-fi", chords: program.electricPiano, grainsPerTick: 10 },
      { genre: "bossa nova", chords: program.electricPiano, grainsPerTick: 8, heldOut: true },
    ],
  },
  {
    name: "The Clockwork Orchard",
    lead: program.piano,
    range: [60, 86],
    busy: 0.5,
    tonics: [0, 7],
    variant: 2,
    late: 0,
    eqBands: [2500, 400],
    plays: [
      { genre: "classical", chords: program.piano, bass: program.piano, grainsPerTick: 7 },
      { genre: "jazz", chords: program.piano, grainsPerTick: 7 },
      { genre: "bossa nova", chords: program.nylonGuitar, grainsPerTick: 7 },
    ],
  },
  {
    name: "The Marble Finches",
    lead: program.violin,
    range: [62, 88],
    busy: 0.3,
    tonics: [2, 7],
    variant: 0,
    late: 0,
    eqBands: [4000, 1000],
    plays: [{ genre: "classical", chords: program.viola, grainsPerTick: 8 }],
  },
  {
    name: "Mudbank Parade",
    lead: program.harmonica,
    range: [57, 81],
    busy: 0.3,
    tonics: [4, 9],
    variant: 1,
    late: 1,
    eqBands: [650, 250],
    plays: [
      { genre: "blues", chords: program.jazzGuitar, grainsPerTick: 9 },
      { genre: "rock", chords: program.overdrive, grainsPerTick: 7, heldOut: true },
    ],
  },
  {
    name: "The Rust Pelicans",
    lead: program.overdrive,
    range: [55, 81],
    busy: 0.7,
    tonics: [7, 0],
    variant: 2,
    late: 0,
    singer: "low",
    eqBands: [250, 1600],
    plays: [
      { genre: "blues", chords: program.drawbarOrgan, grainsPerTick: 8 },
      { genre: "rock", chords: program.distortion, grainsPerTick: 7 },
    ],
  },
  {
    name: "Thunder Kettle",
    lead: program.rockOrgan,
    range: [57, 82],
    busy: 0.4,
    tonics: [7, 2],
    variant: 0,
    late: 0,
    singer: "high",
    eqBands: [1600, 6300],
    plays: [
      { genre: "rock", chords: program.distortion, grainsPerTick: 6 },
      { genre: "blues", chords: program.overdrive, grainsPerTick: 7, heldOut: true },
    ],
  },
  {
    name: "Neon Cartographers",
    lead: program.sawLead,
    range: [60, 85],
    busy: 0.8,
    tonics: [0, 3],
    variant: 0,
    late: 0,
    eqBands: [6300, 650],
    plays: [
      { genre: "house", chords: program.polysynth, grainsPerTick: 7 },
      { genre: "funk", chords: program.polysynth, grainsPerTick: 8 },
      { genre: "lo-fi", chords: program.polysynth, grainsPerTick: 10, heldOut: true },
    ],
  },
  {
    name: "Midnight Elevator",
    lead: program.squareLead,
    range: [60, 85],
    busy: 0.4,
    tonics: [5, 8],
    variant: 1,
    late: 0,
    singer: "machine",
    eqBands: [650, 4000],
    plays: [{ genre: "house", chords: program.piano, grainsPerTick: 7 }],
  },
  {
    name: "Opal Switchboard",
    lead: program.calliope,
    range: [60, 85],
    busy: 0.5,
    tonics: [10, 3],
    variant: 2,
    late: 0,
    singer: "low",
    eqBands: [2500, 1000],
    plays: [{ genre: "house", chords: program.percussiveOrgan, grainsPerTick: 7 }],
  },
  {
    name: "The Sunday Ironworks",
    lead: program.trumpet,
    range: [55, 79],
    busy: 0.6,
    tonics: [3, 10],
    variant: 0,
    late: 0,
    eqBands: [1600, 400],
    plays: [{ genre: "funk", chords: program.clavinet, grainsPerTick: 8 }],
  },
  {
    name: "The Elastic Aunts",
    lead: program.altoSax,
    range: [56, 80],
    busy: 0.5,
    tonics: [7, 0],
    variant: 1,
    late: 0,
    singer: "high",
    eqBands: [400, 6300],
    plays: [{ genre: "funk", chords: program.cleanGuitar, grainsPerTick: 9 }],
  },
  {
    name: "Paper Telescope",
    lead: program.kalimba,
    range: [60, 84],
    busy: 0.4,
    tonics: [2, 9],
    variant: 1,
    late: 2,
    eqBands: [4000, 400],
    plays: [{ genre: "lo-fi", chords: program.dulcimer, grainsPerTick: 11 }],
  },
  {
    name: "Tin Umbrella",
    lead: program.mutedTrumpet,
    range: [55, 79],
    busy: 0.3,
    tonics: [8, 3],
    variant: 2,
    late: 2,
    eqBands: [250, 2500],
    plays: [
      { genre: "lo-fi", chords: program.jazzGuitar, grainsPerTick: 10 },
      { genre: "jazz", chords: program.jazzGuitar, grainsPerTick: 7, heldOut: true },
    ],
  },
  {
    name: "The Winter Chapel",
    lead: program.oboe,
    range: [60, 86],
    busy: 0.4,
    tonics: [5, 10],
    variant: 1,
    late: 0,
    singer: "choir",
    eqBands: [650, 2500],
    plays: [{ genre: "classical", chords: program.harpsichord, grainsPerTick: 8 }],
  },
  {
    name: "Slow Ferry",
    lead: program.flute,
    range: [62, 88],
    busy: 0.5,
    tonics: [9, 2],
    variant: 0,
    late: 1,
    eqBands: [6300, 1600],
    plays: [
      { genre: "bossa nova", chords: program.nylonGuitar, grainsPerTick: 8 },
      { genre: "jazz", chords: program.nylonGuitar, grainsPerTick: 6 },
    ],
  },
  {
    name: "Sandalwood Radio",
    lead: program.clarinet,
    range: [55, 80],
    busy: 0.3,
    tonics: [5, 0],
    variant: 1,
    late: 1,
    singer: "high",
    eqBands: [1000, 250],
    plays: [{ genre: "bossa nova", chords: program.marimba, grainsPerTick: 9 }],
  },
  {
    name: "Static Meadow",
    lead: program.cleanGuitar,
    range: [55, 81],
    busy: 0.4,
    tonics: [9, 4],
    variant: 1,
    late: 0,
    singer: "choir",
    eqBands: [4000, 1600],
    plays: [{ genre: "rock", chords: program.steelGuitar, grainsPerTick: 7 }],
  },
];

/** Throws for an unknown name. */
export function bandNamed(name: string): Band {
  const band = bands.find((candidate) => candidate.name === name);
  if (!band) throw new Error(`unknown band "${name}"`);
  return band;
}

/** Throws if the band does not play the genre. */
export function repertoireOf(band: Band, genre: Genre): Repertoire {
  const repertoire = band.plays.find((candidate) => candidate.genre === genre);
  if (!repertoire) throw new Error(`${band.name} has no repertoire in ${genre}`);
  return repertoire;
}

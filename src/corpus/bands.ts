/** The invented bands: who plays what, how fast, in which keys, who sings; and the pairs never trained on. */
import type { Singer } from "./score.ts";

export const genres = ["jazz", "blues", "rock", "funk", "house", "lo-fi", "classical", "bossa nova"] as const;
export type Genre = (typeof genres)[number];

/** One genre as one band plays it; programs are General MIDI's. */
export interface Repertoire {
  readonly genre: Genre;
  readonly chords: number;
  /** Where it is not the genre's: as a rule, lead and chords are the band's, bass and drums the genre's. */
  readonly bass?: number;
  /** Grains of 128 samples a twelfth of a beat, before the mood: 6 is 143.6 beats a minute, 8 is 107.7, 10 is 86.1. */
  readonly grainsPerTick: number;
  /** Composed to judge what was learned, never to learn from: the band and the genre are known, but not together. */
  readonly heldOut?: true;
}

export interface Band {
  readonly name: string;
  /** General MIDI program of the lead. */
  readonly lead: number;
  /** Lowest and highest MIDI pitch of the lead: about two octaves, of which each mood takes its part. */
  readonly range: readonly [number, number];
  /** How many of its bars are busy ones, 0 … 1. */
  readonly busy: number;
  /** Pitch classes of its two major keys; its minor keys are their relatives. */
  readonly tonics: readonly [number, number];
  /** Which of a genre's habits it has: its own bass lines, comping and beats. */
  readonly manner: number;
  /** How late lead and chords come off the beat, in half grains of 2.9 ms. */
  readonly late: number;
  /** Who sings verses and choruses; the lead answers, and plays the rest. */
  readonly singer?: Singer;
  /** The sound of its records: what the mixing desk brings forward, and what it takes back, in Hz. */
  readonly desk: readonly [number, number];
  readonly plays: readonly Repertoire[];
}

/** General MIDI programs by name. */
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

/** Drum kits by name. */
export const kit = { standard: 0, room: 8, power: 16, analogue: 25, jazz: 32, brush: 40 } as const;

export const bands: readonly Band[] = [
  {
    name: "The Copper Owls",
    lead: program.tenorSax,
    range: [50, 75],
    busy: 0.6,
    tonics: [5, 10],
    manner: 0,
    late: 1,
    desk: [400, 2500],
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
    manner: 1,
    late: 1,
    singer: "high",
    desk: [1000, 4000],
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
    manner: 2,
    late: 0,
    desk: [2500, 400],
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
    manner: 0,
    late: 0,
    desk: [4000, 1000],
    plays: [{ genre: "classical", chords: program.viola, grainsPerTick: 8 }],
  },
  {
    name: "Mudbank Parade",
    lead: program.harmonica,
    range: [57, 81],
    busy: 0.3,
    tonics: [4, 9],
    manner: 1,
    late: 1,
    desk: [650, 250],
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
    manner: 2,
    late: 0,
    singer: "low",
    desk: [250, 1600],
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
    manner: 0,
    late: 0,
    singer: "high",
    desk: [1600, 6300],
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
    manner: 0,
    late: 0,
    desk: [6300, 650],
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
    manner: 1,
    late: 0,
    singer: "machine",
    desk: [650, 4000],
    plays: [{ genre: "house", chords: program.piano, grainsPerTick: 7 }],
  },
  {
    name: "Opal Switchboard",
    lead: program.calliope,
    range: [60, 85],
    busy: 0.5,
    tonics: [10, 3],
    manner: 2,
    late: 0,
    singer: "low",
    desk: [2500, 1000],
    plays: [{ genre: "house", chords: program.percussiveOrgan, grainsPerTick: 7 }],
  },
  {
    name: "The Sunday Ironworks",
    lead: program.trumpet,
    range: [55, 79],
    busy: 0.6,
    tonics: [3, 10],
    manner: 0,
    late: 0,
    desk: [1600, 400],
    plays: [{ genre: "funk", chords: program.clavinet, grainsPerTick: 8 }],
  },
  {
    name: "The Elastic Aunts",
    lead: program.altoSax,
    range: [56, 80],
    busy: 0.5,
    tonics: [7, 0],
    manner: 1,
    late: 0,
    singer: "high",
    desk: [400, 6300],
    plays: [{ genre: "funk", chords: program.cleanGuitar, grainsPerTick: 9 }],
  },
  {
    name: "Paper Telescope",
    lead: program.kalimba,
    range: [60, 84],
    busy: 0.4,
    tonics: [2, 9],
    manner: 1,
    late: 2,
    desk: [4000, 400],
    plays: [{ genre: "lo-fi", chords: program.dulcimer, grainsPerTick: 11 }],
  },
  {
    name: "Tin Umbrella",
    lead: program.mutedTrumpet,
    range: [55, 79],
    busy: 0.3,
    tonics: [8, 3],
    manner: 2,
    late: 2,
    desk: [250, 2500],
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
    manner: 1,
    late: 0,
    singer: "choir",
    desk: [650, 2500],
    plays: [{ genre: "classical", chords: program.harpsichord, grainsPerTick: 8 }],
  },
  {
    name: "Slow Ferry",
    lead: program.flute,
    range: [62, 88],
    busy: 0.5,
    tonics: [9, 2],
    manner: 0,
    late: 1,
    desk: [6300, 1600],
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
    manner: 1,
    late: 1,
    singer: "high",
    desk: [1000, 250],
    plays: [{ genre: "bossa nova", chords: program.marimba, grainsPerTick: 9 }],
  },
  {
    name: "Static Meadow",
    lead: program.cleanGuitar,
    range: [55, 81],
    busy: 0.4,
    tonics: [9, 4],
    manner: 1,
    late: 0,
    singer: "choir",
    desk: [4000, 1600],
    plays: [{ genre: "rock", chords: program.steelGuitar, grainsPerTick: 7 }],
  },
];

export function bandNamed(name: string): Band {
  const band = bands.find((candidate) => candidate.name === name);
  if (!band) throw new Error(`there is no band "${name}"`);
  return band;
}

export function repertoireOf(band: Band, genre: Genre): Repertoire {
  const repertoire = band.plays.find((candidate) => candidate.genre === genre);
  if (!repertoire) throw new Error(`${band.name} do not play ${genre}`);
  return repertoire;
}

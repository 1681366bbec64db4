/** The invented bands: who plays what, on which lead, how fast, in which keys; and the pairs never trained on. */

export const genres = ["jazz", "blues", "house", "classical", "rock"] as const;
export type Genre = (typeof genres)[number];

/** One genre as one band plays it. */
export interface Repertoire {
  readonly genre: Genre;
  /** General MIDI program of the chords. */
  readonly chords: number;
  /** Grains of 128 samples a twelfth of a beat: 6 is 143.6 beats a minute, 7 is 123.0, 8 is 107.7, 9 is 95.7. */
  readonly grainsPerTick: number;
  /** Composed to judge what was learned, never to learn from: the band and the genre are known, but not together. */
  readonly heldOut?: true;
}

export interface Band {
  readonly name: string;
  /** General MIDI program of the lead. */
  readonly lead: number;
  /** Lowest and highest MIDI pitch of the lead. */
  readonly range: readonly [number, number];
  /** How many of its bars are busy ones, 0 … 1. */
  readonly busy: number;
  /** Pitch classes of its two keys. */
  readonly tonics: readonly [number, number];
  readonly plays: readonly Repertoire[];
}

/** General MIDI programs by name. */
export const program = {
  piano: 0,
  electricPiano: 4,
  vibraphone: 11,
  drawbarOrgan: 16,
  rockOrgan: 18,
  harmonica: 22,
  jazzGuitar: 26,
  cleanGuitar: 27,
  overdrive: 29,
  distortion: 30,
  doubleBass: 32,
  fingeredBass: 33,
  pickedBass: 34,
  synthBass: 38,
  violin: 40,
  viola: 41,
  cello: 42,
  tenorSax: 66,
  squareLead: 80,
  sawLead: 81,
  warmPad: 89,
  polysynth: 90,
} as const;

export const bands: readonly Band[] = [
  {
    name: "The Copper Owls",
    lead: program.tenorSax,
    range: [53, 74],
    busy: 0.6,
    tonics: [5, 10],
    plays: [
      { genre: "jazz", chords: program.piano, grainsPerTick: 6 },
      { genre: "blues", chords: program.piano, grainsPerTick: 8 },
      { genre: "house", chords: program.polysynth, grainsPerTick: 7, heldOut: true },
    ],
  },
  {
    name: "Velvet Lanterns",
    lead: program.vibraphone,
    range: [60, 82],
    busy: 0.3,
    tonics: [0, 5],
    plays: [
      { genre: "jazz", chords: program.electricPiano, grainsPerTick: 7 },
      { genre: "house", chords: program.electricPiano, grainsPerTick: 7 },
      { genre: "blues", chords: program.electricPiano, grainsPerTick: 9, heldOut: true },
    ],
  },
  {
    name: "The Clockwork Orchard",
    lead: program.piano,
    range: [64, 84],
    busy: 0.5,
    tonics: [0, 7],
    plays: [
      { genre: "classical", chords: program.piano, grainsPerTick: 7 },
      { genre: "jazz", chords: program.piano, grainsPerTick: 7 },
    ],
  },
  {
    name: "The Marble Finches",
    lead: program.violin,
    range: [64, 86],
    busy: 0.3,
    tonics: [2, 7],
    plays: [{ genre: "classical", chords: program.viola, grainsPerTick: 8 }],
  },
  {
    name: "Mudbank Parade",
    lead: program.harmonica,
    range: [60, 79],
    busy: 0.3,
    tonics: [4, 9],
    plays: [
      { genre: "blues", chords: program.jazzGuitar, grainsPerTick: 9 },
      { genre: "rock", chords: program.distortion, grainsPerTick: 6, heldOut: true },
    ],
  },
  {
    name: "The Rust Pelicans",
    lead: program.overdrive,
    range: [57, 79],
    busy: 0.7,
    tonics: [4, 9],
    plays: [
      { genre: "blues", chords: program.drawbarOrgan, grainsPerTick: 8 },
      { genre: "rock", chords: program.distortion, grainsPerTick: 7 },
    ],
  },
  {
    name: "Thunder Kettle",
    lead: program.rockOrgan,
    range: [60, 81],
    busy: 0.4,
    tonics: [4, 2],
    plays: [{ genre: "rock", chords: program.distortion, grainsPerTick: 6 }],
  },
  {
    name: "Neon Cartographers",
    lead: program.sawLead,
    range: [64, 84],
    busy: 0.8,
    tonics: [9, 0],
    plays: [{ genre: "house", chords: program.polysynth, grainsPerTick: 7 }],
  },
  {
    name: "Midnight Elevator",
    lead: program.squareLead,
    range: [64, 84],
    busy: 0.4,
    tonics: [2, 5],
    plays: [{ genre: "house", chords: program.piano, grainsPerTick: 7 }],
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

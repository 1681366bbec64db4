/** A page of spectrograms, a row a clip: time from left to right, low to high pitches from bottom to top. */
import { pngOf } from "../../audio/png.ts";
import { type Frames, melDecibels, powerSpectrum } from "../../audio/spectrum.ts";
import { dotOf, LETTER } from "./lettering.ts";

export interface Row {
  readonly name: string;
  readonly sound: Float32Array;
}

const SPECTRUM = { nFft: 2048, hop: 256 };
const BANDS = 96;
const RANGE = 60; // decibels from black to white
const GAP = 4;
const HEADING = LETTER.height * 2 + 4;
const SHADES = 24; // few of them make a small file

/** As wide as the longest clip; louder is brighter, each row against its own loudest place. */
export function drawSpectrograms(rows: readonly Row[], sampleRate: number): Uint8Array {
  const mels = rows.map(({ sound }) =>
    melDecibels(powerSpectrum(sound, SPECTRUM), { bands: BANDS, lowest: 40, sampleRate, range: RANGE }),
  );
  const width = Math.max(1, ...mels.map((mel) => mel.rows)) + 2 * GAP;
  const height = rows.length * (HEADING + BANDS + GAP) + GAP;
  const pixels = new Uint8Array(width * height * 3).fill(30);
  for (const [index, { name }] of rows.entries()) {
    const top = GAP + index * (HEADING + BANDS + GAP);
    write(pixels, width, name, GAP, top);
    paint(pixels, width, mels[index]!, GAP, top + HEADING);
  }
  return pngOf(width, height, pixels);
}

function paint(pixels: Uint8Array, width: number, { rows, columns, data }: Frames, left: number, top: number): void {
  const loudest = data.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  for (let x = 0; x < rows; x++) {
    for (let band = 0; band < columns; band++) {
      const share = 1 + (data[x * columns + band]! - loudest) / RANGE;
      const y = top + columns - 1 - band;
      pixels.set(colourOf(Math.round(share * SHADES) / SHADES), (y * width + left + x) * 3);
    }
  }
}

/** From black over violet and orange to a pale yellow. */
const STOPS = [
  [0, 0, 4],
  [87, 16, 110],
  [188, 55, 84],
  [249, 142, 9],
  [252, 255, 164],
] as const;

function colourOf(share: number): number[] {
  const place = Math.max(0, Math.min(1, share)) * (STOPS.length - 1);
  const stop = Math.min(STOPS.length - 2, Math.floor(place));
  return STOPS[stop]!.map((from, channel) => Math.round(from + (STOPS[stop + 1]![channel]! - from) * (place - stop)));
}

/** Dots of two by two pixels. */
function write(pixels: Uint8Array, width: number, text: string, left: number, top: number): void {
  const dots = Math.min(text.length * LETTER.width, Math.floor((width - left) / 2));
  for (let y = 0; y < LETTER.height * 2; y++) {
    for (let x = 0; x < dots * 2; x++) {
      if (dotOf(text, Math.floor(x / 2), Math.floor(y / 2)))
        pixels.fill(230, ((top + y) * width + left + x) * 3, ((top + y) * width + left + x + 1) * 3);
    }
  }
}

/** A page of spectrograms, a row a clip: time from left to right, low to high pitches from bottom to top. */
import { type Frames, melDecibels, powerSpectrum } from "../../audio/spectrum.ts";
import { Canvas } from "../../pictures/canvas.ts";
import { heat } from "../../pictures/heat.ts";

export interface Row {
  readonly name: string;
  readonly sound: Float32Array;
}

const SPECTRUM = { nFft: 2048, hop: 256 };
const BANDS = 96;
const RANGE = 60; // decibels from black to white
const GAP = 4;
const LETTERS = 9; // pixels
const HEADING = LETTERS + 5;

/** As wide as the longest clip; louder is brighter, each row against its own loudest place. */
export function drawSpectrograms(rows: readonly Row[], sampleRate: number): Uint8Array {
  const mels = rows.map(({ sound }) =>
    melDecibels(powerSpectrum(sound, SPECTRUM), { bands: BANDS, lowest: 40, sampleRate, range: RANGE }),
  );
  const width = Math.max(1, ...mels.map((mel) => mel.rows)) + 2 * GAP;
  const height = rows.length * (HEADING + BANDS + GAP) + GAP;
  const canvas = new Canvas(width, height, [30, 30, 30]);
  for (const [index, { name }] of rows.entries()) {
    const top = GAP + index * (HEADING + BANDS + GAP);
    canvas.text(name, GAP, top, { height: LETTERS, colour: [230, 230, 230] });
    paint(canvas, mels[index]!, GAP, top + HEADING);
  }
  return canvas.png();
}

function paint(canvas: Canvas, { rows, columns, data }: Frames, left: number, top: number): void {
  const loudest = data.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  for (let x = 0; x < rows; x++) {
    for (let band = 0; band < columns; band++) {
      const share = 1 + (data[x * columns + band]! - loudest) / RANGE;
      canvas.set(left + x, top + columns - 1 - band, heat(share));
    }
  }
}

/** A page of spectrograms, a row a clip: time from left to right, low to high pitches from bottom to top; curves of the training below. */
import { type Frames, melDecibels, powerSpectrum } from "../audio/spectrum.ts";
import { Canvas, type Colour } from "../pictures/canvas.ts";
import { heat } from "../pictures/heat.ts";
import { fitting } from "../pictures/lettering.ts";
import { heightOf, type Panel, paintCurves } from "../training/curves.ts";

export interface Row {
  readonly name: string;
  readonly sound: Float32Array;
  /** What is sung when, in seconds: written below. */
  readonly words?: readonly Word[];
}

export interface Word {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const SPECTRUM = { nFft: 2048, hop: 256 };
const BANDS = 96;
const RANGE = 60; // decibels from black to white
const GAP = 4;
const LETTERS = 9; // pixels
const SMALL = 8;
const INK: Colour = [230, 230, 230];
const SUNG: Colour = [120, 200, 120];
const HEADING = LETTERS + 5;
const STRIP = LETTERS + 7; // below a row that has words
const CURVES = 420; // pixels that a panel of curves is wide, at least

/** As wide as the longest clip; louder is brighter, each row against its own loudest place. */
export function drawPage(rows: readonly Row[], sampleRate: number, panels: readonly Panel[] = []): Uint8Array {
  const mels = rows.map(({ sound }) =>
    melDecibels(powerSpectrum(sound, SPECTRUM), { bands: BANDS, lowest: 40, sampleRate, range: RANGE }),
  );
  const width = Math.max(1, ...mels.map((mel) => mel.rows)) + 2 * GAP;
  const columns = Math.max(1, Math.floor(width / CURVES));
  const tall = ({ words }: Row): number => HEADING + BANDS + (words ? STRIP : 0) + GAP;
  const spectra = rows.reduce((sum, row) => sum + tall(row), GAP);
  const canvas = new Canvas(width, spectra + heightOf(panels, columns), [30, 30, 30]);
  let top = GAP;
  for (const [index, row] of rows.entries()) {
    canvas.text(row.name, GAP, top, { height: LETTERS, colour: INK });
    paint(canvas, mels[index]!, GAP, top + HEADING);
    writeWords(canvas, row.words ?? [], top + HEADING + BANDS, sampleRate / SPECTRUM.hop);
    top += tall(row);
  }
  paintCurves(canvas, panels, { left: 0, top, width, columns });
  return canvas.png();
}

/** Each word from where it begins, as much of it as there is room for, over a bar as long as it is sung. */
function writeWords(canvas: Canvas, words: readonly Word[], top: number, framesPerSecond: number): void {
  for (const [index, { text, from, to }] of words.entries()) {
    const [left, right] = [from, to].map((seconds) => GAP + Math.round(seconds * framesPerSecond)) as [number, number];
    canvas.fill(left, top + 1, Math.max(1, right - left - 1), 2, SUNG);
    const next = words[index + 1]?.from ?? Number.POSITIVE_INFINITY;
    const room = Math.min(canvas.width - GAP, GAP + next * framesPerSecond) - left - 3;
    canvas.text(fitting(text, SMALL, room), left, top + 6, { height: SMALL, colour: INK });
  }
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

/** Picture of a prior's attention to the lyrics (y) over time (x), as in the paper's figure 3. */
import type { Attended } from "../lyrics/attended.ts";
import { Canvas, type Colour } from "./canvas.ts";
import { heat } from "./heat.ts";
import { fitting } from "./lettering.ts";

export interface AlignmentPictureOptions {
  readonly title?: string;
  readonly width?: number;
  readonly height?: number;
}

const GROUND: Colour = [30, 31, 34];
const INK: Colour = [219, 222, 225];
const FAINT: Colour = [148, 155, 164];
const LETTERS = 10;
const SMALL = 8;
const MARGIN = { left: 250, right: 24, top: 46, bottom: 52 };
const TICK = 5;
const BRIGHT = 0.9; // quantile of the steps' peak attention that gets the brightest colour
const SHOWN = 0.6; // gamma; below 1, weak attention becomes brighter

interface Plot {
  readonly canvas: Canvas;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Length of the song. */
  readonly seconds: number;
  /** Number of characters along the y axis. */
  readonly characters: number;
}

/** The bytes of a PNG file. The y axis ends at the last character that received attention. */
export function drawAlignment(text: string, attended: Attended, options: AlignmentPictureOptions = {}): Uint8Array {
  const { title = "", width = 1200, height = 720 } = options;
  const canvas = new Canvas(width, height, GROUND);
  const plot: Plot = {
    canvas,
    left: MARGIN.left,
    top: MARGIN.top,
    width: width - MARGIN.left - MARGIN.right,
    height: height - MARGIN.top - MARGIN.bottom,
    seconds: attended.steps.length * attended.stepSeconds,
    characters: charactersSeen(attended),
  };
  paint(plot, attended);
  nameLines(plot, text);
  nameSeconds(plot);
  const middle = plot.left + plot.width / 2;
  canvas.text(fitting(title, LETTERS + 2, width - 2 * MARGIN.right), middle, 18, {
    height: LETTERS + 2,
    colour: INK,
    align: "centre",
  });
  canvas.text("seconds of music", middle, height - LETTERS - 12, { height: LETTERS, colour: FAINT, align: "centre" });
  canvas.text("characters of the lyrics", 12, plot.top + plot.height / 2, {
    height: LETTERS,
    colour: FAINT,
    align: "centre",
    upward: true,
  });
  return canvas.png();
}

function charactersSeen({ steps, characters }: Attended): number {
  const ends = steps.map((step) => (step ? step.first + step.mass.findLastIndex((mass) => mass > 0) + 1 : 0));
  return Math.max(
    1,
    Math.min(
      characters,
      ends.reduce((most, end) => Math.max(most, end), 0),
    ),
  );
}

/** Each pixel shows the maximum of the values that it covers. */
function paint({ canvas, left, top, width, height, characters }: Plot, { steps }: Attended): void {
  const peaks = steps.map((step) => step?.mass.reduce((most, mass) => Math.max(most, mass), 0) ?? 0);
  const bright = peaks.sort((a, b) => a - b)[Math.floor(BRIGHT * peaks.length)] || 1;
  const range = (pixel: number, pixels: number, size: number): [number, number] => {
    const from = Math.floor((pixel * size) / pixels);
    return [from, Math.max(from + 1, Math.floor(((pixel + 1) * size) / pixels))];
  };
  for (let x = 0; x < width; x++) {
    const [from, to] = range(x, width, steps.length);
    const under = steps.slice(from, to);
    for (let y = 0; y < height; y++) {
      const [low, high] = range(y, height, characters);
      let most = 0;
      for (const step of under)
        for (let at = low; at < high; at++) most = Math.max(most, step?.mass[at - step.first] ?? 0);
      canvas.set(left + x, top + height - 1 - y, heat((most / bright) ** SHOWN));
    }
  }
}

/** Labels the y axis with the lines of the lyrics at their first characters, skipping lines that would overlap. */
function nameLines({ canvas, left, top, height, characters }: Plot, text: string): void {
  let above = Number.POSITIVE_INFINITY;
  for (const { 0: line, index } of text.matchAll(/[^\n]+/g)) {
    if (index >= characters || line.trim() === "") continue;
    const y = Math.round(top + height - ((index + 0.5) * height) / characters);
    if (above - y < LETTERS + 5) continue;
    above = y;
    const words = fitting(line.trim(), SMALL, left - 48);
    canvas.text(words, left - TICK - 6, y - SMALL / 2, { height: SMALL, colour: INK, align: "right" });
    canvas.fill(left - TICK, y, TICK, 1, FAINT);
  }
}

const ROUND = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600];
const LEAST_APART = 70; // pixels

function nameSeconds({ canvas, left, top, width, height, seconds }: Plot): void {
  const every = ROUND.find((one) => (one * width) / seconds >= LEAST_APART) ?? ROUND.at(-1)!;
  for (let tick = 0; tick * every <= seconds; tick++) {
    const x = left + Math.min(width - 1, Math.round((tick * every * width) / seconds));
    canvas.fill(x, top + height, 1, TICK, FAINT);
    canvas.text(String(Number((tick * every).toFixed(1))), x, top + height + TICK + 5, {
      height: SMALL,
      colour: INK,
      align: "centre",
    });
  }
}

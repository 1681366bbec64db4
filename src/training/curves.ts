/** The curves of a training as a picture: a panel a stage, steps across, losses up. */
import { pngOf } from "../audio/png.ts";
import { dotOf, LETTER } from "./evaluation/lettering.ts";
import type { Moment } from "./history.ts";

export interface Panel {
  readonly name: string;
  readonly history: readonly Moment[];
  /** Which numbers are drawn, in this order of colours. */
  readonly lines: readonly string[];
}

const [WIDTH, HEIGHT] = [640, 220];
const MARGIN = { left: 56, right: 12, top: 24, bottom: 24 };
const DOT = 2; // pixels of a letter's dot
const BACKGROUND = [24, 24, 28] as const;
const GRID = [60, 60, 66] as const;
const TEXT = [225, 225, 225] as const;
const COLOURS = [
  [110, 150, 200],
  [249, 160, 40],
  [120, 200, 120],
] as const;

type Colour = readonly [number, number, number];

/** The panels below each other; one without numbers is left out. */
export function drawCurves(panels: readonly Panel[]): Uint8Array {
  const drawn = panels.filter(({ history }) => history.length > 1);
  const height = Math.max(1, drawn.length) * HEIGHT;
  const pixels = new Uint8Array(WIDTH * height * 3);
  for (let at = 0; at < pixels.length; at += 3) pixels.set(BACKGROUND, at);
  for (const [index, panel] of drawn.entries()) drawPanel(canvasAt(pixels, index * HEIGHT), panel);
  return pngOf(WIDTH, height, pixels);
}

interface Canvas {
  dot(x: number, y: number, colour: Colour): void;
  text(words: string, x: number, y: number, colour?: Colour): void;
}

function canvasAt(pixels: Uint8Array, top: number): Canvas {
  const dot = (x: number, y: number, colour: Colour): void => {
    if (x < 0 || x >= WIDTH || y < 0 || y >= HEIGHT) return;
    pixels.set(colour, ((top + y) * WIDTH + x) * 3);
  };
  const text = (words: string, x: number, y: number, colour: Colour = TEXT): void => {
    for (let row = 0; row < LETTER.height * DOT; row++) {
      for (let column = 0; column < words.length * LETTER.width * DOT; column++)
        if (dotOf(words, Math.floor(column / DOT), Math.floor(row / DOT))) dot(x + column, y + row, colour);
    }
  };
  return { dot, text };
}

function drawPanel(canvas: Canvas, { name, history, lines }: Panel): void {
  const numbers = history.flatMap((moment) => lines.flatMap((line) => moment[line] ?? [])).filter(Number.isFinite);
  if (numbers.length === 0) return;
  const steps = { from: 0, to: history.at(-1)!.step, low: MARGIN.left, high: WIDTH - MARGIN.right };
  const values = { ...rangeOf(numbers), low: HEIGHT - MARGIN.bottom, high: MARGIN.top };
  drawAxes(canvas, steps, values);
  canvas.text(name, MARGIN.left, 6);
  lines.forEach((line, index) => {
    const colour = COLOURS[index % COLOURS.length]!;
    canvas.text(line, WIDTH - MARGIN.right - (lines.length - index) * 110, 6, colour);
    const points = history
      .filter((moment) => Number.isFinite(moment[line]))
      .map((moment) => ({ x: place(moment.step, steps), y: place(moment[line]!, values) }));
    points.slice(1).forEach((point, at) => {
      stroke(canvas, points[at]!, point, colour);
    });
  });
}

interface Axis {
  readonly from: number;
  readonly to: number;
  /** Pixels of both ends. */
  readonly low: number;
  readonly high: number;
}

const place = (value: number, { from, to, low, high }: Axis): number =>
  Math.round(low + ((Math.min(Math.max(value, from), to) - from) / (to - from || 1)) * (high - low));

/** Leaves out the twentieth part that is highest: the first steps would hide all others. */
function rangeOf(numbers: readonly number[]): { from: number; to: number } {
  const sorted = [...numbers].sort((a, b) => a - b);
  const to = sorted[Math.floor(0.95 * (sorted.length - 1))]!;
  const from = sorted[0]!;
  return to > from ? { from, to } : { from: from - 1, to: to + 1 };
}

function drawAxes(canvas: Canvas, steps: Axis, values: Axis): void {
  for (const value of ticks(values.from, values.to, 4)) {
    const y = place(value, values);
    for (let x = steps.low; x <= steps.high; x++) canvas.dot(x, y, GRID);
    canvas.text(label(value).padStart(6), 2, y - LETTER.height);
  }
  for (const step of ticks(steps.from, steps.to, 6)) {
    const x = place(step, steps);
    for (let y = values.high; y <= values.low; y++) canvas.dot(x, y, GRID);
    canvas.text(label(step), x - 8, values.low + 6);
  }
}

/** Round numbers between two ends, about so many. */
export function ticks(from: number, to: number, about: number): number[] {
  const rough = (to - from) / about;
  const scale = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * scale).find((one) => one >= rough * 0.999)!;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step);
}

const label = (value: number): string => String(Number(value.toPrecision(6)));

function stroke(canvas: Canvas, a: { x: number; y: number }, b: { x: number; y: number }, colour: Colour): void {
  const length = Math.max(Math.abs(b.x - a.x), Math.abs(b.y - a.y), 1);
  for (let at = 0; at <= length; at++) {
    const x = Math.round(a.x + ((b.x - a.x) * at) / length);
    const y = Math.round(a.y + ((b.y - a.y) * at) / length);
    canvas.dot(x, y, colour);
    canvas.dot(x, y + 1, colour);
  }
}

/** The curves of a training as a picture: a panel a stage, steps across, losses up. */
import { join } from "node:path";
import { Canvas, type Colour } from "../pictures/canvas.ts";
import { historyPath, type Moment, readHistory } from "./history.ts";

export interface Panel {
  readonly name: string;
  readonly history: readonly Moment[];
  /** Which numbers are drawn, in this order of colours. */
  readonly lines: readonly string[];
}

/** What each stage in a folder of checkpoints has told so far. */
export function panelsOf(work: string, levels: number): Panel[] {
  const history = (stage: string, level: number): readonly Moment[] =>
    readHistory(historyPath(join(work, `${stage}.${level}.checkpoint.safetensors`)));
  return Array.from({ length: levels }, (_, level) => [
    { name: `vqvae ${level}: loss`, history: history("vqvae", level), lines: ["loss"] },
    { name: `vqvae ${level}: validation, dB`, history: history("vqvae", level), lines: ["decibels"] },
    { name: `vqvae ${level}: codes in use`, history: history("vqvae", level), lines: ["usedTraining", "used"] },
    { name: `vqvae ${level}: rate`, history: history("vqvae", level), lines: ["rate"] },
    { name: `decoder ${level}: loss`, history: history("decoder", level), lines: ["loss"] },
    { name: `decoder ${level}: validation, dB`, history: history("decoder", level), lines: ["decibels"] },
    { name: `decoder ${level}: rate`, history: history("decoder", level), lines: ["rate"] },
    {
      name: `prior ${level}: bits per code`,
      history: history("prior", level),
      lines: ["loss", "validationBits", "trainingBits"],
    },
    { name: `prior ${level}: rate`, history: history("prior", level), lines: ["rate"] },
  ]).flat();
}

const [WIDTH, HEIGHT] = [640, 220];
const MARGIN = { left: 56, right: 12, top: 24, bottom: 24 };
const LETTERS = 9; // pixels
const BACKGROUND: Colour = [24, 24, 28];
const GRID: Colour = [60, 60, 66];
const TEXT: Colour = [225, 225, 225];
const COLOURS: readonly Colour[] = [
  [110, 150, 200],
  [249, 160, 40],
  [120, 200, 120],
];

/** The panels three side by side, a level's in a few rows; one without numbers is left out. */
export function drawCurves(panels: readonly Panel[]): Uint8Array {
  const columns = Math.max(1, Math.min(3, withNumbers(panels).length));
  const canvas = new Canvas(WIDTH * columns, Math.max(HEIGHT, heightOf(panels, columns)), BACKGROUND);
  paintCurves(canvas, panels, { left: 0, top: 0, width: WIDTH * columns, columns });
  return canvas.png();
}

export interface PanelPlace {
  /** Pixels. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  /** Panels side by side. */
  readonly columns: number;
}

const withNumbers = (panels: readonly Panel[]): Panel[] => panels.filter(({ history }) => history.length > 1);

/** Pixels that the panels take which have numbers. */
export const heightOf = (panels: readonly Panel[], columns: number): number =>
  Math.ceil(withNumbers(panels).length / columns) * HEIGHT;

/** The panels row by row; one without numbers is left out. */
export function paintCurves(canvas: Canvas, panels: readonly Panel[], { left, top, width, columns }: PanelPlace): void {
  const each = Math.floor(width / columns);
  for (const [index, panel] of withNumbers(panels).entries()) {
    const place = {
      left: left + (index % columns) * each,
      top: top + Math.floor(index / columns) * HEIGHT,
      width: each,
    };
    canvas.fill(place.left, place.top, each, HEIGHT, BACKGROUND);
    drawPanel(canvas, place, panel);
  }
}

function drawPanel(
  canvas: Canvas,
  { left, top, width }: Omit<PanelPlace, "columns">,
  { name, history, lines }: Panel,
): void {
  const numbers = history.flatMap((moment) => lines.flatMap((line) => moment[line] ?? [])).filter(Number.isFinite);
  if (numbers.length === 0) return;
  const steps = { from: 0, to: history.at(-1)!.step, low: left + MARGIN.left, high: left + width - MARGIN.right };
  const values = { ...rangeOf(numbers), low: top + HEIGHT - MARGIN.bottom, high: top + MARGIN.top };
  drawAxes(canvas, steps, values);
  canvas.text(name, left + MARGIN.left, top + 7, { height: LETTERS, colour: TEXT });
  const apart = 12 + 7 * Math.max(...lines.map(({ length }) => length)); // pixels from one name to the next
  lines.forEach((line, index) => {
    const colour = COLOURS[index % COLOURS.length]!;
    const start = left + width - MARGIN.right - (lines.length - index) * apart;
    canvas.text(line, start, top + 7, { height: LETTERS, colour });
    const points = history
      .filter((moment) => Number.isFinite(moment[line]))
      .map((moment) => [place(moment.step, steps), place(moment[line]!, values)] as const);
    canvas.line(points, 2, colour);
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
    canvas.fill(steps.low, y, steps.high - steps.low + 1, 1, GRID);
    canvas.text(label(value), steps.low - 8, y - LETTERS / 2, { height: LETTERS, colour: TEXT, align: "right" });
  }
  for (const step of ticks(steps.from, steps.to, 6)) {
    const x = place(step, steps);
    canvas.fill(x, values.high, 1, values.low - values.high + 1, GRID);
    canvas.text(label(step), x, values.low + 6, { height: LETTERS, colour: TEXT, align: "centre" });
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

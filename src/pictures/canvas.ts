/** A canvas for pictures: rectangles, antialiased lines and text. */
import { type Stroke, strokesOf, widthOf } from "./lettering.ts";
import { pngOf } from "./png.ts";

export type Colour = readonly [red: number, green: number, blue: number];

export interface TextOptions {
  /** Height of capital letters, in pixels. */
  readonly height?: number;
  readonly colour?: Colour;
  /** Alignment relative to x. */
  readonly align?: "left" | "centre" | "right";
  /** Rotated by 90° counter-clockwise. */
  readonly upward?: boolean;
}

const PEN = 0.13; // stroke width relative to the height of capitals

export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #pixels: Uint8Array;

  constructor(width: number, height: number, ground: Colour) {
    this.width = width;
    this.height = height;
    this.#pixels = new Uint8Array(width * height * 3);
    for (let at = 0; at < this.#pixels.length; at += 3) this.#pixels.set(ground, at);
  }

  set(x: number, y: number, colour: Colour): void {
    if (x >= 0 && x < this.width && y >= 0 && y < this.height) this.#pixels.set(colour, (y * this.width + x) * 3);
  }

  fill(left: number, top: number, width: number, height: number, colour: Colour): void {
    for (let y = top; y < top + height; y++) for (let x = left; x < left + width; x++) this.set(x, y, colour);
  }

  /** A polyline with round ends and joins, `pen` pixels wide. */
  line(points: Stroke, pen: number, colour: Colour): void {
    // coverage by pixel, so that a line that crosses itself is not blended twice
    const covered = new Map<number, number>();
    for (const [at, end] of points.entries()) this.#cover(covered, points[at - 1] ?? end, end, pen / 2);
    for (const [pixel, share] of covered) {
      for (let channel = 0; channel < 3; channel++) {
        const before = this.#pixels[pixel * 3 + channel]!;
        this.#pixels[pixel * 3 + channel] = Math.round(before + (colour[channel]! - before) * share);
      }
    }
  }

  /** Draws a text; (x, y) is the top of its capitals at the aligned end. */
  text(text: string, x: number, y: number, options: TextOptions = {}): void {
    const { height = 10, colour = [255, 255, 255], align = "left", upward = false } = options;
    const shift = { left: 0, centre: 0.5, right: 1 }[align] * widthOf(text, height);
    for (const stroke of strokesOf(text, height)) {
      const placed = stroke.map(([along, down]) =>
        upward ? ([x + down, y - along + shift] as const) : ([x + along - shift, y + down] as const),
      );
      this.line(placed, PEN * height, colour);
    }
  }

  png(): Uint8Array {
    return pngOf(this.width, this.height, this.#pixels);
  }

  #cover(covered: Map<number, number>, from: Stroke[number], to: Stroke[number], radius: number): void {
    const [[x0, y0], [x1, y1]] = [from, to];
    const reach = radius + 1;
    const clipped = (low: number, high: number, size: number): [number, number] => [
      Math.max(0, Math.floor(Math.min(low, high) - reach)),
      Math.min(size - 1, Math.ceil(Math.max(low, high) + reach)),
    ];
    const [left, right] = clipped(x0, x1, this.width);
    const [top, bottom] = clipped(y0, y1, this.height);
    const squared = (x1 - x0) ** 2 + (y1 - y0) ** 2;
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const [dx, dy] = [x + 0.5 - x0, y + 0.5 - y0];
        const along = squared === 0 ? 0 : Math.max(0, Math.min(1, (dx * (x1 - x0) + dy * (y1 - y0)) / squared));
        const distance = Math.hypot(dx - along * (x1 - x0), dy - along * (y1 - y0));
        const share = Math.min(1, radius + 0.5 - distance);
        const pixel = y * this.width + x;
        if (share > (covered.get(pixel) ?? 0)) covered.set(pixel, share);
      }
    }
  }
}

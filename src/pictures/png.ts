/** PNG encoding; the library's only importer. */
import { encode } from "fast-png";

/** The bytes of a PNG file of 8-bit RGB pixels [height, width, 3]. */
export const pngOf = (width: number, height: number, pixels: Uint8Array): Uint8Array =>
  encode({ width, height, data: pixels, channels: 3, depth: 8 });

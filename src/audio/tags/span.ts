/** A file of which only the spans that are asked for are read. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export interface Span {
  readonly size: number;
  /** What is there of these bytes; the caller has bounded `count`. */
  read(from: number, count: number): Buffer;
}

/** Opens the file for as long as the work lasts. */
export function withSpan<T>(path: string, work: (file: Span) => T): T {
  const descriptor = openSync(path, "r");
  const { size } = fstatSync(descriptor);
  const read = (from: number, count: number): Buffer => {
    const bytes = Buffer.alloc(Math.max(0, Math.min(count, size - from)));
    let done = 0;
    while (done < bytes.length) {
      const got = readSync(descriptor, bytes, done, bytes.length - done, from + done);
      if (got === 0) break;
      done += got;
    }
    return bytes.subarray(0, done);
  };
  try {
    return work({ size, read });
  } finally {
    closeSync(descriptor);
  }
}

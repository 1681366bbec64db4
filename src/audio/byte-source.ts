/** Random access to the bytes of a file. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export interface ByteSource {
  readonly size: number;
  /** These bytes, as far as the file goes; the caller has bounded `count`. */
  read(from: number, count: number): Buffer;
}

/** Opens the file while `work` runs. */
export function withByteSource<T>(path: string, work: (file: ByteSource) => T): T {
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

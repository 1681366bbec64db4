/** Random access to the bytes of a file, and a cursor over them. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { UserError } from "../errors.ts";

export interface Source {
  /** For messages. */
  readonly name: string;
  readonly size: number;
  /** Fills `into` with the bytes from `position` on, which must exist. */
  read(position: number, into: Uint8Array): void;
  close(): void;
}

/** The error for a damaged or unsupported file. */
export const damaged = ({ name }: Pick<Source, "name">, what: string, cause?: unknown): UserError =>
  new UserError(`${name} is no checkpoint that I can read: ${printable(what)}.`, { cause });

/** Makes text from a file safe for a terminal. */
export function printable(text: string): string {
  const plain = text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, "\ufffd");
  return plain.length > 400 ? `${plain.slice(0, 400)}…` : plain;
}

/** Opens a file for random access. */
export function fileSource(path: string): Source {
  const file = attempt(path, "it can't be opened", () => openSync(path, "r"));
  const about = fstatSync(file);
  if (!about.isFile()) {
    closeSync(file);
    throw damaged({ name: path }, "it is not a file");
  }
  return {
    name: path,
    size: about.size,
    read: (position, into) => {
      for (let at = 0; at < into.length; ) {
        const length = Math.min(into.length - at, 2 ** 30); // the system reads at most 2 GB at once
        const read = attempt(path, "it can't be read", () => readSync(file, into, at, length, position + at));
        if (read === 0) throw damaged({ name: path }, `it ended at byte ${position + at} while it was read`);
        at += read;
      }
    },
    close: () => closeSync(file),
  };
}

function attempt<T>(name: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw damaged({ name }, `${what} (${(cause as NodeJS.ErrnoException).code})`, cause);
  }
}

const CHUNK = 2 ** 16;

/** Reads little-endian numbers and bytes in order, up to an end position. */
export class Cursor {
  position: number;
  readonly source: Source;
  readonly #end: number;
  #window = new Uint8Array(0);
  #view = new DataView(this.#window.buffer);
  #from = 0;
  /** Offset of the current bytes in the window. */
  #at = 0;

  constructor(source: Source, from: number, to: number) {
    this.source = source;
    this.position = from;
    this.#end = Math.min(to, source.size);
  }

  /** A view that is valid until the next call. */
  bytes(length: number): Uint8Array {
    this.#claim(length);
    return this.#window.subarray(this.#at, this.#at + length);
  }

  uint8(): number {
    return this.#claim(1).getUint8(this.#at);
  }

  uint16(): number {
    return this.#claim(2).getUint16(this.#at, true);
  }

  uint32(): number {
    return this.#claim(4).getUint32(this.#at, true);
  }

  int32(): number {
    return this.#claim(4).getInt32(this.#at, true);
  }

  /** Rounded beyond 2^53, which exceeds all limits. */
  uint64(): number {
    return Number(this.#claim(8).getBigUint64(this.#at, true));
  }

  /** Big-endian, as in pickles. */
  float64(): number {
    return this.#claim(8).getFloat64(this.#at, false);
  }

  /** Up to a line feed, which is not included. */
  line(longest: number): string {
    let text = "";
    for (let byte = this.uint8(); byte !== 0x0a; byte = this.uint8()) {
      if (text.length === longest) throw this.#error(`a line is longer than ${longest} bytes`);
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /** Makes the next bytes available and advances. */
  #claim(length: number): DataView {
    const { position } = this;
    if (length > this.#end - position) throw this.#error(`${length} more bytes are needed`);
    if (position < this.#from || position + length > this.#from + this.#window.length) {
      this.#window = new Uint8Array(Math.min(this.#end - position, Math.max(length, CHUNK)));
      this.#view = new DataView(this.#window.buffer);
      this.#from = position;
      this.source.read(position, this.#window);
    }
    this.position += length;
    this.#at = position - this.#from;
    return this.#view;
  }

  #error(what: string): UserError {
    return damaged(this.source, `at byte ${this.position} ${what}, and it goes on to byte ${this.#end} only`);
  }
}

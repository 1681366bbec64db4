/** Reads lyrics from a file. */
import { open } from "node:fs/promises";
import { UserError } from "../errors.ts";
import { decodeText } from "../text-file.ts";

/** Lyrics that a model accepts are shorter in any script. */
const maxBytes = 65_536;

/** The text of a file; at most `maxBytes` are read. */
export async function readLyricsFile(path: string): Promise<string> {
  const bytes = await readBytes(path).catch((cause: unknown) => {
    throw new UserError(`I can't read the lyrics in "${path}": ${reason(cause)}.`, { cause });
  });
  if (bytes.length > maxBytes)
    throw new UserError(`"${path}" is too long for lyrics: it has more than ${maxBytes} bytes.`);
  const text = decoded(bytes);
  if (text === undefined) throw new UserError(`"${path}" is not UTF-8 text. Save it as UTF-8.`);
  return text;
}

/** UTF-8, UTF-16, or Windows-1251 if that makes most letters Cyrillic. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return decodeText(bytes);
  } catch {
    const text = new TextDecoder("windows-1251").decode(bytes);
    const count = (letters: RegExp): number => text.match(letters)?.length ?? 0;
    return count(/[а-яё]/giu) > count(/[^а-яё\s\p{P}]/giu) ? text : undefined;
  }
}

/** At most `maxBytes + 1` bytes, so that endless files are refused as well. */
async function readBytes(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(maxBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = (await file.read(bytes, length, bytes.length - length)).bytesRead;
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

const reason = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && cause.code === "ENOENT" ? "there is no such file" : "it can't be opened";

/** Lyrics that stand in a file. */
import { open } from "node:fs/promises";
import { UserError } from "../errors.ts";
import { decodeText } from "../text-file.ts";

/** Of the file: lyrics that a model takes are shorter in any script. */
const mostBytes = 65_536;

/** The text of a file; one that can't be lyrics is refused before it is read. */
export async function readLyrics(path: string): Promise<string> {
  const bytes = await readBytes(path).catch((cause: unknown) => {
    throw new UserError(`I can't read the lyrics in "${path}": ${reason(cause)}.`, { cause });
  });
  if (bytes.length > mostBytes)
    throw new UserError(`The file "${path}" is too long for lyrics: it has more than ${mostBytes} bytes.`);
  const text = decoded(bytes);
  if (text === undefined) throw new UserError(`The file "${path}" is no text in UTF-8. Save it as UTF-8.`);
  return text;
}

/** UTF-8, UTF-16, or Windows-1251 if most of it is Cyrillic then. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return decodeText(bytes);
  } catch {
    const text = new TextDecoder("windows-1251").decode(bytes);
    const count = (letters: RegExp): number => text.match(letters)?.length ?? 0;
    return count(/[а-яё]/giu) > count(/[^а-яё\s\p{P}]/giu) ? text : undefined;
  }
}

/** Its beginning, a byte more than there may be: so even a file without end is found too long. */
async function readBytes(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(mostBytes + 1);
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

/** Decodes text of unknown encoding. */

export interface DecodedText {
  readonly text: string;
  /** Name of the encoding, if it was guessed. */
  readonly guessed?: string;
}

/** UTF-16 by its byte order mark or zeros, else UTF-8 if valid, else Windows-1252 or Windows-1251. */
export function detectText(bytes: Uint8Array): DecodedText {
  const marked = markOf(bytes) ?? utf16In(bytes);
  if (marked) return { text: new TextDecoder(marked).decode(bytes) };
  return decodeBytes(bytes);
}

/** UTF-8 if valid, else Windows-1252 or Windows-1251. */
export const guessText = (bytes: Uint8Array): string => decodeBytes(bytes).text;

function decodeBytes(bytes: Uint8Array): DecodedText {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    const guessed = looksCyrillic(bytes) ? "Windows-1251" : "Windows-1252";
    return { text: new TextDecoder(guessed).decode(bytes), guessed };
  }
}

function markOf([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
}

const detectedBytes = 4096;

/** In UTF-16 every other byte of separators and Latin letters is zero. */
function utf16In(bytes: Uint8Array): string | undefined {
  const head = bytes.subarray(0, detectedBytes);
  const zeros = (odd: number): number => head.filter((byte, at) => byte === 0 && at % 2 === odd).length;
  const [even, odd] = [zeros(0), zeros(1)];
  if (Math.max(even, odd) < head.length / 10) return undefined;
  return odd > even ? "utf-16le" : "utf-16be";
}

/** Text declared as Latin-1, which some programs also declare for Windows-1251. */
export function latinText(bytes: Uint8Array): string {
  return new TextDecoder(looksCyrillic(bytes) ? "windows-1251" : "latin1").decode(bytes);
}

const minLetters = 4;

/** In Cyrillic words letters above 0xc0 come in runs; in Western text they are isolated. */
function looksCyrillic(bytes: Uint8Array): boolean {
  const isLetter = (byte: number | undefined): boolean => byte !== undefined && byte >= 0xc0;
  const high = bytes.filter(isLetter).length;
  const followed = bytes.filter((byte, at) => isLetter(byte) && isLetter(bytes[at + 1])).length;
  return high >= minLetters && followed > high * 0.5;
}

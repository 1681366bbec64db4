/** Text files of any program and country: the encoding is told by their first bytes, or found out. */

export interface DecodedText {
  readonly text: string;
  /** Its name, where it was guessed. */
  readonly guessed?: string;
}

/** UTF-8 and UTF-16 by their marks, UTF-16 by its zeros, UTF-8 if it can be; else what Windows uses in the West or in Russia. */
export function decodeText(bytes: Uint8Array): DecodedText {
  const marked = markOf(bytes) ?? utf16In(bytes);
  if (marked) return { text: new TextDecoder(marked).decode(bytes) };
  return ofOneByte(bytes);
}

/** Bytes that are not UTF-16: UTF-8 if they can be, else the code page of the West or that of Russia. */
export const guessText = (bytes: Uint8Array): string => ofOneByte(bytes).text;

function ofOneByte(bytes: Uint8Array): DecodedText {
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

const looked = 4096;

/** In UTF-16 every other byte of the separators and of most letters is zero. */
function utf16In(bytes: Uint8Array): string | undefined {
  const head = bytes.subarray(0, looked);
  const zeros = (odd: number): number => head.filter((byte, at) => byte === 0 && at % 2 === odd).length;
  const [even, odd] = [zeros(0), zeros(1)];
  if (Math.max(even, odd) < head.length / 10) return undefined;
  return odd > even ? "utf-16le" : "utf-16be";
}

/** Bytes that are said to be Latin-1, which programs in Russia also say of theirs. */
export function latinText(bytes: Uint8Array): string {
  return new TextDecoder(looksCyrillic(bytes) ? "windows-1251" : "latin1").decode(bytes);
}

const leastLetters = 4;

/** Russian words are high letters throughout; in the West they stand alone. */
function looksCyrillic(bytes: Uint8Array): boolean {
  const isLetter = (byte: number | undefined): boolean => byte !== undefined && byte >= 0xc0;
  const high = bytes.filter(isLetter).length;
  const followed = bytes.filter((byte, at) => isLetter(byte) && isLetter(bytes[at + 1])).length;
  return high >= leastLetters && followed > high * 0.5;
}

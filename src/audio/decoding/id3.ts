/** ID3v2 tags in front of a file, and the signatures that follow them. */

/** Whether this ASCII text stands at a place. */
export const startsWith = (bytes: Uint8Array, at: number, text: string): boolean =>
  Buffer.from(text, "latin1").equals(bytes.subarray(at, at + text.length));

/** Bytes of the ID3v2 tags in front. */
export function tagBytes(bytes: Uint8Array): number {
  let at = 0;
  while (startsWith(bytes, at, "ID3") && at + 10 <= bytes.length) {
    const [a, b, c, d] = bytes.subarray(at + 6, at + 10);
    const size = ((a! & 127) << 21) | ((b! & 127) << 14) | ((c! & 127) << 7) | (d! & 127);
    at += 10 + size + ((bytes[at + 5]! & 16) === 0 ? 0 : 10); // a footer is as long as the head
  }
  return at;
}

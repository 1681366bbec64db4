/** Decodes text files in UTF-8, or in UTF-16 as Notepad and PowerShell write it. */

/** The text without byte order mark. Invalid bytes throw, or become U+FFFD. */
export function decodeText(bytes: Uint8Array, onError: "throw" | "replace" = "throw"): string {
  return new TextDecoder(encodingOf(bytes), { fatal: onError === "throw" }).decode(bytes);
}

/** By byte order mark, else by the zero byte of a Latin letter in UTF-16. */
function encodingOf([first, second]: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if ((first === 0xff && second === 0xfe) || (first && second === 0)) return "utf-16le";
  if ((first === 0xfe && second === 0xff) || (first === 0 && second)) return "utf-16be";
  return "utf-8";
}

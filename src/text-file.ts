/** Text files as editors and shells write them: UTF-8, or the UTF-16 of Notepad and PowerShell. */

/** The text without its byte order mark. Bytes that are none in UTF-8 throw, or become U+FFFD. */
export function decodeText(bytes: Uint8Array, onError: "throw" | "replace" = "throw"): string {
  return new TextDecoder(encodingOf(bytes), { fatal: onError === "throw" }).decode(bytes);
}

/** By the mark at the beginning, else by the zero that is half of a Latin letter in UTF-16. */
function encodingOf([first, second]: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if ((first === 0xff && second === 0xfe) || (first && second === 0)) return "utf-16le";
  if ((first === 0xfe && second === 0xff) || (first === 0 && second)) return "utf-16be";
  return "utf-8";
}

/** Small capitals for pictures: letters of three by five dots. */

const KNOWN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .:-,";
/** For each of them, rows of three dots from top to bottom, an octal digit each. */
const SHAPES = [
  "25755 65656 34443 65556 74647 74644 34553 55755 72227 11152 55655 44447 57755",
  "65555 25552 65644 25573 65655 34216 72222 55557 55552 55775 55255 55222 71247",
  "75557 26227 61247 61216 55711 74616 34757 71122 75757 75716 00000 00002 02020",
  "00700 00024",
]
  .join(" ")
  .split(" ");

/** Dots of a letter from one to the next, and of a line. */
export const LETTER = { width: 4, height: 5 };

/** Whether the dot at (x, y) of a written text is set; characters that are unknown are blank. */
export function dotOf(text: string, x: number, y: number): boolean {
  const at = KNOWN.indexOf(text[Math.floor(x / LETTER.width)]?.toUpperCase() ?? " ");
  const row = Number(SHAPES[at]?.[y] ?? 0);
  return ((row >> (2 - (x % LETTER.width))) & 1) === 1;
}

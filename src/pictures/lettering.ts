/** A stroke font for pictures, scalable to any size and direction. */

/**
 * Per glyph: character, width, strokes. A stroke is a list of points x, y, one base-36 digit each, from the upper left;
 * capitals are 12 units high, x-height letters start at 4. `~` marks a quadratic B-spline, `@` a closed one.
 */
const SHAPES = `
A 8 0c408c 2868
B 8 000c ~003070763606 ~0636868c3c0c
C 8 ~8370000c7c89
D 8 000c ~0040808c4c0c
E 7 70000c7c 0656
F 7 70000c 0656
G 8 ~8370000c8c87 8757
H 8 000c 808c 0686
I 2 101c
J 6 ~60686c0c09
K 8 000c 8007 348c
L 7 000c7c
M 8 0c0048808c
N 8 0c008c80
O 9 @00909c0c
P 8 0c00 ~004080874707
Q 9 @00909c0c 699d
R 8 0c00 ~004080874707 478c
S 8 ~72600006868c1c0a
T 8 0080 404c
U 8 ~00080c8c8880
V 8 004c80
W a 003c537ca0
X 8 008c 800c
Y 8 004680 464c
Z 8 00800c8c
a 7 @04747c0c 747c
b 7 000c @04747c0c
c 6 ~6654040c5c6a
d 7 707c @04747c0c
e 7 0878 ~7874040c6c7a
f 5 ~5020232c 0454
g 7 @04747c0c ~747d7g1g0e
h 7 000c ~080474787c
i 2 141c 1011
j 3 ~343d3g0g 3031
k 6 000c 6409 276c
l 3 ~101a1c3c
m a 040c ~080454585c ~5854a4a8ac
n 7 040c ~080474787c
o 7 @04747c0c
p 7 040g @04747c0c
q 7 747g @04747c0c
r 5 040c ~080454
s 6 ~65540408686c1c0b
t 5 ~212a2c5c 0454
u 7 747c ~04080c7c78
v 6 043c64
w a 042c558ca4
x 6 046c 640c
y 6 043c 641g
z 6 04640c6c
0 7 @00707c0c
1 5 03303c
2 7 ~03007075480c 0c7c
3 7 ~0210707636 ~36767c1c0a
4 7 5c500878
5 7 601006 ~0624747c1c0a
6 7 @05757c0c ~60210508
7 7 00702c
8 7 @10606616 @06767c0c
9 7 @00707707 ~1c5b7774
. 2 1c1c
, 2 1c0e
: 2 1515 1c1c
; 2 1515 1c0e
! 2 1018 1c1c
? 6 ~030060653739 3c3c
- 5 0757
+ 6 0868 353b
' 2 1013
" 4 1013 3033
( 4 ~30030b3e
) 4 ~00333b0e
[ 4 30000e3e
] 4 00303e0e
/ 6 600c
= 6 0666 0a6a
`;

/** Height of capitals, in units of `SHAPES`. */
export const CAPITAL = 12;
const BETWEEN = 3;
const SPACE = 5;
const SMOOTHNESS = 6; // line segments per control point of a curve

export type Stroke = readonly (readonly [x: number, y: number])[];

interface Glyph {
  readonly width: number;
  readonly strokes: readonly Stroke[];
}

const glyphs: ReadonlyMap<string, Glyph> = new Map(
  SHAPES.trim()
    .split("\n")
    .map((line) => {
      const [letter, width, ...strokes] = line.split(" ") as [string, string, ...string[]];
      return [letter, { width: Number.parseInt(width, 36), strokes: strokes.map(strokeOf) }];
    }),
);

/** Width of a text in pixels, if capitals are `height` pixels high. */
export const widthOf = (text: string, height: number): number => {
  const units = [...text].reduce((sum, letter) => sum + (glyphs.get(letter)?.width ?? SPACE) + BETWEEN, 0);
  return Math.max(0, ((units - BETWEEN) * height) / CAPITAL);
};

/** The strokes of a text; (0, 0) is the upper left corner of its first capital. Unknown characters are blank. */
export function strokesOf(text: string, height: number): Stroke[] {
  const unit = height / CAPITAL;
  let left = 0;
  return [...text].flatMap((letter) => {
    const { width, strokes } = glyphs.get(letter) ?? { width: SPACE, strokes: [] };
    const from = left;
    left += width + BETWEEN;
    return strokes.map((stroke) => stroke.map(([x, y]) => [(from + x) * unit, y * unit] as const));
  });
}

/** A text cut to a width of `most` pixels, ending in "..." if it was cut. */
export function fitting(text: string, height: number, most: number): string {
  if (widthOf(text, height) <= most) return text;
  let end = text.length;
  while (end > 0 && widthOf(`${text.slice(0, end).trimEnd()}...`, height) > most) end--;
  return `${text.slice(0, end).trimEnd()}...`;
}

function strokeOf(shape: string): Stroke {
  const [kind] = shape;
  const digits = [...shape].filter((digit) => /[0-9a-z]/.test(digit)).map((digit) => Number.parseInt(digit, 36));
  const points = Array.from({ length: digits.length / 2 }, (_, at) => [digits[2 * at]!, digits[2 * at + 1]!] as const);
  if (kind === "~") return rounded(points);
  if (kind !== "@") return points;
  const start = middle(points.at(-1)!, points[0]!);
  return rounded([start, ...points, start]);
}

/** A quadratic B-spline with these control points, as line segments. */
function rounded(points: Stroke): Stroke {
  const corners = points.slice(1, -1).map((corner, at) => {
    const from = at === 0 ? points[0]! : middle(points[at]!, corner);
    const to = at === points.length - 3 ? points.at(-1)! : middle(corner, points[at + 2]!);
    return Array.from({ length: SMOOTHNESS }, (_, i) => {
      const t = (i + 1) / SMOOTHNESS;
      const bend = (axis: 0 | 1): number =>
        (1 - t) ** 2 * from[axis] + 2 * t * (1 - t) * corner[axis] + t ** 2 * to[axis];
      return [bend(0), bend(1)] as const;
    });
  });
  return [points[0]!, ...corners.flat()];
}

function middle(a: Stroke[number], b: Stroke[number]): Stroke[number] {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

/** The names most like what was typed, out of thousands, while someone is typing. */

/** Discord's limit for the choices of one question. */
const mostChoices = 25;

interface Known {
  readonly name: string;
  readonly plain: string;
}

/** A model's names as they are compared, made once: they never change. */
const compared = new WeakMap<readonly string[], readonly Known[]>();

/**
 * Names behind the first one ("unknown"), best first, at most 25: those that begin so, have a word that does, contain it, or
 * look like it. `wanted` and names are compared as `plain` has them.
 */
export function closest(wanted: string, names: readonly string[], plain: (name: string) => string): string[] {
  let all = compared.get(names);
  if (all === undefined) {
    all = names.slice(1).map((name) => ({ name, plain: plain(name) }));
    compared.set(names, all);
  }
  if (wanted === "") return all.slice(0, mostChoices).map(({ name }) => name);
  const ranked = all.map(({ name, plain: text }) => ({ name, plain: text, rank: rank(wanted, text) }));
  const holding = ranked
    .filter((one) => one.rank < notInIt)
    .sort((a, b) => a.rank - b.rank || a.plain.length - b.plain.length) // the longer, the further from what it holds
    .slice(0, mostChoices)
    .map(({ name }) => name);
  const others = ranked.filter((one) => one.rank === notInIt);
  return [...holding, ...mostAlike(wanted, others, mostChoices - holding.length)];
}

const notInIt = 3;

function rank(wanted: string, known: string): number {
  if (known.startsWith(wanted)) return 0;
  if (known.includes(` ${wanted}`)) return 1;
  return known.includes(wanted) ? 2 : notInIt;
}

/** The few nearest by edit distance, the earlier of two that are equally far first. */
function mostAlike(wanted: string, all: readonly Known[], count: number): string[] {
  const best: { readonly name: string; readonly distance: number }[] = [];
  if (count === 0) return [];
  const distanceTo = distanceFrom(wanted);
  for (const { name, plain } of all) {
    const distance = distanceTo(plain);
    if (best.length === count && distance >= best.at(-1)!.distance) continue;
    const after = best.findIndex((other) => other.distance > distance);
    best.splice(after === -1 ? best.length : after, 0, { name, distance });
    if (best.length > count) best.pop();
  }
  return best.map(({ name }) => name);
}

/** Letters to change, add or drop until one text is the other (Levenshtein); of the first one 32 letters count. */
export const editDistance = (a: string, b: string): number => distanceFrom(a)(b);

/**
 * Edit distances from one text, a whole column of the textbook's table at once (Myers 1999): bit i of `up` or `down` says that
 * the column's entry i + 1 is one more or one less than its entry i.
 */
function distanceFrom(text: string): (other: string) => number {
  const letters = [...text].slice(0, 32);
  const places = new Map<string, number>();
  for (const [i, letter] of letters.entries()) places.set(letter, (places.get(letter) ?? 0) | (1 << i));
  const last = 1 << (letters.length - 1);
  return (other) => {
    if (letters.length === 0) return [...other].length;
    let [up, down, distance] = [-1, 0, letters.length];
    for (const letter of other) {
      const same = places.get(letter) ?? 0;
      const flat = (((same & up) + up) ^ up) | same | down; // where the diagonal costs nothing
      const right = down | ~(flat | up);
      const left = up & flat;
      if (right & last) distance++;
      else if (left & last) distance--;
      const shifted = (right << 1) | 1; // the table's first row grows by one a column
      up = (left << 1) | ~(same | down | shifted);
      down = shifted & (same | down);
    }
    return distance;
  };
}

/** Keys, moods and dynamics by name: what a model knows of them, and what is asked for, as the model spells it. */
import { UserError } from "../errors.ts";
import type { MetreRules } from "../music/metre.ts";

const kinds = { key: "keys", mood: "moods", dynamics: "dynamics" } as const;

/** A name as the model spells it; one it doesn't know is refused with those it knows. */
export function momentNamed(kind: keyof typeof kinds, name: string, rules: Partial<MetreRules> | undefined): string {
  const names = rules?.[kinds[kind]];
  if (!names) throw new UserError(`This model knows no ${kinds[kind]}.`);
  const wanted = name.trim().toLowerCase();
  const known = names.find((one) => one.toLowerCase() === wanted);
  if (known === undefined)
    throw new UserError(`I don't know the ${kind} "${name.slice(0, 40)}". I know ${names.join(", ")}.`);
  return known;
}

export type MoodKind = "mood" | "dynamics";

/** The moods or dynamics that a model knows; none where it knows nothing of them. */
export const moodNames = (kind: MoodKind, rules: Partial<MetreRules> | undefined): readonly string[] =>
  rules?.[kinds[kind]] ?? [];

/** Mood and dynamics from one line, such as "dark, soft", as the model spells them; other words are refused. */
export function moodIn(
  line: string,
  rules: Partial<MetreRules> | undefined,
): { readonly mood?: string; readonly dynamics?: string } {
  const found: { mood?: string; dynamics?: string } = {};
  const loudness = new Set(moodNames("dynamics", rules).map((name) => name.toLowerCase()));
  const usual = moodNames("mood", rules).length > 0 ? "mood" : "dynamics";
  for (const word of line.split(",").map((text) => text.trim())) {
    if (word === "") continue;
    const kind = loudness.has(word.toLowerCase()) ? "dynamics" : usual;
    if (found[kind] !== undefined)
      throw new UserError(`A song has one mood and one dynamics, not "${line.slice(0, 40)}".`);
    found[kind] = momentNamed(kind, word, rules);
  }
  return found;
}

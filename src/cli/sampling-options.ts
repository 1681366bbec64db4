/** Numbers that may differ by level: "0.98" is meant for all levels, "0.99/0.99/0.98" for each, finest first. */
import { UserError } from "../errors.ts";
import type { LevelSampling } from "../song/sampling.ts";
import type { SongOptions } from "../song/song.ts";

/** Words of sampling, and what they set. */
export const knobs = {
  temperature: "temperature",
  "top-k": "topK",
  "top-p": "topP",
  hop: "hopFraction",
} as const satisfies Record<string, keyof LevelSampling>;

export type Knob = keyof typeof knobs;

export const isKnob = (name: string): name is Knob => Object.hasOwn(knobs, name);

/** What the words say of sampling; "-" leaves a level as it is. */
export function samplingFrom(
  words: ReadonlyMap<Knob, string>,
  read: (name: string, text: string) => number,
): Pick<SongOptions, "temperature" | "sampling"> {
  const temperature = words.get("temperature");
  const one = temperature?.includes("/") ? undefined : temperature;
  const said = [...words].flatMap(([knob, text]) =>
    knob === "temperature" && one !== undefined ? [] : [{ knob, texts: text.split("/") }],
  );
  const levels = Math.max(1, ...said.map(({ texts }) => texts.length));
  const odd = said.find(({ texts }) => texts.length !== 1 && texts.length !== levels);
  if (odd) throw new UserError(`${odd.knob} has ${odd.texts.length} numbers and another word has ${levels}.`);
  const sampling = Array.from({ length: levels }, (_, level) =>
    Object.fromEntries(
      said.flatMap(({ knob, texts }) => {
        const text = texts[level] ?? texts[0]!; // splitting gives one at least
        return text === "-" ? [] : [[knobs[knob], read(knob, text)]];
      }),
    ),
  );
  return {
    ...(one !== undefined && { temperature: read("temperature", one) }),
    ...(said.length > 0 && { sampling }),
  };
}

/** Sampling arguments that may differ by level: "0.98" for all levels, "0.99/0.99/0.98" for each, finest first. */
import { UserError } from "../errors.ts";
import type { LevelSampling } from "../song/sampling.ts";
import type { SongOptions } from "../song/song.ts";

/** Names of sampling arguments, and what they set. */
export const samplingFields = {
  temperature: "temperature",
  "top-k": "topK",
  "top-p": "topP",
  hop: "hopFraction",
} as const satisfies Record<string, keyof LevelSampling>;

export type SamplingName = keyof typeof samplingFields;

export const isSamplingName = (name: string): name is SamplingName => Object.hasOwn(samplingFields, name);

/** Parses sampling arguments; "-" keeps a level's default. */
export function readSampling(
  texts: ReadonlyMap<SamplingName, string>,
  parse: (name: string, text: string) => number,
): Pick<SongOptions, "temperature" | "sampling"> {
  const temperature = texts.get("temperature");
  const shared = temperature?.includes("/") ? undefined : temperature;
  const perLevel = [...texts].flatMap(([name, text]) =>
    name === "temperature" && shared !== undefined ? [] : [{ name, values: text.split("/") }],
  );
  const levels = Math.max(1, ...perLevel.map(({ values }) => values.length));
  const odd = perLevel.find(({ values }) => values.length !== 1 && values.length !== levels);
  if (odd) throw new UserError(`${odd.name} has ${odd.values.length} numbers, another argument has ${levels}.`);
  const sampling = Array.from({ length: levels }, (_, level) =>
    Object.fromEntries(
      perLevel.flatMap(({ name, values }) => {
        const text = values[level] ?? values[0]!; // split returns at least one
        return text === "-" ? [] : [[samplingFields[name], parse(name, text)]];
      }),
    ),
  );
  return {
    ...(shared !== undefined && { temperature: parse("temperature", shared) }),
    ...(perLevel.length > 0 && { sampling }),
  };
}

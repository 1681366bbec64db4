/** Moods and dynamics for a vocabulary or a config that has bands: each band plays bright songs fast and dark ones slowly. */
import type { MetreRules } from "../../src/music/metre.ts";
import type { VocabularyBand } from "../../src/song/vocabulary.ts";

export const moodyMetre: MetreRules = {
  ticksPerBar: 48,
  grain: 128,
  tempos: [6, 9],
  keys: ["C major", "A minor"],
  sections: ["end", "verse"],
  moods: ["bright", "dark"],
  dynamics: ["loud", "soft"],
};

export const withMoods = <Words extends { readonly bands: readonly VocabularyBand[] }>(words: Words) => ({
  ...words,
  metre: moodyMetre,
  bands: words.bands.map((band) => ({
    ...band,
    metre: {
      tempo: 6,
      keys: ["C major", "A minor"],
      form: [["verse", 8, "loud"] as const],
      moods: [
        { mood: "bright", tempo: 6, keys: ["C major"] },
        { mood: "dark", tempo: 9, keys: ["A minor"] },
      ],
    },
  })),
});

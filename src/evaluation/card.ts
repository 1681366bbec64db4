/** A model's card: text with marked places, which are filled with tables of what was measured. */

import { BAND_EDGES } from "../audio/convergence.ts";
import { UserError } from "../errors.ts";
import type { ModelConfig } from "../model/folder.ts";
import { priorShapes, type Shapes, vqvaeShapes } from "../model/shapes.ts";
import { hopsOf } from "../model/vqvae.ts";
import type { Confusion, Labelled, Share } from "./accuracy.ts";
import type { BitsPerCode } from "./bits-per-code.ts";
import type { Steadiness } from "./measure-steadiness.ts";
import { MELODY_CHANCE } from "./melody.ts";
import type { MelodyAccuracy } from "./melody-accuracy.ts";
import type { Classification, Evaluation, Settings } from "./report.ts";
import { OFFERED } from "./singer-intelligibility.ts";
import { WINDOW_SECONDS } from "./steadiness.ts";
import type { LineRecognition } from "./sung-lines.ts";

/** Markdown by the name of its place. */
export type Sections = Readonly<Record<string, string>>;

/** Every number of a card comes from here; what was not measured has no section. */
export const sectionsOf = (config: ModelConfig, evaluation: Evaluation): Sections => ({
  summary: summary(evaluation),
  sizes: sizes(config),
  data: data(evaluation),
  training: training(evaluation, config),
  bits: bits(evaluation),
  codec: codec(evaluation),
  classifications: classifications(evaluation),
  confusion: confusions(evaluation),
  clips: clips(evaluation, config),
  ...(evaluation.steadiness && { steadiness: steadiness(evaluation.steadiness, evaluation.settings) }),
  ...(evaluation.words && { words: words(evaluation.words) }),
  ...(evaluation.melodies && { melodies: melodies(evaluation.melodies) }),
});

/** Puts each section between `<!-- NAME -->` and `<!-- end -->`; text around them stays as it was written. */
export function fillCard(text: string, sections: Sections): string {
  return text.replace(/<!-- (\w+) -->\n[\s\S]*?<!-- end -->/g, (_, name: string) => {
    const section = sections[name];
    if (section === undefined)
      throw new UserError(`The card has a place "${name}", but there are only ${Object.keys(sections).join(", ")}.`);
    return `<!-- ${name} -->\n${section}\n<!-- end -->`;
  });
}

type Cell = string | number;

function table(head: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const whole = (value: number): string => Math.round(value).toLocaleString("en");
const percent = (share: number): string => `${Math.round(100 * share)} %`;
const bounded = ({ share, low, high }: Share): string =>
  `${percent(share)} [${Math.round(100 * low)}–${Math.round(100 * high)}]`;
const countOf = (shapes: Shapes): number =>
  [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((all, dim) => all * dim, 1), 0);
const millions = (count: number): string => `${(count / 1e6).toFixed(1)} M`;

function sizes({ vqvae, priors, sampleRate, weights }: ModelConfig): string {
  const hops = hopsOf(vqvae);
  const rows = priors.map((prior, level) => [
    level,
    hops[level]!,
    whole(sampleRate / hops[level]!),
    vqvae.lBins[level]!,
    `${prior.depth} × ${prior.width}`,
    millions(countOf(priorShapes(prior))),
    `${whole(prior.nCtx)} (${((prior.nCtx * hops[level]!) / sampleRate).toFixed(1)} s)`,
  ]);
  const head = ["level", "hop (samples)", "codes/s", "codebook", "prior: layers × width", "weights", "context (codes)"];
  const bytes = weights.reduce((sum, file) => sum + file.bytes, 0);
  const all = `VQ-VAE, all levels: ${millions(countOf(vqvaeShapes(vqvae)))} weights. Sound: ${whole(sampleRate)} Hz, mono. File: ${(bytes / 1e6).toFixed(1)} MB.`;
  return `${table(head, rows)}\n\n${all}`;
}

/** Training, validation and held-out songs of every artist (rows) and genre (columns). */
function data({ corpus }: Evaluation): string {
  const unique = (names: readonly string[]): string[] => [...new Set(names)];
  const genres = unique(corpus.map(({ genre }) => genre));
  const count = (artist: string, genre: string, split: string): number =>
    corpus.find((one) => one.artist === artist && one.genre === genre && one.split === split)?.songs ?? 0;
  const rows = unique(corpus.map(({ artist }) => artist)).map((artist) => [
    artist,
    ...genres.map((genre) => {
      const [train, valid, heldOut] = ["train", "valid", "heldout-pair"].map((split) => count(artist, genre, split));
      return heldOut ? `0 + ${heldOut}, held out` : train || valid ? `${train} + ${valid}` : "";
    }),
  ]);
  const of = (split?: string) => corpus.filter((one) => split === undefined || one.split === split);
  const sum = (split?: string): string =>
    `${of(split).reduce((all, { songs }) => all + songs, 0)} songs, ${whole(of(split).reduce((all, { seconds }) => all + seconds, 0) / 60)} minutes`;
  const totals = `All: ${sum()}. Training: ${sum("train")}. Validation: ${sum("valid")}. Held-out pairs: ${sum("heldout-pair")}.`;
  return `${table(["artist", ...genres], rows)}\n\n${totals}`;
}

function training({ trained }: Evaluation, { sampleRate, vqvae }: ModelConfig): string {
  const hops = hopsOf(vqvae);
  const rows = trained.map(({ part, level, steps, batch, length, rate }) => {
    const seconds = (steps * batch * length * (part === "prior" ? hops[level]! : 1)) / sampleRate;
    return [
      `${part}, level ${level}`,
      whole(steps),
      `${batch} × ${whole(length)} ${part === "prior" ? "codes" : "samples"}`,
      rate,
      `${(seconds / 3600).toFixed(1)} h`,
    ];
  });
  return table(["part", "steps", "batch", "learning rate", "music in all"], rows);
}

/** What a listener gets: of generated clips, and of validation songs as the upper bound. */
function summary({ classifications, words = [], steadiness: steady = [] }: Evaluation): string {
  type What = "generated" | "songs";
  const accuracy = (what: What, pairs: "known" | "held out") =>
    classifications.find((one) => one.trainedOn === "songs" && one.what === what && one.pairs === pairs)?.accuracy;
  const finest = <T extends { readonly what: string; readonly level?: number }>(found: readonly T[], what: What) =>
    found.find((one) => one.what === what && (one.level ?? 0) === 0);
  const row = (name: string, chance: string, of: (what: What) => Share | undefined): Cell[] => {
    const [generated, songs] = [of("generated"), of("songs")];
    return [name, generated ? bounded(generated) : "–", songs ? bounded(songs) : "–", chance];
  };
  const chance = accuracy("generated", "known")?.chance;
  const guess = (share: number | undefined): string => (share === undefined ? "–" : percent(share));
  return table(
    ["", "generated clips", "validation songs", "chance"],
    [
      row("genre recognised", guess(chance?.genre), (what) => accuracy(what, "known")?.genre),
      row("artist recognised", guess(chance?.artist), (what) => accuracy(what, "known")?.artist),
      row("mood recognised", guess(chance?.mood), (what) => accuracy(what, "known")?.mood),
      row("genre and artist, held-out pairs", "–", (what) => accuracy(what, "held out")?.both),
      row(`sung line recognised among ${OFFERED}`, percent(1 / OFFERED), (what) => finest(words, what)?.right),
      row("tempo held for 30 s", "–", (what) => finest(steady, what)?.tempo),
      row("key recognised", "8 %", (what) => finest(steady, what)?.key),
      row("chord recognised", "8 %", (what) => finest(steady, what)?.chords),
    ],
  );
}

function bits({ bits: levels, settings }: Evaluation): string {
  const show = (found: BitsPerCode | undefined): string =>
    found ? `${found.bits.toFixed(3)}${found.margin === undefined ? "" : ` ± ${found.margin.toFixed(2)}`}` : "–";
  const chords = levels.some(({ withoutChords }) => withoutChords);
  const words = levels.some(({ withoutWords }) => withoutWords);
  const rows = levels.map(({ level, unigram, bigram, ...found }) => [
    level,
    unigram.toFixed(2),
    bigram.toFixed(2),
    show(found.validation),
    show(found.training),
    show(found.withoutLabels),
    show(found.withoutMoments),
    ...(chords ? [show(found.withoutChords)] : []),
    ...(words ? [show(found.withoutWords)] : []),
    found.in8.bits.toFixed(3),
    found.in4.bits.toFixed(3),
    show(found.heldOutPairs),
  ]);
  const head = [
    "level",
    "unigram",
    "bigram",
    "prior, validation songs",
    "training songs",
    "without labels",
    "without moments",
    ...(chords ? ["without chords"] : []),
    ...(words ? ["without phones"] : []),
    "in 8 bits",
    "in 4 bits",
    "held-out pairs",
  ];
  const how = `Bits per code; fewer is better. ${settings.triedOn} validation songs and ${settings.heldOutPairs} of held-out pairs, at most ${levels[0]!.validation.windows} windows of each; unigram and bigram tables counted on ${settings.counted} training songs. ±: 95 % confidence over songs.`;
  return `${table(head, rows)}\n\n${how}`;
}

function codec({ codec: levels, settings }: Evaluation): string {
  const bandsOf = BAND_EDGES.slice(1).map((edge, band) => `${whole(BAND_EDGES[band]!)}–${whole(edge)} Hz`);
  const rows = levels.map(({ level, validation, melDifference }) => [
    level,
    validation.whole.toFixed(1),
    ...validation.bands.map((band) => band.toFixed(1)),
    melDifference.toFixed(1),
    `${validation.used} (${validation.entropyBits.toFixed(1)} bits)`,
  ]);
  const how = `Spectral convergence in dB (lower is better, 0 is as wrong as silence), mean difference of mel spectra in dB, and codes used with the entropy of their distribution; clips of ${settings.seconds} s.`;
  return `${table(["level", "all", ...bandsOf, "mel difference", "codes used"], rows)}\n\n${how}`;
}

function classifications({ classifications: all, settings }: Evaluation): string {
  const bySongs = all.filter(({ trainedOn }) => trainedOn === "songs");
  const byLevels = all.filter(({ trainedOn }) => trainedOn !== "songs");
  const moods = all.some(({ accuracy }) => accuracy.mood);
  const head = [
    "clips of",
    "pairs",
    "clips (songs)",
    "genre",
    "artist",
    "both",
    ...(moods ? ["mood"] : []),
    "chance",
    "pulse",
  ];
  const show = (some: readonly Classification[]): string =>
    table(
      head,
      some.map((one) => classificationCells(one, moods)),
    );
  return [
    `Clips of ${settings.seconds} s. Classifiers are trained on ${settings.trainedOn} training songs of the model, and on half of the songs of held-out pairs, which the model never saw. In brackets: 95 % bounds (Wilson), for as many independent trials as there are songs. Chance: always naming the most frequent genre, artist, pair${moods ? " or mood" : ""}. Pulse: how steady the strongest beat is, 1 where onsets repeat exactly, about 0 in noise.`,
    "**By a classifier trained on songs**",
    show(bySongs),
    "**By classifiers trained on reconstructions of one level, for clips decoded from that level**",
    show(byLevels),
  ].join("\n\n");
}

function classificationCells({ what, level, pairs, accuracy, pulse }: Classification, moods: boolean): Cell[] {
  const name = {
    songs: "validation songs",
    reconstructions: `reconstructions, level ${level}`,
    generated: `**generated**, level ${level}`,
  }[what];
  const { clips: count, songs, genre, artist, both, mood, chance } = accuracy;
  const blind = [chance.genre, chance.artist, chance.both, ...(moods ? [chance.mood ?? 0] : [])].map(percent);
  return [
    name,
    pairs,
    `${count} (${songs})`,
    bounded(genre),
    bounded(artist),
    bounded(both),
    ...(moods ? [mood ? bounded(mood) : "–"] : []),
    blind.join(" / "),
    pulse.toFixed(2),
  ];
}

const confusions = ({ confusion: { genre, artist, mood } }: Evaluation): string =>
  [genre, artist, ...(mood ? [mood] : [])].map(confusionTable).join("\n\n");

const confusionTable = ({ classes, counts }: Confusion): string =>
  table(
    ["asked for ↓ recognised as →", ...classes],
    classes.map((name, row) => [name, ...counts[row]!.map((count) => count || "")]),
  );

function clips({ clips: all, settings }: Evaluation, { temperatures }: ModelConfig): string {
  const pairs = [...Map.groupBy(all, ({ artist, genre }) => `${artist}\n${genre}`).values()];
  const rows = pairs.map((some) => [
    some[0]!.artist,
    some[0]!.genre,
    some[0]!.pairs,
    some.map(({ seed }) => seed).join(", "),
    some.map(({ mood, predicted }) => labelsIn(predicted, mood)).join("; "),
  ]);
  return `Clips of ${settings.seconds} s at temperature 1 (times the model's own ${temperatures.join(", ")} by level, finest first), by the classifier trained on songs.\n\n${table(["artist", "genre", "pair", "seeds", "recognised as"], rows)}`;
}

/** With the mood that was asked for, if any. */
const labelsIn = ({ genre, artist, mood }: Labelled, asked: string | undefined): string =>
  `${asked === undefined ? "" : `${asked} → ${mood} `}${genre} by ${artist}`;

function melodies(found: readonly MelodyAccuracy[]): string {
  const rows = found.map(({ what, level, songs, notes, right }) => [
    what === "songs" ? "validation songs" : `reconstructions, level ${level}`,
    `${notes} (${songs})`,
    bounded(right),
  ]);
  const how = `Of each note of lead and voice: whether its own pitch, with its harmonics, is the strongest within six semitones (chance: ${percent(MELODY_CHANCE)}). The first 20 s of each song. In brackets: 95 % bounds (Wilson), for as many independent trials as there are songs.`;
  return `${table(["clips of", "notes (songs)", "right pitch"], rows)}\n\n${how}`;
}

function words(found: readonly LineRecognition[]): string {
  const names = {
    songs: "validation songs, in the mix",
    backwards: "the same, played backwards",
    reconstructions: "reconstructions",
    generated: "**generated**",
  };
  const rows = found.map(({ what, level, lines, right }) => [
    names[what] + (level === undefined ? "" : `, level ${level}`),
    lines,
    bounded(right),
  ]);
  const how = `A speech recogniser that is no part of this model (PocketSphinx, English) chooses the sung line among ${OFFERED} (chance: ${percent(1 / OFFERED)}). A line played backwards has no words, but the same length: what is recognised then is not recognised by words. In brackets: 95 % bounds (Wilson).`;
  return `${table(["lines of", "lines", `right of ${OFFERED}`], rows)}\n\n${how}`;
}

const CHORDS =
  " Chord: bar by bar, the chord asked for fits better than the same chord on any other root (chance: 8 %).";

function steadiness(found: readonly Steadiness[], { long }: Settings): string {
  const withChords = found.some(({ chords }) => chords);
  const rows = found.map(({ what, level, clips, windows, tempo, drift, key, inScale, chords }) => [
    what === "songs" ? "validation songs" : `**generated**, level ${level}`,
    `${clips} (${windows})`,
    bounded(tempo),
    drift.toFixed(3),
    key ? bounded(key) : "–",
    inScale === undefined ? "–" : percent(inScale),
    ...(withChords ? [chords ? bounded(chords) : "–"] : []),
  ]);
  const head = [
    "clips of",
    "clips (windows)",
    "tempo",
    "drift",
    "key",
    "pitches within the scale",
    ...(withChords ? ["chord"] : []),
  ];
  const how = `Clips of ${long} s, one of each genre, in windows of ${WINDOW_SECONDS} s. Tempo: within 4 % of what was asked for, in any octave. Drift: how far the beat moves against that tempo from window to window, as a share of a beat (chance: 0.25). Key: the key asked for, or its relative, fits better than all others (chance: 8 %). Pitches within the scale: of noise 58 %; of the blues, whose thirds are of both kinds, 67 %.${withChords ? CHORDS : ""} In brackets: 95 % bounds (Wilson), for as many independent trials as there are clips.`;
  return `${table(head, rows)}\n\n${how}`;
}

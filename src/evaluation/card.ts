/** A model's card: text written by hand with marked places, which are filled with what was measured. */

import { BAND_EDGES } from "../audio/convergence.ts";
import { UserError } from "../errors.ts";
import type { ModelConfig } from "../model/folder.ts";
import { priorShapes, type Shapes, vqvaeShapes } from "../model/shapes.ts";
import { hopsOf } from "../model/vqvae.ts";
import type { Confusion, Labelled, Share } from "./accuracy.ts";
import type { HeldOutBits } from "./bits.ts";
import { OFFERED } from "./intelligibility.ts";
import type { Steadiness } from "./long.ts";
import { MELODY_CHANCE } from "./melody.ts";
import type { Evaluation, Judgement, Settings } from "./report.ts";
import { WINDOW_SECONDS } from "./steadiness.ts";
import type { Understanding } from "./sung-lines.ts";
import type { TuneHeard } from "./tunes.ts";

/** Markdown by the name of its place. */
export type Sections = Readonly<Record<string, string>>;

/** Every number of a card comes from here; what wasn't measured has no section. */
export const sectionsOf = (config: ModelConfig, evaluation: Evaluation): Sections => ({
  sizes: sizes(config),
  data: data(evaluation),
  training: training(evaluation, config),
  bits: bits(evaluation),
  codec: codec(evaluation),
  judgements: judgements(evaluation),
  confusion: confusions(evaluation),
  clips: clips(evaluation, config),
  ...(evaluation.confusion.mood && { moods: moods(evaluation, evaluation.confusion.mood) }),
  ...(evaluation.steadiness && { steadiness: steadiness(evaluation.steadiness, evaluation.settings) }),
  ...(evaluation.words && { words: words(evaluation.words) }),
  ...(evaluation.tunes && { tunes: tunes(evaluation.tunes) }),
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
  const head = [
    "level",
    "samples a code",
    "codes a second",
    "codebook",
    "prior: layers × width",
    "its weights",
    "codes it sees",
  ];
  const bytes = weights.reduce((sum, file) => sum + file.bytes, 0);
  const all = `VQ-VAE of all levels: ${millions(countOf(vqvaeShapes(vqvae)))} weights. Sound: ${whole(sampleRate)} Hz, mono. File: ${(bytes / 1e6).toFixed(1)} MB.`;
  return `${table(head, rows)}\n\n${all}`;
}

/** Songs learned from, left out, and of held-out pairs, of every artist (rows) and genre (columns). */
function data({ corpus }: Evaluation): string {
  const unique = (names: readonly string[]): string[] => [...new Set(names)];
  const genres = unique(corpus.map(({ genre }) => genre));
  const count = (artist: string, genre: string, split: string): number =>
    corpus.find((one) => one.artist === artist && one.genre === genre && one.split === split)?.songs ?? 0;
  const rows = unique(corpus.map(({ artist }) => artist)).map((artist) => [
    artist,
    ...genres.map((genre) => {
      const [train, valid, apart] = ["train", "valid", "heldout-pair"].map((split) => count(artist, genre, split));
      return apart ? `0 + ${apart}, held out` : train || valid ? `${train} + ${valid}` : "";
    }),
  ]);
  const of = (split?: string) => corpus.filter((one) => split === undefined || one.split === split);
  const sum = (split?: string): string =>
    `${of(split).reduce((all, { songs }) => all + songs, 0)} songs, ${whole(of(split).reduce((all, { seconds }) => all + seconds, 0) / 60)} minutes`;
  const told = `All: ${sum()}. Learned from: ${sum("train")}. Left out: ${sum("valid")}. Of pairs never learned from: ${sum("heldout-pair")}.`;
  return `${table(["band", ...genres], rows)}\n\n${told}`;
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
  return table(["part", "steps", "a step", "highest rate", "music heard in all"], rows);
}

function bits({ bits: levels, settings }: Evaluation): string {
  const show = (found: HeldOutBits | undefined): string =>
    found ? `${found.bits.toFixed(3)}${found.give === undefined ? "" : ` ± ${found.give.toFixed(2)}`}` : "–";
  const chorded = levels.some(({ dropChords }) => dropChords);
  const worded = levels.some(({ dropWords }) => dropWords);
  const rows = levels.map(({ level, unigram, bigram, valid, ...other }) => [
    level,
    unigram.toFixed(2),
    bigram.toFixed(2),
    show(valid),
    show(other.learned),
    show(other.unlabelled),
    show(other.uncounted),
    ...(chorded ? [show(other.dropChords)] : []),
    ...(worded ? [show(other.dropWords)] : []),
    other.in8.bits.toFixed(3),
    other.in4.bits.toFixed(3),
    show(other.heldOutPairs),
  ]);
  const head = [
    "level",
    "table of codes",
    "table of neighbours",
    "prior",
    "songs learned from",
    "not told the labels",
    "not told beat and key",
    ...(chorded ? ["not told chords"] : []),
    ...(worded ? ["not told what is sung"] : []),
    "in 8 bits",
    "in 4 bits",
    "songs of held-out pairs",
  ];
  const how = `${settings.triedOn} songs left out and ${settings.heldOutPairs} of held-out pairs, at most ${levels[0]!.valid.windows} windows of each; tables counted on ${settings.counted} songs and tried on the songs left out.`;
  return `${table(head, rows)}\n\n${how}`;
}

function codec({ codec: levels, settings }: Evaluation): string {
  const bandsOf = BAND_EDGES.slice(1).map((edge, band) => `${whole(BAND_EDGES[band]!)}–${whole(edge)} Hz`);
  const rows = levels.map(({ level, verdict, melDistance }) => [
    level,
    verdict.whole.toFixed(1),
    ...verdict.bands.map((band) => band.toFixed(1)),
    melDistance.toFixed(1),
    `${verdict.used} (${verdict.entropyBits.toFixed(1)} bits)`,
  ]);
  const how = `Spectral convergence in dB (lower is better, 0 is as wrong as silence), mean difference of mel spectra in dB, and different codes heard; stretches of ${settings.seconds} s.`;
  return `${table(["level", "all", ...bandsOf, "mel difference", "codes used"], rows)}\n\n${how}`;
}

function judgements({ judgements: all, settings }: Evaluation): string {
  const bySongs = all.filter(({ learnedFrom }) => learnedFrom === "songs");
  const byCopies = all.filter(({ learnedFrom }) => learnedFrom !== "songs");
  const moods = all.some(({ accuracy }) => accuracy.mood);
  const head = [
    "heard",
    "pairs",
    "clips (songs)",
    "genre right",
    "artist right",
    "both right",
    ...(moods ? ["mood right"] : []),
    "best single guess",
    "pulse",
  ];
  const show = (some: readonly Judgement[]): string =>
    table(
      head,
      some.map((one) => judgementCells(one, moods)),
    );
  return [
    `Stretches of ${settings.seconds} s; judges learned from ${settings.learnedFrom} songs that the model learned from too, and from half of the songs of held-out pairs, which it did not. In brackets: 95 % bounds (Wilson), for as many independent trials as there are songs. "Best single guess": what always saying the set's most frequent genre, artist${moods ? ", pair or mood" : " or pair"} would reach. "Pulse": how steady the strongest beat is, 1 where onsets repeat exactly, about 0 in noise.`,
    "**A judge who learned from the songs themselves**",
    show(bySongs),
    "**Judges who learned from copies of one level, and hear that level decoded**",
    show(byCopies),
  ].join("\n\n");
}

function judgementCells({ what, level, pairs, accuracy, pulse }: Judgement, moods: boolean): Cell[] {
  const name = { songs: "songs left out", copies: `their copies, level ${level}`, sung: `**sung**, level ${level}` }[
    what
  ];
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

const confusions = ({ confusion: { genre, artist } }: Evaluation): string =>
  `${confused(genre)}\n\n${confused(artist)}`;

const confused = ({ classes, counts }: Confusion): string =>
  table(
    ["asked for ↓ heard as →", ...classes],
    classes.map((name, row) => [name, ...counts[row]!.map((count) => count || "")]),
  );

/** What shall be reached, in per cent of finished clips, as the judge of songs hears them. */
const goals = [
  { name: "genre", kind: "genre", pairs: "known", goal: 0.9 },
  { name: "artist", kind: "artist", pairs: "known", goal: 0.8 },
  { name: "mood", kind: "mood", pairs: "known", goal: 0.7 },
  { name: "genre and artist, held-out pairs", kind: "both", pairs: "held out", goal: 0.6 },
] as const;

/** Goals beside what was reached, and what is taken for what. */
function moods({ judgements: all }: Evaluation, mood: Confusion): string {
  const rows = goals.map(({ name, kind, pairs, goal }) => {
    const found = (what: Judgement["what"]): string => {
      const fitting = (one: Judgement) => one.learnedFrom === "songs" && one.what === what && one.pairs === pairs;
      const share = all.find(fitting)?.accuracy[kind];
      return share ? bounded(share) : "–";
    };
    return [name, percent(goal), found("sung"), found("songs")];
  });
  return `${table(["right", "goal", "clips sung", "songs left out"], rows)}\n\n${confused(mood)}`;
}

function clips({ clips: all, settings }: Evaluation, { temperatures }: ModelConfig): string {
  const pairs = [...Map.groupBy(all, ({ artist, genre }) => `${artist}\n${genre}`).values()];
  const rows = pairs.map((some) => [
    some[0]!.artist,
    some[0]!.genre,
    some[0]!.pairs,
    some.map(({ seed }) => seed).join(", "),
    some.map(({ mood, heardAs }) => verdict(heardAs, mood)).join("; "),
  ]);
  return `Clips of ${settings.seconds} s at temperature 1 (times the model's own ${temperatures.join(", ")} by level, finest first), as the judge of songs hears them.\n\n${table(["artist", "genre", "pair", "seeds", "heard as"], rows)}`;
}

/** With the mood that was asked for where there was one. */
const verdict = ({ genre, artist, mood }: Labelled, asked: string | undefined): string =>
  `${asked === undefined ? "" : `${asked} → ${mood} `}${genre} by ${artist}`;

function tunes(found: readonly TuneHeard[]): string {
  const rows = found.map(({ what, level, songs, notes, right }) => [
    what === "songs" ? "songs left out" : `their copies, level ${level}`,
    `${notes} (${songs})`,
    bounded(right),
  ]);
  const how = `Of each note of lead and voice: whether its own pitch, with its harmonics, is the strongest within six semitones (chance: ${percent(MELODY_CHANCE)}). The first 20 s of each song. In brackets: 95 % bounds (Wilson), for as many independent trials as there are songs.`;
  return `${table(["heard", "notes (songs)", "right pitch"], rows)}\n\n${how}`;
}

function words(found: readonly Understanding[]): string {
  const names = {
    songs: "songs left out, in the mix",
    backwards: "the same, played backwards",
    copies: "their copies",
    sung: "**sung** by the model",
  };
  const rows = found.map(({ what, level, lines, right }) => [
    names[what] + (level === undefined ? "" : `, level ${level}`),
    lines,
    bounded(right),
  ]);
  const how = `A recogniser that is no part of this model (PocketSphinx, English) chooses the line that it hears among ${OFFERED}: blind chance is right in ${percent(1 / OFFERED)}. Played backwards, a line has no words left, but its length: what the recogniser finds then it doesn't find by words. In brackets: 95 % bounds (Wilson).`;
  return `${table(["lines heard", "lines", `right of ${OFFERED}`], rows)}\n\n${how}`;
}

const CHORDS =
  " Chord right: bar by bar, the chord that was asked for fits what sounds better than the same chord on any other root (chance: 8 %).";

function steadiness(found: readonly Steadiness[], { long }: Settings): string {
  const told = found.some(({ chords }) => chords);
  const rows = found.map(({ what, level, clips, windows, tempo, drift, key, inScale, chords }) => [
    what === "songs" ? "songs left out" : `**sung**, level ${level}`,
    `${clips} (${windows})`,
    bounded(tempo),
    drift.toFixed(3),
    key ? bounded(key) : "–",
    inScale === undefined ? "–" : percent(inScale),
    ...(told ? [chords ? bounded(chords) : "–"] : []),
  ]);
  const head = [
    "heard",
    "clips (windows)",
    "tempo right",
    "drift",
    "key right",
    "within the scale",
    ...(told ? ["chord right"] : []),
  ];
  const how = `Clips of ${long} s, one of each genre, in windows of ${WINDOW_SECONDS} s. Tempo right: within 4 % of what was asked for, in any octave. Drift: how far the beat moves against that tempo from window to window, as a share of a beat (chance: 0.25). Key right: the key that was asked for, or its relative, fits better than all others (chance: 8 %). Within the scale: share of the pitches heard (of noise: 58 %; of the blues, whose thirds are of both kinds, 67 %).${told ? CHORDS : ""} In brackets: 95 % bounds (Wilson), for as many independent trials as there are clips.`;
  return `${table(head, rows)}\n\n${how}`;
}

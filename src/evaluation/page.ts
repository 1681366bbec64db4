/** The evaluation's picture: a song and its reconstructions, sung words, a song and a clip of each genre, training curves. */
import { type CorpusSong, readSamples, sungIn } from "../dataset/corpus-files.ts";
import type { SungWords } from "../dataset/sung-words.ts";
import { panelsOf } from "../training/curves.ts";
import type { GeneratedClip } from "./classify-clips.ts";
import { stretchesOf } from "./clips.ts";
import type { EvaluationContext } from "./context.ts";
import { drawPage, type Row, type Word } from "./picture.ts";

/** Stretches are as long as clips. */
export async function drawEvaluation(
  work: EvaluationContext,
  generated: readonly GeneratedClip[],
): Promise<Uint8Array> {
  const { corpus, config, valid, samples, codecs, work: folder } = work;
  const stretch = (song: CorpusSong): Float32Array => [...stretchesOf(corpus, [song], { samples, each: 1 })][0]!.sound;
  const first = valid[0]!;
  const sound = stretch(first);
  const rows: Row[] = [{ name: `${first.artist}, ${first.genre}: original`, sound }];
  for (const [level, codec] of codecs.entries())
    rows.push({ name: `reconstruction, level ${level}`, sound: await codec.reconstruct(sound) });
  rows.push(...songWithWords(work));
  const genres = new Set<string>();
  for (const { artist, genre, seed, sound, words } of generated) {
    if (!sound) continue;
    const songs = genres.has(genre) ? [] : valid.filter((one) => one.genre === genre);
    genres.add(genre);
    const song = songs.find((one) => one.artist === artist) ?? songs[0];
    if (song) rows.push({ name: `${genre}: song by ${song.artist}`, sound: stretch(song) });
    rows.push({ name: `${genre}: generated, ${artist}, seed ${seed}`, sound, ...(words && { words }) });
  }
  const panels = folder === undefined ? [] : panelsOf(folder, config.priors.length);
  return drawPage(
    rows,
    config.sampleRate,
    panels.filter(({ lines }) => !lines.includes("rate")),
  );
}

const BEFORE = 0.5; // seconds before the first word

/** The beginning of the singing in the first validation song that has any. */
function songWithWords({ corpus, valid, samples, config }: EvaluationContext): Row[] {
  const song = valid.find(({ singer }) => singer !== undefined);
  const sungWords = song && sungIn(corpus, song);
  const words = sungWords ? wordsIn(sungWords) : [];
  if (!song || words.length === 0) return [];
  const latest = song.samples - samples;
  const start = Math.max(0, Math.min(latest, Math.round((words[0]!.from - BEFORE) * config.sampleRate)));
  const [from, to] = [start / config.sampleRate, (start + samples) / config.sampleRate];
  const shown = words
    .filter((word) => word.from >= from && word.to <= to)
    .map((word) => ({ ...word, from: word.from - from, to: word.to - from }));
  const name = `${song.artist}, ${song.genre}: sung words`;
  return [{ name, sound: readSamples(corpus, song, start, samples), words: shown }];
}

const wordsIn = ({ lyrics, characters }: SungWords): Word[] =>
  [...lyrics.matchAll(/\S+/g)].map(({ 0: text, index }) => ({
    text,
    from: characters[index]![0],
    to: characters[index + text.length - 1]![1],
  }));

/** `npm run encode`: a sound file becomes a file of codes, and how much of the sound each level keeps is told. */
import "../launch.cjs"; // first, as it checks Node
import { BAND_EDGES, type Convergence, convergence } from "../audio/convergence.ts";
import { decodeFile } from "../audio/decode.ts";
import { UserError } from "../errors.ts";
import { openCodec } from "../inference/codec.ts";
import { originOf, writeCodes } from "../inference/codes-file.ts";
import { promptSamples } from "../inference/encode.ts";
import { openModelFolder, readModelConfig } from "../model/folder.ts";
import { readsAbove, type VqvaeSize } from "../model/vqvae.ts";
import { type CodecArguments, encodeUsage, namedAfter, outputFor, readCodecArguments } from "./codec-arguments.ts";
import { exitCode } from "./exit-code.ts";

/** Where a program writes. */
export interface Streams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Runs the whole program and returns its exit code; only a bug throws. */
export function encode(words: readonly string[], { stdout, stderr }: Streams): Promise<number> {
  return exitCode(async () => {
    const args = readCodecArguments(words, "npm run encode -- song.mp3");
    if (args) await encodeFile(args, { stdout, stderr });
    else stdout.write(encodeUsage);
  }, stderr);
}

const usualMostSeconds = 1200;

async function encodeFile(args: CodecArguments, { stdout, stderr }: Streams): Promise<void> {
  const { file, seconds } = args;
  const out = outputFor(args, namedAfter(file, ".codes.json"));
  const config = await readModelConfig(args.model);
  const { store } = await openModelFolder(args.model, "vqvae");
  const { sampleRate, vqvae: size } = config;
  const origin = originOf(config, store);
  const longest = {
    maxSeconds: seconds ?? usualMostSeconds,
    longer: seconds === undefined ? "refuse" : "cut",
  } as const;
  const { channels, warnings } = await decodeFile(file, { sampleRate, ...longest });
  for (const warning of warnings) stderr.write(`${warning}\n`);
  const sound = channels[0]!.subarray(0, promptSamples(channels[0]!.length, size));
  if (sound.length === 0) throw new UserError(`"${file}" is too short to be encoded.`);
  stdout.write(
    `${file}: ${(sound.length / sampleRate).toFixed(1)} s as ${config.name} hears it, spectral convergence in dB:\n`,
  );
  stdout.write(
    row("level", "codes/s", "all", ...BAND_EDGES.slice(1).map((edge, band) => `${BAND_EDGES[band]}–${edge} Hz`)),
  );
  const codes = new Map<number, Uint16Array>();
  const rows: string[] = [];
  for (const level of levelsOf(args.level, size).reverse()) {
    const codec = await openCodec(level, { size, store, threads: 1 });
    const line = await codec.encode(sound);
    const kept = convergence(sound, await codec.decode(line, codes.get(level + 1)), sampleRate);
    await codec.close();
    codes.set(level, line);
    rows.unshift(row(`${level}`, `${Math.round((line.length / sound.length) * sampleRate)}`, ...numbersOf(kept)));
  }
  stdout.write(rows.join(""));
  writeCodes(out, { ...origin, seconds: sound.length / sampleRate, codes: new Map([...codes].reverse()) });
  stdout.write(`${out}: ${[...codes.values()].reduce((sum, { length }) => sum + length, 0)} codes\n`);
}

/** Finest first; of one level, those above that its sound depends on too. */
function levelsOf(level: number | undefined, size: VqvaeSize): number[] {
  const all = [...size.lBins.keys()];
  if (level === undefined) return all;
  if (!all.includes(level))
    throw new UserError(`This model has the levels 0 to ${all.length - 1}, and no level ${level}.`);
  return readsAbove(level, size) ? [level, ...levelsOf(level + 1, size)] : [level];
}

const numbersOf = ({ whole, bands }: Convergence): string[] => [whole, ...bands].map((value) => value.toFixed(1));

const widths = [5, 7, 6, 8, 11, 12, 13];
const row = (...cells: readonly string[]): string =>
  `${cells.map((cell, index) => cell.padStart(widths[index] ?? 0)).join("  ")}\n`;

if (import.meta.main) process.exitCode = await encode(process.argv.slice(2), process);

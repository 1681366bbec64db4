/** `npm run encode`: encodes a sound file and measures how close each level's reconstruction is. */
import "../launch.cjs"; // first, as it checks Node
import { BAND_EDGES, type Convergence, convergence } from "../audio/convergence.ts";
import { decodeFile } from "../audio/decode.ts";
import { UserError } from "../errors.ts";
import { openCodec } from "../inference/codec.ts";
import { originOf, writeCodes } from "../inference/codes-file.ts";
import { promptSamples } from "../inference/encode.ts";
import { openModelFolder, readModelConfig } from "../model/folder.ts";
import { levelsRead, type VqvaeSize } from "../model/vqvae.ts";
import { type CodecArguments, namedAfter, outputFor, readCodecArguments } from "./codec-arguments.ts";
import { exitCode, type Streams } from "./exit-code.ts";

const usage = `npm run encode -- song.mp3 --out song.codes.json

Encodes a WAV, AIFF, FLAC, MP3, Ogg or WebM file and prints how close each level's reconstruction is: spectral convergence in
dB, of the whole spectrum and by frequency band (lower is better, 0 is as far off as silence).

  --out FILE      .json or .safetensors. Default: the file's name with .codes.json
  --force         replace an existing file
  --level N       only this level; 0 is the finest. Default: all levels
  --seconds N     only the beginning
  --model FOLDER  the model. Default: models/garage
`;

/** Runs the program and returns its exit code; only a bug throws. */
export function runEncode(args: readonly string[], streams: Streams): Promise<number> {
  return exitCode(async () => {
    const read = readCodecArguments(args, "npm run encode -- song.mp3");
    if (read) await encodeFile(read, streams);
    else streams.stdout.write(usage);
  }, streams.stderr);
}

const defaultMaxSeconds = 1200;

async function encodeFile(args: CodecArguments, { stdout, stderr }: Streams): Promise<void> {
  const { file, seconds } = args;
  const out = outputFor(args, namedAfter(file, ".codes.json"));
  const config = await readModelConfig(args.model);
  const { store } = await openModelFolder(args.model, "vqvae");
  const { sampleRate, vqvae: size } = config;
  const origin = originOf(config, store);
  const limit = {
    maxSeconds: seconds ?? defaultMaxSeconds,
    longer: seconds === undefined ? "refuse" : "cut",
  } as const;
  const { channels, warnings } = await decodeFile(file, { sampleRate, ...limit });
  for (const warning of warnings) stderr.write(`${warning}\n`);
  const sound = channels[0]!.subarray(0, promptSamples(channels[0]!.length, size));
  if (sound.length === 0) throw new UserError(`"${file}" is too short to be encoded.`);
  stdout.write(
    `${file}: ${(sound.length / sampleRate).toFixed(1)} s encoded by ${config.name}; spectral convergence in dB:\n`,
  );
  stdout.write(
    row("level", "codes/s", "all", ...BAND_EDGES.slice(1).map((edge, band) => `${BAND_EDGES[band]}–${edge} Hz`)),
  );
  const codes = new Map<number, Uint16Array>();
  const rows: string[] = [];
  for (const level of levelsOf(args.level, size).reverse()) {
    const codec = await openCodec(level, { size, store, threads: 1 });
    const levelCodes = await codec.encode(sound);
    const above = levelsRead(level, size).map((upper) => codes.get(upper)!);
    const distance = convergence(sound, await codec.decode(levelCodes, above), sampleRate);
    await codec.close();
    codes.set(level, levelCodes);
    const codesPerSecond = Math.round((levelCodes.length / sound.length) * sampleRate);
    rows.unshift(row(`${level}`, `${codesPerSecond}`, ...cellsOf(distance)));
  }
  stdout.write(rows.join(""));
  writeCodes(out, { ...origin, seconds: sound.length / sampleRate, codes: new Map([...codes].reverse()) });
  stdout.write(`${out}: ${[...codes.values()].reduce((sum, { length }) => sum + length, 0)} codes\n`);
}

/** Finest first; of one level, those above that its sound depends on too. */
function levelsOf(level: number | undefined, size: VqvaeSize): number[] {
  const all = [...size.lBins.keys()];
  if (level === undefined) return all;
  if (!all.includes(level)) throw new UserError(`This model has levels 0 to ${all.length - 1}, not ${level}.`);
  return [level, ...levelsRead(level, size)];
}

const cellsOf = ({ whole, bands }: Convergence): string[] => [whole, ...bands].map((value) => value.toFixed(1));

const widths = [5, 7, 6, 8, 11, 12, 13];
const row = (...cells: readonly string[]): string =>
  `${cells.map((cell, index) => cell.padStart(widths[index] ?? 0)).join("  ")}\n`;

if (import.meta.main) process.exitCode = await runEncode(process.argv.slice(2), process);

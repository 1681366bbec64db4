/** `npm run decode`: reconstructs sound from the codes of one level. */
import "../launch.cjs"; // first, as it checks Node
import { openTape } from "../audio/tape.ts";
import { UserError } from "../errors.ts";
import { openCodec } from "../inference/codec.ts";
import { originOf, readCodes } from "../inference/codes-file.ts";
import { openModelFolder, readModelConfig } from "../model/folder.ts";
import { levelsRead } from "../model/vqvae.ts";
import { type CodecArguments, namedAfter, outputFor, readCodecArguments } from "./codec-arguments.ts";
import { exitCode, type Streams } from "./exit-code.ts";

const usage = `npm run decode -- song.codes.json --out reconstruction.wav

Reconstructs sound from the codes of one level.

  --out FILE      .wav or .ogg (Opus). Default: named after the file and the level
  --force         replace an existing file
  --level N       0 is the finest. Default: the finest in the file
  --model FOLDER  the model that made the codes. Default: models/garage
`;

/** Runs the program and returns its exit code; only a bug throws. */
export function runDecode(args: readonly string[], { stdout, stderr }: Streams): Promise<number> {
  return exitCode(async () => {
    const read = readCodecArguments(args, "npm run decode -- song.codes.json");
    if (read) await decodeCodes(read, stdout);
    else stdout.write(usage);
  }, stderr);
}

async function decodeCodes(args: CodecArguments, stdout: Streams["stdout"]): Promise<void> {
  if (args.seconds !== undefined) throw new UserError("--seconds is an option of npm run encode.");
  const config = await readModelConfig(args.model);
  const { store } = await openModelFolder(args.model, "vqvae");
  const { sampleRate, vqvae: size } = config;
  const { codes } = readCodes(args.file, originOf(config, store), size.lBins);
  const level = args.level ?? Math.min(...codes.keys());
  const codesOf = (level: number): Uint16Array => {
    const levelCodes = codes.get(level);
    if (levelCodes) return levelCodes;
    throw new UserError(`"${args.file}" has no codes of level ${level}, only of: ${[...codes.keys()].join(", ")}.`);
  };
  const above = levelsRead(level, size).map(codesOf);
  const out = outputFor(args, namedAfter(args.file, `-level${level}.wav`));
  const tape = openTape(out, { sampleRate });
  try {
    const codec = await openCodec(level, { size, store, threads: 1 });
    tape.write(await codec.decode(codesOf(level), above));
    await codec.close();
    const { seconds } = tape.close();
    stdout.write(`${out}: ${seconds.toFixed(1)} s, reconstructed from level ${level} of ${config.name}\n`);
  } finally {
    tape.discard();
  }
}

if (import.meta.main) process.exitCode = await runDecode(process.argv.slice(2), process);

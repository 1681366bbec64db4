/** `npm run decode`: a file of codes becomes sound again, as one level knows it. */
import "../launch.cjs"; // first, as it checks Node
import { openTape } from "../audio/tape.ts";
import { UserError } from "../errors.ts";
import { openCodec } from "../inference/codec.ts";
import { originOf, readCodes } from "../inference/codes-file.ts";
import { openModelFolder, readModelConfig } from "../model/folder.ts";
import { readsAbove } from "../model/vqvae.ts";
import { type CodecArguments, decodeUsage, namedAfter, outputFor, readCodecArguments } from "./codec-arguments.ts";
import type { Streams } from "./encode.ts";
import { exitCode } from "./exit-code.ts";

/** Runs the whole program and returns its exit code; only a bug throws. */
export function decode(words: readonly string[], { stdout, stderr }: Streams): Promise<number> {
  return exitCode(async () => {
    const args = readCodecArguments(words, "npm run decode -- song.codes.json");
    if (args) await decodeCodes(args, stdout);
    else stdout.write(decodeUsage);
  }, stderr);
}

async function decodeCodes(args: CodecArguments, stdout: Streams["stdout"]): Promise<void> {
  if (args.seconds !== undefined) throw new UserError("--seconds goes with npm run encode.");
  const config = await readModelConfig(args.model);
  const { store } = await openModelFolder(args.model, "vqvae");
  const { sampleRate, vqvae: size } = config;
  const { codes } = readCodes(args.file, originOf(config, store), size.lBins);
  const level = args.level ?? Math.min(...codes.keys());
  const lineOf = (level: number): Uint16Array => {
    const line = codes.get(level);
    if (line) return line;
    throw new UserError(`"${args.file}" has no codes of level ${level}, only of: ${[...codes.keys()].join(", ")}.`);
  };
  const line = lineOf(level);
  const above = readsAbove(level, size) ? lineOf(level + 1) : undefined;
  const out = outputFor(args, namedAfter(args.file, `-level${level}.wav`));
  const tape = openTape(out, { sampleRate });
  try {
    const codec = await openCodec(level, { size, store, threads: 1 });
    tape.write(await codec.decode(line, above));
    await codec.close();
    const { seconds } = tape.close();
    stdout.write(`${out}: ${seconds.toFixed(1)} s as level ${level} of ${config.name} knows them\n`);
  } finally {
    tape.discard();
  }
}

if (import.meta.main) process.exitCode = await decode(process.argv.slice(2), process);

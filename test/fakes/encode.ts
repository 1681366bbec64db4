/** Fake engines listen to real files: what is wrong with a file is refused as ever, but the codes of its sound only count. */
import { decodeFile } from "../../src/audio/decode.ts";
import type { Engine, ModelCard } from "../../src/inference/engine.ts";

/** The encoding of an engine with such a card; `codeAt` says the codes. */
export function fakeEncode(
  { sampleRate, hops }: ModelCard,
  codeAt: (level: number, index: number) => number,
): Engine["encode"] {
  return async (path, { maxSeconds, name, signal }) => {
    const { channels, wholeSeconds, warnings } = await decodeFile(path, {
      sampleRate,
      maxSeconds,
      longer: "cut",
      ...(name !== undefined && { name }),
      ...(signal && { signal }),
    });
    const coarsest = hops.at(-1)!;
    const samples = Math.floor(channels[0]!.length / coarsest) * coarsest;
    const codes = hops.map((hop, level) =>
      Uint16Array.from({ length: samples / hop }, (_, index) => codeAt(level, index)),
    );
    return { codes, seconds: samples / sampleRate, warnings, ...(wholeSeconds !== undefined && { wholeSeconds }) };
  };
}

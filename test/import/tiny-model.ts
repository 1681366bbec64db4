/** The fixture checkpoints as a released model: to be fetched, taken from a folder, and opened. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { ReleasedModel, ReleasedPart } from "../../src/import/released.ts";
import { goldenPriors } from "../support/golden-priors.ts";
import { goldenVqvaeSize } from "../support/golden-vqvae.ts";

export const fixtures = join(import.meta.dirname, "fixtures");

const prior = (name: string, level: number): ReleasedPart => ({
  network: { kind: "prior", level, size: goldenPriors.find((one) => one.name === name)!.size },
  path: `a/${name}.pth.tar`,
});

/** With one of the two kinds of top prior that read lyrics. */
export const tinyModel = (top: "sep_enc_dec" | "single_enc_dec" = "sep_enc_dec"): ReleasedModel => ({
  name: "tiny",
  parts: {
    vqvae: { network: { kind: "vqvae", size: goldenVqvaeSize }, path: "a/vqvae.pth.tar", bytes: 71_271 },
    fine: prior("upsampler", 0),
    middle: prior("upsampler", 1),
    top: prior(top, 2),
  },
  hopFractions: [0.5, 0.5, 0.125],
  temperatures: [1, 1, 1],
  sampleRate: 44_100,
  minSeconds: 0.02,
  maxSeconds: 0.09,
});

/** The fixtures, and other files, below `/files`; what is asked for is noted. */
export async function serving(
  t: TestContext,
  { missing = [], files = {} }: { missing?: readonly string[]; files?: Readonly<Record<string, string>> } = {},
) {
  const asked: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    asked.push(url);
    const path = url.replace("/files/", "");
    const name = /^a\/(\w+\.pth\.tar)$/.exec(path)?.[1];
    if (name && !missing.includes(name)) response.end(readFileSync(join(fixtures, name)));
    else if (Object.hasOwn(files, path)) response.end(files[path]);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return { asked, from: `http://127.0.0.1:${(server.address() as AddressInfo).port}/files/` };
}

/** Lists with as many lines as the released ones have, such as "v2 artist 7;7". */
export const lists: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({ v2_artist: 4111, v2_genre: 120, v3_artist: 7898, v3_genre: 604 }).map(([name, count]) => [
    `${name}_ids.txt`,
    Array.from(
      { length: count },
      (_, id) => `${id === 0 ? "unknown" : `${name.replace("_", " ")} ${id}`};${id}\n`,
    ).join(""),
  ]),
);

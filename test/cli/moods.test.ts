/** `mood:` and `dynamics:` on their way through the `play` program: to the engine, and into the file. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { test } from "node:test";
import { runPlay } from "../../src/cli/play.ts";
import type { Engine, SongRequest } from "../../src/inference/engine.ts";
import { steadyCard, steadyEngine } from "../fakes/steady-engine.ts";
import { temporaryFolder } from "../support/folder.ts";
import { withMoods } from "../support/moods.ts";
import { readOgg } from "../support/ogg.ts";

/** Runs the program's function; how it ended, and what it told. */
async function run(words: string[], openEngine = async () => steadyEngine()) {
  const told: string[] = [];
  const stdout = new Writable({ write: (_bytes, _encoding, done) => setImmediate(done) });
  const stderr = { write: (line: string) => told.push(line) };
  const code = await runPlay(words, { openEngine, stdout, stderr, signal: new AbortController().signal });
  return { code, err: told.join("") };
}

test("mood and dynamics are told to a model that knows them, and stand in the file", async (t) => {
  const out = join(temporaryFolder(t), "song.ogg");
  const told: SongRequest[] = [];
  const moody = async (): Promise<Engine> => {
    const engine = { ...steadyEngine(), model: withMoods(steadyCard) };
    return {
      ...engine,
      generate(request, options) {
        told.push(request);
        return engine.generate(request, options);
      },
    };
  };
  const asked = ["genre:jazz", "seconds:6", "seed:7", "--out", out, "--force"];
  const { code, err } = await run([...asked, "mood:Dark", "dynamics:soft"], moody);
  assert.equal(code, 0);
  assert.match(err, /^jazz by The Copper Owls, dark, soft, 6 s, seed 7\n/);
  const { tags } = readOgg(readFileSync(out));
  assert.deepEqual([tags.get("MOOD"), tags.get("DYNAMICS")], ["dark", "soft"]);
  assert.deepEqual(
    new Set(told[0]!.labels.metre!.sections.map(({ mood, dynamics }) => `${mood} ${dynamics}`)),
    new Set(["2 2"]),
  );
  const refused = await run([...asked, "mood:green"], moody);
  assert.deepEqual([refused.code, refused.err], [1, 'I don\'t know the mood "green". I know bright, dark.\n']);
  assert.equal((await run([...asked, "mood:dark"])).err, "This model knows no moods.\n");
  assert.equal((await run([...asked, "dynamics:soft"])).err, "This model knows no dynamics.\n");
  assert.equal(told.length, 1);
});

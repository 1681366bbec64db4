/** Finer levels give way while the coarsest is not far enough ahead of a listener. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openEngine } from "../../src/inference/open-engine.ts";
import { createPace, givesWay, reach, want } from "../../src/inference/pace.ts";

const garage = join(import.meta.dirname, "../../models/garage");
const mostInARow = 64;

test("finer levels wait until the coarsest is ahead of what is wanted, and wait again when it is overtaken", () => {
  const pace = createPace(0, 2);
  assert.equal(givesWay(pace, 0), true);
  reach(pace, 1, 1, false);
  want(pace, 0.8);
  assert.equal(givesWay(pace, 0), true);
  reach(pace, 1, 2.5, false);
  assert.equal(givesWay(pace, 0), false);
  want(pace, 1.5);
  assert.equal(givesWay(pace, 0), true);
});

test("nobody waits for a coarsest level that is whole, for what is wanted at once, or without a listener", () => {
  const whole = createPace(0, 2);
  reach(whole, 1, 5, true);
  want(whole, 5);
  assert.equal(givesWay(whole, 0), false);
  const all = createPace(0, 2);
  want(all, Number.POSITIVE_INFINITY);
  assert.equal(givesWay(all, 0), false);
  assert.equal(givesWay(createPace(undefined, 2), 0), false);
});

test("a song that is heard from its middle has its coarsest level made from there on first", () => {
  const pace = createPace(30, 2);
  reach(pace, 1, 31, false);
  assert.equal(givesWay(pace, 0), true);
  reach(pace, 1, 31.6, false);
  assert.equal(givesWay(pace, 0), false);
});

test("while someone listens, finer levels make no more than a row each before the coarsest is far enough ahead", async () => {
  const engine = await openEngine(garage);
  try {
    const seconds = 10;
    const [wanted, near] = [4, 5.2]; // finer levels go on at 5.5
    const labels = { levels: engine.model.hops.map(() => ({ artist: 1, genres: [1] })), totalSeconds: seconds };
    const request = { labels, seconds, seed: 1, sampling: engine.model.hops.map(() => ({ temperature: 1 })) };
    const coarsest = engine.model.hops.length - 1;
    const enough = engine.codesIn(near)[coarsest]!;
    const stop = new AbortController();
    const song = engine.generate(request, { signal: stop.signal, live: "pcm" });
    song.listen(wanted);
    let finer = 0;
    for await (const event of song) {
      if (event.type !== "codes") continue;
      if (event.level < coarsest) finer += event.codes.length;
      else if (event.from + event.codes.length >= enough) break;
    }
    stop.abort();
    assert.ok(finer <= coarsest * mostInARow, `${finer} codes of finer levels`);
  } finally {
    await engine.close();
  }
});

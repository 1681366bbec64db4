/** The guard against storms of joins, with the library's adapter contract on both sides. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { patient } from "../../../src/bot/voice/patience.ts";

const methods = { onVoiceServerUpdate: () => undefined, onVoiceStateUpdate: () => undefined, destroy: () => undefined };
const wish = (channel: string | null) => ({ op: 4, d: { guild_id: "1", channel_id: channel } });

/** An adapter whose gateway is there or away, and what was sent through it with the time in ms. */
function anAdapter() {
  mock.timers.enable({ apis: ["setTimeout", "setImmediate", "Date"], now: 0 });
  const sent: [number, string | null][] = [];
  const gateway = { there: true, gaveUp: 0 };
  const patience = patient(
    () => ({
      sendPayload(payload) {
        if (!gateway.there) return false;
        sent.push([Date.now(), (payload as ReturnType<typeof wish>).d.channel_id]);
        return true;
      },
      destroy: () => undefined,
    }),
    () => gateway.gaveUp++,
  );
  return { patience, adapter: patience.adapterCreator(methods), sent, gateway };
}

test("the library may join twice at once, then only after longer and longer waits, and not for ever", (t) => {
  t.after(() => mock.timers.reset());
  const { adapter, sent, gateway } = anAdapter();
  for (let round = 0; round < 6; round++) {
    adapter.sendPayload(wish("5")); // each time it is turned away
    for (let step = 0; step < 1000; step++) mock.timers.tick(10);
  }
  const waits = sent.map(([at], index) => at - index * 10_000);
  assert.deepEqual(waits.slice(0, 2), [0, 0]);
  for (const [index, least] of [1000, 2000, 4000, 8000].entries()) {
    const wait = waits[index + 2]!; // six were sent
    assert.ok(wait >= least && wait <= least * 1.25 + 10, `join ${index + 3} after ${wait} ms`);
  }
  assert.equal(gateway.gaveUp, 0);
  adapter.sendPayload(wish("5"));
  mock.timers.tick(60_000);
  assert.deepEqual([sent.length, gateway.gaveUp], [6, 1]);
});

test("leaving is never delayed and takes back a join that waits", (t) => {
  t.after(() => mock.timers.reset());
  const { adapter, sent } = anAdapter();
  for (let i = 0; i < 3; i++) adapter.sendPayload(wish("5"));
  adapter.sendPayload(wish(null));
  mock.timers.tick(60_000);
  assert.deepEqual(sent, [
    [0, "5"],
    [0, "5"],
    [0, null],
  ]);
});

test("a join while the gateway is away is sent when it is back, and counts once", (t) => {
  t.after(() => mock.timers.reset());
  const { adapter, sent, gateway, patience } = anAdapter();
  gateway.there = false;
  assert.equal(adapter.sendPayload(wish("5")), true);
  mock.timers.tick(5000);
  assert.deepEqual(sent, []);
  gateway.there = true;
  mock.timers.tick(500);
  assert.deepEqual(sent, [[5500, "5"]]);
  assert.equal(patience.joins, 1);
});

test("a connection that holds for half a minute has all its joins again", (t) => {
  t.after(() => mock.timers.reset());
  const { adapter, patience } = anAdapter();
  for (let i = 0; i < 2; i++) adapter.sendPayload(wish("5"));
  patience.ready(true);
  mock.timers.tick(29_999);
  assert.equal(patience.joins, 2);
  patience.ready(false);
  mock.timers.tick(10_000);
  assert.equal(patience.joins, 2, "it did not hold");
  patience.ready(true);
  mock.timers.tick(30_000);
  assert.equal(patience.joins, 0);
});

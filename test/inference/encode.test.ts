/** Sound to codes: pieces say the same as one pass, and a prompt has whole codes at every level. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createEncoder, encodeAll, promptSamples } from "../../src/inference/encode.ts";
import { encoderReach } from "../../src/model/vqvae.ts";
import { noise, seeded } from "../support/random.ts";
import { smallVqvae as SIZE, smallVqvaeStore as store } from "../support/small-vqvae.ts";

for (const level of [0, 1])
  for (const samples of [3000, 1024, 2048, 9000])
    test(`${samples} samples have the same codes of level ${level} in pieces and in one pass`, async () => {
      const sound = noise(samples, seeded(samples));
      const hop = [16, 32][level]!;
      const [whole, pieces] = [2 ** 14, 1024].map((piece) => createEncoder({ level, size: SIZE, store, piece }));
      const expected = await whole!.encode(sound);
      assert.equal(expected.length, Math.floor(samples / hop));
      assert.deepEqual(await pieces!.encode(sound), expected);
      assert.ok(new Set(expected).size > 5);
      await whole!.close();
      await pieces!.close();
    });

test("a code hears no further than the encoder's reach", async () => {
  const encoder = createEncoder({ level: 1, size: SIZE, store, piece: 2 ** 14 });
  const reach = encoderReach(1, SIZE);
  const sound = noise(4096, seeded(3));
  const before = await encoder.encode(sound);
  const at = 2048;
  const changed = sound.map((one, index) => (index < at ? one : -one));
  const after = await encoder.encode(changed);
  assert.deepEqual(after.subarray(0, (at - reach) / 32), before.subarray(0, (at - reach) / 32));
  assert.notDeepEqual(after.subarray(0, at / 32), before.subarray(0, at / 32));
  await encoder.close();
});

test("a prompt has codes of every level for the same samples, those of each level's encoder", async () => {
  const sound = noise(5000, seeded(4));
  assert.equal(promptSamples(5000, SIZE), 4992);
  assert.equal(promptSamples(31, SIZE), 0);
  const codes = await encodeAll(sound, { size: SIZE, store });
  assert.deepEqual(
    codes.map(({ length }) => length),
    [312, 156],
  );
  for (const [level, expected] of codes.entries()) {
    const encoder = createEncoder({ level, size: SIZE, store, piece: 1024 });
    assert.deepEqual(await encoder.encode(sound.subarray(0, 4992)), expected);
    await encoder.close();
  }
});

test("encoding stops between two pieces", async () => {
  let looks = 0;
  const encoder = createEncoder({ level: 0, size: SIZE, store, piece: 1024, stopped: () => ++looks > 3 });
  await assert.rejects(encoder.encode(noise(9000, seeded(5))), /stopped/);
  assert.equal(looks, 4);
  await encoder.close();
});

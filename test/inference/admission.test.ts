/** One more song is admitted while every listener's song would keep ahead. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Admission } from "../../src/inference/admission.ts";

test("a song is admitted beside songs without listeners, and beside listeners if the measured speed is enough for one more", () => {
  let now = 0;
  const admission = new Admission(() => now);
  const [posted, live, other] = [{}, {}, {}];
  assert.equal(admission.admits(0), true);
  assert.equal(admission.admits(1), false, "a song was begun that isn't known yet");
  admission.begin(posted, false);
  assert.equal(admission.admits(1), true);
  admission.end(posted);
  admission.begin(live, true);
  assert.equal(admission.admits(1), false, "nothing is known yet");
  for (; now < 10; now += 0.5) admission.made(live, now < 5 ? 0.75 : 1.5); // 1.5 ×, then 3 × real time
  assert.equal(admission.admits(1), true);
  admission.begin(other, true);
  assert.equal(admission.admits(1), false, "3 × are not enough for three");
  admission.end(live);
  admission.end(other);
  assert.equal(admission.admits(0), true);
});

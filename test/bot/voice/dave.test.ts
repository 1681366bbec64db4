/** What the voice library does with damaged messages of the encryption: if this changes, the stage's guard can go. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DAVESession } from "@discordjs/voice";

test("the library lets two kinds of damaged messages through as exceptions", () => {
  const session = new DAVESession(1, "661721341774266369", "661721628182315014", {});
  session.reinit();
  assert.throws(() => session.setExternalSender(Buffer.from("no sender")));
  assert.throws(() => session.processProposals(Buffer.from([0, 1, 2, 3]), new Set()));
});

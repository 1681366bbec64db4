/** What the life of a song needs of the bot. */
import type { Engine } from "../../inference/engine.ts";
import type { Background } from "../background.ts";
import type { Replies } from "../discord/replies.ts";
import type { Disk } from "../room.ts";
import type { VoiceSessions } from "../voice/sessions.ts";

export interface SongServices extends Disk {
  readonly engine: Engine;
  /** The song as numbers, prepared in another thread. */
  readonly labelsFor: Background["labelsFor"];
  readonly sessions: VoiceSessions;
  readonly replies: Replies;
}

/** Requests as a command would make them, for tests that have no command. */
import type { Prompt, Reply, Request } from "../../src/queue/job.ts";

interface Differences {
  readonly guildId?: string;
  readonly channelId?: string;
  readonly userId?: string;
  readonly seconds?: number;
  readonly seed?: number;
  readonly prompt?: Prompt;
  readonly candidates?: number;
  readonly tokenEndsAt?: number;
}

/** A request for a short song in the first guild, unless told otherwise. */
export function aRequest(differences: Differences = {}): Request {
  const { guildId = "1", channelId = "10", userId = "100", seconds = 4, seed = 7, prompt } = differences;
  const reply: Reply = {
    applicationId: "1000",
    guildId,
    channelId,
    userId,
    token: "token",
    tokenEndsAt: differences.tokenEndsAt ?? Date.now() + 840_000,
  };
  return {
    song: { genre: "jazz", artist: "Ada", seconds, seed, temperature: 1 },
    model: "fake",
    ...(prompt === undefined ? {} : { prompt }),
    ...(differences.candidates === undefined ? {} : { candidates: differences.candidates }),
    bitrate: 96_000,
    reply,
  };
}

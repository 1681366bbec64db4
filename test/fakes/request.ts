/** Requests as a command would make them, for tests that have no command. */
import type { Request } from "../../src/queue/job.ts";
import type { Prompt } from "../../src/song/order.ts";
import type { Reply } from "../../src/store/reply.ts";

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
export function aRequest(differences: Differences = {}): Request<Reply> {
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
    order: {
      song: { genre: "jazz", artist: "Ada", seconds, seed, temperature: 1 },
      model: "fake",
      ...(prompt === undefined ? {} : { prompt }),
      ...(differences.candidates === undefined ? {} : { candidates: differences.candidates }),
      bitrate: 96_000,
    },
    reply,
  };
}

/** The same as versions before the order was apart stored it, with the labels of that time. */
export function anEarlierRequest(differences: Differences = {}): string {
  const { order, ...others } = aRequest(differences);
  const labels = { artist: 1, genres: [1], totalSeconds: order.song.seconds };
  return JSON.stringify({ ...order, ...others, labels });
}

/** Where the answer to a request goes, as Discord needs it. */
import type { Requester } from "../queue/job.ts";

export interface Reply extends Requester {
  readonly applicationId: string;
  readonly channelId: string;
  /** Lets the first answer be edited until `tokenEndsAt` (milliseconds since 1970). */
  readonly token: string;
  readonly tokenEndsAt: number;
  /** The message that shows the job's state, once there is one. */
  readonly status?: StatusMessage;
}

/** A message that shows a job's state: Discord lets it be edited only in the way it was sent, by token or in the channel. */
export interface StatusMessage {
  readonly via: "token" | "channel";
  readonly id: string;
}

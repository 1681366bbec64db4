/** A finished clip's way to those who asked for it. */
import type { SavedJob } from "../../queue/job.ts";
import type { Clip } from "../../store/clips.ts";
import type { Reply } from "../../store/reply.ts";
import type { Store } from "../../store/store.ts";
import type { Delivery, Replies } from "../discord/replies.ts";

interface PostOptions {
  readonly replies: Replies;
  readonly note?: string | undefined;
  /** Makes the clip again from its codes, smaller. */
  again(bitrate: number): Promise<Clip>;
}

const leastBitrate = 16_000;

/** Posts the clip; one too large for Discord is made again, smaller, and at last sent without its pictures. */
export async function postClip(clip: Clip, { replies, note, again }: PostOptions): Promise<Delivery | undefined> {
  if (clip.state === "posted") return undefined;
  let made = clip;
  let delivery = await replies.post(made, { note });
  for (let { bitrate } = clip.request.order; isTooLarge(delivery) && bitrate > leastBitrate; ) {
    bitrate = Math.max(leastBitrate, bitrate / 2);
    made = await again(bitrate);
    delivery = await replies.post(made, { note });
  }
  return isTooLarge(delivery) ? replies.post(made, { note, isBare: true }) : delivery;
}

const isTooLarge = (delivery: Delivery): boolean => "kept" in delivery && delivery.kept === "large";

/** The clip of a job that was made before a restart. */
export function finishedClip({ id, request }: SavedJob<Reply>, store: Store): Clip | undefined {
  const clip = store.clips.find(request.reply.guildId, { id });
  return clip?.state === "dropped" ? undefined : clip;
}

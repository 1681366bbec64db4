/** A finished clip's way to those who asked for it. */
import type { Job } from "../../queue/job.ts";
import type { Clip } from "../../store/clips.ts";
import type { Store } from "../../store/store.ts";
import type { Delivery, Replies } from "../discord/replies.ts";

interface PostOptions {
  readonly replies: Replies;
  readonly note?: string | undefined;
  /** Makes the clip again from its codes, smaller. */
  again(bitrate: number): Promise<Clip>;
}

const leastBitrate = 16_000;

/** Posts the clip; one too large for Discord is made again. */
export async function postClip(clip: Clip, { replies, note, again }: PostOptions): Promise<Delivery | undefined> {
  if (clip.state === "posted") return undefined;
  let delivery = await replies.post(clip, note);
  let { bitrate } = clip.request;
  while ("kept" in delivery && delivery.kept === "large" && bitrate > leastBitrate) {
    bitrate = Math.max(leastBitrate, bitrate / 2);
    delivery = await replies.post(await again(bitrate), note);
  }
  return delivery;
}

/** The clip of a job that was made before a restart. */
export function finishedClip({ id, request }: Job, store: Store): Clip | undefined {
  const clip = store.clips.find(request.reply.guildId, { id });
  return clip?.state === "dropped" ? undefined : clip;
}

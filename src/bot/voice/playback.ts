/** One song on its way into a voice channel. It is generated from the start, even while the channel is still being joined. */

import {
  joiningText,
  onlyPostedText,
  playedText,
  playingText,
  stillPlayingText,
  stoppedText,
} from "../discord/texts.ts";
import { createFeed, type Feed, type FeedOptions, type PlayedPart } from "./feed.ts";
import type { VoiceSession } from "./session.ts";
import type { VoiceEntry } from "./sessions.ts";

export class Playback {
  /** The channel, once it is joined; nothing if it is not. */
  readonly joined: Promise<VoiceSession | undefined>;
  /** Resolves when nobody hears the song any more, or ever will. */
  readonly over: Promise<void>;
  readonly #entry: VoiceEntry;
  #session: VoiceSession | undefined;
  #feed: Feed | undefined;
  #failure: string | undefined;
  #endsAt: number | undefined;

  constructor(entry: VoiceEntry) {
    this.#entry = entry;
    this.joined = this.#join();
    this.over = this.joined.then((session) => session?.gone);
  }

  /** Whether it is heard in a channel, or will be. */
  get isLive(): boolean {
    return this.#entry.channelId !== undefined && this.#failure === undefined && this.#session?.lost === undefined;
  }

  /** Why it was not heard to its end, in words, if there is something to say. */
  get missed(): string | undefined {
    if (this.#session === undefined) return this.#failure;
    return this.#feed?.isOver ? undefined : this.#session.lost;
  }

  /** While the song is generated: where it is heard, or why it is not. */
  get note(): string | undefined {
    const { missed } = this;
    if (missed !== undefined) return this.#session ? stoppedText(missed) : onlyPostedText(missed);
    if (this.#feed?.isOver) return playedText;
    const { channelId } = this.#entry;
    return this.#session ? playingText(this.#session.channelId) : channelId && joiningText(channelId);
  }

  /** Once it is generated: where it is still heard. */
  stillNote(totalSeconds: number): string | undefined {
    if (!this.isLive || this.#feed === undefined || this.#feed.isOver) return undefined;
    if (this.#session === undefined) return this.note;
    this.#endsAt ??= Math.ceil(Date.now() / 1000 + totalSeconds - this.#feed.heard.seconds);
    return stillPlayingText(this.#session.channelId, this.#endsAt);
  }

  /** Begins the song as soon as the channel is joined; `played` is called when its last packet has been played. */
  begin(options: FeedOptions, played: () => void): void {
    this.#feed = createFeed(options);
    this.#feed.stream.once("end", played);
    this.#session?.begin(this.#feed);
  }

  play(packets: readonly Uint8Array[]): void {
    if (this.isLive) this.#feed?.push(packets);
  }

  /** The song's last packet has come. */
  end(): void {
    this.#feed?.end();
  }

  /** Waits until the song has been heard, is stopped by the signal, or can't be heard any more. */
  async drained(signal: AbortSignal): Promise<PlayedPart | undefined> {
    return (await this.joined)?.drained(signal);
  }

  async #join(): Promise<VoiceSession | undefined> {
    const result = await this.#entry.joined;
    if ("note" in result) {
      this.#failure = result.note;
      return undefined;
    }
    this.#session = result.session;
    if (this.#feed !== undefined) result.session.begin(this.#feed);
    return result.session;
  }
}

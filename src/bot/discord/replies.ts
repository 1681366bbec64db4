/** What becomes of a job as its requester sees it: the message that tells how it stands, and the song itself. */
import { log } from "../../log.ts";
import { isFinal, type Job, type Reply, type StatusMessage } from "../../queue/job.ts";
import type { Clip } from "../../store/clips.ts";
import type { Store } from "../../store/store.ts";
import type { Background } from "../background.ts";
import { clipMessage } from "./clip-message.ts";
import {
  type MessageClient,
  type MessagePayload,
  type Patience,
  refusalOf,
  type Sent,
  withRetries,
} from "./messages.ts";
import { clipText, isOurs, statusText, sungLine } from "./texts.ts";

/** How a clip was handed over. */
export type Delivery =
  | { readonly posted: Sent; readonly note?: string }
  | { readonly kept: "forbidden" | "large" | "busy"; readonly note: string };

export interface RepliesOptions {
  readonly editMs: number;
  /** The first wait after Discord was busy. */
  readonly retryMs: number;
}

interface RepliesNeeds {
  readonly closing: AbortSignal;
  readonly draw: Background["waveform"];
}

const postTries = 5;

/** Tells how jobs stand and posts clips; one line of messages a job. */
export class Replies {
  readonly #messages: MessageClient;
  readonly #store: Store;
  readonly #options: RepliesOptions;
  readonly #closing: AbortSignal;
  readonly #draw: Background["waveform"];
  readonly #lines = new Map<string, Line>();
  /** Where clips were posted, as far as the store doesn't know. */
  readonly #unrecorded = new Map<string, Sent>();

  /** Nothing is tried again once `closing` is aborted. */
  constructor(messages: MessageClient, store: Store, { closing, draw, ...options }: RepliesOptions & RepliesNeeds) {
    this.#messages = messages;
    this.#store = store;
    this.#options = options;
    this.#closing = closing;
    this.#draw = draw;
  }

  /** Tells a job's states until the last one. */
  async follow(job: Job): Promise<void> {
    const { guildId } = job.request.reply;
    const line = this.#line(job.id, job.request.reply);
    this.#lines.set(job.id, line);
    const clip = this.#clipOf(guildId, job.id);
    if (clip?.state === "posted")
      line.close(clip.messageId === job.request.reply.status?.id ? clipText(clip) : undefined);
    for await (const state of job.states({ everyMs: this.#options.editMs })) {
      if (state.status === "failed" && isOurs(state.error)) log("error", `song ${job.id} failed`, state.error);
      const tries = isFinal(state) ? postTries : 1; // of the others, the next one will do
      const patience = { firstMs: this.#options.retryMs, tries, signal: this.#closing };
      await line.say(statusText(job, state), patience, state.status === "playing" ? sungLine(state.line) : []);
    }
    this.#lines.delete(job.id); // a clip that is posted later has a new one
  }

  /** Posts a clip where it was asked for, else in the channel, else to the requester; else it is kept. */
  async post(clip: Clip, note?: string): Promise<Delivery> {
    const line = this.#line(clip.id, clip.request.reply);
    const payload = await clipMessage(clip, this.#draw, note);
    const patience = { firstMs: this.#options.retryMs, tries: postTries, signal: this.#closing };
    const delivery = await line.post(payload, patience);
    if ("posted" in delivery) this.#record(clip.id, delivery.posted);
    else if (delivery.kept !== "large") log("warning", `song ${clip.id} is kept: ${delivery.kept}`);
    return delivery;
  }

  /** Posts a kept clip as a further answer to someone's new request, which needs no permission. */
  async deliver(clip: Clip, reply: Reply): Promise<void> {
    const sent = await this.#messages.followUp(reply, await clipMessage(clip, this.#draw));
    this.#record(clip.id, sent);
  }

  /** Whether a clip was posted that the store still has as kept. */
  wasPosted(id: string): boolean {
    return this.#unrecorded.has(id);
  }

  /** Records where clips were posted that the disk would not take before. */
  recordPosted(): void {
    for (const [id, sent] of this.#unrecorded) this.#record(id, sent);
  }

  /** What the disk refuses is kept in memory, so that no clip is posted twice. */
  #record(id: string, sent: Sent): void {
    try {
      this.#store.clips.posted(id, sent.channelId, sent.id);
      this.#unrecorded.delete(id);
    } catch (error) {
      this.#unrecorded.set(id, sent);
      log("error", `it is not recorded yet where song ${id} was posted`, error);
    }
  }

  /** The clip of a job, if there is one that can be read. */
  #clipOf(guildId: string, id: string): Clip | undefined {
    try {
      return this.#store.clips.find(guildId, { id });
    } catch (error) {
      log("error", `song ${id} can't be read`, error);
      return undefined;
    }
  }

  #line(id: string, reply: Reply): Line {
    const remember = (status: StatusMessage) => {
      try {
        this.#store.jobs.setStatus(id, status);
      } catch (error) {
        log("warning", `the status message of song ${id} is not recorded`, error);
      }
    };
    return this.#lines.get(id) ?? new Line(this.#messages, reply, remember);
  }
}

/** The messages of one job, written one after the other. */
class Line {
  readonly #messages: MessageClient;
  readonly #reply: Reply;
  readonly #remember: (status: StatusMessage) => void;
  #status: StatusMessage | undefined;
  #late = false;
  /** There is no road for telling how things stand, or the song itself stands where it would be told. */
  #closed = false;
  /** The song's own words, where its message was the one that told how things stand; and what it says now. */
  #song: { readonly words: string; shown: string } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(messages: MessageClient, reply: Reply, remember: (status: StatusMessage) => void) {
    this.#messages = messages;
    this.#reply = reply;
    this.#remember = remember;
    this.#status = reply.status;
  }

  /** Nothing more is told: the song itself stands where it would be, with these words. */
  close(words?: string): void {
    this.#closed = true;
    this.#song = words === undefined ? undefined : { words, shown: words };
  }

  /** Tells how things stand, or logs that it could not be told. Where the song stands, only what is `sung` is told below its words. */
  say(content: string, patience: Patience, sung: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      try {
        if (!this.#closed) await withRetries(() => this.#tell({ content }), patience);
        else if (this.#song) await this.#tellBelow(this.#song, sung, patience);
      } catch (error) {
        if (this.#closed) this.#song = undefined;
        this.#closed ||= refusalOf(error) === "forbidden";
        if (!patience.signal.aborted) log("warning", "a status could not be told", error);
      }
    });
  }

  async #tellBelow(song: { readonly words: string; shown: string }, sung: readonly string[], patience: Patience) {
    const content = [song.words, ...sung].join("\n");
    if (content === song.shown || !this.#tokenLives) return;
    await withRetries(() => this.#messages.edit(this.#reply, this.#status ?? "original", { content }), patience);
    song.shown = content;
  }

  /** Posts a song by the best road that is open. */
  post(payload: MessagePayload, patience: Patience): Promise<Delivery> {
    return this.#inTurn(async () => {
      let refusal: unknown;
      for (const road of this.#roads(payload, patience.signal)) {
        try {
          return { posted: await withRetries(road, patience) };
        } catch (error) {
          patience.signal.throwIfAborted();
          refusal = error;
          const kind = refusalOf(error);
          if (kind === "large" || kind === "busy") break; // another road would be no better
        }
      }
      return this.#keep(refusal);
    });
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  get #tokenLives(): boolean {
    return !this.#late && Date.now() < this.#reply.tokenEndsAt;
  }

  /** Edits the status message, or sends a new one where that is not possible. */
  async #tell(payload: MessagePayload): Promise<void> {
    const status = this.#status ?? "original";
    const byToken = status === "original" || status.via === "token";
    if (byToken && !this.#tokenLives) return this.#tellAnew(payload);
    try {
      const { id } = await this.#messages.edit(this.#reply, status, payload);
      this.#setStatus({ via: byToken ? "token" : "channel", id });
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal !== "late" && refusal !== "gone") throw error;
      this.#late ||= refusal === "late";
      await this.#tellAnew(payload);
    }
  }

  async #tellAnew(payload: MessagePayload): Promise<void> {
    if (this.#tokenLives) {
      const { id } = await this.#messages.followUp(this.#reply, payload);
      return this.#setStatus({ via: "token", id });
    }
    const before = this.#status;
    try {
      const { id } = await this.#messages.send(this.#reply.channelId, { ...payload, replyTo: before?.id });
      this.#setStatus({ via: "channel", id });
    } catch (error) {
      if (before === undefined || refusalOf(error) !== "forbidden") throw error;
      const status: StatusMessage = { via: "channel", id: before.id }; // its own message the bot may still edit
      await this.#messages.edit(this.#reply, status, payload);
      this.#setStatus(status);
    }
  }

  #setStatus(status: StatusMessage): void {
    if (status.id === this.#status?.id && status.via === this.#status.via) return;
    this.#status = status;
    this.#remember(status);
  }

  /** The roads a song may go, best first. */
  *#roads(payload: MessagePayload, signal: AbortSignal): Generator<() => Promise<Sent>> {
    const { channelId, userId } = this.#reply;
    if (this.#tokenLives && this.#status?.via !== "channel")
      yield async () => {
        const sent = await this.#messages.edit(this.#reply, this.#status ?? "original", payload, signal);
        this.close(payload.content);
        return sent;
      };
    const content = `<@${userId}> ${payload.content}`;
    const replyTo = this.#status?.id;
    yield () => this.#messages.send(channelId, { ...payload, content, mention: userId, replyTo }, signal);
    if (payload.needsButtons) return;
    const { components: _, ...direct } = payload; // a button in a direct message would lead to no server
    yield () => this.#messages.direct(userId, direct, signal);
  }

  #keep(error: unknown): Delivery {
    const refusal = refusalOf(error);
    if (refusal === "late" || refusal === "gone" || refusal === "other")
      log("error", "a song could not be posted", error);
    if (refusal === "large") return { kept: "large", note: "The song is too large to post here. I've kept it." };
    if (refusal === "busy")
      return { kept: "busy", note: "Discord doesn't take the song just now. I've kept it and will post it later." };
    return { kept: "forbidden", note: "I may not post the song here. I've kept it: /queue hands it to you." };
  }
}

/** What becomes of a job as its requester sees it: the message that tells how it stands, and the song itself. */
import { log } from "../../log.ts";
import { isFinal, type JobView } from "../../queue/job.ts";
import type { Queue } from "../../queue/queue.ts";
import type { Clip } from "../../store/clips.ts";
import type { Reply, StatusMessage } from "../../store/reply.ts";
import type { Store } from "../../store/store.ts";
import type { Background } from "../background.ts";
import { type ClipMessageOptions, clipMessage } from "./clip-message.ts";
import {
  type MessageClient,
  type MessagePayload,
  type Patience,
  refusalOf,
  type Sent,
  withRetries,
} from "./messages.ts";
import { belowClip, clipText, failureText, type Kept, keptText, postedText, refusedText, statusText } from "./texts.ts";

/** How a clip was handed over. */
export type Delivery =
  | { readonly posted: Sent; readonly note?: string }
  | { readonly kept: Kept; readonly note: string };

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
  readonly #open = new Map<string, JobMessages>();
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

  /** Shows a job's states in its status message, down to the final one. */
  async follow(job: JobView<Reply>, queue: Pick<Queue<Reply>, "watch">): Promise<void> {
    const { guildId } = job.request.reply;
    const messages = this.#messagesOf(job.id, job.request.reply);
    this.#open.set(job.id, messages);
    const clip = this.#clipOf(guildId, job.id);
    if (clip?.state === "posted" && clip.messageId === job.request.reply.status?.id) messages.close(clipText(clip));
    else if (clip?.state === "posted") messages.posted({ id: clip.messageId ?? "", channelId: clip.channelId });
    for await (const state of queue.watch(job.id, { everyMs: this.#options.editMs })) {
      const tries = isFinal(state) ? postTries : 1; // of the others, the next one will do
      await messages.show(statusText(job, state), this.#patience(tries), belowClip(state));
    }
    this.#open.delete(job.id); // a clip that is posted later has a new one
  }

  /** Posts a clip where it was asked for, else in the channel, else to the requester; else it is kept. */
  async post(clip: Clip, options: ClipMessageOptions = {}): Promise<Delivery> {
    const messages = this.#messagesOf(clip.id, clip.request.reply);
    const payload = await clipMessage(clip, this.#draw, options);
    const delivery = await messages.post(payload, this.#patience(postTries));
    if ("posted" in delivery) this.#record(clip.id, delivery.posted);
    else log("warning", `song ${clip.id} is kept: ${delivery.kept}`);
    return delivery;
  }

  /** Posts a kept clip as a further answer to someone's new request, which needs no permission; else returns why not, in words. */
  async deliver(clip: Clip, reply: Reply): Promise<string | undefined> {
    try {
      const sent = await this.#followUp(clip, reply);
      this.#record(clip.id, sent);
      return undefined;
    } catch (error) {
      this.#closing.throwIfAborted();
      log("warning", `song ${clip.id} could not be handed over`, error);
      const refusal = refusalOf(error);
      if (refusal === "large" || refusal === "busy") return refusedText(clip, refusal);
      return `${clipText(clip)}\n${failureText(error, clip.id)}`;
    }
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

  async #followUp(clip: Clip, reply: Reply): Promise<Sent> {
    const patience = this.#patience(postTries);
    const whole = await clipMessage(clip, this.#draw);
    try {
      return await withRetries(() => this.#messages.followUp(reply, whole), patience);
    } catch (error) {
      if (refusalOf(error) !== "large") throw error;
      const bare = await clipMessage(clip, this.#draw, { isBare: true });
      return withRetries(() => this.#messages.followUp(reply, bare), patience);
    }
  }

  #patience(tries: number): Patience {
    return { firstMs: this.#options.retryMs, tries, signal: this.#closing };
  }

  #messagesOf(id: string, reply: Reply): JobMessages {
    const remember = (status: StatusMessage) => {
      try {
        this.#store.jobs.setStatus(id, status);
      } catch (error) {
        log("warning", `the status message of song ${id} is not recorded`, error);
      }
    };
    return this.#open.get(id) ?? new JobMessages(this.#messages, reply, remember);
  }
}

/** The messages of one job, written one after the other. */
class JobMessages {
  readonly #messages: MessageClient;
  readonly #reply: Reply;
  readonly #remember: (status: StatusMessage) => void;
  #status: StatusMessage | undefined;
  #late = false;
  /** There is no road for telling how things stand, or the song itself stands where it would be told. */
  #closed = false;
  /** The song's own words, where its message was the one that told how things stand; and what it says now. */
  #song: { readonly words: string; shown: string } | undefined;
  /** What was last to be told below it. */
  #below: readonly string[] = [];
  /** Where the song stands, if not in the message that told how it stood. */
  #elsewhere: Sent | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(messages: MessageClient, reply: Reply, remember: (status: StatusMessage) => void) {
    this.#messages = messages;
    this.#reply = reply;
    this.#remember = remember;
    this.#status = reply.status;
  }

  /** Nothing more is told: the song itself stands where it would be, with these words. */
  close(words: string): void {
    this.#closed = true;
    this.#song = { words, shown: "" }; // what an earlier run has told below them is not known
  }

  /** The song stands in another message: this one says where. */
  posted(sent: Sent): void {
    this.#elsewhere = sent;
  }

  /** Tells how things stand, or logs that it could not be told. Where the song stands, only what goes `below` is told. */
  show(content: string, patience: Patience, below: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      this.#below = below;
      try {
        if (!this.#closed) await withRetries(() => this.#show({ content: this.#withPlace(content) }), patience);
        else if (this.#song) await this.#showBelow(this.#song, below, patience);
      } catch (error) {
        if (this.#closed) this.#song = undefined;
        this.#closed ||= refusalOf(error) === "forbidden";
        if (!patience.signal.aborted) log("warning", "a status could not be told", error);
      }
    });
  }

  #withPlace(content: string): string {
    return this.#elsewhere === undefined ? content : `${content}\n${postedText(this.#elsewhere, this.#reply)}`;
  }

  async #showBelow(song: { readonly words: string; shown: string }, below: readonly string[], patience: Patience) {
    const content = withBelow(song.words, below);
    const route = this.#route;
    if (content === song.shown || route === undefined) return;
    await withRetries(() => this.#messages.edit(this.#reply, route, { content }), patience);
    song.shown = content;
  }

  /** Posts a song by the best road that is open. */
  post(payload: MessagePayload, patience: Patience): Promise<Delivery> {
    return this.#inTurn(async () => {
      let refusal: unknown;
      for (const route of this.#routes(payload, patience.signal)) {
        try {
          return { posted: await withRetries(route, patience) };
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

  /** How the status message is edited: by the interaction's token or, when that is too old, by the bot as its author. */
  get #route(): StatusMessage | "original" | undefined {
    if (this.#status?.via === "channel" || this.#tokenLives) return this.#status ?? "original";
    return this.#status && { via: "channel", id: this.#status.id };
  }

  /** Edits the status message; a deleted one is replaced. */
  async #show(payload: MessagePayload): Promise<void> {
    const route = this.#route;
    if (route === undefined) return this.#showAnew(payload);
    try {
      const { id } = await this.#messages.edit(this.#reply, route, payload);
      this.#setStatus({ via: route === "original" ? "token" : route.via, id });
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === "gone") return this.#showAnew(payload);
      if (refusal !== "late" || this.#late) throw error;
      this.#late = true;
      await this.#show(payload);
    }
  }

  async #showAnew(payload: MessagePayload): Promise<void> {
    if (this.#elsewhere !== undefined) return; // the song is there, which says it all
    if (this.#tokenLives) {
      const { id } = await this.#messages.followUp(this.#reply, payload);
      return this.#setStatus({ via: "token", id });
    }
    const { id } = await this.#messages.send(this.#reply.channelId, payload);
    this.#setStatus({ via: "channel", id });
  }

  #setStatus(status: StatusMessage): void {
    if (status.id === this.#status?.id && status.via === this.#status.via) return;
    this.#status = status;
    this.#remember(status);
  }

  /** The roads a song may go, best first. */
  *#routes(payload: MessagePayload, signal: AbortSignal): Generator<() => Promise<Sent>> {
    const { channelId, userId } = this.#reply;
    if (this.#tokenLives && this.#status?.via !== "channel")
      yield async () => {
        const content = withBelow(payload.content, this.#below);
        const sent = await this.#messages.edit(
          this.#reply,
          this.#status ?? "original",
          { ...payload, content },
          signal,
        );
        this.#closed = true;
        this.#song = { words: payload.content, shown: content };
        return sent;
      };
    const content = `<@${userId}> ${payload.content}`;
    const replyTo = this.#status?.id;
    yield () => this.#noted(this.#messages.send(channelId, { ...payload, content, mention: userId, replyTo }, signal));
    if (payload.needsButtons) return;
    const { components: _, ...direct } = payload; // a button in a direct message would lead to no server
    yield () => this.#noted(this.#messages.direct(userId, direct, signal));
  }

  async #noted(sending: Promise<Sent>): Promise<Sent> {
    this.#elsewhere = await sending;
    return this.#elsewhere;
  }

  #keep(error: unknown): Delivery {
    const refusal = refusalOf(error);
    const kept = refusal === "large" || refusal === "busy" || refusal === "forbidden" ? refusal : "refused";
    if (kept === "refused") log("error", "a song could not be posted", error);
    return { kept, note: keptText(kept) };
  }
}

const withBelow = (words: string, below: readonly string[]): string =>
  [words, ...below.filter((line) => !words.includes(line))].join("\n");

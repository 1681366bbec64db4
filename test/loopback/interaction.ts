/** One interaction as its user lives through it: what the bot answered, when, and what can be read now. */
import type { Bell, WaitOptions } from "./bell.ts";
import { type Fields, fields, list } from "./json.ts";
import { isEphemeral, isThinking, type Message } from "./message.ts";
import type { Channel, User } from "./world.ts";

/** Kinds of first answers. */
export const callback = { message: 4, deferred: 5, deferredUpdate: 6, update: 7, choices: 8, modal: 9 } as const;

export interface Callback {
  readonly type: number;
  readonly data: Fields;
  /** From the interaction to its answer, in ms. */
  readonly delayMs: number;
}

export interface Choice {
  readonly name: string;
  readonly value: string | number;
}

interface Beginning {
  readonly id: string;
  readonly token: string;
  readonly type: number;
  readonly user: User;
  readonly channel: Channel;
  readonly uploadLimit: number;
  /** The message whose component was used. */
  readonly source?: Message;
}

export class Interaction {
  readonly id: string;
  readonly token: string;
  readonly type: number;
  readonly user: User;
  readonly channel: Channel;
  readonly uploadLimit: number;
  readonly source: Message | undefined;
  /** By performance.now(). */
  readonly startedAt = performance.now();
  /** Answers taken; a refused one is a finding. */
  readonly callbacks: Callback[] = [];
  /** Every state the original reply ever had. */
  readonly versions: Message[] = [];
  readonly followUps: Message[] = [];
  /** The message that `@original` means, once there is one. */
  original: Message | undefined;
  /** The first follow-up after a defer fills the waiting reply. */
  waitsForFollowUp = false;
  readonly #bell: Bell;

  constructor(beginning: Beginning, bell: Bell) {
    this.id = beginning.id;
    this.token = beginning.token;
    this.type = beginning.type;
    this.user = beginning.user;
    this.channel = beginning.channel;
    this.uploadLimit = beginning.uploadLimit;
    this.source = beginning.source;
    this.#bell = bell;
  }

  get ageMs(): number {
    return performance.now() - this.startedAt;
  }

  /** Delay of the first answer in ms. */
  get delayMs(): number | undefined {
    return this.callbacks[0]?.delayMs;
  }

  get ephemeral(): boolean {
    return this.original !== undefined && isEphemeral(this.original);
  }

  get shownModal(): Fields | undefined {
    return this.callbacks.find(({ type }) => type === callback.modal)?.data;
  }

  get choices(): readonly Choice[] | undefined {
    const answer = this.callbacks.find(({ type }) => type === callback.choices);
    return answer && list(answer.data.choices).map((each) => fields(each) as unknown as Choice);
  }

  /** The original reply as it reads now. */
  message(): Message | undefined {
    return this.original;
  }

  /** The first answer, whatever it is. */
  answered(options: WaitOptions = {}): Promise<Callback> {
    return this.#bell.until(() => this.callbacks[0], { what: "answer to the interaction", ...options });
  }

  /** The delay in ms of an answer that only deferred. */
  async deferred(options: WaitOptions = {}): Promise<number> {
    const { type, delayMs } = await this.answered({ what: "deferral of the interaction", ...options });
    if (type !== callback.deferred && type !== callback.deferredUpdate)
      throw new Error(`Answered with ${type}, not deferred.`);
    return delayMs;
  }

  /** The first state of the original reply that fits, past or to come; any that says something unless told. */
  reply(fits: (message: Message) => boolean = () => true, options: WaitOptions = {}): Promise<Message> {
    const look = () => this.versions.find((message) => !isThinking(message) && fits(message));
    return this.#bell.until(look, { what: "reply that fits", ...options });
  }

  followUp(fits: (message: Message) => boolean = () => true, options: WaitOptions = {}): Promise<Message> {
    return this.#bell.until(() => this.followUps.find(fits), { what: "follow-up that fits", ...options });
  }

  /** The modal that the bot showed as its answer. */
  modal(options: WaitOptions = {}): Promise<Fields> {
    return this.#bell.until(() => this.shownModal, { what: "modal", ...options });
  }

  /** Notes a new state of the original reply. */
  note(message: Message): void {
    this.original = message;
    this.versions.push({ ...message });
    this.#bell.ring();
  }
}

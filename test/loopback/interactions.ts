/** Discord's side of interactions: one callback within three seconds, and a token that serves for a quarter of an hour. */
import { ApiError } from "./api-error.ts";
import type { UploadedFile } from "./body.ts";
import type { Core } from "./core.ts";
import { callback, Interaction } from "./interaction.ts";
import { type Fields, fields, list, number } from "./json.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Message } from "./message.ts";
import { checkChoices, checkModal } from "./message-rules.ts";
import type { Channel, User } from "./world.ts";

export interface Begun {
  readonly type: number;
  readonly user: User;
  readonly channel: Channel;
  readonly source?: Message;
}

interface Sent {
  readonly body: Fields;
  readonly files: readonly UploadedFile[];
}

export class Interactions {
  readonly #core: Core;
  readonly #mailbox: Mailbox;
  readonly #byToken = new Map<string, Interaction>();

  constructor(core: Core, mailbox: Mailbox) {
    this.#core = core;
    this.#mailbox = mailbox;
  }

  get all(): readonly Interaction[] {
    return [...this.#byToken.values()];
  }

  begin({ type, user, channel, source }: Begun): Interaction {
    const { ids, settings, world, bell } = this.#core;
    const uploadLimit = settings.attachmentSizeLimit ?? world.uploadLimit(world.guildOf(channel));
    const beginning = { id: ids.now(), token: ids.token("interaction"), type, user, channel, uploadLimit };
    const interaction = new Interaction({ ...beginning, ...(source ? { source } : {}) }, bell);
    this.#byToken.set(interaction.token, interaction);
    return interaction;
  }

  /** POST …/callback: the first answer. */
  callback(id: string, token: string, sent: Sent): Interaction {
    const { findings, settings, bell } = this.#core;
    const interaction = this.#byToken.get(token);
    if (!interaction || interaction.id !== id) throw new ApiError(10062);
    const type = number(sent.body.type);
    if (interaction.callbacks.length > 0) {
      findings.add("already-acknowledged", `a second callback, of type ${type}`);
      throw new ApiError(40060);
    }
    const delayMs = interaction.ageMs;
    if (delayMs > settings.callbackDeadlineMs) {
      findings.add("late-callback", `type ${type} after ${Math.round(delayMs)} ms`);
      throw new ApiError(10062);
    }
    const data = fields(sent.body.data);
    this.#answer(interaction, type, { body: data, files: sent.files });
    interaction.callbacks.push({ type, data, delayMs });
    bell.ring();
    return interaction;
  }

  /** What `@original` or an id means to a token: its own messages and no others. */
  message(token: string, which: string): Message {
    const interaction = this.#living(token);
    const found =
      which === "@original"
        ? interaction.original
        : [interaction.original, ...interaction.followUps].find((m) => m?.id === which);
    if (!found || found.deleted) throw new ApiError(10008);
    return found;
  }

  edit(token: string, which: string, sent: Sent): Message {
    const interaction = this.#living(token);
    const message = this.message(token, which);
    this.#mailbox.edit(message, this.#draft(interaction, sent));
    if (message === interaction.original) {
      interaction.waitsForFollowUp = false;
      interaction.note(message);
    }
    return message;
  }

  delete(token: string, which: string): void {
    const message = this.message(token, which);
    this.#mailbox.delete(message);
    const interaction = this.#living(token);
    if (message === interaction.original) interaction.waitsForFollowUp = false;
  }

  followUp(token: string, sent: Sent): Message {
    const interaction = this.#living(token);
    if (interaction.waitsForFollowUp && interaction.original) return this.edit(token, "@original", sent);
    const message = this.#mailbox.create(this.#draft(interaction, sent));
    interaction.followUps.push(message);
    this.#core.bell.ring();
    return message;
  }

  #living(token: string): Interaction {
    const interaction = this.#byToken.get(token);
    if (!interaction || interaction.callbacks.length === 0) throw new ApiError(10015);
    if (interaction.ageMs > this.#core.settings.tokenLifeMs) throw new ApiError(50027);
    return interaction;
  }

  #answer(interaction: Interaction, type: number, sent: Sent): void {
    const allowed = allowedAnswers[interaction.type] ?? [];
    if (!allowed.includes(type)) this.#refuse(`callback type ${type} to an interaction of type ${interaction.type}`);
    const reply = this.#draft(interaction, sent);
    if (type === callback.message) interaction.note(this.#mailbox.create(reply));
    else if (type === callback.deferred) {
      interaction.waitsForFollowUp = true;
      interaction.note(this.#mailbox.create({ ...reply, thinking: true }));
    } else if (type === callback.deferredUpdate) interaction.original = interaction.source;
    else if (type === callback.update && interaction.source)
      interaction.note(this.#mailbox.edit(interaction.source, reply));
    else if (type === callback.choices) this.#rule(() => checkChoices(list(sent.body.choices).map(fields)));
    else if (type === callback.modal) this.#rule(() => checkModal(sent.body));
    else this.#refuse(`callback type ${type}`);
  }

  #rule(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#core.findings.add("invalid-body", String(error));
      throw error;
    }
  }

  #refuse(detail: string): never {
    this.#core.findings.add("invalid-body", detail);
    throw new ApiError(50035, detail);
  }

  #draft(interaction: Interaction, sent: Sent) {
    const { channel, id, uploadLimit } = interaction;
    return { channel, author: this.#core.world.bot, ...sent, interactionId: id, uploadLimit };
  }
}

/** Which answers each kind of interaction takes: commands, components, autocomplete, modals. */
const allowedAnswers: Readonly<Record<number, readonly number[]>> = {
  2: [callback.message, callback.deferred, callback.modal],
  3: [callback.message, callback.deferred, callback.deferredUpdate, callback.update, callback.modal],
  4: [callback.choices],
  5: [callback.message, callback.deferred, callback.deferredUpdate, callback.update],
};

/** What users do: commands, buttons, modals, words; each becomes the event that Discord would send. */
import type { Bell } from "./bell.ts";
import type { Commands, GivenFile, Options } from "./commands.ts";
import type { Core } from "./core.ts";
import { type Choice, callback, type Interaction } from "./interaction.ts";
import type { Interactions } from "./interactions.ts";
import { type Fields, fields, list, number, text } from "./json.ts";
import type { Mailbox } from "./mailbox.ts";
import { componentsOf, type Message, wireMessage } from "./message.ts";
import { wireChannel, wireMember, wireUser } from "./wire.ts";
import type { Channel, Guild, User } from "./world.ts";

export interface ActionParts {
  readonly core: Core;
  readonly commands: Commands;
  readonly interactions: Interactions;
  readonly mailbox: Mailbox;
}

interface Doing {
  readonly type: number;
  readonly user: User;
  readonly channel: Channel;
  readonly data: Fields;
  readonly source?: Message;
}

const kind = { command: 2, component: 3, autocomplete: 4, modal: 5 };

export class Actions {
  readonly #parts: ActionParts;
  readonly #bell: Bell;

  constructor(parts: ActionParts) {
    this.#parts = parts;
    this.#bell = parts.core.bell;
  }

  slash(user: User, channel: Channel, line: string, options: Options): Interaction {
    const data = this.#parts.commands.data(line, options, this.#guild(channel));
    return this.#begin({ type: kind.command, user, channel, data });
  }

  contextMenu(user: User, channel: Channel, name: string, target: Message | User): Interaction {
    const guild = this.#guild(channel);
    const isMessage = "content" in target;
    const command = this.#parts.commands.find(name, isMessage ? 3 : 2, guild);
    const member = guild.members.get(target.id);
    const resolved = isMessage
      ? { messages: { [target.id]: wireMessage(target, channel) } }
      : {
          users: { [target.id]: wireUser(target) },
          ...(member ? { members: { [target.id]: { ...wireMember(member), user: undefined, permissions: "0" } } } : {}),
        };
    const data = { id: command.id, name, type: isMessage ? 3 : 2, target_id: target.id, resolved };
    return this.#begin({ type: kind.command, user, channel, data });
  }

  button(user: User, message: Message, customId: string): Interaction {
    this.#usable(message, customId, 2);
    return this.#useComponent(user, message, { custom_id: customId, component_type: 2 });
  }

  select(user: User, message: Message, customId: string, values: readonly string[]): Interaction {
    const select = this.#usable(message, customId, 3);
    const offered = list(select.options).map((option) => fields(option).value);
    for (const value of values) if (!offered.includes(value)) throw new Error(`The select does not offer ${value}.`);
    return this.#useComponent(user, message, { custom_id: customId, component_type: 3, values });
  }

  async autocomplete(
    user: User,
    channel: Channel,
    line: string,
    typed: { readonly option: string; readonly value: string; readonly others: Options },
  ): Promise<readonly Choice[]> {
    const focused = { name: typed.option, value: typed.value };
    const data = this.#parts.commands.data(line, typed.others, this.#guild(channel), focused);
    const interaction = this.#begin({ type: kind.autocomplete, user, channel, data });
    await interaction.answered({ what: "autocomplete choices", timeout: this.#parts.core.settings.callbackDeadlineMs });
    return interaction.choices ?? [];
  }

  /** Fills in and sends the modal that an interaction showed. */
  modal(user: User, shownBy: Interaction, values: Readonly<Record<string, string>>): Interaction {
    const modal = shownBy.shownModal;
    if (!modal) throw new Error("This interaction showed no modal.");
    const asked = new Set<string>();
    const fill = (input: Fields): Fields => {
      const name = text(input.custom_id);
      asked.add(name);
      const value = values[name] ?? text(input.value);
      const most = typeof input.max_length === "number" ? input.max_length : 4000;
      if (value.length < number(input.min_length) || value.length > most) throw new Error(`The field ${name} is cut.`);
      if (value === "" && input.required !== false) throw new Error(`The field ${name} is required.`);
      return { type: input.type, id: number(input.id), custom_id: name, value };
    };
    const components = list(modal.components)
      .map(fields)
      .map((row) => {
        const inside = list(row.components).map(fields);
        if (row.component !== undefined) return { type: row.type, id: 0, component: fill(fields(row.component)) };
        return { type: row.type, id: 0, components: inside.map(fill) };
      });
    for (const name of Object.keys(values)) if (!asked.has(name)) throw new Error(`The modal asks for no ${name}.`);
    const data = { custom_id: modal.custom_id, components };
    const source = shownBy.source ? { source: shownBy.source } : {};
    return this.#begin({ type: kind.modal, user, channel: shownBy.channel, data, ...source });
  }

  /** An ordinary message of a user, with files if any. */
  say(user: User, channel: Channel, content: string, given: readonly GivenFile[] = []): Message {
    const files = given.map((file, slot) => ({ ...file, slot: `${slot}` }));
    return this.#parts.mailbox.create({ channel, author: user, body: { content }, files });
  }

  /** The bot's first message in a channel after `from` of them, past or to come, that fits. */
  nextMessage(
    channel: Channel,
    fits: (message: Message) => boolean,
    { from, timeout = 5000 }: { from: number; timeout?: number },
  ) {
    const { bot } = this.#parts.core.world;
    const look = () => channel.messages.slice(from).find((message) => message.author.id === bot.id && fits(message));
    return this.#bell.until(look, { timeout, what: `message that fits in #${channel.name}` });
  }

  #usable(message: Message, customId: string, type: number): Fields {
    const all = [...componentsOf(message)];
    const found = all.find((component) => component.custom_id === customId && component.type === type);
    const there = all.map((component) => text(component.custom_id)).filter((id) => id !== "");
    if (message.deleted) throw new Error("The message is deleted.");
    if (!found) throw new Error(`The message has no component ${customId}, only: ${there.join(", ") || "none"}.`);
    if (found.disabled === true) throw new Error(`The component ${customId} is disabled.`);
    return found;
  }

  #useComponent(user: User, message: Message, data: Fields): Interaction {
    const channel = this.#parts.core.world.channel(message.channelId);
    return this.#begin({ type: kind.component, user, channel, data, source: message });
  }

  #guild(channel: Channel): Guild {
    const guild = this.#parts.core.world.guildOf(channel);
    if (!guild) throw new Error("Commands are used in guilds here.");
    return guild;
  }

  #begin({ data, ...doing }: Doing): Interaction {
    const { core, interactions } = this.#parts;
    const { user, channel, type, source } = doing;
    const interaction = interactions.begin(doing);
    const guild = core.world.guildOf(channel);
    const member = guild?.members.get(user.id);
    const permissions = core.world.permissions(user, channel).toString();
    core.dispatch(
      "INTERACTION_CREATE",
      {
        id: interaction.id,
        application_id: core.world.applicationId,
        type,
        token: interaction.token,
        version: 1,
        data,
        channel_id: channel.id,
        channel: { ...wireChannel(channel), permissions },
        ...(guild
          ? { guild_id: guild.id, guild: { id: guild.id, locale: "en-US", features: [] }, guild_locale: "en-US" }
          : {}),
        ...(member ? { member: { ...wireMember(member), permissions } } : { user: wireUser(user) }),
        ...(source ? { message: wireMessage(source, channel) } : {}),
        locale: "en-US",
        app_permissions: core.world.permissions(core.world.bot, channel).toString(),
        entitlements: [],
        authorizing_integration_owners: core.world.isMember(guild?.id) ? { "0": guild?.id } : { "1": user.id },
        context: guild ? 0 : 1,
        attachment_size_limit: interaction.uploadLimit,
      },
      0,
    );
    this.#bell.ring();
    return interaction;
  }
}

/** Whether the first answer was of this kind. */
export const answeredWith = (interaction: Interaction, what: keyof typeof callback): boolean =>
  interaction.callbacks[0]?.type === callback[what];

/**
 * Who may use which command, as a server's settings have it (Server Settings, Integrations). Discord itself checks them for
 * commands only; for buttons, menus and forms that do the same, the bot does.
 */
import {
  type APIApplicationCommandPermission,
  type APIGuildApplicationCommandPermissions,
  ApplicationCommandPermissionType,
  type Client,
  DiscordAPIError,
  Events,
  PermissionFlagsBits,
  Routes,
} from "discord.js";
import type { GuildInteraction } from "../../commands/command.ts";
import { UserError } from "../../errors.ts";
import { log } from "../../log.ts";

type Overwrites = readonly APIApplicationCommandPermission[];

/** What the settings of a server say that concerns one command. */
export interface CommandSettings {
  readonly guildId: string;
  /** For this command alone; they go before the others. */
  readonly command: Overwrites;
  /** For all commands of the bot. */
  readonly application: Overwrites;
}

/** Who asks, and where. */
export interface Asker {
  readonly userId: string;
  readonly roleIds: readonly string[];
  /** Of a thread, the channel that it belongs to. */
  readonly channelId: string;
}

/** Discord's own order: the command before the application; the channel before "all channels", the user before roles before everyone. */
export function isPermitted({ guildId, command, application }: CommandSettings, asker: Asker): boolean {
  const { User, Role, Channel } = ApplicationCommandPermissionType;
  const allChannels = String(BigInt(guildId) - 1n); // Discord's constant
  const says = (overwrites: Overwrites, type: number, ids: readonly string[]): boolean | undefined => {
    const found = overwrites.filter((one) => one.type === type && ids.includes(one.id));
    return found.length === 0 ? undefined : found.some(({ permission }) => permission);
  };
  const first = (overwrites: Overwrites, ways: readonly (readonly [number, readonly string[]])[]) =>
    ways.map(([type, ids]) => says(overwrites, type, ids)).find((answer) => answer !== undefined);
  const channel = [
    [Channel, [asker.channelId]],
    [Channel, [allChannels]],
  ] as const;
  const member = [
    [User, [asker.userId]],
    [Role, asker.roleIds.filter((id) => id !== guildId)],
    [Role, [guildId]], // everyone
  ] as const;
  const here = first(command, channel) ?? first(application, channel) ?? true;
  return here && (first(command, member) ?? first(application, member) ?? true);
}

/** Settings are told anew when they change; should that be missed, they are looked up after so long. */
const freshMs = 5 * 60_000;

interface Looked {
  readonly until: number;
  readonly permissions: Promise<readonly APIGuildApplicationCommandPermissions[]>;
}

/** The settings of all servers, looked up when they are needed. */
export class CommandPermissions {
  readonly #client: Client<true>;
  readonly #guilds = new Map<string, Looked>();
  #commandIds: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(client: Client<true>) {
    this.#client = client;
    client.on(Events.ApplicationCommandPermissionsUpdate, ({ guildId }) => this.#guilds.delete(guildId));
    client.on(Events.ShardReady, () => this.#guilds.clear()); // a new session: changes may have been missed
  }

  /** Throws a UserError if the server's settings deny the slash command of this name to the one who asks. */
  async refuseIfDenied(interaction: GuildInteraction, name: string): Promise<void> {
    const { guild, user, member, memberPermissions, channelId } = interaction;
    if (memberPermissions.has(PermissionFlagsBits.Administrator) || guild.ownerId === user.id) return;
    if (!memberPermissions.has(PermissionFlagsBits.UseApplicationCommands)) throw denied(name);
    const settings = await this.#settings(guild.id, name);
    const { channel } = interaction;
    const where = (channel?.isThread() ? channel.parentId : channelId) ?? "";
    const asker = { userId: user.id, roleIds: [...member.roles.cache.keys()], channelId: where };
    if (!isPermitted(settings, asker)) throw denied(name);
  }

  async #settings(guildId: string, name: string): Promise<CommandSettings> {
    const all = await this.#permissionsIn(guildId);
    const of = (id: string | undefined) => all.find((one) => one.id === id)?.permissions ?? [];
    if (all.length === 0) return { guildId, command: [], application: [] };
    this.#commandIds ??= this.#lookUpCommands();
    const commandId = (await this.#commandIds).get(name);
    return { guildId, command: of(commandId), application: of(this.#client.application.id) };
  }

  #permissionsIn(guildId: string): Looked["permissions"] {
    const known = this.#guilds.get(guildId);
    if (known !== undefined && known.until > Date.now()) return known.permissions;
    const permissions = this.#lookUp(guildId);
    this.#guilds.set(guildId, { until: Date.now() + freshMs, permissions });
    return permissions;
  }

  async #lookUp(guildId: string): Looked["permissions"] {
    try {
      const route = Routes.guildApplicationCommandsPermissions(this.#client.application.id, guildId);
      return (await this.#client.rest.get(route)) as APIGuildApplicationCommandPermissions[];
    } catch (error) {
      const isNone = error instanceof DiscordAPIError && (error.status === 404 || error.status === 403);
      if (isNone) return []; // nothing is set, or nothing may be known
      this.#guilds.delete(guildId);
      log("warning", `the command permissions of guild ${guildId} could not be looked up`, error);
      throw new UserError("I can't look up just now whether you may do this. Try again in a minute.");
    }
  }

  async #lookUpCommands(): Promise<ReadonlyMap<string, string>> {
    try {
      const route = Routes.applicationCommands(this.#client.application.id);
      const commands = (await this.#client.rest.get(route)) as { id: string; name: string; type?: number }[];
      return new Map(commands.filter(({ type = 1 }) => type === 1).map(({ id, name }) => [name, id]));
    } catch (error) {
      this.#commandIds = undefined;
      log("warning", "the ids of the commands could not be looked up", error);
      throw new UserError("I can't look up just now whether you may do this. Try again in a minute.");
    }
  }
}

const denied = (name: string) =>
  new UserError(`You can't do this here: this server's settings don't let you use /${name}.`);

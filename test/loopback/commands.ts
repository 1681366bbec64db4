/** The bot's registered commands, and turning a user's words into the options of one. */
import { ApiError } from "./api-error.ts";
import type { Core } from "./core.ts";
import { type Fields, fields, list, number, text } from "./json.ts";
import { wireChannel, wireMember, wireUser } from "./wire.ts";
import type { Guild } from "./world.ts";

/** A file that a user hands over as an option. */
export interface GivenFile {
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** Users and channels are given by id or name. */
export type OptionValue = string | number | boolean | GivenFile;

export interface Options {
  readonly [name: string]: OptionValue;
}

export interface Command {
  readonly id: string;
  readonly guildId: string | undefined;
  readonly definition: Fields;
}

/** What a server's settings say of one command, or of all of them. */
export interface CommandOverwrite {
  readonly id: string;
  readonly type: 1 | 2 | 3;
  readonly permission: boolean;
}

interface Filled {
  readonly options: readonly Fields[];
  readonly resolved: Record<string, Record<string, unknown>>;
}

const kinds = { subcommand: 1, group: 2, string: 3, integer: 4, boolean: 5, user: 6, channel: 7, number: 10, file: 11 };

export class Commands {
  #registered: Command[] = [];
  /** How often the bot wrote its list. */
  writes = 0;
  readonly #core: Core;
  /** By guild, then by the id of a command or of the application. */
  readonly #overwrites = new Map<string, Map<string, readonly CommandOverwrite[]>>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** GET …/guilds/:guild/commands/permissions */
  overwrites(guildId: string): readonly Fields[] {
    return [...(this.#overwrites.get(guildId) ?? [])].map(([id, permissions]) => this.#wire(guildId, id, permissions));
  }

  /** A moderator changes the settings of a slash command, or of the whole application. */
  overwrite(guild: Guild, name: string | undefined, permissions: readonly CommandOverwrite[]): void {
    const id = name === undefined ? this.#core.world.applicationId : this.find(name, 1, guild).id;
    const all = this.#overwrites.get(guild.id) ?? new Map<string, readonly CommandOverwrite[]>();
    this.#overwrites.set(guild.id, all.set(id, permissions));
    this.#core.dispatch("APPLICATION_COMMAND_PERMISSIONS_UPDATE", this.#wire(guild.id, id, permissions), 0);
  }

  #wire(guildId: string, id: string, permissions: readonly CommandOverwrite[]): Fields {
    return { id, application_id: this.#core.world.applicationId, guild_id: guildId, permissions };
  }

  get all(): readonly Command[] {
    return this.#registered;
  }

  /** Replaces the list of a guild, or the global one. */
  write(definitions: readonly unknown[], guildId?: string): readonly Fields[] {
    try {
      checkList(definitions.map(fields));
    } catch (error) {
      this.#core.findings.add("invalid-body", `commands: ${error instanceof Error ? error.message : error}`);
      throw error;
    }
    const kept = this.#registered.filter((command) => command.guildId !== guildId);
    const added = definitions.map((definition) => ({
      id: this.#core.ids.now(),
      guildId,
      definition: fields(definition),
    }));
    this.#registered = [...kept, ...added];
    this.writes += 1;
    this.#core.bell.ring();
    return this.list(guildId);
  }

  list(guildId?: string): readonly Fields[] {
    const version = this.#core.ids.now();
    return this.#registered
      .filter((command) => command.guildId === guildId)
      .map(({ id, definition }) => ({
        type: 1,
        ...definition,
        id,
        application_id: this.#core.world.applicationId,
        ...(guildId === undefined ? {} : { guild_id: guildId }),
        version,
      }));
  }

  /** The command a user of this guild sees under a name. */
  find(name: string, type: number, guild: Guild): Command {
    const found = this.#registered.find(
      ({ definition, guildId }) =>
        definition.name === name && (definition.type ?? 1) === type && (guildId ?? guild.id) === guild.id,
    );
    const names = this.#registered.map(({ definition }) => text(definition.name)).join(", ");
    if (!found)
      throw new Error(`The bot has registered no command ${JSON.stringify(name)} of type ${type}, only: ${names}.`);
    return found;
  }

  /**
   * The `data` of a slash command's interaction. Words after the first in `line` name group and sub-command.
   * `focused` is the option being typed in: nothing is checked then, and nothing has to be complete.
   */
  data(line: string, given: Options, guild: Guild, focused?: { name: string; value: string }): Fields {
    const [name = "", ...path] = line.split(" ");
    const command = this.find(name, 1, guild);
    const resolved: Filled["resolved"] = {};
    const options = this.#descend(list(command.definition.options).map(fields), path, (leaf) =>
      this.#fill(leaf, given, { guild, resolved, ...(focused ? { focused } : {}) }),
    );
    const empty = Object.keys(resolved).length === 0;
    return { id: command.id, name, type: 1, options, ...(empty ? {} : { resolved }) };
  }

  #descend(
    options: readonly Fields[],
    path: readonly string[],
    fill: (leaf: readonly Fields[]) => readonly Fields[],
  ): readonly Fields[] {
    const [name, ...rest] = path;
    if (name === undefined) return fill(options);
    const next = options.find((option) => option.name === name && number(option.type) <= kinds.group);
    if (!next) throw new Error(`There is no sub-command ${JSON.stringify(name)}.`);
    return [{ type: next.type, name, options: this.#descend(list(next.options).map(fields), rest, fill) }];
  }

  #fill(
    defined: readonly Fields[],
    given: Options,
    {
      guild,
      resolved,
      focused,
    }: { guild: Guild; resolved: Filled["resolved"]; focused?: { name: string; value: string } },
  ): readonly Fields[] {
    for (const name of [...Object.keys(given), ...(focused ? [focused.name] : [])]) {
      const known = defined.map((option) => option.name).join(", ");
      if (!known.split(", ").includes(name)) throw new Error(`The command has no option ${name}, only: ${known}.`);
    }
    return defined.flatMap((option): readonly Fields[] => {
      const name = text(option.name);
      if (focused?.name === name) {
        if (option.autocomplete !== true) throw new Error(`The option ${name} completes nothing.`);
        return [{ name, type: option.type, value: focused.value, focused: true }];
      }
      const value = given[name];
      if (value !== undefined) return [{ name, type: option.type, value: this.#value(option, value, guild, resolved) }];
      if (option.required === true && !focused) throw new Error(`The option ${name} is required.`);
      return [];
    });
  }

  /** A value as Discord's client would send it, refused where the client would refuse. */
  #value(option: Fields, value: OptionValue, guild: Guild, resolved: Filled["resolved"]): OptionValue {
    const { world, ids } = this.#core;
    const put = (kind: string, id: string, what: unknown): string => {
      resolved[kind] = { ...resolved[kind], [id]: what };
      return id;
    };
    const wrong = () => new Error(`${JSON.stringify(value)} does not fit the option ${JSON.stringify(option)}.`);
    if (typeof value === "object") {
      if (option.type !== kinds.file) throw wrong();
      const id = ids.now();
      return put("attachments", id, { id, ...this.#core.keepFile(value, id) });
    }
    if (option.type === kinds.user && typeof value === "string") {
      const user = world.user(value);
      const member = guild.members.get(user.id);
      if (member) put("members", user.id, { ...wireMember(member), user: undefined, permissions: "0" });
      return put("users", user.id, wireUser(user));
    }
    if (option.type === kinds.channel && typeof value === "string") {
      const channel = world.channel(value, guild);
      return put("channels", channel.id, { ...wireChannel(channel), permissions: "0" });
    }
    if (!plainFits(option, value)) throw wrong();
    return value;
  }
}

function plainFits(option: Fields, value: string | number | boolean): boolean {
  const choices = list(option.choices).map(fields);
  if (choices.length > 0 && !choices.some((choice) => choice.value === value)) return false;
  if (option.type === kinds.boolean) return typeof value === "boolean";
  if (option.type === kinds.string) {
    const [least, most] = [number(option.min_length), typeof option.max_length === "number" ? option.max_length : 6000];
    return typeof value === "string" && value.length >= least && value.length <= most;
  }
  const whole = option.type !== kinds.integer || Number.isInteger(value);
  const atLeast = typeof option.min_value !== "number" || Number(value) >= option.min_value;
  const atMost = typeof option.max_value !== "number" || Number(value) <= option.max_value;
  return typeof value === "number" && whole && atLeast && atMost;
}

function need(fits: boolean, detail: string): void {
  if (!fits) throw new ApiError(50035, detail);
}

function checkList(definitions: readonly Fields[]): void {
  const slash = definitions.filter(({ type = 1 }) => type === 1);
  need(slash.length <= 100, "more than 100 slash commands");
  for (const type of [2, 3])
    need(definitions.filter((each) => each.type === type).length <= 15, "too many menu commands");
  const keys = definitions.map(({ type = 1, name }) => `${type} ${name}`);
  need(new Set(keys).size === keys.length, "two commands of the same name");
  for (const definition of definitions) {
    if ((definition.type ?? 1) === 1) {
      checkNamed(definition);
      checkOptions(list(definition.options).map(fields));
      need(characters(definition) <= 8000, `${definition.name} has more than 8000 characters`);
    } else {
      need(/^.{1,32}$/u.test(text(definition.name)), `the name ${definition.name}`);
      need(text(definition.description) === "", `${definition.name}: menu commands have no description`);
    }
  }
}

function checkNamed({ name, description }: Fields): void {
  const called = text(name);
  need(/^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u.test(called), `the name ${called}`);
  need(called === called.toLowerCase(), `the name ${called} is not in lower case`);
  need(text(description).length >= 1 && text(description).length <= 100, `the description of ${called}`);
}

function checkOptions(options: readonly Fields[]): void {
  need(options.length <= 25, "more than 25 options");
  const firstOptional = options.findIndex(({ required }) => required !== true);
  const lastRequired = options.findLastIndex(({ required }) => required === true);
  need(firstOptional === -1 || lastRequired < firstOptional, "a required option after an optional one");
  for (const option of options) {
    checkNamed(option);
    const choices = list(option.choices).map(fields);
    need(choices.length <= 25, `${option.name} has more than 25 choices`);
    need(choices.length === 0 || option.autocomplete !== true, `${option.name} has choices and autocomplete`);
    for (const choice of choices)
      need(text(choice.name).length >= 1 && text(choice.name).length <= 100, "a choice's name");
    checkOptions(list(option.options).map(fields));
  }
}

/** Letters that count against the limit of a command: names, descriptions and values, all the way down. */
function characters(of: Fields): number {
  const own = text(of.name).length + text(of.description).length + text(of.value).length;
  const below = [...list(of.options), ...list(of.choices)].map(fields);
  return below.reduce((sum, each) => sum + characters(each), own);
}

/** A Discord of one's own on 127.0.0.1, driven by tests: start it, point a real bot at it, act as its users. */
import { Actions } from "./actions.ts";
import { Bell, type WaitOptions } from "./bell.ts";
import { type Command, Commands, type Options } from "./commands.ts";
import type { Core } from "./core.ts";
import { FaultTable, pathFits, type RateLimited, type RestFault, rateLimitFault } from "./faults.ts";
import { type Finding, Findings } from "./findings.ts";
import { Gateway } from "./gateway.ts";
import { Ids } from "./ids.ts";
import type { Choice, Interaction } from "./interaction.ts";
import { Interactions } from "./interactions.ts";
import { Mailbox } from "./mailbox.ts";
import { isEphemeral, type Message } from "./message.ts";
import { type RestRequest, RestServer } from "./rest.ts";
import { makeRoutes } from "./routes.ts";
import { defaultSettings, type Settings } from "./settings.ts";
import { Switchboard } from "./switchboard.ts";
import { wireChannel, wireGuildCreate } from "./wire.ts";
import { type Channel, type Guild, type GuildPlan, type User, World } from "./world.ts";

type UserLike = User | string;
type ChannelLike = Channel | string;
type GuildLike = Guild | string;

const guildsIntent = 1;

export class LoopbackDiscord {
  readonly settings: Settings;
  readonly world: World;
  readonly gateway: Gateway;
  readonly interactions: Interactions;
  readonly commands: Commands;
  readonly #findings: Findings;
  readonly #bell = new Bell();
  readonly #faults = new FaultTable();
  readonly #rest: RestServer;
  readonly #mailbox: Mailbox;
  readonly #actions: Actions;
  readonly #switchboard: Switchboard;

  private constructor(settings: Settings) {
    this.settings = settings;
    const ids = new Ids(settings.seed);
    this.#findings = new Findings(this.#bell);
    this.world = new World(ids, settings.botName);
    const core: Core = {
      settings,
      ids,
      bell: this.#bell,
      findings: this.#findings,
      world: this.world,
      dispatch: (event, data, intents) => this.gateway.dispatch(event, data, intents),
      keepFile: (file, id) => this.#mailbox.keepGiven(file, id),
      readsContent: () => this.gateway.readsContent(),
    };
    this.#mailbox = new Mailbox(core);
    this.commands = new Commands(core);
    this.interactions = new Interactions(core, this.#mailbox);
    this.#switchboard = new Switchboard(core);
    const parts = { core, commands: this.commands, interactions: this.interactions, mailbox: this.#mailbox };
    this.#actions = new Actions(parts);
    this.#rest = new RestServer({
      settings,
      bell: this.#bell,
      findings: this.#findings,
      faults: this.#faults,
      routes: makeRoutes({
        ...parts,
        gatewayUrl: () => this.#gatewayUrl,
        changeVoiceState: (guild, body) => this.#switchboard.change(guild, body),
      }),
      file: (path) => this.#mailbox.file(path),
    });
    this.gateway = new Gateway(core, this.#rest.http, {
      voiceWish: (wish, sessionId) => this.#switchboard.wish(wish, sessionId),
      newSession: () => this.#emptyBotSeats(),
    });
  }

  static async start(settings: Partial<Settings> = {}): Promise<LoopbackDiscord> {
    const discord = new LoopbackDiscord({ ...defaultSettings, ...settings });
    await discord.#rest.start();
    discord.gateway.listenAt(discord.#gatewayUrl);
    discord.#mailbox.serveFilesAt(`http://127.0.0.1:${discord.#rest.port}`);
    return discord;
  }

  async stop(): Promise<void> {
    this.#bell.stop();
    this.gateway.stop();
    await this.#rest.stop();
  }

  /** What the bot's REST client takes as `api`. */
  get api(): string {
    return `http://127.0.0.1:${this.#rest.port}/api`;
  }

  get token(): string {
    return this.settings.token;
  }

  /** For a bot in a process of its own. */
  environment(): Record<string, string> {
    return { DISCORD_API: this.api, DISCORD_TOKEN: this.token };
  }

  // What the bot did.

  /** What Discord would frown upon; empty after a good test. */
  get findings(): readonly Finding[] {
    return this.#findings.all;
  }

  /** Takes out the findings of a kind that a test provoked. */
  takeFindings(kind: Finding["kind"]): readonly Finding[] {
    return this.#findings.take(kind);
  }

  get requests(): readonly RestRequest[] {
    return this.#rest.requests;
  }

  get invalidRequests(): number {
    return this.#rest.invalidRequests;
  }

  until<T>(look: () => T | undefined, options?: WaitOptions): Promise<T> {
    return this.#bell.until(look, options);
  }

  /** The first answered request that fits, past or to come. */
  request(
    { method, path, status }: { method?: string; path: string | RegExp; status?: number },
    options: WaitOptions = {},
  ): Promise<RestRequest> {
    const fits = (request: RestRequest) =>
      request.status !== undefined &&
      (method ?? request.method) === request.method &&
      (status ?? request.status) === request.status &&
      pathFits(path, request.path);
    return this.until(() => this.requests.find(fits), { what: `request ${method ?? ""} ${path}`, ...options });
  }

  /** Waits until the bot has identified. */
  async botReady(options: WaitOptions = {}): Promise<void> {
    await this.until(() => (this.gateway.connected ? true : undefined), { what: "bot on the gateway", ...options });
  }

  commandsRegistered(options: WaitOptions = {}): Promise<readonly Command[]> {
    const look = () => (this.commands.writes > 0 ? this.commands.all : undefined);
    return this.until(look, { what: "registration of commands", ...options });
  }

  async botInVoice(guild: GuildLike, channel: ChannelLike | null, options: WaitOptions = {}): Promise<void> {
    const home = this.guild(guild);
    const wanted = channel === null ? undefined : this.channel(channel, home).id;
    const look = () => (home.voiceStates.get(this.world.bot.id)?.channelId === wanted ? true : undefined);
    await this.until(look, { what: channel === null ? "bot out of voice" : "bot in the voice channel", ...options });
  }

  /** The bot's next message in a channel, ephemeral ones aside. */
  nextMessage(
    channel: ChannelLike,
    fits: (message: Message) => boolean = () => true,
    options: { timeout?: number } = {},
  ): Promise<Message> {
    const where = this.channel(channel);
    const seen = (message: Message) => !isEphemeral(message) && fits(message);
    return this.#actions.nextMessage(where, seen, { from: where.messages.length, ...options });
  }

  // Faults.

  fault(fault: RestFault): void {
    this.#faults.add(fault);
  }

  rateLimit(where: RateLimited): void {
    this.#faults.add(rateLimitFault(where));
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  // The world.

  addGuild(plan: GuildPlan = {}): Guild {
    const guild = this.world.addGuild(plan);
    this.gateway.dispatch("GUILD_CREATE", wireGuildCreate(guild), guildsIntent);
    return guild;
  }

  user(which: UserLike): User {
    return this.world.user(which);
  }

  addUser(guild: GuildLike, name: string): User {
    return this.world.addMember(this.guild(guild), name);
  }

  guild(which: GuildLike): Guild {
    return this.world.guild(which);
  }

  channel(which: ChannelLike, guild?: Guild): Channel {
    return this.world.channel(which, guild);
  }

  /** The direct messages between the bot and a user. */
  directMessages(user: UserLike): readonly Message[] {
    return this.world.directChannel(this.user(user)).messages;
  }

  /** Sets an overwrite in a channel: for the bot, or for another user or role by id. */
  permit(channel: ChannelLike, { of, allow = 0n, deny = 0n }: { of?: string; allow?: bigint; deny?: bigint }): void {
    const where = this.channel(channel);
    const id = of ?? this.world.bot.id;
    const overwrite = { id, type: this.world.users.has(id) ? ("user" as const) : ("role" as const), allow, deny };
    where.overwrites = [...where.overwrites.filter((each) => each.id !== id), overwrite];
    this.gateway.dispatch("CHANNEL_UPDATE", wireChannel(where), guildsIntent);
  }

  closeDms(user: UserLike): void {
    this.user(user).closedDms = true;
  }

  /** Puts a user, who makes no sound and hears none, into a voice channel or out of it. */
  connectUser(user: UserLike, channel: ChannelLike | null, guild?: GuildLike): void {
    const where = channel === null ? undefined : this.channel(channel);
    const home = guild === undefined ? this.#homeOf(user, where) : this.guild(guild);
    this.#switchboard.seat(home, this.user(user), where);
  }

  deleteMessage(message: Message): void {
    this.#mailbox.delete(message);
  }

  // The users.

  say(user: UserLike, channel: ChannelLike, content: string): Message {
    return this.#actions.say(this.user(user), this.channel(channel), content);
  }

  async slash(user: UserLike, channel: ChannelLike, line: string, options: Options = {}): Promise<Interaction> {
    return this.#actions.slash(this.user(user), this.channel(channel), line, options);
  }

  async contextMenu(user: UserLike, channel: ChannelLike, name: string, target: Message | User): Promise<Interaction> {
    return this.#actions.contextMenu(this.user(user), this.channel(channel), name, target);
  }

  async button(user: UserLike, message: Message, customId: string): Promise<Interaction> {
    return this.#actions.button(this.user(user), message, customId);
  }

  async select(user: UserLike, message: Message, customId: string, values: readonly string[]): Promise<Interaction> {
    return this.#actions.select(this.user(user), message, customId, values);
  }

  autocomplete(
    user: UserLike,
    channel: ChannelLike,
    line: string,
    typed: { option: string; value: string; others?: Options },
  ): Promise<readonly Choice[]> {
    const all = { others: {}, ...typed };
    return this.#actions.autocomplete(this.user(user), this.channel(channel), line, all);
  }

  async modal(user: UserLike, shownBy: Interaction, values: Readonly<Record<string, string>>): Promise<Interaction> {
    return this.#actions.modal(this.user(user), shownBy, values);
  }

  get #gatewayUrl(): string {
    return `ws://127.0.0.1:${this.#rest.port}`;
  }

  #homeOf(user: UserLike, channel: Channel | undefined): Guild {
    const { id } = this.user(user);
    const home = channel
      ? this.world.guildOf(channel)
      : [...this.world.guilds.values()].find(({ voiceStates }) => voiceStates.has(id));
    if (!home) throw new Error("This user sits in no voice channel.");
    return home;
  }

  #emptyBotSeats(): void {
    for (const guild of this.world.guilds.values()) guild.voiceStates.delete(this.world.bot.id);
  }
}

/** A Discord of one's own on 127.0.0.1, driven by tests: start it, point a real bot at it, act as its users. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bell, WaitOptions } from "./bell.ts";
import type { Command, CommandOverwrite, Commands, GivenFile, Options } from "./commands.ts";
import { pathFits, type RateLimited, type RestFault, rateLimitFault } from "./faults.ts";
import type { Finding } from "./findings.ts";
import type { Gateway } from "./gateway.ts";
import { type BotContext, build, gatewayUrl } from "./house.ts";
import type { Choice, Interaction } from "./interaction.ts";
import type { Interactions } from "./interactions.ts";
import { type Hearing, Listener } from "./listener.ts";
import { isEphemeral, type Message } from "./message.ts";
import type { RestRequest } from "./rest.ts";
import { defaultSettings, type Settings } from "./settings.ts";
import type { VoiceFault, VoiceFaultKind } from "./voice-faults.ts";
import { VoiceLine } from "./voice-line.ts";
import { wireChannel, wireGuildCreate } from "./wire.ts";
import type { Channel, Guild, GuildPlan, User, World } from "./world.ts";

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
  readonly #house: BotContext;
  readonly #bell: Bell;
  #certificateFolder: string | undefined;

  private constructor(settings: Settings) {
    const house = build(settings);
    this.settings = settings;
    this.world = house.core.world;
    this.gateway = house.gateway;
    this.interactions = house.interactions;
    this.commands = house.commands;
    this.#house = house;
    this.#bell = house.core.bell;
  }

  static async start(settings: Partial<Settings> = {}): Promise<LoopbackDiscord> {
    const discord = new LoopbackDiscord({ ...defaultSettings, ...settings });
    const { rest, voice, mailbox } = discord.#house;
    await Promise.all([rest.start(), voice.start()]);
    discord.gateway.listenAt(gatewayUrl(rest));
    mailbox.serveFilesAt(`http://127.0.0.1:${rest.port}`);
    return discord;
  }

  async stop(): Promise<void> {
    this.#bell.stop();
    this.gateway.stop();
    await Promise.all([this.#house.rest.stop(), this.#house.voice.stop()]);
    if (this.#certificateFolder) rmSync(this.#certificateFolder, { recursive: true });
  }

  /** What the bot's REST client takes as `api`. */
  get api(): string {
    return `http://127.0.0.1:${this.#house.rest.port}/api`;
  }

  get token(): string {
    return this.settings.token;
  }

  /** For a bot in a process of its own. */
  environment(): Record<string, string> {
    this.#certificateFolder ??= mkdtempSync(join(tmpdir(), "loopback-"));
    const path = join(this.#certificateFolder, "certificate.pem");
    writeFileSync(path, this.#house.voice.certificate);
    return { DISCORD_API: this.api, DISCORD_TOKEN: this.token, NODE_EXTRA_CA_CERTS: path };
  }

  // What the bot did.

  /** What Discord would frown upon; empty after a good test. */
  get findings(): readonly Finding[] {
    return this.#house.core.findings.all;
  }

  /** Takes out the findings of a kind that a test provoked. */
  takeFindings(kind: Finding["kind"]): readonly Finding[] {
    return this.#house.core.findings.take(kind);
  }

  get requests(): readonly RestRequest[] {
    return this.#house.rest.requests;
  }

  get invalidRequests(): number {
    return this.#house.rest.invalidRequests;
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
    return this.#house.actions.nextMessage(where, seen, { from: where.messages.length, ...options });
  }

  // Faults.

  fault(fault: RestFault): void {
    this.#house.faults.add(fault);
  }

  rateLimit(where: RateLimited): void {
    this.#house.faults.add(rateLimitFault(where));
  }

  voiceFault(kind: VoiceFaultKind, fault: VoiceFault = {}): void {
    this.#house.voiceFaults.set(kind, fault);
  }

  clearFaults(): void {
    this.#house.faults.clear();
    this.#house.voiceFaults.clear();
  }

  // The world.

  addGuild(plan: GuildPlan = {}): Guild {
    const guild = this.world.addGuild(plan);
    if (!plan.withoutBot) this.gateway.dispatch("GUILD_CREATE", wireGuildCreate(guild), guildsIntent);
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

  /** Sets who may use a slash command, or any of them where none is named: for a role (1), a user (2) or a channel (3). */
  permitCommand(guild: GuildLike, name: string | undefined, permissions: readonly CommandOverwrite[]): void {
    this.commands.overwrite(this.guild(guild), name, permissions);
  }

  closeDms(user: UserLike): void {
    this.user(user).closedDms = true;
  }

  /** Puts a user, who makes no sound and hears none, into a voice channel or out of it. */
  connectUser(user: UserLike, channel: ChannelLike | null, guild?: GuildLike): void {
    const where = channel === null ? undefined : this.channel(channel);
    const home = guild === undefined ? this.#homeOf(user, where) : this.guild(guild);
    this.#house.switchboard.seat(home, this.user(user), where);
  }

  /** Puts a user into a voice channel who really hears what the bot plays there. */
  addListener(guild: GuildLike, channel: ChannelLike, user: UserLike, hearing: Hearing = {}): Listener {
    const home = this.guild(guild);
    const who = { user: this.user(user), guild: home, channel: this.channel(channel, home) };
    this.#house.switchboard.seat(home, who.user, who.channel);
    const listener: Listener = new Listener(who, this.#house.voice.room(who.channel), {
      ...hearing,
      bell: this.#bell,
      onLeave: () => {
        this.#house.voice.removeListener(listener);
        this.#house.switchboard.seat(home, who.user, undefined);
      },
    });
    this.#house.voice.addListener(listener);
    return listener;
  }

  /** The bot's voice in a guild. */
  voice(guild: GuildLike): VoiceLine {
    return new VoiceLine(this.guild(guild), this.world.bot.id, { server: this.#house.voice, bell: this.#bell });
  }

  moveBot(guild: GuildLike, channel: ChannelLike, { closeCode = 4014 } = {}): void {
    const home = this.guild(guild);
    this.#house.switchboard.moveBot(home, this.channel(channel, home), closeCode);
  }

  kickBot(guild: GuildLike, { closeCode = 4014 } = {}): void {
    this.#house.switchboard.removeBot(this.guild(guild), closeCode);
  }

  /** The voice server goes away, or comes back: a server update without or with an endpoint. */
  voiceServer(guild: GuildLike, state: "gone" | "back"): void {
    const home = this.guild(guild);
    const seat = home.voiceStates.get(this.world.bot.id);
    if (!seat) throw new Error("The bot is in no voice channel.");
    this.#house.switchboard.tellServer(home, this.channel(seat.channelId), { gone: state === "gone" });
  }

  deleteChannel(channel: ChannelLike): void {
    const where = this.channel(channel);
    const home = this.world.guildOf(where);
    if (!home) throw new Error("Only a guild's channel can be deleted.");
    home.channels.splice(home.channels.indexOf(where), 1);
    this.gateway.dispatch("CHANNEL_DELETE", wireChannel(where), guildsIntent);
    for (const state of [...home.voiceStates.values()].filter(({ channelId }) => channelId === where.id)) {
      if (state.userId === this.world.bot.id) this.kickBot(home);
      else this.#house.switchboard.seat(home, this.user(state.userId), undefined);
    }
  }

  deleteMessage(message: Message): void {
    this.#house.mailbox.delete(message);
  }

  // The users.

  say(user: UserLike, channel: ChannelLike, content: string, files: readonly GivenFile[] = []): Message {
    return this.#house.actions.say(this.user(user), this.channel(channel), content, files);
  }

  /** Forwards a message into another channel. */
  forward(user: UserLike, message: Message, channel: ChannelLike): Message {
    return this.#house.mailbox.forward(this.user(user), message, this.channel(channel));
  }

  async slash(user: UserLike, channel: ChannelLike, line: string, options: Options = {}): Promise<Interaction> {
    return this.#house.actions.slash(this.user(user), this.channel(channel), line, options);
  }

  async contextMenu(user: UserLike, channel: ChannelLike, name: string, target: Message | User): Promise<Interaction> {
    return this.#house.actions.contextMenu(this.user(user), this.channel(channel), name, target);
  }

  async button(user: UserLike, message: Message, customId: string): Promise<Interaction> {
    return this.#house.actions.button(this.user(user), message, customId);
  }

  async select(user: UserLike, message: Message, customId: string, values: readonly string[]): Promise<Interaction> {
    return this.#house.actions.select(this.user(user), message, customId, values);
  }

  autocomplete(
    user: UserLike,
    channel: ChannelLike,
    line: string,
    typed: { option: string; value: string; others?: Options },
  ): Promise<readonly Choice[]> {
    const all = { others: {}, ...typed };
    return this.#house.actions.autocomplete(this.user(user), this.channel(channel), line, all);
  }

  async modal(user: UserLike, shownBy: Interaction, values: Readonly<Record<string, string>>): Promise<Interaction> {
    return this.#house.actions.modal(this.user(user), shownBy, values);
  }

  #homeOf(user: UserLike, channel: Channel | undefined): Guild {
    const { id } = this.user(user);
    const home = channel
      ? this.world.guildOf(channel)
      : [...this.world.guilds.values()].find(({ voiceStates }) => voiceStates.has(id));
    if (!home) throw new Error("This user sits in no voice channel.");
    return home;
  }
}

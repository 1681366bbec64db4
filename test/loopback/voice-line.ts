/** The bot's voice in one guild as a test sees it, across all its sessions. */
import type { Bell, WaitOptions } from "./bell.ts";
import type { DaveRoom } from "./dave.ts";
import { statsOf, type VoiceStats } from "./packet-log.ts";
import type { VoiceServer } from "./voice-server.ts";
import type { VoiceSession } from "./voice-session.ts";
import type { Guild } from "./world.ts";

export class VoiceLine {
  readonly #guild: Guild;
  readonly #botId: string;
  readonly #server: VoiceServer;
  readonly #bell: Bell;

  constructor(guild: Guild, botId: string, { server, bell }: { server: VoiceServer; bell: Bell }) {
    this.#guild = guild;
    this.#botId = botId;
    this.#server = server;
    this.#bell = bell;
  }

  /** All that ever were, ended ones too. */
  get sessions(): readonly VoiceSession[] {
    return this.#server.sessions.filter(({ seat }) => seat.guild === this.#guild && seat.userId === this.#botId);
  }

  get current(): VoiceSession | undefined {
    return this.#server.session(this.#guild.id, this.#botId);
  }

  get resumes(): number {
    return this.sessions.reduce((sum, { resumes }) => sum + resumes, 0);
  }

  /** Cipher of the present session. */
  get mode(): string | undefined {
    return this.current?.mode;
  }

  /** Whether the bot last said that it speaks. */
  get isSpeaking(): boolean {
    return this.current?.speaking.at(-1) ?? false;
  }

  /** The encrypted group of the channel that the bot is in. */
  get room(): DaveRoom | undefined {
    return this.current && this.#server.room(this.current.seat.channel);
  }

  stats(): VoiceStats {
    return statsOf(this.sessions.map(({ packets }) => packets));
  }

  /** Waits for a session that can send sound. */
  ready(options: WaitOptions = {}): Promise<VoiceSession> {
    const look = () => (this.current?.ready ? this.current : undefined);
    return this.#bell.until(look, { what: "voice connection of the bot", ...options });
  }

  /** Waits until the bot says that it speaks, or that it stopped. */
  async speaks(on: boolean, options: WaitOptions = {}): Promise<void> {
    const look = () => (this.current !== undefined && this.isSpeaking === on ? true : undefined);
    await this.#bell.until(look, { what: on ? "start of speaking" : "end of speaking", ...options });
  }

  /** Waits for so many more packets than now. */
  async packets(more: number, options: WaitOptions = {}): Promise<void> {
    const count = () => this.sessions.reduce((sum, { packets }) => sum + packets.packets, 0);
    const until = count() + more;
    await this.#bell.until(() => (count() >= until ? true : undefined), { what: `${more} more packets`, ...options });
  }

  /** Closes the voice connection; only 4015 and codes below 4000 leave something to resume. */
  close(code: number): void {
    if (this.current) this.#server.close(this.current, code);
  }

  /** Cuts the connection without a word. */
  terminate(): void {
    this.current?.socket?.terminate();
  }
}

/** Every setting of the loopback Discord, with Discord's own values as defaults. */

export interface Settings {
  readonly seed: number;
  readonly token: string;
  readonly botName: string;
  /** Of the main gateway, in ms. */
  readonly heartbeatMs: number;
  /** Of the voice gateway, in ms. */
  readonly voiceHeartbeatMs: number;
  /** How long an interaction may wait for its first callback. */
  readonly callbackDeadlineMs: number;
  /** How long an interaction's token serves edits and follow-ups. */
  readonly tokenLifeMs: number;
  /** How long an attachment's address works. */
  readonly fileLifeMs: number;
  /** Bytes a file; by the guild's premium tier unless told. */
  readonly attachmentSizeLimit: number | undefined;
  /** Requests of one route and channel that a window lets through. */
  readonly rateLimit: { readonly limit: number; readonly windowMs: number };
  /** Intent bits switched on in the portal: all but the privileged ones unless told. */
  readonly intentsAllowed: number;
  /** Transport ciphers in the order offered: the first that a client knows is taken. */
  readonly modes: readonly string[];
  /** DAVE version of ordinary voice channels: 1, or 0 to do without. Stages always do without. */
  readonly daveVersion: 0 | 1;
  /** Closes 4017 for a client that offers no DAVE. */
  readonly requireDave: boolean;
  /** Transition id of a group's first epoch: Discord uses 0, executed at once. */
  readonly firstTransition: number;
  /** Whose commit is taken: whichever comes first, or only the bot's or a listener's. */
  readonly committer: "first" | "bot" | "listener";
  /** The order of the two events that answer op 4; Discord sends the state first. */
  readonly voiceEventOrder: "state-first" | "server-first";
  /** Pause between those two, in ms. */
  readonly voiceEventGapMs: number;
  /** A new identify drops the bot out of voice, as Discord does. */
  readonly newSessionDropsVoice: boolean;
}

export const privilegedIntents = (1 << 1) | (1 << 8) | (1 << 15);

export const defaultSettings: Settings = {
  seed: 1,
  token: "loopback.bot.token",
  botName: "jukebox",
  heartbeatMs: 41_250,
  voiceHeartbeatMs: 5000,
  callbackDeadlineMs: 3000,
  tokenLifeMs: 900_000,
  fileLifeMs: 86_400_000,
  attachmentSizeLimit: undefined,
  rateLimit: { limit: 1000, windowMs: 1000 },
  intentsAllowed: 0x7fffffff & ~privilegedIntents,
  modes: ["aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize"],
  daveVersion: 1,
  requireDave: true,
  firstTransition: 0,
  committer: "first",
  voiceEventOrder: "state-first",
  voiceEventGapMs: 0,
  newSessionDropsVoice: true,
};

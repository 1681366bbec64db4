/** Who may do what in a channel: roles first, then the channel's overwrites, as Discord adds them up. */

/** The permission bits that the double looks at. */
export const permission = {
  administrator: 1n << 3n,
  manageChannels: 1n << 4n,
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  manageMessages: 1n << 13n,
  embedLinks: 1n << 14n,
  attachFiles: 1n << 15n,
  readHistory: 1n << 16n,
  connect: 1n << 20n,
  speak: 1n << 21n,
  muteMembers: 1n << 22n,
  moveMembers: 1n << 24n,
  useVoiceActivity: 1n << 25n,
  useCommands: 1n << 31n,
  requestToSpeak: 1n << 32n,
  sendInThreads: 1n << 38n,
  sendVoiceMessages: 1n << 46n,
  setVoiceStatus: 1n << 48n,
} as const;

export const everything = (1n << 53n) - 1n;

/** What a bot's invitation asks for: everything a music bot needs, no more. */
export const botDefault = 352_118_635_613_184n;

/** What ordinary members may do. */
export const memberDefault =
  permission.viewChannel |
  permission.sendMessages |
  permission.embedLinks |
  permission.attachFiles |
  permission.readHistory |
  permission.connect |
  permission.speak |
  permission.useVoiceActivity |
  permission.useCommands;

export interface Overwrite {
  /** Of a role or a user. */
  readonly id: string;
  readonly type: "role" | "user";
  readonly allow: bigint;
  readonly deny: bigint;
}

export interface GuildInteraction {
  readonly guildId: string;
  readonly userId: string;
  readonly isOwner: boolean;
  /** Permissions of the role that everyone has, and of each role the user has besides. */
  readonly everyone: bigint;
  readonly roles: readonly { readonly id: string; readonly permissions: bigint }[];
}

/** The bits a member has in a channel with these overwrites. */
export function permissionsIn(overwrites: readonly Overwrite[], asking: GuildInteraction): bigint {
  let bits = asking.everyone;
  for (const role of asking.roles) bits |= role.permissions;
  if (asking.isOwner || (bits & permission.administrator) !== 0n) return everything;
  const apply = (chosen: readonly Overwrite[]) => {
    for (const { deny } of chosen) bits &= ~deny;
    for (const { allow } of chosen) bits |= allow;
  };
  const held = new Set(asking.roles.map((role) => role.id));
  apply(overwrites.filter((each) => each.type === "role" && each.id === asking.guildId));
  apply(overwrites.filter((each) => each.type === "role" && held.has(each.id)));
  apply(overwrites.filter((each) => each.type === "user" && each.id === asking.userId));
  return bits;
}

export const has = (bits: bigint, wanted: bigint): boolean => (bits & wanted) === wanted;

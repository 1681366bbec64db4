/** Who may decide over others' songs. */
import { type BaseInteraction, PermissionFlagsBits } from "discord.js";

/** True of members who may manage messages or move people between voice channels. */
export const moderates = ({ memberPermissions }: BaseInteraction<"cached">): boolean =>
  memberPermissions.any(PermissionFlagsBits.ManageMessages | PermissionFlagsBits.MoveMembers);

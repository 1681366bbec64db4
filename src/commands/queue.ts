/** /queue: what is made, what waits, and songs that could not be posted. */
import { InteractionContextType, MessageFlags, SlashCommandBuilder } from "discord.js";
import type { JobView } from "../queue/job.ts";
import { replyTo } from "./ask.ts";
import type { SlashCommand } from "./command.ts";
import { title } from "./text.ts";
import * as texts from "./texts.ts";

export const queue: SlashCommand = {
  kind: "slash",
  answer: "private",
  definition: new SlashCommandBuilder()
    .setName("queue")
    .setDescription(texts.hints.queue)
    .setContexts(InteractionContextType.Guild)
    .toJSON(),

  async run(interaction, context) {
    const jobs = await context.queue.list(interaction.guildId);
    const kept = context.store.clips.kept({ guildId: interaction.guildId, userId: interaction.user.id });
    const under = new Set(jobs.map(({ id }) => id)); // those are being posted
    const mine = kept.filter(({ id }) => !under.has(id)).slice(0, mostAtOnce);
    const lines = jobs.length === 0 ? [texts.nothingWaits] : jobs.slice(0, mostLines).map(lineFor);
    if (jobs.length > mostLines) lines.push(texts.moreSongs(jobs.length - mostLines));
    if (mine.length > 0) lines.push("", texts.keptForYou(mine.length));
    await interaction.editReply(lines.join("\n"));
    for (const clip of mine) {
      const refusal = await context.deliver(clip, replyTo(interaction, context));
      if (refusal !== undefined) await interaction.followUp({ content: refusal, flags: MessageFlags.Ephemeral });
    }
    return undefined;
  },
};

const mostLines = 15;
const mostAtOnce = 5;

const lineFor = ({ id, request, state }: JobView) =>
  `\`${id}\` ${title(request.order.song)} for <@${request.reply.userId}>: ${stateText(state, { isDetailed: true })}`;

/** How far a job is, in a few words; with the levels where there is room. */
export function stateText(state: JobView["state"], { isDetailed = false } = {}): string {
  switch (state.status) {
    case "waiting":
      return texts.waitingText(state.ahead);
    case "generating": {
      const { levels } = state.progress;
      const percent = (share: number) => `${Math.floor(100 * share)} %`;
      const all = percent(levels.reduce((sum, share) => sum + share, 0) / levels.length);
      const each = levels.toReversed().map(percent).join(", ");
      return `generating, ${all}${isDetailed && levels.length > 1 ? ` (rough to fine: ${each})` : ""}`;
    }
    default:
      return "finished, still playing";
  }
}

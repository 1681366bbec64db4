/** /queue: what is made, what waits, and songs that could not be posted. */
import { InteractionContextType, SlashCommandBuilder } from "discord.js";
import type { Job } from "../queue/job.ts";
import { replyTo } from "./ask.ts";
import type { SlashCommand } from "./command.ts";
import { title } from "./text.ts";

export const queue: SlashCommand = {
  kind: "slash",
  answer: "private",
  definition: new SlashCommandBuilder()
    .setName("queue")
    .setDescription("What is being made and what waits, and songs I couldn't post")
    .setContexts(InteractionContextType.Guild)
    .toJSON(),

  async run(interaction, context) {
    const jobs = await context.queue.list(interaction.guildId);
    const kept = context.store.clips.kept({ guildId: interaction.guildId, userId: interaction.user.id });
    const under = new Set(jobs.map(({ id }) => id)); // those are being posted
    const mine = kept.filter(({ id }) => !under.has(id)).slice(0, mostAtOnce);
    const lines = jobs.length === 0 ? ["Nothing is being made here."] : jobs.slice(0, mostLines).map(lineFor);
    if (jobs.length > mostLines) lines.push(`… and ${jobs.length - mostLines} more.`);
    if (mine.length > 0) lines.push("", `I kept ${mine.length === 1 ? "a song" : `${mine.length} songs`} for you:`);
    await interaction.editReply(lines.join("\n"));
    for (const clip of mine) await context.deliver(clip, replyTo(interaction, context));
    return undefined;
  },
};

const mostLines = 15;
const mostAtOnce = 5;

const lineFor = ({ id, request, state }: Job) =>
  `\`${id}\` ${title(request.song)} for <@${request.reply.userId}>: ${wordFor(state)}`;

function wordFor(state: Job["state"]): string {
  switch (state.status) {
    case "waiting":
      return state.ahead === 0 ? "next" : `#${state.ahead + 1} in line`;
    case "making": {
      const { levels } = state.progress;
      return `being made, ${Math.floor((100 * levels.reduce((sum, share) => sum + share, 0)) / levels.length)} %`;
    }
    default:
      return "playing";
  }
}

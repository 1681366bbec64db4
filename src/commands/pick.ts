/** The buttons under candidates: the whole song of one of them is made. */
import { UserError } from "../errors.ts";
import { candidateOf } from "../song/candidates.ts";
import { candidateId } from "../store/codes.ts";
import { ask } from "./ask.ts";
import { clipOf, refuseOtherModel } from "./clip.ts";
import type { ButtonCommand } from "./command.ts";
import { moderates } from "./moderates.ts";

const name = /^([0-9a-f]{8})\.(\d{1,2})$/;

export const pickButton: ButtonCommand = {
  kind: "button",
  answer: "public",
  prefix: "pick:",

  async run(interaction, context) {
    const [, id = "", digits] = name.exec(interaction.customId.slice(pickButton.prefix.length)) ?? [];
    const number = Number(digits);
    const clip = clipOf(interaction.guildId, { id }, context);
    if (!(number >= 1 && number <= (clip.request.candidates ?? 0)))
      throw new UserError("There is no such candidate to pick.");
    if (clip.userId !== interaction.user.id && !moderates(interaction))
      throw new UserError("Those are someone else's candidates. Only they or a moderator can pick one.");
    refuseOtherModel(clip, context);
    const candidate = candidateId(id, number);
    const codes = context.store.codes.of(candidate).map(({ length }) => length);
    const prompt = { clipId: candidate, seconds: clip.request.prompt?.seconds ?? 0, codes };
    return ask(interaction, context, candidateOf(clip.request.song, number), { prompt });
  },
};

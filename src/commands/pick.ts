/** The buttons under candidates: the whole song of one of them is made. */
import { UserError } from "../errors.ts";
import { candidateOf } from "../song/candidates.ts";
import { candidateId } from "../store/codes.ts";
import { ask } from "./ask.ts";
import { clipOf, refuseOtherModel } from "./clip.ts";
import type { ButtonCommand } from "./command.ts";
import { moderates } from "./moderates.ts";
import * as texts from "./texts.ts";

const name = /^([0-9a-f]{8})\.(\d{1,2})$/;

export const pickButton: ButtonCommand = {
  kind: "button",
  answer: "public",
  prefix: "pick:",

  /** A clip that went on by drafts was asked for with /continue. */
  sameAs({ customId, guildId }, { store }) {
    const clip = store.clips.find(guildId, { id: pickedIn(customId).id });
    return clip?.request.order.prompt === undefined ? "jukebox" : "continue";
  },

  async run(interaction, context) {
    const { id, number } = pickedIn(interaction.customId);
    const clip = clipOf(interaction.guildId, { id }, context, texts.noLongerKnown);
    if (!(number >= 1 && number <= (clip.request.order.candidates ?? 0))) throw new UserError(texts.noSuchCandidate);
    if (clip.userId !== interaction.user.id && !moderates(interaction)) throw new UserError(texts.othersCandidates);
    refuseOtherModel(clip, context);
    const candidate = candidateId(id, number);
    const codes = context.store.codes.of(candidate).map(({ length }) => length);
    const prompt = { clipId: candidate, seconds: clip.request.order.prompt?.seconds ?? 0, codes };
    return ask(interaction, context, candidateOf(clip.request.order.song, number), { prompt });
  },
};

function pickedIn(customId: string): { readonly id: string; readonly number: number } {
  const [, id = "", digits] = name.exec(customId.slice(pickButton.prefix.length)) ?? [];
  return { id, number: Number(digits) };
}

/** Which message or clip someone means: the forms in which Discord's clients and people write it down. */

/** What was written. */
export type Reference =
  | { readonly kind: "clip"; readonly id: string }
  | {
      readonly kind: "message";
      readonly messageId: string;
      /** Unknown of a bare id. */
      readonly channelId?: string;
      /** Unknown of an id; "@me" is a direct message. */
      readonly guildId?: string;
    }
  /** A link that ends at a channel. */
  | { readonly kind: "channel" };

const clipId = /^[0-9a-f]{8}$/i;
const messageId = /^\d{15,21}$/;
/** As Shift and "Copy Message ID" has it. */
const channelAndMessage = /^(\d{15,21})-(\d{15,21})$/;
/** Of the web, the app ("discord://-/channels/…") and the test versions ("ptb.", "canary."). */
const link =
  /(?:(?:\w+\.)?discord(?:app)?\.com|discord:\/\/[^\s/]*)\/channels\/(\d{1,21}|@me)\/(\d{1,21})(?:\/(\d{1,21}))?(?![\w-])/i;

/** Reads what was written, in whatever brackets; undefined if it is none of the forms. */
export function readReference(text: string): Reference | undefined {
  const bare = text.trim().replace(/^[<`"'“(]+|[>`"'”),.;]+$/g, "");
  if (clipId.test(bare)) return { kind: "clip", id: bare.toLowerCase() };
  if (messageId.test(bare)) return { kind: "message", messageId: bare };
  const [, channel, message] = channelAndMessage.exec(bare) ?? [];
  if (channel !== undefined && message !== undefined)
    return { kind: "message", channelId: channel, messageId: message };
  const [, guildId, channelId, linked] = link.exec(text) ?? [];
  if (guildId === undefined || channelId === undefined) return undefined;
  return linked === undefined ? { kind: "channel" } : { kind: "message", guildId, channelId, messageId: linked };
}

/** Normalises single characters: removes invisible ones and emoji, and makes styled letters plain. */
import type { Dropped } from "./dropped.ts";

/** One kind of line end, composed letters, no invisible characters, no emoji. */
export function plainSigns(text: string, dropped: Dropped): string {
  const seen = withEntities(text)
    .toWellFormed()
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]|(?:\\r)?\\n/g, "\n")
    .normalize("NFC")
    .replace(disguised, (letter) => letter.normalize("NFKC"));
  const plain = seen.replace(emoji, " ");
  if (plain !== seen) dropped.add("emoji");
  return plain
    .replace(/[^\P{Cc}\n]/gu, " ")
    .replace(invisible, "")
    .replace(/(?<=\p{L})[`´ʼ‘′＇](?=\p{L})/gu, "'");
}

/** Zero-width characters, direction marks, soft hyphens, non-characters. */
const invisible = /\p{Cf}|\p{Co}|\p{Cn}|\p{Variation_Selector}|\u034f|[\u115f\u1160\u3164\uffa0\ufffd]/gu;

/** Pictures, flags, skin tones, notes, keys such as 1️⃣ and signs such as ™. */
const emoji =
  /[0-9#*]\ufe0f?\u20e3|[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\u2669-\u266c]|(?<!\S)(?:<\/?3+|[:;=][-']?[DPpO3]|[xX]D+)(?!\S)/gu;

/** Letters and digits of other typefaces: 𝓐, Ａ, Ⓐ, ﬁ. */
const disguised = /[\u{1d400}-\u{1d7ff}\uff01-\uff5e\u24b6-\u24e9\ufb00-\ufb06\u{1f110}-\u{1f149}]/gu;

const entities: Readonly<Record<string, string>> = {
  ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", shy: "", zwj: "", zwnj: "", lrm: "", rlm: "" },
  ...{ hellip: "…", ndash: "–", mdash: "—", lsquo: "‘", rsquo: "’", ldquo: "“", rdquo: "”", laquo: "«", raquo: "»" },
};
const lastCodePoint = 0x10ffff;

/** HTML character references. */
function withEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-z]{2,6}));/g, (all, decimal, hex, name) => {
    if (name !== undefined) return Object.hasOwn(entities, name) ? entities[name]! : all;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= lastCodePoint ? String.fromCodePoint(code) : "";
  });
}

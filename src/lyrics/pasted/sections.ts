/** Removes section names, repeats and chords. */
import type { Dropped } from "./dropped.ts";

const listed = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/).filter(Boolean));

/** Section names, also without brackets. */
const names = listed(`verse chorus prechorus postchorus bridge refrain hook intro outro interlude instrumental
  куплет припев припева предприпев бридж проигрыш рефрен запев аутро приспів заспів програш прыпеў
  strophe couplet refrão estribillo estrofa ritornello strofa zwrotka refren`);
/** Ordinary words that name a section only in brackets, before a colon or with a number. */
const otherNames = listed(`solo break breakdown drop coda ending part vers verso coro puente ponte pont rap spoken skit
  build tag soloist end вступление интро кода соло переход речитатив хор концовка инструментал куплеты часть вступ`);
const withNames =
  listed(`pre post final last first second third fourth repeat all both male female vocal guitar piano drum
  bass sax violin and the to fade in out x х × times time последний первый второй третий повтор повторить раз раза р
  гитарное гитарный пре пост финальный i ii iii iv v vi vii viii`);
const repeat =
  /^(?:repeat\s?)?(?:[x×х*]\s?\d{1,2}|\d{1,2}\s?(?:[x×х]|times?|раза?|рази?|р|veces|mal|fois|volte|razy)|bis|repeat|twice|дважды|трижды|повтор\p{L}{0,8})\.?$/iu;
const chord = /^[A-G][#b♭♯]?(?:maj|min|dim|aug|sus|add|m|M|\+)?\d{0,2}(?:sus\d|[#b]\d{1,2})?(?:\/[A-G][#b♭♯]?)?$/;

/** Removes them from a line; empty for a heading. */
export function withoutSections(line: string, dropped: Dropped): string {
  const sung = withoutChords(line, dropped);
  if (isHeading(sung)) {
    dropped.add(repeat.test(bare(sung)) ? "repeat marks" : "section names");
    return "";
  }
  const rest = withoutHeading(sung, dropped);
  const once = rest
    .replace(/[[({]([^[\](){}]{1,40})[\])}]/g, (all, inside) => (isMark(inside) ? "" : all))
    .replace(/(?<=[\s/|)»"!?.,-])[x×х]\s?\d{1,2}\s{0,8}$/iu, "")
    .replace(/(?<=\s)\d{1,2}[x×х]\s{0,8}$/iu, "");
  if (once !== rest) dropped.add("repeat marks");
  return once;
}

const bare = (text: string): string =>
  text
    .replace(/[[\](){}|/\\.:]/g, " ")
    .replace(/\s+/g, " ")
    .trim();

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
const isNumber = (word: string): boolean => /^\d{1,2}\p{L}{0,2}$|^[x×х]\d{1,2}$/u.test(word);

/** Whether a text is only the name of a section. */
function isName(text: string, alone: boolean): boolean {
  if (text.length > 60) return false;
  const words = wordsOf(text);
  const named = words.some((word) => names.has(word));
  const other = words.some((word) => otherNames.has(word));
  const numbered = words.some((word) => isNumber(word) || /^[ivx]{1,4}$/.test(word));
  const known = (word: string) => names.has(word) || otherNames.has(word) || withNames.has(word) || isNumber(word);
  return words.every((word) => known(word) || word === "й") && (named || (other && (!alone || numbered)));
}

const isMark = (inside: string): boolean => repeat.test(inside.trim()) || isName(inside, false);

function isHeading(line: string): boolean {
  const text = line.trim();
  if (/^(?:\[[^[\]]*\]\s{0,8})+:?$/.test(text)) return true; // on lyric pages nothing sung is in square brackets
  const [, inside] = /^[({]([^(){}]*)[)}]:?$/.exec(text) ?? [];
  if (inside !== undefined) return isMark(inside);
  if (repeat.test(text) && !/^(?:bis|repeat|twice|дважды|трижды|повтор)/i.test(text)) return true;
  if (isName(text, !/:$/.test(text))) return true;
  const [, before] = /^([\p{L}-]{3,20}(?:\s?\d{1,2})?)(?:\s[-–—(]|(?<=\d)[,(])/u.exec(text) ?? [];
  return before !== undefined && text.length < 60 && isName(before, true);
}

/** Removes the prefix of "Chorus: la la" and "[Bob:] la la". */
function withoutHeading(line: string, dropped: Dropped): string {
  const [, bracketed, inside] = /^(\s{0,8}\[([^[\]]*)\]:?)/.exec(line) ?? [];
  const colon = line.indexOf(":");
  const drop =
    bracketed !== undefined && (isMark(inside!) || /:$/.test(inside!.trim()) || bracketed.endsWith(":"))
      ? bracketed.length
      : colon > 0 && isName(line.slice(0, colon), false)
        ? colon + 1
        : 0;
  if (drop > 0) dropped.add("section names");
  return line.slice(drop);
}

/** Removes chords in square brackets, and lines of chords. */
function withoutChords(line: string, dropped: Dropped): string {
  const tokens = line.trim().split(/[\s|]+/);
  const chords = tokens.length > 1 && tokens.every((token) => token === "" || chord.test(token));
  const sung =
    chords && tokens.some((token) => token.length > 1)
      ? ""
      : line.replace(/\[([^[\]]{1,12})\]/g, (all, inside) => (chord.test(inside) ? "" : all));
  if (sung !== line) dropped.add("chords");
  return sung;
}

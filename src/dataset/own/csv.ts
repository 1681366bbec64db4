/** Parses CSV (RFC 4180, also with semicolons, tabs or bars); each row has its line number. */

export interface Row {
  /** From 1. */
  readonly line: number;
  readonly fields: readonly string[];
  /** What is wrong with it. */
  readonly damage?: string;
}

const separators = [",", ";", "\t", "|"] as const;

/**
 * Rows that are not empty. The separator is detected in the first line, or declared by Excel's "sep=;". An unclosed quote
 * gives one last, damaged row.
 */
export function rowsIn(text: string): Row[] {
  const plain = text.replace(/^\ufeff/, "");
  const declared = /^"?sep=(.)"?[^\S\r\n]*(?:\r\n?|\n)/i.exec(plain);
  const separator = declared?.[1] ?? separatorOf(plain.split(/\r\n?|\n/, 1)[0]!);
  const rows: Row[] = [];
  for (let at = declared?.[0].length ?? 0, line = declared ? 2 : 1; at < plain.length; ) {
    const { row, end } = readRow(plain, at, line, separator);
    if (row.damage || row.fields.some((field) => field.trim() !== "")) rows.push(row);
    line += plain.slice(at, end).match(/\r\n?|\n/g)?.length ?? 0;
    at = end;
  }
  return rows;
}

/** Ignores separators in quotes. */
function separatorOf(first: string): string {
  const plain = first.replace(/"[^"]*"/g, "");
  return separators.reduce((most, one) => (plain.split(one).length > plain.split(most).length ? one : most));
}

function readRow(text: string, from: number, line: number, separator: string): { row: Row; end: number } {
  const fields: string[] = [];
  let at = from;
  let damage: string | undefined;
  for (;;) {
    const field = text[at] === '"' ? quoted(text, at) : bare(text, at, separator);
    fields.push(field.value);
    at = field.end;
    if (field.open) damage = "a quote in it never ends, so all that follows is lost";
    if (text[at] === separator) {
      at++;
      continue;
    }
    if (at < text.length && text[at] !== "\n" && text[at] !== "\r") {
      damage ??= "something follows a closing quote";
      at = bare(text, at, separator).end;
      if (text[at] === separator) {
        at++;
        continue;
      }
    }
    if (text[at] === "\r") at++;
    if (text[at] === "\n") at++;
    return { row: { line, fields, ...(damage !== undefined && { damage }) }, end: at };
  }
}

interface Field {
  readonly value: string;
  /** Position behind it. */
  readonly end: number;
  readonly open?: boolean;
}

/** Two quotes mean one. */
function quoted(text: string, from: number): Field {
  let value = "";
  for (let at = from + 1; ; ) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return { value: value + text.slice(at), end: text.length, open: true };
    value += text.slice(at, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    at = quote + 2;
  }
}

function bare(text: string, from: number, separator: string): Field {
  let end = from;
  while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end++;
  return { value: text.slice(from, end), end };
}

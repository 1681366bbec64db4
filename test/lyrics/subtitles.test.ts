/** Lyrics as LRC and WebVTT, read back by plain parsers of their grammars. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Alignment, SungLine } from "../../src/lyrics/alignment.ts";
import { enhancedLrcOf, lrcOf, webVttOf } from "../../src/lyrics/subtitles.ts";
import { seeded } from "../support/random.ts";

interface Timed {
  readonly text: string;
  readonly at: number;
}

const line = (to: number, ...words: readonly (readonly [string, number])[]): SungLine => ({
  text: words.map(([text]) => text).join(" "),
  from: words[0]![1],
  to,
  words: words.map(([text, from], at) => ({ text, from, to: words[at + 1]?.[1] ?? to, starts: [], confidence: 1 })),
});

const song: Alignment = {
  confidence: 1,
  lines: [
    line(3.5, ["Rain", 1.234], ["is", 1.6], ["falling", 2.001]),
    line(3725.5, ["Nobody", 3723.004], ["knows", 3724]),
  ],
};

/** Times in seconds. Refuses whatever is not in the grammar of enhanced LRC. */
function readLrc(file: string): { tags: Record<string, string>; lines: { at: number; end: number; words: Timed[] }[] } {
  const seconds = (minutes: string, rest: string): number => 60 * Number(minutes) + Number(rest);
  const tags: Record<string, string> = {};
  const lines: { at: number; end: number; words: Timed[] }[] = [];
  assert.ok(file.endsWith("\n"));
  for (const row of file.slice(0, -1).split("\n")) {
    const tag = /^\[([a-z]+):([^[\]<>\p{Cc}]*)\]$/u.exec(row);
    const timed = /^\[(\d\d+):([0-5]\d\.\d\d)\](.*)$/.exec(row);
    if (tag) tags[tag[1]!] = tag[2]!;
    else {
      assert.ok(timed, `a line that is neither tag nor time: ${JSON.stringify(row)}`);
      const parts = [...timed[3]!.matchAll(/<(\d\d+):([0-5]\d\.\d\d)>([^[\]<>\p{Cc}]*)/gu)];
      assert.equal(parts.map(([all]) => all).join(""), timed[3], "nothing but times and words");
      const words = parts.map(([, minutes, rest, text]) => ({ at: seconds(minutes!, rest!), text: text!.trim() }));
      const end = words.pop()!;
      assert.equal(end.text, "");
      lines.push({ at: seconds(timed[1]!, timed[2]!), end: end.at, words });
    }
  }
  return { tags, lines };
}

/** Milliseconds. Refuses what the WebVTT standard calls no conforming file: order, times inside of cues, escapes. */
function readVtt(file: string): { from: number; to: number; words: (Omit<Timed, "at"> & { at?: number })[] }[] {
  const time = (text: string): number => {
    const [, hours, minutes, rest] = /^(\d\d+):([0-5]\d):([0-5]\d\.\d{3})$/.exec(text)!;
    return Math.round(1000 * (3600 * Number(hours) + 60 * Number(minutes) + Number(rest)));
  };
  assert.doesNotMatch(file, /[\0\r]/);
  const [head, ...blocks] = file.replace(/\n$/, "").split(/\n{2,}/);
  assert.equal(head, "WEBVTT");
  let last = 0;
  return blocks.map((block) => {
    const [times, text, ...rest] = block.split("\n");
    assert.deepEqual(rest, [], "a cue of one line");
    const [, start, end] = /^([\d:.]+) --> ([\d:.]+)$/.exec(times!)!;
    const [from, to] = [time(start!), time(end!)];
    assert.ok(from >= last && to > from);
    last = from;
    assert.ok(!text!.includes("-->"));
    let before = from;
    const words = text!.split(" ").map((word) => {
      const [, , stamp, said] = /^(<([\d:.]+)>)?([^<>]*)$/.exec(word)!;
      const plain = said!.replace(/&(\w*;?)/g, (_, name: string) => ({ "amp;": "&", "lt;": "<", "gt;": ">" })[name]!);
      assert.ok(!plain.includes("undefined"), word);
      if (stamp === undefined) return { text: plain };
      const at = time(stamp);
      assert.ok(at > before && at < to, `${stamp} in order and inside of its cue`);
      before = at;
      return { text: plain, at };
    });
    return { from, to, words };
  });
}

test("LRC with word times has the song's name and length, each line's and each word's time to a hundredth, and the line's end", () => {
  const { tags, lines } = readLrc(enhancedLrcOf(song, { title: "jazz", artist: "The Copper Owls", seconds: 3750.4 }));
  assert.deepEqual(tags, { ti: "jazz", ar: "The Copper Owls", length: "62:30" });
  assert.deepEqual(lines, [
    {
      at: 1.23,
      end: 3.5,
      words: [
        { text: "Rain", at: 1.23 },
        { text: "is", at: 1.6 },
        { text: "falling", at: 2 },
      ],
    },
    {
      at: 3723,
      end: 3725.5,
      words: [
        { text: "Nobody", at: 3723 },
        { text: "knows", at: 3724 },
      ],
    },
  ]);
});

test("LRC with word times is as players expect it, to the letter", () => {
  assert.equal(
    enhancedLrcOf({ ...song, lines: song.lines.slice(0, 1) }, { seconds: 20 }),
    "[length:00:20]\n[00:01.23]<00:01.23>Rain <00:01.60>is <00:02.00>falling<00:03.50>\n",
  );
});

test("plain LRC has a time a line, an empty one where a pause begins, and one at the song's end", () => {
  const near = [...song.lines.slice(0, 1), line(6, ["again", 4], ["<3>", 5])];
  assert.equal(
    lrcOf({ lines: [...near, song.lines[1]!], confidence: 1 }, { title: "jazz", artist: "[Bob]", seconds: 3750.4 }),
    `[ti:jazz]
[ar:(Bob)]
[length:62:30]
[00:01.23]Rain is falling
[00:04.00]again ‹3›
[00:06.00]
[62:03.00]Nobody knows
[62:30.40]
`,
  );
  assert.equal(
    lrcOf({ lines: near.slice(0, 1), confidence: 1 }, { seconds: 2 }),
    "[length:00:02]\n[00:01.23]Rain is falling\n[00:03.50]\n",
  );
  assert.equal(lrcOf({ lines: [], confidence: 1 }, { seconds: 2 }), "[length:00:02]\n");
});

test("WebVTT has a cue a line, and a timestamp before each word but the first", () => {
  assert.deepEqual(readVtt(webVttOf(song)), [
    { from: 1234, to: 3500, words: [{ text: "Rain" }, { text: "is", at: 1600 }, { text: "falling", at: 2001 }] },
    { from: 3_723_004, to: 3_725_500, words: [{ text: "Nobody" }, { text: "knows", at: 3_724_000 }] },
  ]);
});

test("WebVTT is as players expect it, to the letter", () => {
  assert.equal(
    webVttOf({ ...song, lines: song.lines.slice(0, 1) }),
    "WEBVTT\n\n00:00:01.234 --> 00:00:03.500\nRain <00:00:01.600>is <00:00:02.001>falling\n",
  );
});

test("a song in which nothing is sung has files without lines", () => {
  const nothing = { lines: [], confidence: 0 };
  assert.deepEqual(readLrc(enhancedLrcOf(nothing, { seconds: 5 })).lines, []);
  assert.deepEqual(readVtt(webVttOf(nothing)), []);
});

test("words sung at once, or in no time at all, still make a file that keeps to the standard", () => {
  const hasty = line(2, ["a", 2], ["b", 2], ["c", 2]);
  assert.deepEqual(readVtt(webVttOf({ lines: [hasty], confidence: 1 })), [
    { from: 2000, to: 2001, words: [{ text: "a" }, { text: "b" }, { text: "c" }] },
  ]);
  assert.equal(readLrc(enhancedLrcOf({ lines: [hasty], confidence: 1 }, { seconds: 5 })).lines[0]!.words.length, 3);
});

test("hostile words stay words: what could be read as times, tags, escapes or new lines is made harmless", () => {
  const pieces = [
    "-->",
    "<",
    ">",
    "&",
    "&lt;",
    "[00:01.00]",
    "<00:00:01.000>",
    "\n",
    "\n\n",
    "\r",
    "\0",
    "\u2028",
    "\ud800",
    "]",
    "é",
    "a",
    "NOTE",
    "WEBVTT",
    "\u0085",
  ];
  const random = seeded(5);
  for (let turn = 0; turn < 300; turn++) {
    const words = Array.from({ length: 1 + Math.floor(6 * random()) }, (_, at) => {
      const word = Array.from(
        { length: 1 + Math.floor(4 * random()) },
        () => pieces[Math.floor(random() * pieces.length)]!,
      );
      return [word.join(""), at + random()] as const;
    });
    const hostile = { lines: [line(10, ...words)], confidence: 1 };
    const clean = words.map(([text]) =>
      text
        .toWellFormed()
        .replace(/[\p{Cc}\u2028\u2029]/gu, " ")
        .split(" ")
        .filter(Boolean)
        .join(""),
    );
    const vtt = readVtt(webVttOf(hostile));
    assert.equal(vtt.length, 1);
    assert.equal(vtt[0]!.words.map(({ text }) => text).join(""), clean.join(""));
    const { tags, lines } = readLrc(
      enhancedLrcOf(hostile, { title: words[0]![0], artist: words.at(-1)![0], seconds: 10 }),
    );
    assert.deepEqual(Object.keys(tags), ["ti", "ar", "length"]);
    assert.equal(lines.length, 1);
    const brackets = (text: string): string =>
      text.replaceAll("<", "‹").replaceAll(">", "›").replaceAll("[", "(").replaceAll("]", ")");
    assert.equal(lines[0]!.words.map(({ text }) => text.replaceAll(" ", "")).join(""), brackets(clean.join("")));
  }
});

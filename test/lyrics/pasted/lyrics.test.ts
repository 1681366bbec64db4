/** Lyrics as people paste them: what is sung of each line, and what is said of the rest. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../../src/errors.ts";
import { lyricsFrom, lyricsToSing } from "../../../src/lyrics/pasted/lyrics.ts";
import { seeded } from "../../support/random.ts";

const sung = (...lines: readonly string[]): string => lyricsFrom(lines.join("\n")).text;

test("plain lyrics stay as they are, line by line and verse by verse", () => {
  const plain = `Don’t stop (ooh, ooh) — it's half past 12:30
“Là là”, a bridge to nowhere; C'est la vie!

Ой, мороз, мороз, не морозь меня
(don't let me go)
Solo una vez`;
  assert.deepEqual(lyricsFrom(plain), { text: plain, notes: [] });
  assert.equal(sung("\ufeff  One ", "", "", "  two\r", "three  four\t", ""), "One\n\ntwo\nthree four");
});

test("names of sections are not sung, in any of the ways that they are written", () => {
  for (const heading of [
    ...[
      "[Verse 1]",
      "[Chorus x2]",
      "[Verse 1: Bob & Alice]",
      "[Intro] [x2]",
      "[Instrumental Break]",
      "[Припев]",
      "[?]",
    ],
    ...["(Bridge)", "(Chorus x2)", "(Припев 2 раза)", "(2x)", "(repeat)", "{Refrain}", "(Verse)"],
    ...[
      "Chorus:",
      "Verse 1",
      "VERSE 2:",
      "Pre-Chorus",
      "Post-chorus:",
      "Bridge",
      "Outro",
      "Final Chorus",
      "Repeat chorus",
    ],
    ...[
      "Припев:",
      "Куплет 2",
      "КУПЛЕТ 2:",
      "2-й куплет",
      "2 куплет:",
      "Проигрыш",
      "Вступление:",
      "Приспів:",
      "Припев (2 раза)",
    ],
    ...[
      "**Verse 1**",
      "## Chorus",
      "--- Chorus ---",
      "=== ПРИПЕВ ===",
      "Verse 2 - Bob",
      "Chorus (Bob)",
      "Solo:",
      "Part II",
    ],
    ...["Strophe 1", "Couplet 2", "Refrão:", "Coro:", "Zwrotka 1"],
  ])
    assert.equal(sung("la", heading, "lo"), "la\nlo", heading);
  assert.equal(
    sung("Chorus: sing along", "Припев: ой, мороз", "[Bob:] hi", "[Chorus] la la"),
    "sing along\nой, мороз\nhi\nla la",
  );
  assert.deepEqual(lyricsFrom("[Verse 1]\nla").notes, ["Not sung: section names."]);
});

test("marks of repeats are not sung", () => {
  for (const mark of ["(x2)", "(2x)", "[x2]", "x2", "×3", "(х2)", "(2 раза)", "(bis)", "(repeat)", "(2 times)", "x 2"])
    assert.equal(sung(`la la ${mark}`, "lo"), "la la\nlo", mark);
  assert.deepEqual(lyricsFrom("la (x2)").notes, ["Not sung: repeat marks."]);
});

test("an LRC file is sung without its times and details, each line as often as it has times", () => {
  assert.equal(
    sung(
      "[ar:Bob]",
      "[ti:Song]",
      "[length:00:20]",
      "[by:x]",
      "[offset:+5]",
      "[00:01.23]Rain",
      "[00:03.5] is falling",
      "[00:04]",
      "[1:02:33]down",
    ),
    "Rain\nis falling\n\ndown",
  );
  assert.equal(sung("[00:01.23]<00:01.23>Rain <00:01.60>fal<00:01.80>ling<00:03.50>"), "Rain falling");
  assert.equal(sung("[00:10.00][00:30.00]Again", "[00:20.00]Once"), "Again\nOnce\nAgain");
  assert.deepEqual(lyricsFrom("[ar:Bob]\n[00:01.00]la").notes, ["Not sung: song details and time stamps."]);
});

test("subtitles are sung without cues, notes and tags", () => {
  const vtt = `WEBVTT - a song
Kind: captions

NOTE nobody
sings this

STYLE
::cue { color: red }

first
00:00:01.234 --> 00:00:03.500 align:left
Rain <00:00:01.600>is <00:00:02.001>falling &amp; <c.red>falling</c>

00:04.000 --> 00:05.000
<v Bob>Oh</v>`;
  assert.equal(sung(vtt), "Rain is falling & falling\n\nOh");
  const srt =
    "1\r\n00:00:01,234 --> 00:00:03,500\r\n<i>Rain</i>\r\n- is\r\n\r\n2\r\n00:00:04,000 --> 00:00:05,000\r\n{\\an8}down\r\n";
  assert.equal(sung(srt), "Rain\nis\n\ndown");
  assert.equal(sung("0:01", "la", "1:02:03", "lo"), "la\nlo");
});

test("code and spoilers are not sung, over lines neither; a mark without its partner hides nothing", () => {
  assert.equal(
    sung("a ||secret|| b", "c `code` d", "```js", "let x;", "```", "e ||two", "lines|| f"),
    "a b\nc d\n\ne f",
  );
  assert.equal(
    sung("a || b", "don`t stop", "rock `n roll, `tis true", "``` la"),
    "a || b\ndon't stop\nrock `n roll, `tis true\n``` la",
  );
  assert.deepEqual(lyricsFrom("||a|| `b` c").notes, ["Not sung: code and spoilers."]);
});

test("links, mentions and emoji are not sung", () => {
  const gone = [
    ...[
      "https://a.example/b_c?d=e#f",
      "<https://a.example>",
      "www.example.com",
      "example.com/song",
      "genius.com",
      "me@example.com",
    ],
    ...["<@123>", "<@!1>", "<@&2>", "<#3>", "@everyone", "@here", "@some_one", "<t:1:R>", "</sing:12>"],
    ...[
      "<:wave:123456789012345678>",
      "<a:dance:5>",
      ":smile:",
      ":wave::skin-tone-2:",
      "😀",
      "👨‍👩‍👧",
      "🇫🇷",
      "1️⃣",
      "❤️",
      "♪",
      "<3",
      "xD",
    ],
  ];
  for (const one of gone) assert.equal(sung(`oh ${one} yes`), "oh yes", one);
  assert.equal(sung("read [my words](https://a.example) now."), "read my words now.");
  assert.equal(sung("Love <me> or leave. End it, l@ve"), "Love <me> or leave. End it, l@ve");
});

test("Markdown, HTML and invisible characters leave the words that they dress", () => {
  assert.equal(
    sung("# **Oh** __my__ ~~dear~~ *friend*", "> quoted", ">>> all", "-# small", "- one", "***"),
    "Oh my dear friend\nquoted\nall\nsmall\none",
  );
  assert.equal(sung("ze\u200bro wi\u00addth \u202eback\u202c \ufeffend"), "zero width back end");
  assert.equal(
    sung("don&#39;t &lt;i&gt;stop&lt;/i&gt; &amp; go&nbsp;on", "can´t won`t ﬁne 𝓱𝓮𝓵𝓵𝓸 Ａ"),
    "don't stop & go on\ncan't won't fine hello A",
  );
  assert.equal(sung("и\u0306од e\u0301"), "йод é");
  assert.equal(sung("don\\'t \\*stop\\* \\|\\|now\\|\\|", "one\\ntwo"), "don't stop now\none\ntwo");
});

test("chords are not sung", () => {
  assert.equal(sung("Am   F  C/G  G7", "[Am]Hel[F#m7]lo", "A B C", "I am Am"), "Hello\nA B C\nI am Am");
});

test("what is cleaned is not cleaned again", () => {
  for (const text of ["[Verse]\n**la** ||x|| (x2)\n\n[00:01.00]lo :a: `b`", "> - la\nChorus: lo"]) {
    const once = lyricsFrom(text).text;
    assert.deepEqual(lyricsFrom(once), { text: once, notes: [] });
  }
});

test("lyrics of which nothing is left are refused, with what was left out", () => {
  assert.throws(
    () => lyricsToSing("[Verse 1]\nhttps://a.example"),
    (error) =>
      error instanceof UserError &&
      error.message ===
        "There is nothing to sing in these lyrics: write them in letters. Not sung: section names and links.",
  );
});

const pieces = [
  "[",
  "]",
  "(",
  ")",
  "<",
  ">",
  "|",
  "||",
  "`",
  "```",
  "-",
  "a",
  "Я",
  ".",
  "_",
  "*",
  ":",
  "@",
  "&#",
  ";",
  "1",
  "x2",
  " ",
  "\n",
];
const more = [
  "[00:00.00]",
  "[a](http://",
  "https://",
  "-->",
  "00:01.00 --> 00:02.00",
  "\\n",
  "{\\",
  "😀",
  "\u0301",
  "#",
  "~",
  "<c",
  "Chorus",
  "WEBVTT",
];

/** Five times the text in some five times the time: what grows with the square would take minutes. */
test("hostile text is cleaned in time that grows with its length", { timeout: 60_000 }, () => {
  for (const piece of [...pieces, ...more]) {
    const many = piece.repeat(100_000 / piece.length);
    for (const text of [many, `a${many}a`, `${many}]`, `${many} ${many}`]) lyricsFrom(text);
  }
  const random = seeded(7);
  const all = [...pieces, ...more];
  for (let turn = 0; turn < 200; turn++) {
    const text = Array.from({ length: 400 }, () => all[Math.floor(random() * all.length)]!).join("");
    const clean = lyricsFrom(text).text;
    assert.ok(clean.length <= 20 * text.length);
    assert.doesNotMatch(clean, /[\p{Cf}\0]|😀/u);
  }
});

/** One server listens to a song while another one sends the worst that members can type: the music goes on. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readVocabulary } from "../../src/inference/vocabulary.ts";
import { readModelConfig } from "../../src/model/folder.ts";
import { aTown } from "../e2e/support.ts";
import { fakeEngine } from "../fakes/engine.ts";
import type { Interaction } from "../loopback/interaction.ts";

const garage = join(import.meta.dirname, "../../models/garage");

/** A frame every 20 ms, and no two further apart than this. */
const mostBusyMs = 60;
const seconds = 30;
const patient = { timeout: 120_000 };

const letters = (from: number, step: number) =>
  Array.from({ length: 6000 }, (_, at) => String.fromCodePoint(from + ((at * step) % 0x2000))).join("");
const whole = (part: string) => part.repeat(6000 / part.length);

/** Of 6,000 characters, Discord's most: of many words, of one, of none, of signs, of other scripts. */
const worst: Readonly<Record<string, string>> = {
  "3,000 letters": "ab".repeat(1500),
  "6,000 letters": whole("ba"),
  "held together by apostrophes": whole("a'"),
  "words of 60 letters": whole(`${"abc".repeat(20)}`.padEnd(75, " x")),
  "one line of short words": whole("a "),
  "short lines": whole("o / "),
  "words that no dictionary has": whole("blorp zag "),
  digits: whole("9 8 7"),
  "Chinese letters": letters(0x4e00, 7),
  "letters of every script": letters(0x100, 7),
  "letters in disguise": "𝓐".repeat(3000),
  accents: `a${"\u0301".repeat(5999)}`,
  links: whole("[a]("),
  blanks: `${" ".repeat(5999)}a`,
};

/** The longest that this thread has worked without letting timers run, in processor time: other programs' share doesn't count. */
function watchThread(t: Parameters<typeof aTown>[0]) {
  const cpu = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let [before, longest] = [cpu(), 0];
  const clock = setInterval(() => {
    const now = cpu();
    longest = Math.max(longest, now - before);
    before = now;
  }, 2);
  t.after(() => clearInterval(clock));
  return {
    get longest() {
      return longest;
    },
  };
}

async function aSingersTown(t: Parameters<typeof aTown>[0]) {
  const fake = fakeEngine();
  const { artists, genres, bands, metre, rules, sampleRate } = await readVocabulary(
    garage,
    await readModelConfig(garage),
  );
  const engine = { ...fake, model: { ...fake.model, artists, genres, bands, metre: metre!, rules, sampleRate } }; // the garage counts beats
  return aTown(t, { engine, config: { QUEUE_PER_USER: "50" } });
}

test("no frame is late for what another server types", async (t) => {
  const { discord, guild } = await aSingersTown(t);
  const away = discord.addGuild({ name: "Away", text: ["lobby"], voice: ["Bar"], users: ["dee"] });
  const lobby = discord.channel("lobby", away);
  const ada = discord.addListener(guild, "Music", "ada");
  await discord.slash("ada", "general", "jukebox", { seconds, seed: 1 });
  await ada.hears(1, patient);
  const thread = watchThread(t);
  const answered = (asked: Interaction) => asked.reply(({ content }) => content !== "", patient);
  for (const [kind, lyrics] of Object.entries(worst)) {
    const before = thread.longest;
    await answered(await discord.slash("dee", lobby, "jukebox", { lyrics, seconds: 12, seed: 1 }));
    if (thread.longest > before) t.diagnostic(`${kind}: ${thread.longest.toFixed(1)} ms`);
  }
  const names = {
    genre: "[a](".repeat(25),
    artist: "愛".repeat(100),
    mood: "</a".repeat(33),
    chords: "C|".repeat(100),
  };
  for (const [name, text] of Object.entries(names))
    await answered(await discord.slash("dee", lobby, "jukebox", { [name]: text, seconds: 12 }));
  for (const text of ["</a".repeat(666), "[a](".repeat(500), "<a:b".repeat(500), "> ".repeat(1000)])
    await answered(await discord.contextMenu("dee", lobby, "Sing this message", discord.say("dee", lobby, text)));
  assert.ok(discord.voice(guild).isSpeaking, "the song outlasts all that was typed");
  t.diagnostic(JSON.stringify(ada.stats));
  assert.ok(thread.longest <= mostBusyMs, `a frame waited for ${thread.longest} ms of other work`);
  assert.deepEqual([ada.stats.failed, ada.stats.plain], [0, 0]);
  assert.deepEqual(discord.findings, []);
});

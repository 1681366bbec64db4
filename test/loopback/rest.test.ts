/** REST on the double: faults, rules and findings, with the real discord.js as client. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DiscordAPIError, HTTPError, Routes } from "discord.js";
import { startClient } from "./client.ts";
import type { Message } from "./message.ts";
import { onStage, type Stage } from "./stage.ts";

const hasCode = (code: number) => (error: unknown) => error instanceof DiscordAPIError && error.code === code;

const send = ({ client, discord }: Stage, body: object, channel = "general") =>
  client.rest.post(Routes.channelMessages(discord.channel(channel).id), { body });

const quiet = { allowed_mentions: { parse: [] } };

const button = (id: string) => ({ type: 2, style: 1, label: "x", custom_id: id });
const row = (components: readonly object[]) => ({ type: 1, components });

describe("REST faults", () => {
  it(
    "a rate limit is waited out and told",
    onStage({}, async (stage) => {
      const { discord, client } = stage;
      const told = new Promise<number>((resolve) =>
        client.rest.once("rateLimited", ({ retryAfter }) => resolve(retryAfter)),
      );
      discord.rateLimit({ path: "/channels/*/messages", retryAfter: 0.1 });
      await send(stage, { content: "hello", ...quiet });
      assert.ok((await told) >= 100);
      const statuses = discord.requests.filter(({ path }) => path.endsWith("/messages")).map(({ status }) => status);
      assert.deepEqual(statuses, [429, 200]);
      assert.equal(discord.invalidRequests, 1);
    }),
  );

  it(
    "a full bucket is respected by the client before it is ever refused",
    onStage({ rateLimit: { limit: 2, windowMs: 200 } }, async (stage) => {
      for (let n = 0; n < 5; n++) await send(stage, { content: `${n}`, ...quiet });
      assert.equal(stage.discord.invalidRequests, 0);
      assert.equal(stage.discord.channel("general").messages.length, 5);
    }),
  );

  it(
    "a broken server is asked four times, then given up",
    onStage({}, async (stage) => {
      const { discord } = stage;
      discord.fault({ path: "/channels/*/messages", status: 503, times: 4 });
      await assert.rejects(send(stage, { content: "hello", ...quiet }), HTTPError);
      assert.equal(discord.requests.filter(({ status }) => status === 503).length, 4);
    }),
  );

  for (const code of [40005, 10008, 50013, 50001]) {
    it(
      `error ${code} comes as Discord words it`,
      onStage({}, async (stage) => {
        stage.discord.fault({ method: "POST", path: /\/messages$/, code });
        await assert.rejects(send(stage, { content: "hello", ...quiet }), hasCode(code));
      }),
    );
  }

  it(
    "a cut answer is asked for again, and a nonce keeps the message single",
    onStage({}, async (stage) => {
      const { discord } = stage;
      discord.fault({ path: "/channels/*/messages", drop: true, afterEffect: true });
      await send(stage, { content: "once", nonce: "n1", enforce_nonce: true, ...quiet });
      assert.equal(discord.channel("general").messages.length, 1);
    }),
  );

  it(
    "after one refused token the client has none any more",
    onStage({}, async (stage) => {
      stage.discord.fault({ path: "/channels/*/messages", code: 40001 });
      await assert.rejects(send(stage, { content: "hello", ...quiet }));
      await assert.rejects(send(stage, { content: "hello", ...quiet }), /Expected token to be set/);
    }),
  );
});

describe("what the double finds fault with", () => {
  it(
    "an unknown route",
    onStage({}, async ({ discord, client }) => {
      await assert.rejects(client.rest.get("/guilds/1/emojis"), hasCode(0));
      assert.deepEqual(discord.takeFindings("unknown-route"), [
        { kind: "unknown-route", detail: "GET /guilds/1/emojis" },
      ]);
    }),
  );

  it(
    "text without a word on who may be pinged",
    onStage({}, async (stage) => {
      await send(stage, { content: "hello" });
      assert.equal(stage.discord.takeFindings("missing-allowed-mentions").length, 1);
    }),
  );

  const tooMuch: readonly (readonly [string, object])[] = [
    ["2001 characters", { content: "x".repeat(2001) }],
    ["an embed of 4097", { embeds: [{ description: "x".repeat(4097) }] }],
    ["6001 characters in embeds", { embeds: [1, 2].map(() => ({ description: "x".repeat(3001) })) }],
    ["six rows", { components: Array.from({ length: 6 }, (_, n) => row([button(`${n}`)])) }],
    ["six buttons in a row", { components: [row(Array.from({ length: 6 }, (_, n) => button(`${n}`)))] }],
    ["two buttons of one name", { components: [row([button("a"), button("a")])] }],
    ["a long label", { components: [row([{ ...button("a"), label: "x".repeat(81) }])] }],
    ["content beside new components", { content: "x", flags: 32768, components: [{ type: 10, content: "x" }] }],
    ["mentions both parsed and listed", { content: "x", allowed_mentions: { parse: ["users"], users: ["1"] } }],
  ];
  for (const [what, body] of tooMuch) {
    it(
      what,
      onStage({}, async (stage) => {
        await assert.rejects(send(stage, { ...quiet, ...body }), hasCode(50035));
        assert.equal(stage.discord.takeFindings("invalid-body").length, 1);
      }),
    );
  }

  it(
    "commands that Discord would refuse",
    onStage({}, async ({ discord, client }) => {
      const options = ["b", "a"].map((name) => ({ type: 3, name, description: "x", required: name === "a" }));
      const body = [{ name: "sing", description: "x", options }];
      await assert.rejects(
        client.rest.put(Routes.applicationCommands(client.application.id), { body }),
        hasCode(50035),
      );
      assert.equal(discord.takeFindings("invalid-body").length, 1);
    }),
  );
});

describe("messages", () => {
  it(
    "are refused where the bot may not write, see or attach",
    onStage({}, async (stage) => {
      const { discord, client } = stage;
      const general = discord.channel("general");
      discord.permit(general, { deny: 1n << 11n });
      await assert.rejects(send(stage, { content: "x", ...quiet }), hasCode(50013));
      discord.permit(general, { deny: 1n << 15n });
      const files = [{ name: "a.txt", data: Buffer.from("a") }];
      await assert.rejects(
        client.rest.post(Routes.channelMessages(general.id), { files, body: quiet }),
        hasCode(50013),
      );
      discord.permit(general, { deny: 1n << 10n });
      await assert.rejects(send(stage, { content: "x", ...quiet }), hasCode(50001));
    }),
  );

  it(
    "go to a user directly unless the user will have none",
    onStage({}, async ({ discord, client }) => {
      const ada = await client.users.fetch(discord.user("ada").id);
      await ada.send("psst");
      assert.deepEqual(
        discord.directMessages("ada").map(({ content }) => content),
        ["psst"],
      );
      discord.closeDms("ada");
      await assert.rejects(ada.send("psst"), hasCode(50007));
    }),
  );

  it(
    "carry voice only as audio, with length and waveform",
    onStage({}, async (stage) => {
      const { discord, client } = stage;
      const path = Routes.channelMessages(discord.channel("general").id);
      const body = { flags: 8192, attachments: [{ id: "0", duration_secs: 3.2, waveform: "Y2Nj" }] };
      const file = { name: "voice.ogg", data: Buffer.from("OggS") };
      await client.rest.post(path, { body, files: [{ ...file, contentType: "audio/ogg" }] });
      const [sent] = discord.channel("general").messages;
      assert.deepEqual([sent?.attachments[0]?.durationSecs, sent?.attachments[0]?.waveform], [3.2, "Y2Nj"]);
      const plain = [{ ...file, contentType: "application/ogg" }];
      await assert.rejects(client.rest.post(path, { body, files: plain }), hasCode(50160));
      const bare = { flags: 8192, attachments: [{ id: "0" }] };
      const audio = [{ ...file, contentType: "audio/ogg" }];
      await assert.rejects(client.rest.post(path, { body: bare, files: audio }), hasCode(50161));
      discord.takeFindings("invalid-body");
      assert.deepEqual(discord.findings, []);
    }),
  );

  it(
    "too large are refused, and edits keep the attachments they name",
    onStage({ attachmentSizeLimit: 10 }, async (stage) => {
      const { discord, client } = stage;
      const path = Routes.channelMessages(discord.channel("general").id);
      const file = (name: string, size: number) => ({ name, data: Buffer.alloc(size) });
      await assert.rejects(client.rest.post(path, { body: quiet, files: [file("big", 11)] }), hasCode(40005));
      await client.rest.post(path, { body: quiet, files: [file("a", 1), file("b", 2)] });
      const [sent] = discord.channel("general").messages as [Message];
      const kept = [{ id: sent.attachments[1]?.id }];
      const body = { ...quiet, attachments: [...kept, { id: "0" }] };
      await client.rest.patch(`${path}/${sent.id}`, { body, files: [file("c", 3)] });
      assert.deepEqual(
        sent.attachments.map(({ filename }) => filename),
        ["b", "c"],
      );
    }),
  );

  it(
    "ping whom they name and allow",
    onStage({}, async (stage) => {
      const { discord } = stage;
      const [ada, ben] = [discord.user("ada"), discord.user("ben")];
      const content = `<@${ada.id}> <@${ben.id}>`;
      await send(stage, { content, allowed_mentions: { users: [ada.id] } });
      assert.deepEqual(discord.channel("general").messages[0]?.mentions, [ada]);
    }),
  );

  it(
    "of others come without content unless the bot may read it or is meant",
    onStage({}, async ({ discord, client, cleanups }) => {
      await client.destroy();
      const reader = await startClient(discord, { intents: [1, 512] });
      cleanups.push(() => reader.destroy());
      const heard: string[] = [];
      const both = new Promise<void>((resolve) =>
        reader.on("messageCreate", ({ content }) => heard.push(content) === 2 && resolve()),
      );
      discord.say("ada", "general", "secret");
      discord.say("ada", "general", `<@${discord.world.bot.id}> sing`);
      await both;
      assert.deepEqual(heard, ["", `<@${discord.world.bot.id}> sing`]);
    }),
  );
});

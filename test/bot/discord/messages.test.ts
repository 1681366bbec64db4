/** Which refusals are tried again, and how messages go out; over the REST client and a loopback Discord. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { DiscordAPIError, HTTPError, REST } from "discord.js";
import { createMessageClient, type Refusal, refusalOf, withRetries } from "../../../src/bot/discord/messages.ts";
import type { Fields } from "../../loopback/json.ts";
import { LoopbackDiscord } from "../../loopback/loopback.ts";

const apiError = (code: number, status: number) =>
  new DiscordAPIError({ code, message: "no" }, code, status, "POST", "/x", { files: undefined, body: undefined });
const httpError = (status: number) => new HTTPError(status, "no", "POST", "/x", { files: undefined, body: undefined });
const coded = (code: string) => Object.assign(new Error("no"), { code });

test("refusals are sorted by what can be done about them", () => {
  const expected: readonly (readonly [unknown, Refusal])[] = [
    [apiError(50_027, 401), "late"],
    [apiError(10_062, 404), "late"],
    [apiError(10_008, 404), "gone"],
    [apiError(50_013, 403), "forbidden"],
    [apiError(50_007, 403), "forbidden"],
    [apiError(90_001, 403), "forbidden"],
    [apiError(40_005, 413), "large"],
    [httpError(413), "large"],
    [httpError(503), "busy"],
    [Object.assign(new Error("no"), { name: "AbortError" }), "busy"],
    [coded("ECONNRESET"), "busy"],
    [coded("UND_ERR_SOCKET"), "busy"],
    [apiError(50_035, 400), "other"],
    [coded("ERR_INVALID_ARG_TYPE"), "other"],
    [new TypeError("a bug"), "other"],
    ["words", "other"],
  ];
  for (const [error, refusal] of expected) assert.equal(refusalOf(error), refusal, String(error));
});

test("only a busy Discord is tried again, so often and no more", async () => {
  const { signal } = new AbortController();
  const patience = { firstMs: 1, tries: 3, signal };
  let calls = 0;
  const failing = (error: unknown) => () => {
    calls++;
    return Promise.reject(error);
  };
  await assert.rejects(withRetries(failing(httpError(503)), patience), HTTPError);
  assert.equal(calls, 3);
  await assert.rejects(withRetries(failing(apiError(50_013, 403)), patience), DiscordAPIError);
  assert.equal(calls, 4);
});

test("whoever waits can be told to stop", async () => {
  const stopping = new AbortController();
  const busy = () => Promise.reject(httpError(503));
  const waiting = withRetries(busy, { firstMs: 3_600_000, tries: 9, signal: stopping.signal });
  setImmediate(() => stopping.abort(new Error("enough")));
  await assert.rejects(waiting, /enough/);
});

test("no message pings anyone but whom it names, however long its words", async (t) => {
  const discord = await LoopbackDiscord.start();
  t.after(() => discord.stop());
  const guild = discord.addGuild({ name: "Home", text: ["general"], users: ["ada"] });
  const messages = createMessageClient(new REST({ api: discord.api, retries: 0 }).setToken(discord.token));
  const channel = discord.channel("general", guild);
  const ada = discord.user("ada").id;
  await messages.send(channel.id, { content: `@everyone <@${ada}> ${"la ".repeat(1000)}` });
  const { id } = await messages.send(channel.id, { content: "hello", mention: ada, nonce: "clip-1" });
  assert.deepEqual(
    discord.requests.map(({ body }) => (body as Fields).allowed_mentions),
    [
      { parse: [], replied_user: false },
      { parse: [], users: [ada], replied_user: false },
    ],
  );
  assert.equal(channel.messages[0]?.content.length, 2000);
  assert.equal((await messages.send(channel.id, { content: "hello", nonce: "clip-1" })).id, id, "sent once");
  assert.equal(await messages.exists(channel.id, id), true);
  discord.deleteMessage(channel.messages.find((message) => message.id === id)!);
  assert.equal(await messages.exists(channel.id, id), false);
});

test("an upload that is cut off at any place is told as busy, and harms nothing else", async (t) => {
  const lost: unknown[] = [];
  const note = (error: unknown): void => void lost.push(error);
  process.on("uncaughtException", note);
  t.after(() => process.off("uncaughtException", note));
  let bytes = 0;
  const server = createServer((request, response) => {
    const most = bytes;
    let seen = 0;
    request.on("data", (chunk: Buffer) => {
      seen += chunk.length;
      if (seen <= most || response.headersSent) return;
      if (most % 2 === 0) request.socket.destroy();
      else response.writeHead(500, { Connection: "close" }).end("no");
    });
    request.on("error", () => undefined);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const messages = createMessageClient(new REST({ api: `http://127.0.0.1:${port}`, retries: 0 }).setToken("x"));
  const files = [{ name: "song.ogg", data: Buffer.alloc(3_000_000, 7), contentType: "audio/ogg" }];
  for (bytes of [0, 1, 1000, 1001, 100_000, 100_001, 1_000_000, 1_000_001, 2_500_000])
    await assert.rejects(messages.send("1", { content: "song", files }), (error) => refusalOf(error) === "busy");
  await new Promise((done) => setTimeout(done, 50));
  assert.deepEqual(lost, []);
});

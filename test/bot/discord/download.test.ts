/** Fetching what people attached: from the right hosts only, no more than is wanted, and never for ever. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { discordOrigins, download } from "../../../src/bot/discord/download.ts";
import { UserError } from "../../../src/errors.ts";
import { temporaryFolder } from "../../support/folder.ts";

/** A host that answers so, and what fetching from it takes. */
async function aHost(t: TestContext, listener: RequestListener) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    listener(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const path = join(temporaryFolder(t), "file");
  const stop = new AbortController();
  const options = { origins: [origin], maxBytes: 1000, timeMs: 10_000, signal: stop.signal };
  return { origin, path, stop, options, asked };
}

const refusal = (sentence: RegExp) => (error: unknown) => error instanceof UserError && sentence.test(error.message);

test("a file arrives as it is, up to the last byte that is allowed", async (t) => {
  const bytes = Buffer.alloc(1000, "abc");
  const { origin, path, options } = await aHost(t, (_, response) => response.end(bytes));
  await download(`${origin}/song.mp3?ex=1`, path, options);
  assert.deepEqual(readFileSync(path), bytes);
  await assert.rejects(download(`${origin}/song.mp3`, path, options), UserError, "it writes over nothing");
});

test("hosts that are not Discord's are not even asked", async (t) => {
  const { origin, path, options, asked } = await aHost(t, (_, response) => response.end("secret"));
  const elsewhere = { ...options, origins: discordOrigins };
  const { port } = new URL(origin);
  for (const url of [
    `${origin}/song.mp3`,
    `http://cdn.discordapp.com@127.0.0.1:${port}/`,
    `http://localhost:${port}/`,
    "http://cdn.discordapp.com/song.mp3",
    "https://cdn.discordapp.com:8443/song.mp3",
    "https://cdn.discordapp.com.example.com/song.mp3",
    "https://example.com/?https://cdn.discordapp.com",
    "file:///etc/passwd",
    "data:audio/wav;base64,UklGRg==",
    "/etc/passwd",
    "",
  ])
    await assert.rejects(
      download(url, path, elsewhere),
      refusal(/^I only take files that were uploaded to Discord\.$/),
      url,
    );
  assert.deepEqual(asked, []);
  assert.equal(existsSync(path), false);
});

test("nobody is sent on elsewhere", async (t) => {
  const other = await aHost(t, (_, response) => response.end("secret"));
  const { origin, path, options } = await aHost(t, (_, response) => {
    response.writeHead(302, { location: `${other.origin}/` }).end();
  });
  await assert.rejects(
    download(`${origin}/song.mp3`, path, options),
    refusal(/^Downloading your file .* was interrupted/),
  );
  assert.deepEqual(other.asked, []);
});

test("a file that is larger than it may be is given up while it comes, whatever its length says", async (t) => {
  const host = await aHost(t, (_, response) => {
    const more = () => {
      while (response.writable && response.write(Buffer.alloc(400))) {}
    };
    response.on("drain", more);
    more();
  });
  await assert.rejects(download(`${host.origin}/endless`, host.path, host.options), refusal(/at most 0 MiB/));
});

test("a file that is gone, breaks off or takes too long is told in a sentence", async (t) => {
  const gone = await aHost(t, (_, response) => response.writeHead(404).end("This content is no longer available."));
  await assert.rejects(
    download(`${gone.origin}/x`, gone.path, gone.options),
    refusal(/no longer has your file\. Upload it again/),
  );
  const broken = await aHost(t, (_, response) => {
    response.writeHead(200, { "content-length": "500" }).write("half");
    setTimeout(() => response.destroy(), 20);
  });
  await assert.rejects(
    download(`${broken.origin}/x`, broken.path, broken.options),
    refusal(/was interrupted\. Try again/),
  );
  const slow = await aHost(t, (_, response) => response.writeHead(200).write("slow"));
  const impatient = { ...slow.options, timeMs: 50 };
  await assert.rejects(download(`${slow.origin}/x`, slow.path, impatient), refusal(/took longer than 1 s/));
});

test("fetching ends with its signal", async (t) => {
  const { origin, path, options, stop } = await aHost(t, (_, response) => response.writeHead(200).write("slow"));
  const fetching = download(`${origin}/x`, path, options);
  setTimeout(() => stop.abort(new Error("the house shuts")), 50);
  await assert.rejects(fetching, /the house shuts/);
});

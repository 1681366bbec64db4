/** Programs that load the runtime talk to nobody about it: no file in the home folder, no connection through a proxy. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startProcess } from "./e2e/process.ts";
import { quick } from "./e2e/support.ts";
import { LoopbackDiscord } from "./loopback/loopback.ts";
import { temporaryFolder } from "./support/folder.ts";
import { writeTinyModel } from "./support/model.ts";

const root = join(import.meta.dirname, "..");
const mp3 = join(import.meta.dirname, "audio/fixtures/stereo.mp3");
const model = mkdtempSync(join(tmpdir(), "jukebox-tiny-"));

before(() => writeTinyModel(model));
after(() => rmSync(model, { recursive: true }));

/** A proxy that notes whom it is asked to connect to, and refuses. */
async function proxy(t: TestContext): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server: Server = createServer(({ url }, response) => {
    asked.push(url ?? "");
    response.writeHead(502).end();
  });
  server.on("connect", ({ url }, socket) => {
    asked.push(url ?? "");
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** An environment with an empty home folder and a proxy; what keeps the runtime quiet in tests and under CI is not in it. */
async function aMachine(t: TestContext) {
  const [home, { url, asked }] = [temporaryFolder(t), await proxy(t)];
  const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [
    [name, url],
    [name.toLowerCase(), url],
  ]);
  const folders = ["HOME", "USERPROFILE", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA"];
  const environment: Record<string, string> = {
    ...Object.fromEntries(proxies),
    ...Object.fromEntries(folders.map((name) => [name, home])),
    ...Object.fromEntries(["CI", "ORT_RUNNING_UNIT_TESTS", "NO_PROXY", "no_proxy"].map((name) => [name, ""])),
    ORT_DISABLE_TELEMETRY: "0", // a wish that isn't followed
  };
  const isQuiet = (): void => {
    assert.deepEqual(readdirSync(home, { recursive: true }), []);
    assert.deepEqual(asked, []);
  };
  return { environment, isQuiet };
}

/** Runs Node to its end. */
async function run(environment: Record<string, string>, words: string[]): Promise<{ code: number; err: string }> {
  const child = spawn(process.execPath, words, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
  return { code: code as number, err };
}

const programs: readonly { readonly name: string; readonly words: (folder: string) => string[] }[] = [
  {
    name: "play, whose threads load the runtime",
    words: (folder) =>
      ["src/cli/play.ts", "seconds:2", "--model", model, "--prime", mp3, "--prime-seconds", "0.3"].concat(
        "--out",
        join(folder, "song.ogg"),
      ),
  },
  {
    name: "encode, which loads it itself",
    words: (folder) => ["src/cli/encode.ts", mp3, "--model", model, "--out", join(folder, "song.codes.json")],
  },
];

test("programs are quiet about the runtime", { concurrency: true }, async (t) => {
  const parts = programs.map(({ name, words }) =>
    t.test(name, async (t) => {
      const { environment, isQuiet } = await aMachine(t);
      const { code, err } = await run(environment, words(temporaryFolder(t)));
      assert.equal(code, 0, err);
      isQuiet();
    }),
  );
  const bot = t.test("the bot, for longer than the runtime waits before its first report", async (t) => {
    const discord = await LoopbackDiscord.start();
    t.after(() => discord.stop());
    discord.addGuild({ name: "Home", users: ["ada"] });
    const { environment, isQuiet } = await aMachine(t);
    const data = { DATA: join(temporaryFolder(t), "data"), MODEL: model };
    const bot = startProcess(t, { ...quick, ...discord.environment(), ...environment, ...data });
    await bot.says(/ready as/);
    await pause(12_000);
    assert.equal(await bot.end("SIGTERM"), 0);
    isQuiet();
  });
  await Promise.all([...parts, bot]);
});

test("a worker that nobody has prepared the environment for does not load the runtime", async (t) => {
  const { environment, isQuiet } = await aMachine(t);
  const session = JSON.stringify(join(root, "src/onnx/session.ts"));
  const { code, err } = await run(environment, ["-e", `new (require("node:worker_threads").Worker)(${session})`]);
  assert.equal(code, 1);
  assert.match(err, /the main thread must import onnx\/telemetry\.ts/);
  isQuiet();
});

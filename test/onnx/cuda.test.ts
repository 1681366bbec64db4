/** The command that fetches CUDA's files is the same everywhere, and gets as far as asking for them. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const command = /^ONNXRUNTIME_NODE_INSTALL=.*$/m.exec(readme)?.[0] ?? "";

test("README and the refusal of a device name the same command", () => {
  assert.ok(readFileSync(join(root, "src/onnx/session.ts"), "utf8").includes(`\`${command}\``));
});

test("the command asks for the files at once, without npm; no file is fetched where there is none to fetch", async (t) => {
  const asked: string[] = [];
  const proxy = createServer().on("connect", ({ url }, socket) => {
    asked.push(url ?? "");
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  t.after(() => proxy.close());
  // as in a shell of one's own
  const outside = Object.entries(process.env).filter(([name]) => !/^npm_|^GLOBAL_AGENT_/i.test(name));
  const child = spawn("/bin/sh", ["-c", command], {
    cwd: root,
    env: {
      ...Object.fromEntries(outside),
      PATH: [dirname(process.execPath), process.env.PATH].join(":"),
      GLOBAL_AGENT_HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    },
    stdio: "ignore",
  });
  await once(child, "close");
  const fetched = process.platform === "linux" && process.arch === "x64" ? ["api.nuget.org:443"] : [];
  assert.deepEqual([...new Set(asked)], fetched);
});

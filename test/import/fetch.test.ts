/** Fetching over a real line from a server that cuts, stalls, forgets ranges, and lies about lengths. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type FetchOptions, fetchFile } from "../../src/import/fetch.ts";
import { checkRoom } from "../../src/import/room.ts";
import { temporaryFolder } from "../support/folder.ts";
import { seeded } from "../support/random.ts";

const random = seeded(3);
const content = Buffer.from(Uint8Array.from({ length: 300_000 }, () => Math.floor(random() * 256)));
const sha256 = createHash("sha256").update(content).digest("hex");

/** Lines that are cut once so many bytes have come: what is still on its way would be lost with them. */
const cuts = new Map<number, ServerResponse>();

type Answer = (request: IncomingMessage, response: ServerResponse, turn: number) => void;

/** A server that answers each request in turn, the last answer ever after; and what it was asked. */
async function serving(t: TestContext, ...answers: readonly Answer[]) {
  const asked: (string | undefined)[] = [];
  cuts.clear();
  const server = createServer((request, response) => {
    const turn = asked.push(request.headers.range) - 1;
    answers[Math.min(turn, answers.length - 1)]!(request, response, turn);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const path = join(temporaryFolder(t), "x.pth.tar");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
  const run = (more: Partial<FetchOptions> = {}): Promise<void> =>
    fetchFile({
      url,
      path,
      pauseSeconds: 0,
      tries: 3,
      stallSeconds: 20,
      ...more,
      progress: (done, total) => {
        more.progress?.(done, total);
        cuts.get(done)?.destroy();
      },
    });
  return { asked, path, url, run };
}

interface Sending {
  readonly bytes?: Buffer;
  /** None if empty. */
  readonly etag?: string;
  /** Then the line is cut. */
  readonly cutAfter?: number;
  /** Then nothing more comes. */
  readonly stallAfter?: number;
  readonly ranges?: boolean;
}

/** A good server, but for what it is told to do. */
const sending =
  ({ bytes = content, etag = '"one"', cutAfter, stallAfter, ranges = true }: Sending = {}): Answer =>
  (request, response) => {
    const wanted =
      ranges && request.headers["if-range"] === etag ? /^bytes=(\d+)-$/.exec(request.headers.range ?? "") : null;
    const from = Number(wanted?.[1] ?? 0);
    response.writeHead(wanted ? 206 : 200, {
      "content-length": bytes.length - from,
      ...(etag && { etag }),
      ...(wanted && { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    });
    const stop = cutAfter ?? stallAfter;
    if (cutAfter !== undefined) cuts.set(from + cutAfter, response);
    if (stop === undefined) response.end(bytes.subarray(from));
    else response.write(bytes.subarray(from, from + stop));
  };

const whole = (path: string): void => {
  assert.deepEqual(readFileSync(path), content);
  assert.deepEqual(readdirSync(join(path, "..")), ["x.pth.tar"]);
};

test("a file comes whole, and its size and checksum are verified", async (t) => {
  const { run, path, asked } = await serving(t, sending());
  const steps: number[] = [];
  await run({ bytes: content.length, sha256, progress: (done, total) => void steps.push(done / total!) });
  whole(path);
  assert.deepEqual(asked, [undefined]);
  assert.equal(steps.at(-1), 1);
});

test("after a cut it goes on where it was", async (t) => {
  const { run, path, asked } = await serving(
    t,
    sending({ cutAfter: 70_000 }),
    sending({ cutAfter: 90_000 }),
    sending(),
  );
  await run({ sha256 });
  whole(path);
  assert.deepEqual(asked, [undefined, "bytes=70000-", "bytes=160000-"]);
});

test("when nothing comes any more, it asks anew", async (t) => {
  const { run, path, asked } = await serving(t, sending({ stallAfter: 50_000 }), sending());
  await run({ sha256, stallSeconds: 1 });
  whole(path);
  assert.deepEqual(asked, [undefined, "bytes=50000-"]);
});

test("a server that never answers is given up", async (t) => {
  const { run, asked } = await serving(t, () => {});
  await assert.rejects(run({ stallSeconds: 0.1 }), { name: "UserError", message: /nothing comes any more/ });
  assert.equal(asked.length, 3);
});

test("what a stopped program has fetched is not fetched again by the next one", async (t) => {
  const { run, path, asked } = await serving(t, sending({ stallAfter: 120_000 }), sending());
  const stop = new AbortController();
  const progress = (done: number): void => {
    if (done === 120_000) stop.abort(new Error("enough"));
  };
  await assert.rejects(run({ signal: stop.signal, progress }), { message: "enough" });
  assert.equal(statSync(`${path}.part`).size, 120_000);
  await run({ sha256 });
  whole(path);
  assert.deepEqual(asked, [undefined, "bytes=120000-"]);
});

test("a server without ranges sends all of it once more", async (t) => {
  const { run, path } = await serving(t, sending({ cutAfter: 70_000 }), sending({ ranges: false }));
  await run({ sha256 });
  whole(path);
});

test("a file that has changed meanwhile is fetched from its start", async (t) => {
  const old = Buffer.alloc(content.length, 7);
  const { run, path, asked } = await serving(t, sending({ bytes: old, etag: '"old"', cutAfter: 70_000 }), sending());
  await run({ sha256 });
  whole(path);
  assert.equal(asked.length, 2);
});

test("without a word on which version it is, nothing is put together from two answers", async (t) => {
  const { run, path, asked } = await serving(t, sending({ etag: "", cutAfter: 70_000 }), sending({ etag: "" }));
  await run({ sha256 });
  whole(path);
  assert.deepEqual(asked, [undefined, undefined]);
});

test("a server that is out of breath is asked again", async (t) => {
  const busy: Answer = (_, response) => void response.writeHead(503).end();
  const { run, path } = await serving(t, busy, busy, sending());
  await run({ sha256 });
  whole(path);
});

test("who stops it while it waits for the next try need not wait", async (t) => {
  const stop = new AbortController();
  const busy: Answer = (_, response) => {
    response.on("close", () => setTimeout(() => stop.abort(new Error("enough")), 50));
    response.writeHead(503).end();
  };
  const { run } = await serving(t, busy);
  await assert.rejects(run({ signal: stop.signal, pauseSeconds: 1000 }), { message: "enough" });
});

test("a part that nobody knows the origin of is not gone on with", async (t) => {
  const { run, path, asked } = await serving(t, sending());
  writeFileSync(`${path}.part`, "something else");
  await run({ sha256 });
  whole(path);
  assert.deepEqual(asked, [undefined]);
});

const ranged =
  (range: string, etag = '"one"'): Answer =>
  (_, response) =>
    void response.writeHead(206, { "content-range": range, etag }).end(content.subarray(0, 100));

const lies: readonly { readonly says: string; readonly answers: readonly Answer[] }[] = [
  { says: "goes on at another byte", answers: [ranged("bytes 5-299999/300000")] },
  { says: "goes on with a file of another length", answers: [ranged("bytes 70000-399999/400000")] },
  { says: "goes on with another version", answers: [ranged("bytes 70000-299999/300000", '"two"')] },
  { says: "goes on without saying where", answers: [ranged("bytes")] },
  { says: "has nothing more", answers: [(_, response) => void response.writeHead(416).end()] },
];

for (const { says, answers } of lies)
  test(`a server that ${says} is asked for the whole`, async (t) => {
    const { run, path, asked } = await serving(t, sending({ cutAfter: 70_000 }), ...answers, sending());
    await run({ sha256 });
    whole(path);
    assert.equal(asked.at(-1), undefined);
  });

const refusals: readonly {
  readonly says: string;
  readonly answer: Answer;
  readonly told?: Partial<FetchOptions>;
  readonly message: RegExp;
}[] = [
  {
    says: "no such file",
    answer: (_, response) => void response.writeHead(404).end(),
    message: /answers 404\. Set --from to an address/,
  },
  {
    says: "a length that is not the known one",
    answer: sending(),
    told: { bytes: 5 },
    message: /has 300000 bytes, not 5/,
  },
  {
    says: "more than any file has",
    answer: (_, response) => void response.writeHead(200, { "content-length": 10 ** 12 }).write("x"),
    message: /claims 1000000000000 bytes, more than any known file/,
  },
  {
    says: "no length, and more bytes than there are",
    answer: (_, response) => void response.writeHead(200).end(content),
    told: { bytes: 1000 },
    message: /sends more than the 1000 bytes it should/,
  },
  {
    says: "no length, and fewer bytes than there are",
    answer: (_, response) => void response.writeHead(200).end(content.subarray(5)),
    told: { bytes: content.length },
    message: /has 299995 bytes, not 300000/,
  },
  {
    says: "a packed body",
    answer: (_, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(),
    message: /is sent with a content encoding/,
  },
  {
    says: "another content",
    answer: sending({ bytes: Buffer.alloc(300_000) }),
    told: { sha256 },
    message: /has the checksum \w+, not .* import it with --file if you trust it/,
  },
];

for (const { says, answer, told, message } of refusals)
  test(`a server that gives ${says} is refused at once`, async (t) => {
    const { run, asked } = await serving(t, answer);
    await assert.rejects(run(told), { name: "UserError", message });
    assert.equal(asked.length, 1);
  });

test("a server that cuts at the same byte for ever is given up", async (t) => {
  const { run, path, asked } = await serving(t, sending({ cutAfter: 70_000, ranges: false }));
  await assert.rejects(run(), { name: "UserError", message: /I can't fetch http.*Run the same command to resume/ });
  assert.equal(asked.length, 4); // one that brought something new, and three that did not
  assert.ok(!existsSync(path));
});

test("a disk without room is told before anything comes", async (t) => {
  const folder = temporaryFolder(t);
  await checkRoom(folder, 1);
  await assert.rejects(checkRoom(folder, 1e18), { name: "UserError", message: /needs 1000000000\.0 GB more, and its/ });
});

test("where nobody listens, that is said", async (t) => {
  const { run } = await serving(t, sending());
  await assert.rejects(run({ url: "http://127.0.0.1:1/x" }), { name: "UserError", message: /ECONNREFUSED|bad port/ });
  await assert.rejects(run({ url: "file:///etc/passwd" }), { name: "UserError", message: /is no address that begins/ });
});

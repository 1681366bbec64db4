/** Small parts of the double, each against something that knows better. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { DAVESession, generateP256Keypair } from "@snazzah/davey";
import { Bell } from "./bell.ts";
import { trustedCertificate } from "./certificate.ts";
import { Ids, timeOf } from "./ids.ts";
import { checkedKeyPackage, vector } from "./mls.ts";
import { everything, permission, permissionsIn } from "./permissions.ts";
import { loudestTone, loudness, tone, toneLevel } from "./tone.ts";

describe("the certificate", () => {
  it("is one of its own making for 127.0.0.1, signed by itself and valid now", () => {
    const certificate = new X509Certificate(trustedCertificate().certificate);
    assert.equal(certificate.checkIP("127.0.0.1"), "127.0.0.1");
    assert.equal(certificate.checkHost("localhost"), "localhost");
    assert.equal(certificate.ca, true);
    assert.equal(certificate.verify(certificate.publicKey), true);
    assert.ok(certificate.validFromDate < new Date() && new Date() < certificate.validToDate);
    assert.equal(trustedCertificate(), trustedCertificate());
  });
});

describe("a key package", () => {
  const sent = () => new DAVESession(1, "5", "6", generateP256Keypair()).getSerializedKeyPackage();

  it("passes as it comes, and with a message header", () => {
    const bytes = sent();
    assert.deepEqual(checkedKeyPackage(bytes, "5"), bytes);
    assert.deepEqual(checkedKeyPackage(Buffer.concat([Buffer.from([0, 1, 0, 5]), bytes]), "5"), bytes);
  });

  it("of another user, damaged or cut is refused", () => {
    const bytes = sent();
    assert.throws(() => checkedKeyPackage(bytes, "7"), /another user/);
    assert.throws(() => checkedKeyPackage(bytes.subarray(0, 50), "5"), RangeError);
    const damaged = Buffer.from(bytes);
    damaged[10] = (damaged[10] ?? 0) ^ 1; // in the init key, which the signature covers
    assert.throws(() => checkedKeyPackage(damaged, "5"), /signature/);
  });

  it("is made of vectors with lengths of one, two or four bytes", () => {
    const heads = [63, 64, 16_383, 16_384].map((length) =>
      vector(Buffer.alloc(length)).subarray(0, -length).toString("hex"),
    );
    assert.deepEqual(heads, ["3f", "4040", "7fff", "80004000"]);
  });
});

describe("permissions", () => {
  const asking = { guildId: "1", userId: "9", isOwner: false, everyone: permission.viewChannel, roles: [] };
  const see = permission.viewChannel;

  it("add up from everyone, then roles, then the user, later ones winning", () => {
    const roles = [{ id: "2", permissions: 0n }];
    const denied = { id: "1", type: "role", allow: 0n, deny: see } as const;
    const allowed = { id: "2", type: "role", allow: see, deny: 0n } as const;
    const forbidden = { id: "9", type: "user", allow: 0n, deny: see } as const;
    assert.equal(permissionsIn([], asking), see);
    assert.equal(permissionsIn([denied], asking), 0n);
    assert.equal(permissionsIn([denied, allowed], asking), 0n);
    assert.equal(permissionsIn([allowed, denied], { ...asking, roles }), see);
    assert.equal(permissionsIn([forbidden, allowed], { ...asking, roles }), 0n);
  });

  it("are all there for owners and administrators", () => {
    const denied = { id: "1", type: "role", allow: 0n, deny: see } as const;
    assert.equal(permissionsIn([denied], { ...asking, isOwner: true }), everything);
    assert.equal(permissionsIn([denied], { ...asking, everyone: permission.administrator }), everything);
  });
});

describe("a tone", () => {
  it("is found among others, at its level", () => {
    const sound = tone(440, 0.5, 0.3);
    assert.equal(loudestTone(sound, [220, 440, 554, 659]), 440);
    assert.ok(Math.abs(toneLevel(sound, 440) - 0.3) < 0.001);
    assert.ok(toneLevel(sound, 554) < 0.003);
    assert.ok(Math.abs(loudness(sound) - 0.3 / Math.SQRT2) < 0.001);
    assert.equal(loudness(new Int16Array(100)), 0);
  });
});

describe("ids", () => {
  it("are the same for the same seed, never twice the same, and know their time", () => {
    const [one, two] = [new Ids(5), new Ids(5)];
    assert.equal(one.old(), two.old());
    assert.notEqual(one.old(), one.old());
    const before = Date.now();
    const made = timeOf(one.now());
    assert.ok(before <= made && made <= Date.now());
  });
});

describe("the bell", () => {
  it("wakes who waits for what came true, and names what did not", async () => {
    const bell = new Bell();
    let value: number | undefined;
    const waiting = bell.until(() => value);
    value = 3;
    bell.ring();
    assert.equal(await waiting, 3);
    await assert.rejects(
      bell.until(() => undefined, { timeout: 1, what: "miracle" }),
      /no miracle/,
    );
  });

  it("ends every wait when it stops", async () => {
    const bell = new Bell();
    const waiting = bell.until(() => undefined);
    bell.stop();
    await assert.rejects(waiting, /stopped/);
    await assert.rejects(
      bell.until(() => undefined),
      /stopped/,
    );
  });
});

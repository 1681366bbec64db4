/** Voice packets in all the shapes that RTP allows, and the account that is kept of them. */
import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { describe, it } from "node:test";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { Ids } from "./ids.ts";
import { type Arrival, PacketLog, statsOf } from "./packet-log.ts";
import { counterOf, openRtp, parseRtp } from "./rtp.ts";
import { VoiceSession } from "./voice-session.ts";
import { World } from "./world.ts";

const modes = ["aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize"] as const;

/** Seals as a sender does; the other side of what is tested. */
function seal(
  header: Buffer,
  plain: Buffer,
  { mode, key, count }: { mode: string; key: Buffer; count: number },
): Buffer {
  const counter = Buffer.alloc(24);
  counter.writeUInt32BE(count);
  const tail = counter.subarray(0, 4);
  if (mode === modes[1]) return Buffer.concat([header, xchacha20poly1305(key, counter, header).encrypt(plain), tail]);
  const cipher = createCipheriv("aes-256-gcm", key, counter.subarray(0, 12));
  cipher.setAAD(header);
  return Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag(), tail]);
}

const words = (...values: readonly number[]) =>
  Buffer.concat(values.map((value) => Buffer.from([0, 0, value >> 8, value & 255])));

function header(flags: number, extra: Buffer): Buffer {
  const fixed = Buffer.from([0x80 | flags, 0x78, 0, 7, 0, 0, 3, 192, 0, 0, 0, 99]);
  return Buffer.concat([fixed, extra]);
}

describe("a voice packet", () => {
  const opus = Buffer.from("an opus frame");
  const extension = Buffer.from([0xbe, 0xde, 0, 2]); // two words follow, inside the sealed part
  const shapes = [
    ["plain", header(0, Buffer.alloc(0)), opus],
    ["padded", header(0x20, Buffer.alloc(0)), Buffer.concat([opus, Buffer.from([0, 0, 3])])],
    ["extended", header(0x10, extension), Buffer.concat([Buffer.alloc(8, 1), opus])],
    ["with two contributing sources", header(2, words(5, 6)), opus],
  ] as const;
  for (const mode of modes) {
    for (const [shape, head, plain] of shapes) {
      it(`that is ${shape} opens under ${mode}, and only with its key and header`, () => {
        const key = new Ids(3).bytes(32);
        const datagram = seal(head, plain, { mode, key, count: 41 });
        const packet = parseRtp(datagram);
        assert.ok(packet);
        assert.deepEqual([packet.sequence, packet.timestamp, packet.ssrc, counterOf(packet)], [7, 960, 99, 41]);
        assert.deepEqual(openRtp(packet, mode, key), opus);
        assert.equal(openRtp(packet, mode, new Ids(4).bytes(32)), undefined);
        const forged = Buffer.from(datagram);
        forged.writeUInt16BE(8, 2);
        assert.equal(openRtp(parseRtp(forged) ?? packet, mode, key), undefined);
      });
    }
  }

  it("is none if it is short or of another version", () => {
    assert.equal(parseRtp(Buffer.alloc(31, 0x80)), undefined);
    assert.equal(parseRtp(Buffer.alloc(64, 0x40)), undefined);
  });
});

describe("a voice session", () => {
  const [mode] = modes;
  const key = new Ids(3).bytes(32);
  const world = new World(new Ids(1), "bot");
  const guild = world.addGuild({});
  const channel = world.channel("Music", guild);
  const seat = { guild, channel, userId: world.bot.id, isBot: true, sessionId: "s", token: "t" };
  const packet = (count: number, sealedWith = key) =>
    seal(header(0, Buffer.alloc(0)), Buffer.from("opus"), { mode, key: sealedWith, count });

  it("takes a packet once, tells a nonce used twice, and counts what its key does not open", () => {
    const session = new VoiceSession(seat, { ssrc: 99, key });
    assert.deepEqual(session.take(packet(1), 0), { wrong: "a datagram that is no voice" }); // no cipher agreed on yet
    session.mode = mode;
    assert.deepEqual(session.take(packet(1), 0), { frame: Buffer.from("opus") });
    assert.deepEqual(session.take(packet(1), 20), { wrong: "nonce 1 used twice" });
    assert.ok("wrong" in session.take(packet(2, new Ids(4).bytes(32)), 40));
    assert.equal(session.packets.authFailures, 1);
  });
});

describe("the account of a stream", () => {
  const stream = (sequences: readonly number[], at = (index: number) => 20 * index): Arrival[] =>
    sequences.map((sequence, index) => ({
      sequence: sequence & 0xffff,
      timestamp: (sequence * 960) >>> 0,
      at: at(index),
      isSilence: false,
    }));

  function accountOf(arrivals: readonly Arrival[]) {
    const log = new PacketLog();
    for (const arrival of arrivals) log.add(arrival);
    return statsOf([log]);
  }

  it("has nothing to complain about when all is well, across the wrap of the sequence", () => {
    const { packets, lost, reordered, duplicates, badSteps, latenessMax, gapMax } = accountOf(
      stream([65534, 65535, 65536, 65537]),
    );
    assert.deepEqual([packets, lost, reordered, duplicates, badSteps, latenessMax, gapMax], [4, 0, 0, 0, 0, 0, 20]);
  });

  it("counts what is lost, late in order, and doubled", () => {
    assert.equal(accountOf(stream([1, 2, 5])).lost, 2);
    const swapped = accountOf(stream([1, 3, 2, 4]));
    assert.deepEqual([swapped.lost, swapped.reordered], [0, 1]);
    assert.equal(accountOf(stream([1, 2, 2])).duplicates, 1);
  });

  it("counts timestamps that do not fit the sequence", () => {
    const [one, two] = stream([1, 2]) as [Arrival, Arrival];
    assert.equal(accountOf([one, { ...two, timestamp: two.timestamp + 1 }]).badSteps, 1);
  });

  it("tells how late the latest was, and the longest gap", () => {
    const { latenessMax, gapMax } = accountOf(stream([1, 2, 3, 4], (index) => [0, 20, 90, 91][index] ?? 0));
    assert.deepEqual([latenessMax, gapMax], [50, 70]);
  });

  it("begins a new spurt after the end of speaking, but not for a straggler", () => {
    const log = new PacketLog();
    const [one, two, three] = stream([1, 2, 3], (index) => [0, 22, 60][index] ?? 0) as [Arrival, Arrival, Arrival];
    log.add(one);
    log.speaking(false, 20);
    log.add(two);
    log.add(three);
    assert.deepEqual(
      log.spurts.map(({ packets }) => packets),
      [2, 1],
    );
  });
});

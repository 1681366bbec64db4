/** Opus packets on their way to the player: bounded by what is asked for, filled with silence where they are late. */
import { Readable } from "node:stream";

export const framesPerSecond = 50;

/** The Opus packet of 20 ms of silence that Discord itself uses; it is never encrypted end to end. */
const silence = Buffer.from([0xf8, 0xff, 0xfe]);

export interface FeedOptions {
  /** Asks for packets up to this second of the song. */
  readonly listen: (untilSeconds: number) => void;
  /** Called as the song is heard, with the second of the song it has come to. */
  readonly heard?: (seconds: number) => void;
  /** Second of the song the first packet stands for. */
  readonly fromSeconds?: number;
  /** How far ahead of the listener packets are asked for. */
  readonly aheadSeconds?: number;
  /** How much must be there before it starts, and before it goes on after a gap. */
  readonly startSeconds?: number;
  /** Whether the song, played on from this second, will not run out; asked before it starts, and after a gap. */
  readonly lasts?: (fromSeconds: number) => boolean;
}

/** What became of the packets. */
export interface PlayedPart {
  /** Second of the song that was reached. */
  readonly seconds: number;
  /** How often packets were late, and how long that lasted altogether. */
  readonly gaps: number;
  readonly gapSeconds: number;
}

export interface Feed {
  /** For the player: one packet a read, in object mode. */
  readonly stream: Readable;
  readonly heard: PlayedPart;
  /** Whether the last packet has been read. */
  readonly isOver: boolean;
  /** Also without packets, when `lasts` may say something else than before. */
  push(packets: readonly Uint8Array[]): void;
  /** No more packets will come. */
  end(): void;
}

const askEvery = 5; // packets: a tenth of a second
/** From the second gap on, so many times as much is gathered as for the gap before. */
const growth = 4;

/** A feed that asks for its first packets at once. */
export function createFeed(options: FeedOptions): Feed {
  const { listen, heard, fromSeconds = 0, aheadSeconds = 0.8, startSeconds = 0.4, lasts = () => true } = options;
  const packets: Buffer[] = [];
  let [played, gaps, silent] = [0, 0, 0];
  let state: "starting" | "flowing" | "waiting" = "starting";
  let [wanted, ended] = [false, false];

  const reached = () => fromSeconds + played / framesPerSecond;
  /** Packets that are gathered before it goes on. */
  const needed = () => startSeconds * framesPerSecond * growth ** Math.max(0, gaps - 1);
  const ask = () => {
    listen(reached() + Math.max(aheadSeconds, (2 * needed()) / framesPerSecond));
    heard?.(reached());
  };
  /** The next packet, null at the end, undefined while the song has not started. */
  const next = (): Buffer | null | undefined => {
    if (state !== "flowing") {
      const enough = ended || (packets.length >= needed() && lasts(reached()));
      if (!enough && state === "starting") return undefined;
      if (enough) state = "flowing";
    }
    const packet = state === "flowing" ? packets.shift() : undefined;
    if (packet !== undefined) {
      if (++played % askEvery === 0) ask();
      return packet;
    }
    if (ended) return null;
    if (state === "flowing" && ++gaps > 1) ask(); // for more than before
    state = "waiting";
    silent++;
    return silence;
  };
  const offer = () => {
    const packet = next();
    wanted = packet === undefined;
    if (packet !== undefined) stream.push(packet);
  };
  const stream = new Readable({ objectMode: true, highWaterMark: 1, read: offer });
  ask();
  return {
    stream,
    get heard() {
      return { seconds: reached(), gaps, gapSeconds: silent / framesPerSecond };
    },
    get isOver() {
      return ended && packets.length === 0;
    },
    push(more) {
      for (const bytes of more) packets.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      if (wanted) offer();
    },
    end() {
      ended = true;
      if (wanted) offer();
    },
  };
}

/** What can be told of a stream of voice packets from outside: losses, order, steps and punctuality. */

export interface Arrival {
  readonly sequence: number;
  readonly timestamp: number;
  /** By performance.now(). */
  readonly at: number;
  readonly isSilence: boolean;
}

/** A stretch of packets from the moment somebody speaks until they say they stopped. */
export interface Spurt {
  readonly startedAt: number;
  endedAt: number;
  packets: number;
  /** Packets of the silence frame among them. */
  silences: number;
  /** How far the latest packet was behind its beat, in ms. */
  latenessMax: number;
}

/** All times in ms. */
export interface VoiceStats {
  readonly packets: number;
  readonly silences: number;
  /** Sequence numbers that never came. */
  readonly lost: number;
  readonly reordered: number;
  readonly duplicates: number;
  /** Packets whose timestamp is not 960 a sequence number further. */
  readonly badSteps: number;
  readonly authFailures: number;
  readonly gapP50: number;
  readonly gapP99: number;
  readonly gapMax: number;
  readonly latenessMax: number;
  readonly spurts: readonly Readonly<Spurt>[];
}

const frameSamples = 960;
const frameMs = 20;
/** A packet sent in the same beat as "stopped speaking" may come a moment after it: the one goes by UDP, the other by TLS. */
const stragglerMs = 10;

export class PacketLog {
  packets = 0;
  silences = 0;
  lost = 0;
  reordered = 0;
  duplicates = 0;
  badSteps = 0;
  authFailures = 0;
  readonly gaps: number[] = [];
  readonly spurts: Spurt[] = [];
  #last: Arrival | undefined;
  #stoppedAt: number | undefined;

  add(arrival: Arrival): void {
    this.packets += 1;
    if (arrival.isSilence) this.silences += 1;
    this.#order(arrival);
    this.#time(arrival);
  }

  /** Op 5 of the speaker. */
  speaking(on: boolean, at: number): void {
    if (!on) this.#stoppedAt = at;
  }

  #order(arrival: Arrival): void {
    const last = this.#last;
    const step = last ? (arrival.sequence - last.sequence) & 0xffff : 1;
    if (step === 0) this.duplicates += 1;
    if (step >= 0x8000) {
      this.reordered += 1;
      this.lost -= 1; // it was counted when the one after it came
    }
    if (step === 0 || step >= 0x8000) return;
    this.lost += step - 1;
    if (last && (arrival.timestamp - last.timestamp) >>> 0 !== step * frameSamples) this.badSteps += 1;
    this.#last = arrival;
  }

  #time({ at, isSilence }: Arrival): void {
    const current = this.spurts.at(-1);
    const isNew = !current || (this.#stoppedAt !== undefined && at > this.#stoppedAt + stragglerMs);
    if (isNew) {
      this.#stoppedAt = undefined;
      this.spurts.push({ startedAt: at, endedAt: at, packets: 1, silences: isSilence ? 1 : 0, latenessMax: 0 });
      return;
    }
    this.gaps.push(at - current.endedAt);
    current.latenessMax = Math.max(current.latenessMax, at - (current.startedAt + frameMs * current.packets));
    current.endedAt = at;
    current.packets += 1;
    if (isSilence) current.silences += 1;
  }
}

/** One account of several logs, as when a bot had to come back. */
export function statsOf(logs: readonly PacketLog[]): VoiceStats {
  const sum = (of: (log: PacketLog) => number) => logs.reduce((total, log) => total + of(log), 0);
  const gaps = logs.flatMap((log) => log.gaps).sort((a, b) => a - b);
  const spurts = logs.flatMap((log) => log.spurts);
  const quantile = (part: number) => gaps[Math.min(gaps.length - 1, Math.floor(part * gaps.length))] ?? 0;
  return {
    packets: sum((log) => log.packets),
    silences: sum((log) => log.silences),
    lost: sum((log) => log.lost),
    reordered: sum((log) => log.reordered),
    duplicates: sum((log) => log.duplicates),
    badSteps: sum((log) => log.badSteps),
    authFailures: sum((log) => log.authFailures),
    gapP50: quantile(0.5),
    gapP99: quantile(0.99),
    gapMax: gaps.at(-1) ?? 0,
    latenessMax: spurts.reduce((most, { latenessMax }) => Math.max(most, latenessMax), 0),
    spurts: spurts.map((spurt) => ({ ...spurt })),
  };
}

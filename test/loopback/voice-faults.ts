/** What is to go wrong with voice, and how often. */

export type VoiceFaultKind =
  /** Op 4 is answered by nothing. */
  | "silentOp4"
  /** Op 4 is answered by the state alone. */
  | "stateOnlyOp4"
  /** The server update has no endpoint. */
  | "nullEndpoint"
  /** The endpoint is a port where nobody listens. */
  | "refusedEndpoint"
  /** Identify is answered by a close: 4006 unless told. */
  | "refuseIdentify"
  /** A resume is answered by a close: 4006 unless told. */
  | "refuseResume"
  /** The request for the own address is lost. */
  | "dropDiscovery"
  /** A heartbeat is not acknowledged. */
  | "withholdAck"
  /** Op 27 to the bot is damaged. */
  | "corruptProposals"
  /** Op 29 to the bot is damaged. */
  | "corruptCommit"
  /** Op 30 to the bot is damaged. */
  | "corruptWelcome";

export interface VoiceFault {
  /** How often; 1 unless told, Infinity for always. */
  readonly times?: number;
  /** The close code of a refusal. */
  readonly code?: number;
}

export class VoiceFaults {
  readonly #left = new Map<VoiceFaultKind, { times: number; code: number }>();

  set(kind: VoiceFaultKind, { times = 1, code = 4006 }: VoiceFault): void {
    this.#left.set(kind, { times, code });
  }

  clear(): void {
    this.#left.clear();
  }

  /** The close code if the fault strikes now, which uses it up by one. */
  take(kind: VoiceFaultKind): number | undefined {
    const fault = this.#left.get(kind);
    if (!fault || fault.times <= 0) return undefined;
    fault.times -= 1;
    return fault.code;
  }
}

/** What the bot did that Discord would frown upon: a test that went well has none. */
import type { Bell } from "./bell.ts";

export type FindingKind =
  | "unknown-route"
  | "server-error"
  | "token-leak"
  | "missing-allowed-mentions"
  | "invalid-body"
  | "late-callback"
  | "already-acknowledged"
  | "disallowed-intents"
  | "send-limit"
  | "gateway-misuse"
  | "voice-misuse"
  | "nonce-reused";

export interface Finding {
  readonly kind: FindingKind;
  readonly detail: string;
}

export class Findings {
  #all: Finding[] = [];
  readonly #bell: Bell;

  constructor(bell: Bell) {
    this.#bell = bell;
  }

  get all(): readonly Finding[] {
    return this.#all;
  }

  add(kind: FindingKind, detail: string): void {
    this.#all.push({ kind, detail });
    this.#bell.ring();
  }

  /** Takes out the findings of a kind: for tests that provoke them. */
  take(kind: FindingKind): readonly Finding[] {
    const taken = this.#all.filter((finding) => finding.kind === kind);
    this.#all = this.#all.filter((finding) => finding.kind !== kind);
    return taken;
  }
}

/** DAVE's delivery service: keeps one MLS group a voice channel in step without ever knowing its secrets. */
import type { Findings } from "./findings.ts";
import type { Fields } from "./json.ts";
import { appended, checkedKeyPackage, ExternalSender, inTransition, splitCommit } from "./mls.ts";
import type { Settings } from "./settings.ts";

/** Somebody in a voice channel, however they are connected. */
export interface RoomMember {
  readonly userId: string;
  readonly isBot: boolean;
  /** A JSON message that counts in the sequence. */
  json(op: number, data: Fields): void;
  binary(op: number, payload: Buffer): void;
}

export const daveOp = {
  clientsConnect: 11,
  clientDisconnect: 13,
  prepareTransition: 21,
  executeTransition: 22,
  transitionReady: 23,
  prepareEpoch: 24,
  externalSender: 25,
  keyPackage: 26,
  proposals: 27,
  commitWelcome: 28,
  announceCommit: 29,
  welcome: 30,
  invalidCommit: 31,
} as const;

interface Proposed {
  /** Who may commit. */
  readonly committers: readonly string[];
  readonly removed: readonly number[];
  /** Who joins, by who commits: while there is no group, either of two may invite the other. */
  joining(committer: string): string | undefined;
}

const transitionPatienceMs = 2000;

export class DaveRoom {
  readonly groupId: bigint;
  /** 0 while there is no group. */
  epoch = 0n;
  /** Op 31 so often. */
  invalidations = 0;
  readonly #version: number;
  readonly #settings: Settings;
  readonly #findings: Findings;
  readonly #sender = new ExternalSender();
  readonly #members = new Map<string, RoomMember>();
  /** User ids by leaf of the tree. */
  #leaves: (string | undefined)[] = [];
  readonly #leaving = new Set<number>();
  readonly #keyPackages = new Map<string, Buffer>();
  #proposed: Proposed | undefined;
  #lastTransition = 0;
  readonly #transitions = new Map<number, { waiting: Set<string>; timer: NodeJS.Timeout }>();

  constructor(channelId: string, version: number, { settings, findings }: { settings: Settings; findings: Findings }) {
    this.groupId = BigInt(channelId);
    this.#version = version;
    this.#settings = settings;
    this.#findings = findings;
  }

  get version(): number {
    return this.#version;
  }

  get members(): readonly RoomMember[] {
    return [...this.#members.values()];
  }

  /** User ids of those in the group. */
  get group(): readonly string[] {
    return this.#leaves.filter((user) => user !== undefined);
  }

  /** Lets a member in, after it knows key and version. */
  enter(member: RoomMember): void {
    const others = this.members;
    this.#members.set(member.userId, member);
    if (others.length > 0) member.json(daveOp.clientsConnect, { user_ids: others.map(({ userId }) => userId) });
    for (const other of others) other.json(daveOp.clientsConnect, { user_ids: [member.userId] });
    if (this.#version > 0) member.binary(daveOp.externalSender, this.#sender.description);
  }

  leave(userId: string): void {
    if (!this.#members.delete(userId)) return;
    this.#keyPackages.delete(userId);
    const leaf = this.#leaves.indexOf(userId);
    if (leaf >= 0) this.#leaving.add(leaf);
    for (const other of this.members) other.json(daveOp.clientDisconnect, { user_id: userId });
    for (const id of this.#transitions.keys()) this.transitionReady(userId, id);
    if (this.#version === 0) return;
    if (this.#members.size <= 1) this.#startOver();
    else this.#advance();
  }

  stop(): void {
    for (const { timer } of this.#transitions.values()) clearTimeout(timer);
    this.#transitions.clear();
  }

  /** Op 26. */
  keyPackage(userId: string, sent: Buffer): void {
    try {
      this.#keyPackages.set(userId, checkedKeyPackage(sent, userId));
    } catch (error) {
      this.#findings.add("voice-misuse", `key package: ${error}`);
      return;
    }
    const leaf = this.#leaves.indexOf(userId);
    if (leaf >= 0) this.#leaving.add(leaf); // a member that starts anew is removed and added in one commit
    this.#advance();
  }

  /** Op 28: the first commit for the present epoch wins. */
  commit(userId: string, sent: Buffer): void {
    const proposed = this.#proposed;
    const member = this.#members.get(userId);
    const { committer } = this.#settings;
    const chosen = committer === "first" || (committer === "bot") === (member?.isBot ?? false);
    if (!proposed?.committers.includes(userId) || !chosen) return;
    try {
      const { epoch, leaf, message, welcome } = splitCommit(sent, this.groupId);
      if (epoch !== this.epoch || leaf !== Math.max(0, this.#leaves.indexOf(userId))) return;
      this.#accept(userId, proposed, { message, welcome });
    } catch (error) {
      this.#findings.add("voice-misuse", `commit: ${error}`);
    }
  }

  /** Op 23. */
  transitionReady(userId: string, id: number): void {
    const transition = this.#transitions.get(id);
    transition?.waiting.delete(userId);
    if (transition?.waiting.size === 0) this.#execute(id);
  }

  /** Op 31: its new key package follows. */
  invalid(): void {
    this.invalidations += 1;
  }

  /** Takes everyone down to no encryption, as when a client without it comes. */
  downgrade(): void {
    this.#announce(this.#nextTransition(), 0);
  }

  #advance(): void {
    if (this.#proposed) return;
    if (this.epoch === 0n) this.#foundGroup();
    else this.#changeGroup();
  }

  /** Two members with key packages make a group: each is asked to add the other. */
  #foundGroup(): void {
    const [one, two] = this.members.filter(({ userId }) => this.#keyPackages.has(userId));
    if (!one || !two) return;
    const pair = [one.userId, two.userId];
    this.#proposed = { committers: pair, removed: [], joining: (committer) => pair.find((user) => user !== committer) };
    const additions = [one, two].map(({ userId }) => this.#addition(userId));
    one.binary(daveOp.proposals, appended(additions.slice(1)));
    two.binary(daveOp.proposals, appended(additions.slice(0, 1)));
  }

  /** Those in the group are asked to remove who left and to add one who came. */
  #changeGroup(): void {
    const staying = this.#leaves.filter((user, leaf) => user !== undefined && !this.#leaving.has(leaf));
    const committers = staying.filter((user) => user !== undefined && this.#members.has(user)) as string[];
    const removed = [...this.#leaving];
    const joining = [...this.#keyPackages.keys()].find((user) => !committers.includes(user));
    if (removed.length === 0 && joining === undefined) return;
    if (committers.length === 0) {
      this.#startOver();
      return;
    }
    this.#proposed = { committers, removed, joining: () => joining };
    const removals = removed.map((leaf) => this.#sender.remove(this.groupId, this.epoch, leaf));
    const additions = joining === undefined ? [] : [this.#addition(joining)];
    const payload = appended([...removals, ...additions]);
    for (const user of committers) this.#members.get(user)?.binary(daveOp.proposals, payload);
  }

  #addition(userId: string): Buffer {
    return this.#sender.add(this.groupId, this.epoch, this.#keyPackages.get(userId) ?? Buffer.alloc(0));
  }

  #accept(userId: string, proposed: Proposed, { message, welcome }: { message: Buffer; welcome: Buffer }): void {
    const isFirst = this.epoch === 0n;
    const joining = proposed.joining(userId);
    if (isFirst) this.#leaves = [userId];
    for (const leaf of proposed.removed) {
      this.#leaves[leaf] = undefined;
      this.#leaving.delete(leaf);
    }
    const old = this.group;
    if (joining !== undefined) {
      const free = this.#leaves.indexOf(undefined);
      this.#leaves[free < 0 ? this.#leaves.length : free] = joining;
      this.#keyPackages.delete(joining);
      if (!this.#members.has(joining)) this.#leaving.add(this.#leaves.indexOf(joining));
    }
    if (isFirst) this.#keyPackages.delete(userId);
    this.epoch += 1n;
    this.#proposed = undefined;
    const transition = isFirst ? this.#settings.firstTransition : this.#nextTransition();
    if (transition > 0) this.#await(transition);
    for (const user of old) this.#members.get(user)?.binary(daveOp.announceCommit, inTransition(transition, message));
    if (joining !== undefined) this.#members.get(joining)?.binary(daveOp.welcome, inTransition(transition, welcome));
    this.#advance();
  }

  /** Whoever is left alone begins anew, with a group of nobody. */
  #startOver(): void {
    this.epoch = 0n;
    this.#leaves = [];
    this.#leaving.clear();
    this.#keyPackages.clear();
    this.#proposed = undefined;
    for (const member of this.members) {
      member.json(daveOp.prepareEpoch, { epoch: 1, protocol_version: this.#version });
      member.json(daveOp.prepareTransition, { transition_id: 0, protocol_version: this.#version });
      member.binary(daveOp.externalSender, this.#sender.description);
    }
  }

  #announce(transition: number, version: number): void {
    this.#await(transition);
    const data = { transition_id: transition, protocol_version: version };
    for (const member of this.members) member.json(daveOp.prepareTransition, data);
  }

  #nextTransition(): number {
    this.#lastTransition = (this.#lastTransition % 0xffff) + 1;
    return this.#lastTransition;
  }

  /** Executes a transition when all are ready, or when waiting took too long. */
  #await(id: number): void {
    const timer = setTimeout(() => this.#execute(id), transitionPatienceMs);
    this.#transitions.set(id, { waiting: new Set(this.#members.keys()), timer });
  }

  #execute(id: number): void {
    clearTimeout(this.#transitions.get(id)?.timer);
    this.#transitions.delete(id);
    for (const member of this.members) member.json(daveOp.executeTransition, { transition_id: id });
  }
}

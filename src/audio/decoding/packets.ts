/** Assembles the packets of one Ogg stream page by page, tolerating gaps. */
import type { Page } from "../pages.ts";

/** Longer packets are dropped; cover art is the longest. */
const maxBytes = 1 << 24;

export class Packets {
  #begun: Uint8Array[] = [];
  #size = 0;

  /** The packets that end on this page. */
  take({ sizes, body, continues }: Page, gap: boolean): Uint8Array[] {
    let lost = continues && (gap || this.#begun.length === 0); // the start of the first packet
    if (gap || !continues) this.#drop();
    const packets: Uint8Array[] = [];
    let [from, to] = [0, 0];
    for (const lacing of sizes) {
      to += lacing;
      if (lacing === 255) continue;
      if (!lost) packets.push(this.#whole(body.subarray(from, to)));
      [lost, from] = [false, to];
    }
    if (to > from && !lost) this.#begin(body.subarray(from, to));
    return packets;
  }

  #whole(end: Uint8Array): Uint8Array {
    const packet = this.#begun.length > 0 ? Buffer.concat([...this.#begun, end]) : end;
    this.#drop();
    return packet;
  }

  #begin(part: Uint8Array): void {
    this.#size += part.length;
    if (this.#size > maxBytes) this.#drop();
    else this.#begun.push(part);
  }

  #drop(): void {
    [this.#begun, this.#size] = [[], 0];
  }
}

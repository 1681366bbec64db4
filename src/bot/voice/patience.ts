/** Voice joins with pauses between them: the voice library tries again at once and for ever, which blocks the gateway. */
import type { GatewayVoiceStateUpdate, InternalDiscordGatewayAdapterCreator } from "discord.js";

/** Waits before the first, second … join; after the last one there is no further. */
const waitsMs = [0, 0, 1000, 2000, 4000, 8000] as const;

/** Ready for so long, a connection has all its joins again. */
const steadyMs = 30_000;

/** Until the gateway is looked for again, if it is away. */
const awayMs = 500;

/** Whether a voice state update asks to leave. */
const leaves = (payload: unknown): boolean => (payload as GatewayVoiceStateUpdate).d.channel_id === null; // the library sends nothing else through an adapter

export interface Patience {
  readonly adapterCreator: InternalDiscordGatewayAdapterCreator;
  /** How often it was joined since it was last steady. */
  readonly joins: number;
  /** To be told whether the connection is ready. */
  ready(isReady: boolean): void;
  stop(): void;
}

/** Joins through this adapter only so often and so fast; `giveUp` is called instead of one join too many. */
export function patient(creator: InternalDiscordGatewayAdapterCreator, giveUp: () => void): Patience {
  let joins = 0;
  let delayed: NodeJS.Timeout | undefined;
  let steady: NodeJS.Timeout | undefined;
  return {
    get joins() {
      return joins;
    },
    adapterCreator: (methods) => {
      const adapter = creator(methods);
      const join = (payload: unknown): void => {
        if (adapter.sendPayload(payload)) joins++;
        else delayed = setTimeout(join, awayMs, payload);
      };
      return {
        sendPayload(payload) {
          clearTimeout(delayed); // only the newest wish counts
          if (leaves(payload)) return adapter.sendPayload(payload);
          const wait = waitsMs[joins];
          if (wait === undefined)
            setImmediate(giveUp); // not from inside the library's own change of state
          else if (wait === 0) join(payload);
          else delayed = setTimeout(join, wait * (1 + Math.random() / 4), payload);
          return true;
        },
        destroy() {
          clearTimeout(delayed);
          adapter.destroy();
        },
      };
    },
    ready(isReady) {
      clearTimeout(steady);
      if (isReady) steady = setTimeout(() => (joins = 0), steadyMs).unref();
    },
    stop() {
      clearTimeout(delayed);
      clearTimeout(steady);
    },
  };
}

/** The renderer of this process: a worker thread. */
import { type FromRenderer, newStopFlag, raise, type ToRenderer, type WorkerSetup } from "./messages.ts";
import type { Renderer } from "./renderer.ts";
import { WorkerThread } from "./worker-thread.ts";

export async function openLocalRenderer(setup: Omit<WorkerSetup, "level">): Promise<Renderer> {
  const thread = new WorkerThread<ToRenderer, FromRenderer>(setup);
  let songs = 0;
  try {
    await thread.ready;
  } catch (error) {
    await thread.close();
    throw error;
  }
  return {
    render(order, onEvent) {
      const song = songs++;
      const stop = newStopFlag();
      const send = (message: ToRenderer): void => thread.send(song, message);
      thread.follow(song, onEvent);
      send({ type: "render", order, stop });
      return {
        add: (level, codes) => send({ type: "codes", level, codes }),
        keep: (sheet) => send({ type: "sheet", sheet }),
        listen: (untilSeconds) => send({ type: "listen", untilSeconds }),
        stop: () => {
          raise(stop);
          send({ type: "stop" });
        },
      };
    },
    close: () => thread.close(),
  };
}

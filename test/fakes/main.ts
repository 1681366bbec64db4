/** The bot's process with the fake engine in place of a model; the pace comes from the environment. */
import { serve } from "../../src/bot/serve.ts";
import { loadEnvironment, readConfig } from "../../src/config.ts";
import { fakeEngine } from "./engine.ts";

const pace = Number(process.env.FAKE_PACE ?? 1);
process.exit(
  await serve(
    () => readConfig(loadEnvironment()),
    async () => fakeEngine({ pace }),
  ),
);

/** The bot's process with the fake engine in place of a model, which makes two seconds a second. */
import { serve } from "../../src/bot/serve.ts";
import { loadEnvironment, readConfig } from "../../src/config.ts";
import { fakeEngine } from "./engine.ts";

const pace = 2;
process.exit(
  await serve(
    () => readConfig(loadEnvironment()),
    async () => fakeEngine({ pace }),
  ),
);

/** Starts the bot: settings, model, Discord. */
import "./launch.cjs"; // first, as it checks Node
import { serve } from "./bot/serve.ts";
import { loadEnvironment, readConfig } from "./config.ts";
import { openEngine } from "./inference/open-engine.ts";

const code = await serve(
  () => readConfig(loadEnvironment()),
  ({ model, device }) => openEngine(model, device === undefined ? {} : { device }),
);
process.exit(code); // a model or a socket must not keep a stopped bot alive

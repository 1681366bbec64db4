/** The whole `play` program with an engine that needs no model: the tests start it, stop it and hang up on it. */
import { main } from "../../src/play.ts";
import { steadyEngine } from "./steady-engine.ts";

await main(async () => steadyEngine());

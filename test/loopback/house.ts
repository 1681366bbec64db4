/** Puts the parts of the double together. */
import { Actions } from "./actions.ts";
import { Bell } from "./bell.ts";
import { Commands } from "./commands.ts";
import type { Core } from "./core.ts";
import { FaultTable } from "./faults.ts";
import { Findings } from "./findings.ts";
import { Gateway } from "./gateway.ts";
import { Ids } from "./ids.ts";
import { Interactions } from "./interactions.ts";
import { Mailbox } from "./mailbox.ts";
import { RestServer } from "./rest.ts";
import { makeRoutes } from "./routes.ts";
import type { Settings } from "./settings.ts";
import { Switchboard } from "./switchboard.ts";
import { VoiceFaults } from "./voice-faults.ts";
import { VoiceServer } from "./voice-server.ts";
import { World } from "./world.ts";

export type BotContext = ReturnType<typeof build>;

export const gatewayUrl = (rest: RestServer): string => `ws://127.0.0.1:${rest.port}`;

export function build(settings: Settings) {
  const ids = new Ids(settings.seed);
  const bell = new Bell();
  const findings = new Findings(bell);
  const world = new World(ids, settings.botName);
  const core: Core = {
    settings,
    ids,
    bell,
    findings,
    world,
    // Parts made further down: they are there before anything can happen.
    dispatch: (event, data, intents) => gateway.dispatch(event, data, intents),
    keepFile: (file, id) => mailbox.keepGiven(file, id),
    readsContent: () => gateway.readsContent(),
  };
  const mailbox = new Mailbox(core);
  const commands = new Commands(core);
  const interactions = new Interactions(core, mailbox);
  const parts = { core, commands, interactions, mailbox };
  const actions = new Actions(parts);
  const voiceFaults = new VoiceFaults();
  const voice = new VoiceServer(core, voiceFaults);
  const switchboard = new Switchboard(core, voice, voiceFaults);
  const faults = new FaultTable();
  const rest: RestServer = new RestServer({
    settings,
    bell,
    findings,
    faults,
    routes: makeRoutes({
      ...parts,
      gatewayUrl: () => gatewayUrl(rest),
      changeVoiceState: (guild, body) => switchboard.change(guild, body),
    }),
    file: (path) => mailbox.file(path),
  });
  const gateway: Gateway = new Gateway(core, rest.http, {
    voiceWish: (wish, sessionId) => switchboard.wish(wish, sessionId),
    newSession: () => switchboard.forgetBot(),
  });
  return { ...parts, actions, voice, voiceFaults, switchboard, faults, rest, gateway };
}

/** The connection to Discord: logs in, and tells when it is lost for good. */
import {
  Client,
  DiscordjsError,
  DiscordjsErrorCodes,
  Events,
  GatewayCloseCodes,
  GatewayIntentBits,
  RESTEvents,
} from "discord.js";
import { UserError } from "../../errors.ts";
import { log } from "../../log.ts";

export interface ClientOptions {
  readonly token: string;
  readonly api?: string | undefined;
  /** Longest time one request may take. */
  readonly requestMs: number;
  /** Called once if the connection can never work again. */
  readonly onFatal: (error: UserError) => void;
}

/** Logs in and waits until all guilds are known; throws a UserError if Discord won't have this bot. */
export async function connect({ token, api, requestMs, onFatal }: ClientOptions): Promise<Client<true>> {
  const client = new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates],
    allowedMentions: { parse: [], repliedUser: false },
    failIfNotExists: false,
    rest: { timeout: requestMs, retries: 0, ...(api !== undefined && { api }) }, // who needs retries does them with patience
  });
  const fatal = Promise.withResolvers<never>();
  let connected = false;
  fatal.promise.catch((error: UserError) => {
    if (connected) onFatal(error); // before, it is thrown
  });
  client.on(Events.Error, (error) => log("error", "discord.js", error));
  client.on(Events.Warn, (text) => log("warning", `discord.js: ${text}`));
  client.on(Events.ShardError, (error) => log("warning", "gateway", error));
  client.on(Events.ShardDisconnect, ({ code }) => fatal.reject(closedFor(code)));
  client.rest.on(RESTEvents.RateLimited, ({ route, timeToReset }) =>
    log("warning", `Discord asks for a pause of ${timeToReset} ms on ${route}`),
  );
  client.rest.on(RESTEvents.Response, ({ route }, { status }) => {
    if (status === 401 && !isInteraction(route)) fatal.reject(badToken()); // the library has forgotten the token by now
  });
  const ready = new Promise<Client<true>>((resolve) => client.once(Events.ClientReady, resolve));
  try {
    await Promise.race([client.login(token), fatal.promise]);
    const there = await Promise.race([ready, fatal.promise]);
    connected = true;
    return there;
  } catch (error) {
    await client.destroy();
    throw isTokenError(error) ? badToken() : error;
  }
}

/** These carry the interaction's own token, so that a 401 says nothing about the bot's. */
const isInteraction = (route: string) => route.startsWith("/webhooks/") || route.startsWith("/interactions/");

const badToken = () =>
  new UserError("Discord doesn't accept DISCORD_TOKEN. Reset the token in the developer portal and put it into .env.");

const isTokenError = (error: unknown) =>
  error instanceof DiscordjsError &&
  (error.code === DiscordjsErrorCodes.TokenInvalid || error.code === DiscordjsErrorCodes.TokenMissing);

function closedFor(code: number): UserError {
  if (code === GatewayCloseCodes.AuthenticationFailed) return badToken();
  if (code === GatewayCloseCodes.DisallowedIntents)
    return new UserError(
      "Discord refuses the bot's intents (code 4014). Switch them on in the developer portal under Bot, Privileged Gateway Intents.",
    );
  return new UserError(`Discord closed the connection for good (code ${code}).`);
}

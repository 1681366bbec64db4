/** Tells Discord which commands there are, but only if they changed: it takes 200 changes a day. */
import { createHash } from "node:crypto";
import type { Client } from "discord.js";
import type { Command } from "../../commands/command.ts";
import { log } from "../../log.ts";
import type { Settings } from "../../store/store.ts";

/** Registers all commands in one request, unless these very ones were registered for this application before. */
export async function registerCommands(
  client: Client<true>,
  commands: readonly Command[],
  settings: Settings,
): Promise<void> {
  const definitions = commands.flatMap((command) => ("definition" in command ? [command.definition] : []));
  const hash = createHash("sha256").update(JSON.stringify(definitions)).digest("hex");
  const key = `commands of ${client.application.id}`;
  if (settings.get(key) === hash) return;
  await client.application.commands.set(definitions);
  settings.set(key, hash);
  log("info", `registered ${definitions.length} commands`);
}

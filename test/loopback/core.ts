/** What every part of the double shares. */
import type { Bell } from "./bell.ts";
import type { Findings } from "./findings.ts";
import type { Ids } from "./ids.ts";
import type { Fields } from "./json.ts";
import type { Settings } from "./settings.ts";
import type { World } from "./world.ts";

export interface Core {
  readonly settings: Settings;
  readonly ids: Ids;
  readonly bell: Bell;
  readonly findings: Findings;
  readonly world: World;
  /** Sends an event to the bot if it asked for one of these intent bits; 0 needs none. */
  dispatch(event: string, data: Fields, intents: number): void;
  /** Serves a file that a user gave with a command; its fields as the API words them. */
  keepFile(file: { filename: string; contentType: string; bytes: Buffer }, id: string): Fields;
  /** Whether the bot's session has the message content intent. */
  readsContent(): boolean;
}

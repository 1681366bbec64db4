/** The list of commands: a new one is one file and one line here. */
import { cancel } from "./cancel.ts";
import type { Command } from "./command.ts";
import { continueCommand } from "./continue.ts";
import { continueButton, continueMenu } from "./continue-here.ts";
import { jukebox } from "./jukebox.ts";
import { pickButton } from "./pick.ts";
import { queue } from "./queue.ts";
import { singCommand, singForm, singMenu } from "./sing.ts";
import { stop } from "./stop.ts";

export const commands: readonly Command[] = [
  jukebox,
  singCommand,
  singForm,
  singMenu,
  continueCommand,
  continueMenu,
  continueButton,
  pickButton,
  queue,
  cancel,
  stop,
];

/** What a training's numbers were at which step: one line of JSON each, beside its checkpoint. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** The step, and whatever is told of it: losses, held-out losses, rate. */
export type Moment = Readonly<Record<string, number>> & { readonly step: number };

export interface History {
  add(moment: Moment): void;
}

/** The file of a checkpoint's history. */
export const historyPath = (checkpoint: string): string => `${checkpoint.replace(/\.safetensors$/, "")}.history.jsonl`;

/** Goes on behind `step`: what was told of later steps is forgotten, as they will be gone through once more. */
export function openHistory(path: string, step: number): History {
  mkdirSync(dirname(path), { recursive: true });
  const kept = readHistory(path).filter((moment) => moment.step <= step);
  writeFileSync(path, kept.map(lineOf).join(""));
  return { add: (moment) => appendFileSync(path, lineOf(moment)) };
}

/** Lines that were cut off are left out. */
export function readHistory(path: string): Moment[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Moment]; // our own lines, or none
      } catch {
        return [];
      }
    });
}

const lineOf = (moment: Moment): string => `${JSON.stringify(moment)}\n`;

/** What a training tells of itself while it runs: one line, in the same order in every stage. */
import type { Moment } from "./history.ts";
import type { Clock } from "./schedule.ts";

export interface Throughput {
  /** Learned from in a step. */
  readonly codes: number;
  /** Of sound, where sound is what is learned from. */
  readonly seconds?: number;
}

export interface Standing {
  readonly moment: Moment & { readonly loss: number; readonly rate: number };
  /** Parts of the loss, by name. */
  readonly parts?: Readonly<Record<string, number>>;
  /** On songs not learned from, with its unit; there is nothing before the first judgement. */
  readonly validation?: string | undefined;
  /** Codes in use, and how many there are. */
  readonly usage?: { readonly used: number; readonly bins: number };
  readonly throughput: Throughput;
}

/** Loss, held out, codes in use, rate, speed and time left. */
export function progressLine(standing: Standing, clock: Pick<Clock, "left" | "secondsPerStep">): string {
  const { moment, parts, validation, usage, throughput } = standing;
  const { step, loss, rate } = moment;
  const left = clock.left(step);
  const aSecond = (amount: number): number => amount / clock.secondsPerStep(step);
  const made = Object.entries(parts ?? {}).map(([name, value]) => `${name} ${value.toFixed(3)}`);
  return [
    `step ${step}${left.steps === undefined ? "" : ` of ${step + left.steps}`}`,
    `loss ${loss.toFixed(3)}${made.length > 0 ? ` (${made.join(", ")})` : ""}`,
    ...(validation === undefined ? [] : [`validation ${validation}`]),
    ...(usage ? [`${usage.used} of ${usage.bins} codes in use`] : []),
    `rate ${rate.toExponential(1)}`,
    `${aSecond(throughput.codes).toFixed(0)} codes/s`,
    ...(throughput.seconds === undefined ? [] : [`${aSecond(throughput.seconds).toFixed(2)} × real time`]),
    `${(left.seconds / 60).toFixed(1)} min left`,
  ].join("  ");
}

/** Runs training steps: weights, moments and codebooks in tensors of their own, two sets that change places. */
import { UserError } from "../errors.ts";
import type { Store } from "../model/weights.ts";
import type { Graph } from "../onnx/graph.ts";
import { floats, openSession, type Session, type SessionOptions, type Tensor, type Tensors } from "../onnx/session.ts";

/** What a training is made of between two steps. */
export interface TrainingState {
  /** Steps run so far, skipped ones too. Random numbers of a step should follow from this and the seed alone. */
  readonly steps: number;
  readonly store: Store;
}

export interface StepperOptions extends SessionOptions {
  /** Steps in a row that may be skipped because a number was not finite. */
  readonly patience?: number;
}

export interface StepResult {
  /** The outputs that are not state; overwritten by the next step. */
  readonly metrics: Readonly<Record<string, Float32Array>>;
  /** A metric was not finite, so nothing was learned. */
  readonly skipped: boolean;
}

const NEXT = "next.";

/**
 * A graph whose input `x` and output `next.x` are one piece of state. Adam's moments and its step start at zero when
 * `start` lacks them; all other state must be there, in the right shape.
 */
export async function createStepper(
  graph: Graph,
  start: TrainingState,
  options: StepperOptions = {},
): Promise<Stepper> {
  const { patience = 10, ...sessionOptions } = options;
  const current = initialState(graph, start.store);
  const metrics = Object.fromEntries(
    graph.outputs
      .filter(({ name }) => !name.startsWith(NEXT))
      .map(({ name, value }) => [name, empty(value.shape as number[])]),
  );
  return new Stepper(await openSession(graph, sessionOptions), { current, metrics, steps: start.steps, patience });
}

interface Parts {
  readonly current: Record<string, Tensor>;
  readonly metrics: Record<string, Tensor>;
  readonly steps: number;
  readonly patience: number;
}

export class Stepper {
  readonly #session: Session;
  readonly #metrics: Record<string, Tensor>;
  readonly #patience: number;
  #current: Record<string, Tensor>;
  #next: Record<string, Tensor>;
  #steps: number;
  #skipped = 0;

  constructor(session: Session, { current, metrics, steps, patience }: Parts) {
    this.#session = session;
    this.#metrics = metrics;
    this.#patience = patience;
    this.#current = current;
    this.#next = Object.fromEntries(Object.entries(current).map(([name, { dims }]) => [name, empty(dims)]));
    this.#steps = steps;
  }

  /** Steps run so far, skipped ones too. */
  get steps(): number {
    return this.#steps;
  }

  /** One step at this rate. A step with a number that is not finite changes nothing but the count. */
  async step(feeds: Tensors, rate: number): Promise<StepResult> {
    const into = { ...this.#metrics };
    for (const [name, tensor] of Object.entries(this.#next)) into[NEXT + name] = tensor;
    await this.#session.run({ ...this.#current, ...feeds, rate: floats(Float32Array.of(rate), []) }, into);
    this.#steps++;
    const metrics = Object.fromEntries(
      Object.entries(this.#metrics).map(([name, { data }]) => [name, data as Float32Array]),
    );
    const odd = Object.keys(metrics).find((name) => !metrics[name]!.every(Number.isFinite));
    this.#skipped = odd === undefined ? 0 : this.#skipped + 1;
    if (this.#skipped > this.#patience)
      throw new UserError(
        `Training has lost its way: "${odd}" was not a finite number in ${this.#skipped} steps in a row, up to step ${this.#steps}. Go back to an older checkpoint, or lower the rate.`,
      );
    if (odd === undefined) [this.#current, this.#next] = [this.#next, this.#current];
    return { metrics, skipped: odd !== undefined };
  }

  /** The state itself, not a copy: read or save it before the next step. */
  state(): TrainingState {
    const entries = Object.entries(this.#current).map(
      ([name, { dims, data }]) => [name, { shape: dims, data: data as Float32Array }] as const,
    );
    return { steps: this.#steps, store: new Map(entries) };
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}

const empty = (shape: readonly number[]): Tensor =>
  floats(new Float32Array(shape.reduce((all, size) => all * size, 1)), shape);

const startsAtZero = (name: string): boolean => /(^|\.)adam\.(m|v|step)$/.test(name);

function initialState(graph: Graph, store: Store): Record<string, Tensor> {
  const names = graph.outputs.filter(({ name }) => name.startsWith(NEXT)).map(({ name }) => name.slice(NEXT.length));
  return Object.fromEntries(
    names.map((name) => {
      const shape = graph.inputs.find((input) => input.name === name)?.shape as number[] | undefined;
      if (!shape) throw new Error(`${NEXT}${name} is an output, but ${name} is no input`);
      const tensor = empty(shape);
      const known = store.get(name);
      if (!known && !startsAtZero(name)) throw new Error(`${name} has no value to start from`);
      if (known && known.shape.join() !== shape.join())
        throw new UserError(
          `${name} is [${known.shape.join(", ")}] in the checkpoint, and [${shape.join(", ")}] here.`,
        );
      if (known) (tensor.data as Float32Array).set(known.data);
      return [name, tensor];
    }),
  );
}

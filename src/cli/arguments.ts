/** Command-line arguments of all programs: options, numbers in a range, and one sentence for what is wrong with them. */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { UserError } from "../errors.ts";

const seeHelp = "--help lists the options.";
const help = { type: "boolean", short: "h", default: false } as const;

type Parsed<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options & { help: typeof help }; allowPositionals: true }>
>;

/** Parses the options, `--help` and at most so many positional arguments. */
export function parseArguments<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  maxPositionals = 0,
): Parsed<Options> {
  const parsed = parsedBy(() => parseArgs({ args: [...args], allowPositionals: true, options: { ...options, help } }));
  const extra = parsed.positionals[maxPositionals];
  if (extra !== undefined) throw new UserError(`Unexpected argument "${extra}". ${seeHelp}`);
  return parsed;
}

/** Node's sentences about arguments are fit to be shown. */
function parsedBy<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof TypeError) throw new UserError(`${error.message}. ${seeHelp}`, { cause: error });
    throw error;
  }
}

export interface NumberRange {
  readonly whole?: boolean;
  /** Greater than this. */
  readonly above?: number;
  readonly min?: number;
  readonly max?: number;
}

/** The number that an argument stands for; `name` is the argument's, such as "--seconds". */
export function parseNumber(name: string, text: string, range: NumberRange = {}): number {
  const { whole = false, above = -Infinity, min = -Infinity, max = Infinity } = range;
  const number = text.trim() === "" ? Number.NaN : Number(text);
  const fits = Number.isFinite(number) && number > above && number >= min && number <= max;
  if (fits && (!whole || Number.isInteger(number))) return number;
  throw new UserError(`${name} must be ${describeRange(range)}, not "${text}".`);
}

/** The same for an option that may be left out. */
export const parseOptionalNumber = (name: string, text: string | undefined, range?: NumberRange): number | undefined =>
  text === undefined ? undefined : parseNumber(name, text, range);

function describeRange({ whole = false, above, min, max }: NumberRange): string {
  const kind = whole ? "a whole number" : "a number";
  if (above !== undefined) return `${kind} above ${above}`;
  if (min !== undefined) return max === undefined ? `${kind}, at least ${min}` : `${kind} from ${min} to ${max}`;
  return kind;
}

/** One of a few values; `name` is the argument's. */
export function parseChoice<const T extends string | number>(name: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((one) => String(one) === text);
  if (choice === undefined) throw new UserError(`${name} must be ${listed(choices)}, not "${text}". ${seeHelp}`);
  return choice;
}

const listed = (choices: readonly (string | number)[]): string =>
  new Intl.ListFormat("en-GB", { type: "disjunction" }).format(choices.map(String));

import type { Reporter, ReporterOptions } from "./reporter.ts";

/** What decides which reporter `auto` is. */
export interface PickOptions extends Pick<ReporterOptions, "screen" | "verbosity"> {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** All there are, a line each: values of `--reporter`, its help and its checks come from here. Each is loaded when it is shown. */
const REPORTERS = {
  tree: async (options) => (await import("./tree/tree.ts")).createTreeReporter(options),
  plain: async (options) => (await import("./plain.ts")).createPlainReporter(options),
  json: async (options) => (await import("./json.ts")).createJsonReporter(options),
  quiet: async (options) => (await import("./quiet.ts")).createQuietReporter(options),
} satisfies Readonly<Record<string, (options: ReporterOptions) => Promise<Reporter>>>;

export type ReporterName = keyof typeof REPORTERS;

export const reporterNames = Object.keys(REPORTERS) as readonly ReporterName[];

export async function createReporter(name: ReporterName, options: ReporterOptions): Promise<Reporter> {
  return await REPORTERS[name](options);
}

/** `tree` where it can be drawn and watched, `plain` elsewhere and where all output is wanted. */
export function pickReporter(asked: ReporterName | "auto", { screen, verbosity, env }: PickOptions): ReporterName {
  if (asked !== "auto") return asked;
  const canDraw = screen.isTTY && screen.columns >= 40 && screen.rows >= 6 && env["TERM"] !== "dumb";
  return canDraw && !isCi(env) && verbosity === 0 ? "tree" : "plain";
}

/** True where nobody watches: the variable that CI systems set. */
export function isCi({ CI = "" }: Readonly<Record<string, string | undefined>>): boolean {
  return CI !== "" && CI !== "false";
}

import type { Reporter, ReporterOptions, Screen } from "./reporter.ts";

/** Two places to write to, and what a test decides. */
export interface ShownOn extends Partial<Pick<ReporterOptions, "now" | "every" | "logFile">> {
  /** Results: `json` writes here, and nothing else does unless it is a terminal. */
  readonly stdout: Screen;
  /** For eyes, when stdout is not a terminal. */
  readonly stderr: Screen;
  readonly verbosity: 0 | 1;
}

/** What decides which reporter `auto` is. */
export interface PickOptions extends Pick<ShownOn, "stdout" | "stderr" | "verbosity"> {
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

/** @default options.now performance.now @default options.every setInterval, which does not keep the process alive */
export async function createReporter(name: ReporterName, options: ShownOn): Promise<Reporter> {
  const { stdout, verbosity, logFile, now = () => performance.now(), every = atPace } = options;
  return await REPORTERS[name]({ screen: forEyes(options), stdout, verbosity, now, every, logFile });
}

/** `tree` where it can be drawn and watched, `plain` elsewhere and where all output is wanted. */
export function pickReporter(asked: ReporterName | "auto", surroundings: PickOptions): ReporterName {
  if (asked !== "auto") return asked;
  const { env, verbosity } = surroundings;
  const screen = forEyes(surroundings);
  const canDraw = screen.isTTY && screen.columns >= 40 && screen.rows >= 6 && env["TERM"] !== "dumb";
  return canDraw && !isCi(env) && verbosity === 0 ? "tree" : "plain";
}

/** True where nobody watches: the variable that CI systems set. */
export function isCi({ CI = "" }: Readonly<Record<string, string | undefined>>): boolean {
  return CI !== "" && CI !== "false";
}

function forEyes({ stdout, stderr }: { readonly stdout: Screen; readonly stderr: Screen }): Screen {
  return stdout.isTTY ? stdout : stderr;
}

function atPace(milliseconds: number, callback: () => void): () => void {
  const timer = setInterval(callback, milliseconds);
  timer.unref();
  return () => clearInterval(timer);
}

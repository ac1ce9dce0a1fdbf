import { createJsonReporter } from "./json.ts";
import { createPlainReporter } from "./plain.ts";
import { createQuietReporter } from "./quiet.ts";
import type { Reporter, Screen } from "./reporter.ts";

export type ReporterName = "tree" | "plain" | "json" | "quiet";

export interface ReporterOptions {
  /** Results: `json` writes here, and nothing else does unless it is a terminal. */
  readonly stdout: Screen;
  /** For eyes, when stdout is not a terminal. */
  readonly stderr: Screen;
  /** 1: probes and debug messages too. */
  readonly verbosity: 0 | 1;
  /** Milliseconds of a clock that does not go back. @default performance.now */
  readonly now?: (() => number) | undefined;
  /** Calls back at a steady pace. @default setInterval, which does not keep the process alive */
  readonly every?: ((milliseconds: number, callback: () => void) => () => void) | undefined;
  /** Where the log file is, to say so where something is left out. */
  readonly logFile?: string | undefined;
}

/** What decides which reporter `auto` is. */
export interface Surroundings {
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly verbosity: 0 | 1;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The tree is loaded when it is shown. */
export async function createReporter(name: ReporterName, options: ReporterOptions): Promise<Reporter> {
  const { verbosity, logFile } = options;
  const now = options.now ?? (() => performance.now());
  const screen = forEyes(options);
  switch (name) {
    case "tree": {
      const { createTreeReporter } = await import("./tree/tree.ts");
      return createTreeReporter({ screen, verbosity, now, every: options.every ?? atPace, logFile });
    }
    case "plain":
      return createPlainReporter({ screen, verbosity, logFile });
    case "quiet":
      return createQuietReporter({ screen, logFile });
    case "json":
      return createJsonReporter({ screen: options.stdout, now });
  }
}

/** `tree` where it can be drawn and watched, `plain` elsewhere and where all output is wanted. */
export function pickReporter(asked: ReporterName | "auto", surroundings: Surroundings): ReporterName {
  if (asked !== "auto") return asked;
  const { env, verbosity } = surroundings;
  const screen = forEyes(surroundings);
  const isCi = env["CI"] !== undefined && env["CI"] !== "" && env["CI"] !== "false";
  const canDraw = screen.isTTY && screen.columns >= 40 && screen.rows >= 6 && env["TERM"] !== "dumb";
  return canDraw && !isCi && verbosity === 0 ? "tree" : "plain";
}

function forEyes({ stdout, stderr }: { readonly stdout: Screen; readonly stderr: Screen }): Screen {
  return stdout.isTTY ? stdout : stderr;
}

function atPace(milliseconds: number, callback: () => void): () => void {
  const timer = setInterval(callback, milliseconds);
  timer.unref();
  return () => clearInterval(timer);
}

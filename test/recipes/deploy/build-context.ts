import type { EnvReader } from "../../../src/index.ts";
import type { BuildContext } from "../../../src/recipes/deploy/strategies/strategy.ts";

/** Settings of the deploy recipe, read as a strategy reads them. */
export function readerOf(settings: Readonly<Record<string, unknown>>): EnvReader {
  const all: Record<string, unknown> = { branch: "HEAD", repoTree: "", submodules: "fail", lfsPointers: false, ...settings };
  return { ...all, get: async (key: string) => all[key] } as unknown as EnvReader;
}

/** What a strategy is told on a host of a test. */
export function buildContext(
  parts: Pick<BuildContext, "paths" | "revision"> & Partial<BuildContext>,
  settings: Readonly<Record<string, unknown>> = {},
): BuildContext {
  return { host: "app1", run: "run-1", probe: [], artifact: undefined, env: readerOf(settings), ...parts };
}

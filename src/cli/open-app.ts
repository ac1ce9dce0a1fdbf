import { type LoadedApp, loadApp } from "../execution/load-app.ts";
import type { LoadOptions } from "../loader/load.ts";
import { entryPoints } from "./package/entry-points.ts";
import { readVersion } from "./package/version.ts";
import type { CliIo } from "./terminal/io.ts";

/** The deployfile that this command line is about. @throws DeployfileError, ProblemsError */
export async function openApp(options: Pick<LoadOptions, "file" | "timeout">, io: CliIo): Promise<LoadedApp> {
  const { cwd, env, importModule } = io;
  return await loadApp({ ...options, cwd, env, importModule, version: readVersion(), modules: entryPoints });
}

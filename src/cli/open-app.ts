import { type LoadedApp, loadApp } from "../execution/load-app.ts";
import type { Redirection } from "../rehearse/mark.ts";
import type { Invocation } from "./argv/invocation.ts";
import { entryPoints } from "./package/entry-points.ts";
import { readVersion } from "./package/version.ts";
import type { CliIo } from "./terminal/io.ts";

/**
 * The deployfile that this command line is about.
 * @param timeout milliseconds that it may take. @default 10000
 * @throws DeployfileError, ProblemsError
 */
export async function openApp({ options }: Invocation, io: CliIo, timeout?: number): Promise<LoadedApp> {
  const { cwd, env, importModule } = io;
  const { file } = options;
  const loaded = await loadApp({ file, timeout, cwd, env, importModule, version: readVersion(), modules: entryPoints });
  const app = io.redirect === undefined ? loaded : await redirected(loaded, io.redirect);
  if (app.problems.length === 0) return app;
  const { nameForgotten } = await import("./shipped-recipes.ts");
  return { ...app, problems: await nameForgotten(app) };
}

async function redirected(app: LoadedApp, redirect: Redirection): Promise<LoadedApp> {
  const { redirectApp } = await import("./redirect-app.ts");
  return await redirectApp(app, redirect);
}

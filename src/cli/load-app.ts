import { createApp } from "../app/create-app.ts";
import type { SealedApp } from "../app/sealed-app.ts";
import { loadDeployfile } from "../deployfile/load.ts";
import type { Problem } from "../errors.ts";
import { entryPoints } from "./entry-points.ts";
import type { CliIo } from "./io.ts";
import { reservedWords } from "./verbs.ts";
import { readVersion } from "./version.ts";

/** A deployfile that has been read. */
export interface LoadedApp {
  readonly path: string;
  /** It is data: settings that nobody declares can only be mistakes. */
  readonly isData: boolean;
  readonly sealed: SealedApp;
  /** What is wrong with tasks, hooks and declarations. */
  readonly problems: readonly Problem[];
}

export interface LoadAppOptions {
  /** The file that `-f` names. */
  readonly file?: string | undefined;
  /** Milliseconds. @default 10000 */
  readonly timeout?: number | undefined;
}

/** Finds the deployfile and lets it fill in an app. @throws DeployfileError, ProblemsError */
export async function loadApp(options: LoadAppOptions, io: CliIo): Promise<LoadedApp> {
  const { cwd, env } = io;
  const deployfile = await loadDeployfile({ ...options, cwd, env, version: readVersion(), modules: entryPoints });
  const { app, seal } = createApp({ locate: deployfile.locate });
  await deployfile.fill(app);
  const sealed = seal();
  return { path: deployfile.path, isData: deployfile.isData, sealed, problems: sealed.problems(reservedWords) };
}

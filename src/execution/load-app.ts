import { resolve } from "node:path";
import { readText } from "../loader/cache.ts";
import { type LoadOptions, loadDeployfile } from "../loader/load.ts";
import { type FilledApp, fillApp } from "../prepare/filled-app.ts";

/** A deployfile that has been read. */
export interface LoadedApp extends FilledApp {
  readonly path: string;
}

/** Finds the deployfile and lets it fill in an app. @throws DeployfileError, ProblemsError */
export async function loadApp(options: LoadOptions): Promise<LoadedApp> {
  const { path, isData, locate, fill } = await loadDeployfile(options);
  const readSource = (file: string): string | undefined => readText(resolve(options.cwd, file)) ?? undefined;
  return { path, ...(await fillApp(fill, { isData, locate, readSource })) };
}

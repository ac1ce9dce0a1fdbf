import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { loadDeployfile } from "../loader/load.ts";
import { type FilledApp, fillApp } from "../prepare/filled-app.ts";
import { entryPoints } from "./package/entry-points.ts";
import { readVersion } from "./package/version.ts";
import type { CliIo } from "./terminal/io.ts";

/** A deployfile that has been read. */
export interface LoadedApp extends FilledApp {
  readonly path: string;
}

export interface LoadAppOptions {
  /** The file that `-f` names. */
  readonly file?: string | undefined;
  /** Milliseconds. @default 10000 */
  readonly timeout?: number | undefined;
}

/** Finds the deployfile and lets it fill in an app. @throws DeployfileError, ProblemsError */
export async function loadApp(options: LoadAppOptions, io: CliIo): Promise<LoadedApp> {
  const { cwd, env, importModule } = io;
  const deployfile = await loadDeployfile({ ...options, cwd, env, importModule, version: readVersion(), modules: entryPoints });
  const { path, isData, locate } = deployfile;
  const readSource = (file: string): string | undefined => readText(resolve(cwd, file));
  return { path, ...(await fillApp(deployfile.fill, { isData, locate, readSource })) };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

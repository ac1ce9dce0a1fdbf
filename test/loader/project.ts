import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { App } from "../../src/dsl/app.ts";
import type { ModuleTable } from "../../src/loader/entry-points.ts";
import { type LoadedDeployfile, type LoadOptions, loadDeployfile } from "../../src/loader/load.ts";

export interface Project {
  readonly root: string;
}

/** A project on disk, gone when the test is over. */
export function project(files: Readonly<Record<string, string>>): Project {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "fake-project-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "node_modules"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return { root };
}

/** Stands in for our own modules: the loader only hands them on. */
export const modules: ModuleTable = {
  "fake-deploy": async () => ({ mark: MARK, defineDeployfile: (recipe: unknown) => recipe, z: undefined }),
  "fake-deploy/recipes/deploy": async () => ({ deploy: () => (app: App) => app.settings({}) }),
};

const MARK = Object.freeze({ running: "copy" });

export type Overrides = Partial<LoadOptions>;

export async function loadIn(root: string, overrides: Overrides = {}): Promise<LoadedDeployfile> {
  const env = { XDG_CACHE_HOME: join(root, ".xdg") };
  const importModule = (url: string): Promise<object> => import(url);
  return await loadDeployfile({ cwd: root, version: "1.2.3", modules, env, importModule, ...overrides });
}

export interface Ran {
  readonly loaded: LoadedDeployfile;
  /** What it set in the env. */
  readonly sets: readonly unknown[];
}

/** Loads a deployfile and runs it on an app that only takes notes. */
export async function ran(root: string, overrides: Overrides = {}): Promise<Ran> {
  const loaded = await loadIn(root, overrides);
  const sets: unknown[] = [];
  const env = { set: (values: unknown) => sets.push(values) };
  await loaded.fill({ env } as unknown as App);
  return { loaded, sets };
}

/** The error of a deployfile that cannot be loaded or run. */
export async function faultOf(
  root: string,
  overrides: Overrides = {},
): Promise<{ message: string; hint?: string; code: string; exitCode: number }> {
  try {
    await ran(root, overrides);
  } catch (error) {
    return error as never;
  }
  throw new Error("it loaded");
}

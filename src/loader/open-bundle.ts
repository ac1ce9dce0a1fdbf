import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { findBundle, type StoredBundle } from "./cache.ts";
import { cacheFolders } from "./cache-folder.ts";
import type { EntryPoints } from "./entry-points.ts";

export interface OpenOptions {
  readonly entryPoints: EntryPoints;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Compile also when a compiled form is there. */
  readonly recompile: boolean;
}

/** A compiled deployfile that can be imported. */
export interface OpenBundle extends StoredBundle {
  readonly url: string;
  /** It was compiled just now. */
  readonly isNew: boolean;
  /** To be called when the bundle has been imported: removes it, unless kept for the next run. */
  release(): Promise<void>;
}

/** The compiled form of a deployfile: the one kept from the last run, or a new one. @throws esbuild's BuildFailure */
export async function openBundle(deployfile: string, options: OpenOptions): Promise<OpenBundle> {
  const folders = cacheFolders(deployfile, options.env);
  for (const folder of options.recompile ? [] : folders) {
    const stored = findBundle(folder, deployfile, options.version);
    if (stored !== undefined) return open(stored, false);
  }
  return await compileBundle(deployfile, folders, options);
}

async function compileBundle(deployfile: string, folders: readonly string[], options: OpenOptions): Promise<OpenBundle> {
  const [{ compileDeployfile }, { storeBundle }] = await Promise.all([import("./compile.ts"), import("./store-bundle.ts")]);
  const compiled = await compileDeployfile(deployfile, options.entryPoints);
  for (const folder of folders) {
    const stored = await storeBundle(folder, deployfile, options.version, compiled).catch(() => undefined);
    if (stored !== undefined) return open(stored, true);
  }
  // Nothing can be kept. Not under a name that others could guess: what lies there is run.
  const folder = await mkdtemp(join(tmpdir(), "fake-"));
  const stored = await storeBundle(folder, deployfile, options.version, compiled);
  return open(stored, true, () => rm(folder, { recursive: true, force: true }));
}

function open(stored: StoredBundle, isNew: boolean, release: () => Promise<void> = async () => {}): OpenBundle {
  return { ...stored, url: pathToFileURL(stored.path).href, isNew, release };
}

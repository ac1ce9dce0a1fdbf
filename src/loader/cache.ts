import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { shortHash } from "./cache-folder.ts";

/** A compiled deployfile on disk. */
export interface StoredBundle {
  readonly path: string;
  readonly sources: readonly string[];
  readonly entryPoints: readonly string[];
}

/** Written beside a bundle: with it, a run knows without the compiler that nothing has changed. */
export interface Manifest extends Pick<StoredBundle, "sources" | "entryPoints"> {
  readonly deployfile: string;
  readonly version: string;
  readonly bundle: string;
  /** Bytes in the bundle. */
  readonly length: number;
  /** Its predecessor: kept for one generation, as another process may be about to load it. */
  readonly previous: string | undefined;
  /**
   * Text of each file that took part; null where there was none. The texts themselves: comparing them costs less than loading what
   * hashes them.
   */
  readonly inputs: Readonly<Record<string, string | null>>;
}

/** The compiled form of `deployfile`, when every file that took part is as it was. */
export function findBundle(folder: string, deployfile: string, version: string): StoredBundle | undefined {
  const manifest = readManifest(folder, deployfile);
  if (manifest === undefined || manifest.version !== version) return undefined;
  if (!Object.entries(manifest.inputs).every(([path, text]) => readText(path) === text)) return undefined;
  const { sources, entryPoints, length } = manifest;
  const path = join(folder, manifest.bundle);
  return statSync(path, { throwIfNoEntry: false })?.size === length ? { path, sources, entryPoints } : undefined;
}

export function readManifest(folder: string, deployfile: string): Manifest | undefined {
  const text = readText(join(folder, manifestName(deployfile)));
  if (text === null) return undefined;
  try {
    const found = JSON.parse(text) as Manifest;
    const names = [found.bundle, found.previous ?? ""];
    const whole = Array.isArray(found.sources) && Array.isArray(found.entryPoints) && typeof found.inputs === "object";
    return whole && found.deployfile === deployfile && names.every((name) => basename(name) === name) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Two deployfiles that share a name by chance take turns: a manifest says whose it is. */
export function manifestName(deployfile: string): string {
  return `${basename(deployfile)}-${shortHash(deployfile)}.json`;
}

/** Null for a file that is not there or cannot be read. */
export function readText(path: string): string | null {
  try {
    // Most of them are not there, and an error costs more than the question.
    return existsSync(path) ? readFileSync(path, "utf8") : null;
  } catch {
    return null;
  }
}

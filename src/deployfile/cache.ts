import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { CompiledDeployfile } from "./compile.ts";

/** A compiled deployfile on disk. */
export interface StoredBundle {
  readonly path: string;
  readonly code: string;
  readonly sources: readonly string[];
  readonly entryPoints: readonly string[];
}

/** Written beside a bundle: with it, a run knows without the compiler that nothing has changed. */
interface Manifest {
  readonly version: string;
  readonly bundle: string;
  /** Its predecessor: kept for one generation, as another process may be about to load it. */
  readonly previous: string | undefined;
  readonly sources: readonly string[];
  readonly entryPoints: readonly string[];
  /** Hash of each file that took part; null where there was none. */
  readonly hashes: Readonly<Record<string, string | null>>;
}

/** The compiled form of `deployfile`, when every file that took part is as it was. */
export async function findBundle(folder: string, deployfile: string, version: string): Promise<StoredBundle | undefined> {
  const manifest = await readManifest(folder, deployfile);
  if (manifest === undefined || manifest.version !== version) return undefined;
  const checks = Object.entries(manifest.hashes).map(async ([path, hash]) => (await hashFile(path)) === hash);
  const [code, ...unchanged] = await Promise.all([readText(join(folder, manifest.bundle)), ...checks]);
  if (code === undefined || !unchanged.every(Boolean)) return undefined;
  if (manifest.bundle !== bundleName(deployfile, code)) return undefined;
  const { sources, entryPoints } = manifest;
  return { path: join(folder, manifest.bundle), code, sources, entryPoints };
}

/** @throws the file system's error when the folder cannot be written. */
export async function storeBundle(
  folder: string,
  deployfile: string,
  version: string,
  compiled: CompiledDeployfile,
): Promise<StoredBundle> {
  await mkdir(folder, { recursive: true });
  const { code, entryPoints, witnesses } = compiled;
  const sources = [...compiled.sources.keys()];
  const before = await readManifest(folder, deployfile);
  const bundle = bundleName(deployfile, code);
  // What was compiled, not what is there by now: a file saved in between must not look like the one compiled.
  const read = [...compiled.sources].map(([path, text]) => [path, hash(text)] as const);
  const others = await Promise.all(witnesses.map(async (path) => [path, await hashFile(path)] as const));
  const previous = before?.bundle === bundle ? before.previous : before?.bundle;
  const manifest: Manifest = {
    version,
    bundle,
    previous,
    sources,
    entryPoints,
    hashes: Object.fromEntries([...others, ...read]),
  };
  await writeWhole(join(folder, bundle), code);
  await writeWhole(join(folder, manifestName(deployfile)), JSON.stringify(manifest));
  if (before?.previous !== undefined && before.previous !== previous && before.previous !== bundle) {
    await rm(join(folder, before.previous), { force: true });
  }
  return { path: join(folder, bundle), code, sources, entryPoints };
}

async function readManifest(folder: string, deployfile: string): Promise<Manifest | undefined> {
  const text = await readText(join(folder, manifestName(deployfile)));
  if (text === undefined) return undefined;
  try {
    const found = JSON.parse(text) as Manifest;
    const names = [found.bundle, found.previous ?? ""];
    const whole = Array.isArray(found.sources) && Array.isArray(found.entryPoints) && typeof found.hashes === "object";
    return whole && names.every((name) => basename(name) === name) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Readers see the old file or the new one, never a part. */
async function writeWhole(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(draft, content, { flag: "wx" });
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

function manifestName(deployfile: string): string {
  return `${basename(deployfile)}-${hash(deployfile)}.json`;
}

function bundleName(deployfile: string, code: string): string {
  return `${basename(deployfile)}-${hash(deployfile)}-${hash(code)}.mjs`;
}

async function hashFile(path: string): Promise<string | null> {
  const text = await readText(path);
  return text === undefined ? null : hash(text);
}

async function readText(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(() => undefined);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}

import { createHash, randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Manifest, manifestName, readManifest, readText, type StoredBundle } from "./cache.ts";
import type { CompiledDeployfile } from "./compile.ts";

/** Keeps a compiled deployfile for the next run. @throws the file system's error when the folder cannot be written. */
export async function storeBundle(
  folder: string,
  deployfile: string,
  version: string,
  compiled: CompiledDeployfile,
): Promise<StoredBundle> {
  await mkdir(folder, { recursive: true });
  const { code, entryPoints, witnesses } = compiled;
  const sources = [...compiled.sources.keys()];
  const before = readManifest(folder, deployfile);
  const bundle = `${basename(deployfile)}-${hash(deployfile)}-${hash(code)}.mjs`;
  const previous = before?.bundle === bundle ? before.previous : before?.bundle;
  const manifest: Manifest = {
    deployfile,
    version,
    bundle,
    length: Buffer.byteLength(code),
    previous,
    sources,
    entryPoints,
    // Of the sources what was compiled, not what is there by now: a file saved in between must not look like the one compiled.
    inputs: Object.fromEntries([...witnesses.map((path) => [path, readText(path)] as const), ...compiled.sources]),
  };
  await writeWhole(join(folder, bundle), code);
  await writeWhole(join(folder, manifestName(deployfile)), JSON.stringify(manifest));
  if (before?.previous !== undefined && before.previous !== previous && before.previous !== bundle) {
    await rm(join(folder, before.previous), { force: true });
  }
  return { path: join(folder, bundle), sources, entryPoints };
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

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}

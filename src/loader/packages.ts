import { readFileSync } from "node:fs";
import { dirname, extname, join, sep } from "node:path";

const NEEDS_COMPILING = new Set([".ts", ".mts", ".cts", ".tsx", ".jsx", ".json"]);

export type Packages = ReturnType<typeof createPackages>;

/** What is known of the packages that a deployfile imports. */
export function createPackages() {
  const manifests = new Map<string, string | undefined>();

  // Folders inside a package may have a package.json with nothing but a type: it is not the package's own.
  function manifestIn(folder: string): string | undefined {
    if (manifests.has(folder)) return manifests.get(folder);
    const path = join(folder, "package.json");
    const isOwn = typeof readManifest(path)["name"] === "string";
    const found = isOwn ? path : folder === dirname(folder) ? undefined : manifestIn(dirname(folder));
    manifests.set(folder, found);
    return found;
  }

  return {
    /**
     * True for code that node can load by itself, from a package that others wrote. A package that builds on
     * `fake-deploy` is compiled in: its imports of us must find the running copy too.
     */
    staysOutside(path: string): boolean {
      if (!path.includes(`${sep}node_modules${sep}`) || NEEDS_COMPILING.has(extname(path))) return false;
      const manifest = manifestIn(dirname(path));
      return manifest === undefined || !dependsOnUs(manifest);
    },
    /** The package.json that a file belongs to. */
    manifestOf: (path: string): string | undefined => manifestIn(dirname(path)),
    /** The version that a package.json states. */
    versionOf: (manifest: string): string => String(readManifest(manifest)["version"]),
  };
}

function dependsOnUs(path: string): boolean {
  const manifest = readManifest(path);
  return ["dependencies", "peerDependencies"].some((key) => {
    const listed = manifest[key];
    return typeof listed === "object" && listed !== null && "fake-deploy" in listed;
  });
}

function readManifest(path: string): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof content === "object" && content !== null ? (content as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

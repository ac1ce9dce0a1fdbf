import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ImportKind, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import { didYouMean } from "../suggest.ts";
import type { EntryPoints } from "./entry-points.ts";
import { createPackages, type Packages } from "./packages.ts";

/** What stands in the text for the place of the ORIGINAL file: each compiled file defines these names for itself. */
export const originalPlace = {
  "import.meta.url": "__fake_url",
  "import.meta.dirname": "__fake_dirname",
  "import.meta.filename": "__fake_filename",
  __dirname: "__fake_dirname",
  __filename: "__fake_filename",
} as const;

export const STAND_IN = "fake-deploy";
const MENTIONS_PLACE = /import\.meta|__dirname|__filename/;
/** Marks a resolution that this plugin asked for itself. */
const ASKED = Symbol("asked");

/** Marks the stand-in that is required, not imported. */
const REQUIRED = "?required";
const HERE = dirname(fileURLToPath(import.meta.url));

export interface BundlePluginOptions {
  /** Of the deployfile itself. */
  readonly path: string;
  /** In which it lies. */
  readonly folder: string;
  readonly entryPoints: EntryPoints;
  /** Filled with the packages that stay outside, by the paths of their package.json. */
  readonly outside: Set<string>;
  /** Filled with the files that are compiled, as they were read. */
  readonly sources: Map<string, string>;
}

/**
 * Decides what becomes part of a compiled deployfile: the user's own modules do; packages stay outside, by absolute
 * path, so that the compiled file may lie anywhere; ours are replaced by the running copy.
 */
export function bundlePlugin(options: BundlePluginOptions): Plugin {
  return {
    name: "fake-deploy",
    setup(build) {
      const packages = createPackages();
      build.onResolve({ filter: /.*/ }, (args) => resolveImport(build, args, packages, options));
      build.onLoad({ filter: /.*/, namespace: STAND_IN }, async ({ path, suffix }) => {
        const required = suffix === REQUIRED;
        const zod = await findZod(build, required ? "require-call" : "import-statement", packages, options);
        return { contents: await options.entryPoints.standInFor(path, zod, required), loader: "js" };
      });
      build.onLoad({ filter: /\.([cm]?[jt]sx?|json)$/, namespace: "file" }, async ({ path }) => {
        const text = await readFile(path, "utf8");
        options.sources.set(path, text);
        return compileSource(path, text);
      });
    },
  };
}

async function resolveImport(
  build: PluginBuild,
  args: OnResolveArgs,
  packages: Packages,
  options: BundlePluginOptions,
): Promise<OnResolveResult | undefined> {
  if (args.kind === "entry-point") return { path: options.path };
  if (args.pluginData === ASKED) return undefined;
  // What the stand-in takes from elsewhere: left out where nobody asks for it.
  if (args.namespace === STAND_IN) return { path: args.path, external: true, sideEffects: false };
  if (options.entryPoints.owns(args.path)) return resolveOwn(args, options.entryPoints);
  if (isBuiltin(args.path) || /^(data|https?):/.test(args.path)) return { path: args.path, external: true };
  if (args.path.startsWith("file:")) return await askFor(build, args, fileURLToPath(args.path));

  const found = await askFor(build, args, args.path);
  if ((found.errors ?? []).length > 0) {
    // A missing module may be caught by who asked for it at run time; an import statement cannot be.
    return args.kind === "import-statement" ? { errors: [missing(args)] } : { path: args.path, external: true };
  }
  if (found.external === true || found.path === undefined) return found;
  if (found.path.endsWith(".node")) return external(args, found.path);
  if (isRelative(args.path) || !packages.staysOutside(found.path)) return found;
  const manifest = packages.manifestOf(found.path);
  if (manifest !== undefined) options.outside.add(manifest);
  return external(args, found.path);
}

/** The project's own zod, or else the one that was installed with us. @returns undefined where there is none of our version */
async function findZod(
  build: PluginBuild,
  kind: ImportKind,
  packages: Packages,
  { folder, outside }: BundlePluginOptions,
): Promise<string | undefined> {
  for (const resolveDir of [folder, HERE]) {
    const { path, errors } = await build.resolve("zod", { resolveDir, kind, pluginData: ASKED });
    const manifest = errors.length === 0 ? packages.manifestOf(path) : undefined;
    if (manifest === undefined) continue;
    outside.add(manifest);
    if (/^4\./.test(packages.versionOf(manifest))) return kind === "require-call" ? path : pathToFileURL(path).href;
  }
  return undefined;
}

function resolveOwn({ path: specifier, kind }: OnResolveArgs, entryPoints: EntryPoints): OnResolveResult {
  const suffix = kind === "require-call" ? REQUIRED : "";
  if (entryPoints.has(specifier)) return { path: specifier, namespace: STAND_IN, suffix };
  const hint = didYouMean(specifier, entryPoints.names) ?? `There are: ${entryPoints.names.join(", ")}.`;
  return { errors: [{ text: `There is no "${specifier}". ${hint}` }] };
}

async function askFor(build: PluginBuild, args: OnResolveArgs, path: string): Promise<OnResolveResult> {
  const { importer, resolveDir, kind } = args;
  return await build.resolve(path, { importer, resolveDir, kind, pluginData: ASKED });
}

function external(args: OnResolveArgs, path: string): OnResolveResult {
  const byPath = args.kind === "require-call" || args.kind === "require-resolve";
  return { path: byPath ? path : pathToFileURL(path).href, external: true };
}

function missing(args: OnResolveArgs): { text: string; detail?: { readonly install: string } } {
  if (isRelative(args.path)) return { text: `There is no module "${args.path}".` };
  const name = packageName(args.path);
  return { text: `The package "${name}" is not installed.`, detail: { install: name } };
}

/** The package that a bare specifier starts with: `@scope/name` or `name`. */
export function packageName(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith(".") || specifier.startsWith("/");
}

function compileSource(path: string, text: string): OnLoadResult {
  const loader = "default";
  if (extname(path) === ".json" || !MENTIONS_PLACE.test(text)) return { contents: text, loader };
  const values = { url: pathToFileURL(path).href, dirname: dirname(path), filename: path };
  const names = Object.entries(values).map(([name, value]) => `__fake_${name}=${JSON.stringify(value)}`);
  // On the first line, so that all lines keep their numbers; a line that starts with #! stays the first.
  const start = text.startsWith("#!") ? text.indexOf("\n") + 1 : 0;
  return { contents: `${text.slice(0, start)}var ${names.join(",")};${text.slice(start)}`, loader };
}

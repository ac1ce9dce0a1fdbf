import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildFailure } from "esbuild";
import { bundlePlugin, originalPlace, STAND_IN } from "./bundle-plugin.ts";
import type { EntryPoints } from "./entry-points.ts";
import { foldersFrom } from "./find.ts";

export type CompiledDeployfile = Awaited<ReturnType<typeof compileDeployfile>>;

/** Compilations at work: all of a process share one compiler. */
let working = 0;

/** A deployfile and the user's modules in one ES module. @throws esbuild's BuildFailure, with a place for each error. */
export async function compileDeployfile(path: string, entryPoints: EntryPoints) {
  const esbuild = await import("esbuild");
  const folder = dirname(path);
  const outside = new Set<string>();
  const sources = new Map<string, string>();
  working += 1;
  try {
    const { outputFiles, metafile } = await esbuild.build({
      absWorkingDir: folder,
      // The plugin knows which file that is: a * in a path would make a pattern of it.
      entryPoints: ["deployfile"],
      bundle: true,
      write: false,
      metafile: true,
      logLevel: "silent",
      format: "esm",
      platform: "node",
      target: "node20",
      // Without an empty list esbuild would add "module", which node does not know.
      conditions: [],
      mainFields: ["main"],
      sourcemap: "inline",
      sourcesContent: false,
      sourceRoot: pathToFileURL(`${folder}/`).href,
      outfile: join(folder, "deployfile.compiled.mjs"),
      define: originalPlace,
      // CommonJS modules of the user keep a `require`, which also serves names that are computed.
      banner: { js: requireBanner(path) },
      plugins: [bundlePlugin({ path, folder, entryPoints, outside, sources })],
    });
    const inputs = Object.keys(metafile.inputs);
    return {
      code: outputFiles[0]?.text ?? "",
      /** The user's own files in it, by absolute path, as they were read. */
      sources,
      /** Entry points of ours that it reads. */
      entryPoints: inputs
        .map((input) => input.replace(`${STAND_IN}:`, "").replace(/\?.*$/, ""))
        .filter((name) => entryPoints.has(name)),
      /** Absolute paths of other files that decided what it looks like: package.json, tsconfig.json; they may be absent. */
      witnesses: [...new Set([...witnessesOf(folder, inputs, sources), ...outside])],
    };
  } catch (error) {
    throw await nameExports(error, entryPoints);
  } finally {
    working -= 1;
    if (working === 0) await esbuild.stop();
  }
}

/** A name that one of our modules does not export: says which one does. @returns the error */
async function nameExports(error: unknown, entryPoints: EntryPoints): Promise<unknown> {
  for (const message of (error as Partial<BuildFailure>).errors ?? []) {
    const [, from = "", name = ""] = NO_EXPORT.exec(message.text) ?? [];
    if (!entryPoints.has(from)) continue;
    const right = name === "default" ? undefined : await entryPoints.exporterOf(name);
    if (right === from) {
      message.text = `The package "zod" is not installed in version 4, and "${from}" takes ${name} from there.`;
      message.detail = { install: "zod@4" };
    } else if (name === "default") message.text = `"${from}" has no default export. Write: import { ... } from "${from}";`;
    else if (right !== undefined) message.text = `"${from}" does not export ${name}. Write: import { ${name} } from "${right}";`;
  }
  return error;
}

/** As esbuild says it. */
const NO_EXPORT = new RegExp(`^No matching export in "${STAND_IN}:([^"]+)" for import "([^"]+)"`);

function requireBanner(path: string): string {
  return `import { createRequire as __fakeCreateRequire } from "node:module"; const require = __fakeCreateRequire(${JSON.stringify(path)});`;
}

/** Files of other kinds that were read, and those that decide how a file is read: they may come to be later. */
function witnessesOf(folder: string, inputs: readonly string[], sources: ReadonlyMap<string, string>): string[] {
  const others = inputs.map((input) => resolve(folder, input)).filter((input) => !sources.has(input) && existsSync(input));
  const folders = new Set([...sources.keys()].flatMap((source) => foldersFrom(dirname(source))));
  return [...others, ...[...folders].flatMap((folder) => [join(folder, "package.json"), join(folder, "tsconfig.json")])];
}

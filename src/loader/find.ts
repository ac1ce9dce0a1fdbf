import { type Stats, statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { DeployfileError } from "../errors.ts";
import { displayPath } from "../source-location.ts";
import { readText } from "./cache.ts";

/** A deployfile on disk: settings that were read as data, or code to be compiled. */
export interface FoundDeployfile {
  readonly path: string;
  readonly data: { readonly content: unknown } | undefined;
}

export interface FindOptions {
  /** Where the search starts: absolute. */
  readonly cwd: string;
  /** The file that `-f` names, instead of a search. */
  readonly file?: string | undefined;
}

const CODE = [".ts", ".mts", ".js", ".mjs", ".cjs"];
const DATA = [".yaml", ".yml", ".json"];
const MANIFEST = "package.json";

/** @throws DeployfileError when there is none, or when it is data that cannot be read. */
export async function findDeployfile({ cwd, file }: FindOptions): Promise<FoundDeployfile> {
  const folders = foldersFrom(cwd);
  for (const path of file === undefined ? placesIn(folders) : [namedPlace(file, cwd)]) {
    // Code is compiled, never read here; what reads data is loaded when there is data.
    if (CODE.includes(extname(path))) return { path, data: undefined };
    const { readData } = await import("./read-data.ts");
    const data = await readData(path, cwd);
    if (data !== undefined) return { path, data };
  }
  throw file === undefined ? notFound(folders) : withoutKey(file, cwd);
}

/** A folder, and all that it is in. */
export function foldersFrom(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersFrom(above)];
}

/** In a folder code comes first, then data, then package.json, which may say nothing about us. */
function* placesIn(folders: readonly string[]): Generator<string> {
  for (const folder of folders) {
    const names = [...CODE, ...DATA].map((extension) => join(folder, `deployfile${extension}`));
    const path = names.find((name) => statOf(name)?.isFile() === true);
    const manifest = join(folder, MANIFEST);
    if (path !== undefined) yield path;
    else if (readText(manifest)?.includes('"fake"') === true) yield manifest;
  }
}

function namedPlace(file: string, cwd: string): string {
  const path = resolve(cwd, file);
  const stats = statOf(path);
  if (stats === undefined) {
    throw new DeployfileError("DEPLOYFILE_NOT_FOUND", `There is no file ${path}.`, { hint: "Check the path given with -f." });
  }
  if (stats.isFile() && [...CODE, ...DATA].includes(extname(path))) return path;
  throw new DeployfileError("DEPLOYFILE_KIND", `${displayPath(path, cwd)} is not a deployfile.`, {
    hint: `Name a file that ends with one of ${[...CODE, ...DATA].join(", ")}.`,
  });
}

function withoutKey(file: string, cwd: string): DeployfileError {
  return new DeployfileError("DEPLOYFILE_NOT_FOUND", `${displayPath(resolve(cwd, file), cwd)} has no "fake" key.`, {
    hint: 'Put the settings under "fake" in package.json, or create a deployfile with `fake init`.',
  });
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function notFound(folders: readonly string[]): DeployfileError {
  const names = `deployfile.{${[...CODE, ...DATA].map((extension) => extension.slice(1)).join(",")}}`;
  const message = [`No deployfile was found.`, `Looked for ${names} and for the key "fake" in package.json in:`];
  return new DeployfileError("DEPLOYFILE_NOT_FOUND", [...message, ...folders.map((folder) => `  ${folder}`)].join("\n"), {
    hint: "Create one with `fake init`, or name one with -f FILE.",
  });
}

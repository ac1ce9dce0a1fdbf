import { type Stats, statSync } from "node:fs";
import { dirname, extname, isAbsolute, join, resolve } from "node:path";
import { DeployfileError } from "../errors.ts";
import { displayPath } from "../source-location.ts";
import { readText } from "./cache.ts";

/** A deployfile on disk: code to be compiled, or settings as data. */
export type FoundDeployfile =
  | { readonly kind: "code"; readonly path: string }
  | { readonly kind: "settings"; readonly path: string; readonly content: unknown };

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
  if (file !== undefined) return await openNamed(file, cwd);
  const folders = foldersFrom(cwd);
  for (const folder of folders) {
    const found = await findIn(folder, cwd);
    if (found !== undefined) return found;
  }
  throw notFound(folders);
}

/** A folder, and all that it is in. */
export function foldersFrom(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersFrom(above)];
}

/** In a folder code comes first, then data, then package.json. */
async function findIn(folder: string, cwd: string): Promise<FoundDeployfile | undefined> {
  const places = [...CODE, ...DATA].map((extension) => join(folder, `deployfile${extension}`));
  const path = places.find((place) => statOf(place)?.isFile() === true);
  if (path !== undefined) return await open(path, cwd);
  const manifest = join(folder, MANIFEST);
  return readText(manifest)?.includes('"fake"') === true ? await open(manifest, cwd) : undefined;
}

async function openNamed(file: string, cwd: string): Promise<FoundDeployfile> {
  const path = isAbsolute(file) ? file : resolve(cwd, file);
  const stats = statOf(path);
  if (stats === undefined) {
    throw new DeployfileError("DEPLOYFILE_NOT_FOUND", `There is no file ${path}.`, { hint: "Check the path given with -f." });
  }
  if (!stats.isFile() || ![...CODE, ...DATA].includes(extname(path))) {
    throw new DeployfileError("DEPLOYFILE_KIND", `${displayPath(path, cwd)} is not a deployfile.`, {
      hint: `Name a file that ends with one of ${[...CODE, ...DATA].join(", ")}.`,
    });
  }
  const found = await open(path, cwd);
  if (found !== undefined) return found;
  throw new DeployfileError("DEPLOYFILE_NOT_FOUND", `${displayPath(path, cwd)} has no "fake" key.`, {
    hint: 'Put the settings under "fake" in package.json, or create a deployfile with `fake init`.',
  });
}

/** Undefined for a package.json that says nothing about us. */
async function open(path: string, cwd: string): Promise<FoundDeployfile | undefined> {
  // Code is compiled, never read here; what reads data is loaded when there is data.
  if (CODE.includes(extname(path))) return { kind: "code", path };
  const { readData } = await import("./read-data.ts");
  const result = await readData(path, cwd);
  return result === undefined ? undefined : { kind: "settings", path, content: result.content };
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

import { stat } from "node:fs/promises";
import { basename, dirname, extname, isAbsolute, parse, resolve } from "node:path";
import { cosmiconfig, defaultLoaders, type Loader } from "cosmiconfig";
import { DeployfileError } from "../errors.ts";
import { dataFault } from "./data-fault.ts";
import { displayPath } from "./display-path.ts";

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
const PLACES = [...[...CODE, ...DATA].map((extension) => `deployfile${extension}`), "package.json"];

/** Marks a file whose content is not read here: code is compiled, never read by cosmiconfig's own loaders. */
const CODE_MARK = { code: true } as const;

/** @throws DeployfileError when there is none, or when it is data that cannot be read. */
export async function findDeployfile(options: FindOptions): Promise<FoundDeployfile> {
  const explorer = createExplorer(options.cwd);
  if (options.file !== undefined) return await loadNamed(explorer, options.file, options.cwd);
  const result = await explorer.search(options.cwd);
  // The search ends in the user's configuration folder, where no deployfile is meant to be.
  if (result === null || !PLACES.includes(basename(result.filepath))) throw notFound(options.cwd);
  return toFound(result.filepath, result.config);
}

function createExplorer(cwd: string): ReturnType<typeof cosmiconfig> {
  const code: Loader = () => CODE_MARK;
  const data = (load: Loader): Loader => {
    return (path, content) => {
      try {
        return load(path, content);
      } catch (error) {
        throw dataFault(error, displayPath(path, cwd), content);
      }
    };
  };
  return cosmiconfig("fake", {
    searchPlaces: PLACES,
    stopDir: parse(cwd).root,
    ignoreEmptySearchPlaces: false,
    cache: false,
    loaders: {
      ...Object.fromEntries(CODE.map((extension) => [extension, code])),
      ".yaml": data(defaultLoaders[".yaml"]),
      ".yml": data(defaultLoaders[".yml"]),
      ".json": data(defaultLoaders[".json"]),
    },
  });
}

async function loadNamed(explorer: ReturnType<typeof cosmiconfig>, file: string, cwd: string): Promise<FoundDeployfile> {
  const path = isAbsolute(file) ? file : resolve(cwd, file);
  const kind = await stat(path).then(
    (found) => (found.isFile() ? "file" : "other"),
    () => "missing",
  );
  if (kind === "missing") {
    throw new DeployfileError("DEPLOYFILE_NOT_FOUND", `There is no file ${path}.`, { hint: "Check the path given with -f." });
  }
  if (kind === "other" || ![...CODE, ...DATA].includes(extname(path))) {
    throw new DeployfileError("DEPLOYFILE_KIND", `${displayPath(path, cwd)} is not a deployfile.`, {
      hint: `Name a file that ends with one of ${[...CODE, ...DATA].join(", ")}.`,
    });
  }
  const result = await explorer.load(path);
  if (result === null) {
    throw new DeployfileError("DEPLOYFILE_NOT_FOUND", `${displayPath(path, cwd)} has no "fake" key.`, {
      hint: 'Put the settings under "fake" in package.json, or create a deployfile with `fake init`.',
    });
  }
  return toFound(path, result.config);
}

function toFound(path: string, config: unknown): FoundDeployfile {
  if (CODE.includes(extname(path))) return { kind: "code", path };
  return { kind: "settings", path, content: config };
}

function notFound(cwd: string): DeployfileError {
  const folders: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    folders.push(folder);
    if (dirname(folder) === folder) break;
  }
  const names = `deployfile.{${[...CODE, ...DATA].map((extension) => extension.slice(1)).join(",")}}`;
  const message = [`No deployfile was found.`, `Looked for ${names} and for the key "fake" in package.json in:`];
  return new DeployfileError("DEPLOYFILE_NOT_FOUND", [...message, ...folders.map((folder) => `  ${folder}`)].join("\n"), {
    hint: "Create one with `fake init`, or name one with -f FILE.",
  });
}

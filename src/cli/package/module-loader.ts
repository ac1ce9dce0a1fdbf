import { readFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { dirname, resolve } from "node:path";
import { Script } from "node:vm";
import type { CodeCache } from "./code-cache.ts";

type Wrapper = (exports: unknown, require: NodeJS.Require, module: NodeJS.Module, path: string, folder: string) => void;

/**
 * Loads the built files of this package, with what V8 made of them in an earlier run: to compile them takes longer than all else that
 * a short command does. Node has the same from 22.1 on, for whoever asks for it; this is for all versions alike.
 * @returns what takes the path of a file and gives what it exports
 */
export function createModuleLoader(cache: CodeCache): (path: string) => unknown {
  const known = createRequire(import.meta.url).cache;
  const load = (path: string): unknown => {
    const loaded = known[path];
    if (loaded !== undefined) return loaded.exports;
    const module = new Module(path);
    module.filename = path;
    // Known to node too: what imports us from elsewhere gets this instance.
    known[path] = module;
    const run = compile(path, cache).runInThisContext() as Wrapper;
    run.call(module.exports, module.exports, requireFor(path, load), module, path, dirname(path));
    module.loaded = true;
    return module.exports;
  };
  return load;
}

function compile(path: string, cache: CodeCache): Script {
  const cachedData = cache.find(path);
  const script = new Script(Module.wrap(readFileSync(path, "utf8")), { filename: path, cachedData });
  // At the end of the run V8 has compiled what the next one needs as well.
  if (cachedData === undefined || script.cachedDataRejected === true) cache.keep(path, () => script.createCachedData());
  return script;
}

function requireFor(path: string, load: (path: string) => unknown): NodeJS.Require {
  const ofNode = createRequire(path);
  const own = (id: string): unknown => (/^\.\.?\/.*\.cjs$/.test(id) ? load(resolve(dirname(path), id)) : ofNode(id));
  return Object.assign(own, ofNode);
}

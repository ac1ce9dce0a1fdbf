import type { App, Recipe } from "../dsl/app.ts";
import { FakeError, type SourceLocation } from "../errors.ts";
import { recipeOf } from "./default-export.ts";
import { createEntryPoints, type EntryPoints, type ModuleTable } from "./entry-points.ts";
import { type FaultContext, isModuleNotFound, toFault } from "./faults.ts";
import { type FindOptions, findDeployfile } from "./find.ts";
import { guardLoad } from "./guard.ts";
import { createLocator } from "./locate.ts";
import { type OpenBundle, openBundle } from "./open-bundle.ts";

export interface LoadOptions extends FindOptions {
  /** Of `fake` itself. */
  readonly version: string;
  /** What a deployfile may import from us. */
  readonly modules: ModuleTable;
  /** For the place of the cache. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Loads an ES module by its URL. */
  readonly importModule: (url: string) => Promise<object>;
  /** Milliseconds that the deployfile may take. @default 10000 */
  readonly timeout?: number | undefined;
}

/** A deployfile that was read, and has not filled in an app yet. */
export interface LoadedDeployfile {
  readonly path: string;
  /** It is data: settings that nobody declares can only be mistakes. */
  readonly isData: boolean;
  /** Runs the deployfile. @throws DeployfileError for anything it should not do; what the app itself throws. */
  fill(app: App): Promise<void>;
  /** The line of the deployfile that is being run right now. */
  locate(): SourceLocation | undefined;
}

/** That a deployfile may take to be read, where nobody says otherwise. */
const LOAD_MS = 10_000;

/** Finds and reads the deployfile. @throws DeployfileError, ProblemsError */
export async function loadDeployfile(options: LoadOptions): Promise<LoadedDeployfile> {
  const { path, data } = await findDeployfile(options);
  const timeout = options.timeout ?? LOAD_MS;
  const entryPoints = createEntryPoints(options.modules, options.version);
  if (data === undefined) return await loadCode(path, { ...options, entryPoints, timeout });
  const { parseSettingsFile } = await import("./settings-file.ts");
  const { recipe, locate } = await parseSettingsFile(data.content, path, options.cwd, entryPoints);
  const context = { path, cwd: options.cwd, placeOf: () => undefined };
  return { path, isData: true, locate, fill: (app) => fill(recipe, app, context, timeout) };
}

interface CodeOptions extends LoadOptions {
  readonly entryPoints: EntryPoints;
  readonly timeout: number;
}

async function loadCode(path: string, options: CodeOptions): Promise<LoadedDeployfile> {
  const context = { path, cwd: options.cwd, placeOf: () => undefined };
  const open = async (recompile: boolean): Promise<OpenBundle> => {
    return await openBundle(path, { ...options, recompile }).catch((error: unknown) => {
      throw toFault(error, context);
    });
  };
  const bundle = await open(false);
  try {
    return await importBundle(bundle, context, options);
  } catch (error) {
    // A package was moved or removed since. Compiling says which import it is, or finds its new place.
    if (bundle.isNew || !(error instanceof FakeError) || !isModuleNotFound(error.cause)) throw error;
    return await importBundle(await open(true), context, options);
  }
}

async function importBundle(bundle: OpenBundle, unlocated: FaultContext, options: CodeOptions): Promise<LoadedDeployfile> {
  const { url, sources } = bundle;
  const { timeout } = options;
  try {
    const { locate, placeOf } = createLocator(sources, options.cwd);
    const context = { ...unlocated, placeOf };
    await options.entryPoints.handOver(bundle.entryPoints);
    const recipe = recipeOf(await guarded(() => importFresh(url, options.importModule), context, timeout), context);
    return { path: context.path, isData: false, locate, fill: (app) => fill(recipe, app, context, timeout) };
  } finally {
    await bundle.release();
  }
}

async function fill(recipe: Recipe, app: App, context: FaultContext, timeout: number): Promise<void> {
  await guarded(async () => void (await recipe(app)), context, timeout);
}

async function guarded<T>(work: () => Promise<T>, context: FaultContext, timeout: number): Promise<T> {
  try {
    return await guardLoad(work, timeout);
  } catch (error) {
    throw toFault(error, context);
  }
}

/** Each load runs the file anew, also when the same process has loaded it before. */
async function importFresh(url: string, importModule: LoadOptions["importModule"]): Promise<Record<string, unknown>> {
  process.setSourceMapsEnabled(true);
  return (await importModule(`${url}?${process.hrtime.bigint()}`)) as Record<string, unknown>;
}

import type { Recipe } from "../dsl/app.ts";

/** How to get at each module, by its specifier. */
export type ModuleTable = Readonly<Record<string, () => Promise<object>>>;

const PACKAGE = "fake-deploy";
const RECIPE_PREFIX = `${PACKAGE}/recipes/`;

const ZOD_MISSING = 'The package "zod" is not installed in version 4, and z is taken from there. Run: npm install zod@4';

export type EntryPoints = ReturnType<typeof createEntryPoints>;

/**
 * What a deployfile may import from us. It gets the very modules that the running command line uses, wherever the
 * deployfile lies and however `fake` was installed: a second copy would know other classes and see no tasks.
 * So they are handed over as objects, under a global key that only compiled deployfiles read.
 * @param version of `fake` itself: two versions in one process do not share modules
 */
export function createEntryPoints(modules: ModuleTable, version: string) {
  const names = Object.keys(modules);
  const key = `${PACKAGE}@${version} entry points`;
  return {
    /** All specifiers: `fake-deploy`, `fake-deploy/recipes/deploy`, ... */
    names,
    /** Short names of the recipes, as a settings file lists them under `use`. */
    recipes: names.filter((name) => name.startsWith(RECIPE_PREFIX)).map((name) => name.slice(RECIPE_PREFIX.length)),
    has: (specifier: string): boolean => Object.hasOwn(modules, specifier),
    /** True when `specifier` names this package or something in it. */
    owns: (specifier: string): boolean => specifier === PACKAGE || specifier.startsWith(`${PACKAGE}/`),
    /** The module that exports a name. */
    async exporterOf(name: string): Promise<string | undefined> {
      for (const specifier of names) if (Object.hasOwn((await modules[specifier]?.()) ?? {}, name)) return specifier;
      return undefined;
    },
    /** Makes the recipe with this short name: the module of `my-recipe` exports a function `myRecipe`. */
    async createRecipe(name: string): Promise<Recipe> {
      const module = (await modules[`${RECIPE_PREFIX}${name}`]?.()) as Record<string, (() => Recipe) | undefined> | undefined;
      const maker = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      const create = module?.[maker];
      if (create === undefined) throw new Error(`the recipe ${name} exports no ${maker}()`);
      return create();
    },
    /** Makes entry points readable for a compiled deployfile: to be called before it is imported. */
    async handOver(wanted: readonly string[]): Promise<void> {
      const shared = sharedModules(Symbol.for(key));
      for (const name of wanted) {
        const load = modules[name];
        if (load !== undefined) shared[name] = await load();
      }
    },
    /**
     * Source of the module that stands in for an entry point inside a compiled deployfile.
     * @param zod where `z` comes from, as an import names it; undefined leaves it out
     * @param required it is for `require`, which asks for all at once: there `z` is loaded when it is read
     */
    async standInFor(name: string, zod: string | undefined, required: boolean): Promise<string> {
      const names = Object.keys((await modules[name]?.()) ?? {});
      const own = names.filter((each) => each !== "z");
      const hasZ = own.length < names.length;
      const from = JSON.stringify(zod);
      const shared = `const shared = globalThis[Symbol.for(${JSON.stringify(key)})][${JSON.stringify(name)}];`;
      if (!required) {
        const z = hasZ && zod !== undefined ? [`export { z } from ${from};`] : [];
        return [shared, ...own.map((each) => `export const ${each} = shared.${each};`), ...z].join("\n");
      }
      const read = zod === undefined ? `throw new Error(${JSON.stringify(ZOD_MISSING)});` : `return require(${from}).z;`;
      const named = [...own.map((each) => `${each}: shared.${each}`), ...(hasZ ? [`get z() { ${read} }`] : [])].join(", ");
      return `${shared}\nmodule.exports = Object.defineProperty({ ${named} }, "__esModule", { value: true });`;
    },
  };
}

function sharedModules(key: symbol): Record<string, object> {
  const holder = globalThis as unknown as Record<symbol, Record<string, object> | undefined>;
  const shared = holder[key] ?? {};
  holder[key] = shared;
  return shared;
}

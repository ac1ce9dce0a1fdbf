/** Recipes that ship with us: so that one that is not in use can be named, for what nobody knows. */
import { createApp } from "../dsl/create-app.ts";
import { type Problem, UsageError } from "../errors.ts";
import type { LoadedApp } from "../execution/load-app.ts";
import { createEntryPoints } from "../loader/entry-points.ts";
import type { Vocabulary } from "./argv/invocation.ts";
import { addRecipeWords } from "./argv/recipe-words.ts";
import { entryPoints } from "./package/entry-points.ts";
import { readVersion } from "./package/version.ts";

async function shippedApps() {
  const shipped = createEntryPoints(entryPoints, readVersion());
  return await Promise.all(
    shipped.recipes.map(async (recipe) => {
      const { app, seal } = createApp();
      app.use(await shipped.createRecipe(recipe));
      return { recipe, sealed: seal() };
    }),
  );
}

function howToUse(recipe: string): string {
  return `Add to the deployfile: use(${recipe}()), with import { ${recipe} } from "fake-deploy/recipes/${recipe}";`;
}

/** The words of the command line with those of all recipes. */
export async function addShippedWords(vocabulary: Vocabulary): Promise<Vocabulary> {
  let all = vocabulary;
  for (const { recipe, sealed } of await shippedApps()) {
    all = addRecipeWords(all, sealed, async (verb) => {
      const message = `\`fake ${verb}\` needs the ${recipe} recipe, which this deployfile does not use.`;
      throw new UsageError("NO_RECIPE", message, { hint: howToUse(recipe) });
    });
  }
  return all;
}

/** What to do about tasks of recipes that a deployfile does not use, by their names. */
export async function forgottenTasks({ sealed: { graph } }: LoadedApp): Promise<ReadonlyMap<string, string>> {
  const apps = await shippedApps();
  const names = ({ recipe, sealed }: (typeof apps)[number]): readonly (readonly [string, string])[] => {
    const tasks = sealed.graph.tasks().map(({ name }) => name);
    // One of its own that has such a name is no sign that it is in use.
    return tasks.every((name) => graph.find(name) === undefined) ? tasks.map((name) => [name, howToUse(recipe)] as const) : [];
  };
  return new Map(apps.flatMap(names));
}

/** Problems about tasks that nobody defines, with the recipe that would. */
export async function nameForgotten(app: LoadedApp): Promise<readonly Problem[]> {
  const forgotten = await forgottenTasks(app);
  return app.problems.map((problem) => {
    const hint = app.sealed.graph.find(problem.subject ?? "") === undefined ? forgotten.get(problem.subject ?? "") : undefined;
    return hint === undefined ? problem : { ...problem, hint };
  });
}

import type { LoadedApp } from "../execution/load-app.ts";
import { createTargetEnv, loadInventory, type SettingsRequest } from "../prepare/target.ts";
import { within } from "../wait.ts";
import type { LineWords } from "./argv/line.ts";
import { COMPLETION_MS } from "./limits.ts";
import { forgottenTasks } from "./shipped-recipes.ts";

/** Everything of a deployfile that a word of the command line may be. Lists of hosts that take long are left out. */
export async function readLineWords(app: LoadedApp, request: SettingsRequest): Promise<LineWords> {
  const { graph, verbs, roles, declarations, argsSchema, words } = app.sealed;
  const inventory = await within(COMPLETION_MS, orNothing(loadInventory(app, request)));
  const { env } = createTargetEnv(app, [], request);
  const forgotten = await forgottenTasks(app);
  return {
    find: (word) => graph.find(word)?.name,
    names: words,
    argsOf: (name) => verbs.get(name)?.definition.args ?? (graph.find(name) === undefined ? undefined : argsSchema(name)),
    roles,
    forgotten,
    hosts: [...new Set(inventory?.hosts.flatMap(({ id, name }) => [id, name]) ?? [])],
    settings: env
      .forRun()
      .keys()
      .filter((key) => declarations.get(key)?.declaration.kind !== "fact"),
  };
}

/** Where there is no deployfile. */
export const NO_WORDS: LineWords = {
  ...{ find: () => undefined, names: () => [], argsOf: () => undefined },
  ...{ roles: [], hosts: [], settings: [], forgotten: new Map() },
};

export function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch(() => undefined);
}

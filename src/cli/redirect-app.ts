import { createApp } from "../dsl/create-app.ts";
import type { LoadedApp } from "../execution/load-app.ts";
import type { Host } from "../hosts/host.ts";
import { deploy } from "../recipes/deploy/index.ts";
import type { Redirection } from "../rehearse/mark.ts";

/** The deployfile with throwaway hosts in the place of its own; its local tasks are skipped, unless they are asked for. */
export async function redirectApp(app: LoadedApp, { hosts, local }: Redirection): Promise<LoadedApp> {
  const { sealed } = app;
  const { graph } = sealed;
  if (!local)
    for (const name of localTasks(app)) graph.replace({ ...graph.get(name), body: { kind: "function", run: (t) => t.skip() } });
  const redirect = (host: Host): Host => {
    const { settings } = hosts[host.id] ?? { settings: {} };
    return { ...host, transport: undefined, settings: { ...host.settings, ...settings } };
  };
  const inventory: typeof sealed.inventory = async (reader, source) => {
    const all = await sealed.inventory(reader, source);
    return { ...all, hosts: all.hosts.map(redirect) };
  };
  return { ...app, sealed: { ...sealed, inventory } };
}

/** Names of the tasks that do something on this machine, but for the deploy recipe's own: these only think. */
export function localTasks({ sealed }: LoadedApp): readonly string[] {
  const own = recipeGraph();
  return sealed.graph
    .tasks()
    .filter(({ name, options, body }) => options.local === true && body !== undefined && own.find(name) === undefined)
    .map(({ name }) => name);
}

/** What the deploy recipe alone would do. */
export function recipeGraph(): LoadedApp["sealed"]["graph"] {
  const { app, seal } = createApp();
  app.use(deploy());
  return seal().graph;
}

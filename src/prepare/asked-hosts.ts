import { ProblemsError, UsageError } from "../errors.ts";
import { rolesOf, type Task } from "../graph/task.ts";
import type { Inventory } from "../hosts/inventory.ts";
import type { SelectedHost, Selection } from "../hosts/select.ts";
import { didYouMean } from "../suggest.ts";
import type { FilledApp } from "./filled-app.ts";
import { loadInventory, type SettingsRequest, selectAmong } from "./target.ts";

/** The hosts of a run. */
export interface AskedHosts {
  readonly hosts: readonly SelectedHost[];
  /** All that they were selected among. */
  readonly inventory: Inventory;
  /** For tasks that name their own: the ids on which each runs. */
  readonly hostsOf: ReadonlyMap<string, readonly string[]> | undefined;
}

/**
 * The hosts that are selected; where none are, those that the tasks name themselves. No hosts are ever implied.
 * @throws UsageError, ProblemsError
 */
export async function askedHosts(
  app: FilledApp,
  names: readonly string[],
  request: SettingsRequest & Selection,
): Promise<AskedHosts> {
  const { roles = [], hosts = [], where = [], all } = request;
  const inventory = await loadInventory(app, request);
  const tasks = names.map((name) => app.sealed.graph.get(name));
  const nameNone = tasks.every(({ options: own }) => own.local === true || own.hosts === undefined);
  if (roles.length > 0 || hosts.length > 0 || all === true || (where.length > 0 && nameNone)) {
    const selected = await selectAmong(app, inventory, request);
    checkTaskRoles(app, names, selected);
    return { hosts: selected, inventory, hostsOf: undefined };
  }
  // Which hosts a task needs that does not exist, nobody can say.
  if (tasks.length === 0 || tasks.every(({ options: { local } }) => local === true))
    return { hosts: [], inventory, hostsOf: undefined };

  const hostsOf = new Map<string, readonly string[]>();
  const found = new Map<string, SelectedHost>();
  for (const task of tasks) {
    const { name, options: own } = task;
    if (own.local === true) continue;
    // Without hosts of its own this throws: the error lists the roles.
    const asked = selectAmong(app, inventory, { ...request, hosts: own.hosts ?? [] });
    const selected = await asked.catch((error: unknown) => {
      throw error instanceof ProblemsError ? ofTask(task, error) : error;
    });
    const ids = selected.map(({ host }) => host.id);
    hostsOf.set(name, ids);
    for (const each of selected) found.set(each.host.id, each);
  }
  return { hosts: [...found.values()], inventory, hostsOf };
}

/** What is wrong with the hosts that a task names is wrong where it is written. */
function ofTask({ name, where }: Task, { code, problems }: ProblemsError): ProblemsError {
  return new ProblemsError(
    code,
    problems.map((problem) => ({ ...problem, where: problem.where ?? where, message: `Task "${name}": ${problem.message}` })),
  );
}

const inOptions = (role: string): string => `roles: ${JSON.stringify(role)}`;

/** A task that was asked for by name, and could run nowhere, is a mistake. */
function checkTaskRoles({ sealed }: FilledApp, names: readonly string[], selected: readonly SelectedHost[]): void {
  const problems = names.flatMap((name) => {
    const { options } = sealed.graph.get(name);
    const wanted = rolesOf(options) ?? [];
    if (options.local === true || wanted.length === 0) return [];
    if (selected.some(({ host }) => host.roles.some((role) => wanted.includes(role)))) return [];
    const what = wanted.length === 1 ? `the role ${wanted[0]}` : `the roles ${wanted.join(", ")}`;
    const near = wanted.flatMap((role) => (sealed.roles.includes(role) ? [] : (didYouMean(role, sealed.roles, inOptions) ?? [])));
    const message = `The task "${name}" is for ${what}, which none of the selected hosts has.`;
    return [{ message, subject: name, where: near.length === 0 ? undefined : sealed.graph.get(name).where, hint: near[0] }];
  });
  const [only] = problems;
  if (problems.length === 1 && only !== undefined) throw new UsageError("NO_HOSTS", only.message, only);
  if (problems.length > 0) throw new ProblemsError("NO_HOSTS", problems);
}

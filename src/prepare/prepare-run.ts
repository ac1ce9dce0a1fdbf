import type { DeclaredSetting } from "../env/definition.ts";
import { placeOf } from "../errors.ts";
import { planFor } from "../graph/build-plan.ts";
import type { Plan } from "../graph/plan.ts";
import type { Task } from "../graph/task.ts";
import type { Selection } from "../hosts/select.ts";
import { findMissingArgs } from "../runner/args.ts";
import type { TaskBody } from "../runner/context.ts";
import { settingsOfArguments } from "./argument-settings.ts";
import { askedHosts } from "./asked-hosts.ts";
import type { FilledApp } from "./filled-app.ts";
import type { ProblemBook } from "./problem-book.ts";
import { createTargetEnv, type RunTarget, type SettingsRequest } from "./target.ts";

/** Tasks to run, where, and with which settings. */
export interface RunRequest extends SettingsRequest, Selection {
  /** Names of tasks that exist. */
  readonly tasks: readonly string[];
  /** Their validated arguments. @default none */
  readonly args?: ReadonlyMap<string, unknown> | undefined;
}

/** A run that can start: everything about it that can be checked without a host has been. */
export interface PreparedRun {
  readonly target: RunTarget;
  readonly plan: Plan<TaskBody>;
}

/**
 * From a request to a plan.
 * @param book holds what is known to be wrong already
 * @throws FakeError, a ProblemsError with everything that is wrong
 */
export async function prepareRun(app: FilledApp, asked: RunRequest, book: ProblemBook): Promise<PreparedRun> {
  const sets = asked.tasks.flatMap((name) => {
    const { options } = app.sealed.graph.get(name);
    return settingsOfArguments(name, options.sets, asked.args?.get(name), asked.set, book);
  });
  const request = { ...asked, set: [...asked.set, ...sets] };
  for (const name of request.tasks) {
    const hint = app.sealed.graph.get(name).options.notAlone;
    if (hint !== undefined) book.add([{ message: `The task "${name}" does not run by itself.`, subject: name, hint }]);
  }
  const selected = await book.attempt(() => askedHosts(app, request.tasks, request));
  const target = { ...createTargetEnv(app, selected?.hosts ?? [], request), inventory: selected?.inventory };
  book.add(target.env.problems());
  book.check();

  const hosts = target.hosts.map(({ host }) => ({ id: host.id, roles: host.roles }));
  const plan = planFor(app.sealed.graph, request.tasks, hosts, { hostsOf: selected?.hostsOf });
  book.add(findMissingArgs(app.sealed.graph, plan, { args: asked.args ?? new Map(), unnamedArgs: target.unnamedArgs }));
  // Whose setting it is takes a while to find out, and mostly nothing is missing.
  if (target.env.missing().length > 0) book.add(target.env.missing(requiredKeys(app, plan)));
  book.check();
  return { target, plan };
}

/**
 * Settings that must have a value before this plan starts: those of recipes that have a task in it, and those that come
 * without tasks. A recipe's settings and tasks come to be at the same place, where the deployfile uses it.
 */
function requiredKeys({ sealed }: FilledApp, plan: Plan): readonly string[] {
  const planned = placesOf(plan.sections.flatMap(({ steps }) => steps.map(({ task }) => task)));
  const all = placesOf(sealed.graph.tasks());
  const isWanted = ({ declaration, where }: DeclaredSetting): boolean => {
    // Where a runtime does not know its lines, nothing tells one recipe from another.
    if (where?.line === 0) return false;
    const place = placeOf(where);
    return declaration.required !== false && (planned.has(place) || !all.has(place));
  };
  return [...sealed.declarations].filter(([, declared]) => isWanted(declared)).map(([key]) => key);
}

function placesOf(tasks: readonly Task[]): ReadonlySet<string> {
  return new Set(tasks.map(({ where }) => placeOf(where)));
}

import { planFor } from "../graph/build-plan.ts";
import type { Plan } from "../graph/plan.ts";
import type { Selection } from "../hosts/select.ts";
import type { TaskBody } from "../runner/context.ts";
import { askedHosts } from "./asked-hosts.ts";
import type { FilledApp } from "./filled-app.ts";
import type { ProblemBook } from "./problem-book.ts";
import { requiredKeys } from "./required-keys.ts";
import { createTargetEnv, type RunTarget, type SettingsRequest } from "./target.ts";

/** Tasks to run, where, and with which settings. */
export interface RunRequest extends SettingsRequest, Selection {
  /** Names of tasks that exist. */
  readonly tasks: readonly string[];
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
export async function prepareRun(app: FilledApp, request: RunRequest, book: ProblemBook): Promise<PreparedRun> {
  const selected = await book.attempt(() => askedHosts(app, request.tasks, request));
  const target = createTargetEnv(app, selected?.hosts ?? [], request);
  book.add(target.env.problems());
  book.check();

  const hosts = target.hosts.map(({ host }) => ({ id: host.id, roles: host.roles }));
  const plan = planFor(app.sealed.graph, request.tasks, hosts, { hostsOf: selected?.hostsOf });
  // Whose setting it is takes a while to find out, and mostly nothing is missing.
  if (target.env.missing().length > 0) book.add(target.env.missing(requiredKeys(app, plan)));
  book.check();
  return { target, plan };
}

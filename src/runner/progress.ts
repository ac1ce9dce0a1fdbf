import type { Plan, Scope, Step } from "../graph/plan.ts";
import { createHookLog, type HookLog } from "./hook-log.ts";
import type { Item } from "./item.ts";
import type { Failed } from "./ledger.ts";
import { depths, isAlwaysHookOf, pathUp } from "./scope-path.ts";

/** How far a pass has come: what its failure hooks go by. */
export interface Progress {
  readonly hooks: HookLog;
  started(item: Item): void;
  finished(item: Item): void;
  failed(item: Item, failed: Failed): void;
  /** True when something failed; on this machine, when one is given. */
  hasFailed(session?: { readonly id: string }): boolean;
  hasFailedStep(step: number): boolean;
  /** Scopes with hooks in which something ran or failed, innermost first. */
  openScopes(): readonly OpenScope[];
}

export interface OpenScope {
  readonly scope: Scope;
  /** The first failure inside. */
  readonly failed: Failed | undefined;
  /** Everything in it ran, but perhaps for its own `always` hooks. */
  readonly complete: boolean;
}

/** On how many machines a step began and succeeded, and what failed first. */
interface StepState {
  readonly step: Step;
  started: number;
  finished: number;
  failed: Failed | undefined;
}

export function createProgress(plan: Plan): Progress {
  const states = plan.sections.flatMap(({ steps }) =>
    steps.map((step): StepState => ({ step, started: 0, finished: 0, failed: undefined })),
  );
  const failedHosts = new Set<string>();
  const hooks = createHookLog(plan);
  const stateOf = ({ step }: Item): StepState | undefined => states[step.index];
  return {
    hooks,
    started(item) {
      const state = stateOf(item);
      if (state !== undefined) state.started += 1;
      hooks.started(item);
    },
    finished(item) {
      const state = stateOf(item);
      if (state !== undefined) state.finished += 1;
    },
    failed(item, failed) {
      failedHosts.add(item.session.id);
      const state = stateOf(item);
      if (state !== undefined) state.failed ??= failed;
    },
    hasFailed: (session) => (session === undefined ? failedHosts.size > 0 : failedHosts.has(session.id)),
    hasFailedStep: (step) => states[step]?.failed !== undefined,
    openScopes: () => findOpenScopes(plan, states),
  };
}

function findOpenScopes(plan: Plan, states: readonly StepState[]): readonly OpenScope[] {
  const holding = holdingScopes(plan, states);
  const depth = depths(plan);
  const within = ({ first, last }: Scope): readonly StepState[] => states.slice(first, last + 1);
  return plan.scopes
    .filter((scope) => scope.onFailure.length > 0 || scope.always.length > 0)
    .filter((scope) => holding.has(scope.id) || within(scope).some(({ started }) => started > 0))
    .map((scope) => ({
      scope,
      failed: holding.get(scope.id),
      complete: within(scope).every((state) => isDone(state) || isAlwaysHookOf(plan, scope, state.step)),
    }))
    .sort((a, b) => (depth[b.scope.id] ?? 0) - (depth[a.scope.id] ?? 0) || b.scope.id - a.scope.id);
}

function isDone({ step, finished }: StepState): boolean {
  return finished >= (step.local ? 1 : step.hosts.length);
}

/** Each scope that holds a failed step, with the first failure inside. An `always` hook is outside of what it watches over. */
function holdingScopes(plan: Plan, states: readonly StepState[]): ReadonlyMap<number, Failed> {
  const holding = new Map<number, Failed>();
  const keep = (scope: number, failed: Failed): void => {
    if (!holding.has(scope)) holding.set(scope, failed);
  };
  for (const { step, failed } of states) {
    if (failed === undefined) continue;
    keep(step.scope, failed);
    for (const { scope, around } of pathUp(plan, plan.scopes[step.scope])) {
      if (!around.always.includes(scope.task)) keep(around.id, failed);
    }
  }
  return holding;
}

import type { Plan, Scope, Step } from "../../graph/plan.ts";
import type { Failure } from "../result.ts";
import type { Failed } from "./failure.ts";
import { depths, flowScope, isAlwaysHookOf, pathUp } from "./scopes.ts";

export type CalledKind = "onFailure" | "always";

/** The machine that a step is on. */
interface Place {
  readonly id: string;
  readonly local: boolean;
}

/** What happened so far on one way through a plan: what its failure hooks go by. */
export interface RunRecord {
  /** In the order in which they happened. Those of hooks are kept with those of what they are called for. */
  readonly failures: readonly Failed[];
  /** With those of the run around it: what a task sees as `t.failures`. */
  all(): readonly Failure[];
  /** A step begins: it may be the work of an `always` hook. */
  started(step: Step, host: Place): void;
  finished(step: Step): void;
  /** @param failed one, or those inside of what the task executed */
  failed(step: Step, host: Place, failed: readonly Failed[]): void;
  /** A step was ended by an interrupt: an `always` hook whose work it was has not run. */
  ended(step: Step, host: Place): void;
  /** True when something failed; on this machine, when one is given. */
  hasFailed(host?: Pick<Place, "id">): boolean;
  hasFailedStep(step: Step): boolean;
  /** Scopes with hooks in which something ran or failed, innermost first. */
  openScopes(): readonly OpenScope[];
  /** A hook is run for a failure. As all tasks, a hook of several scopes of a flow runs once. */
  hookCalled(kind: CalledKind, scope: Scope, hook: string, hosts: readonly string[]): void;
  /** True when the hook ran in the flow that the scope belongs to: on this host, or anywhere when none is given. */
  hookRan(kind: CalledKind, scope: Scope, hook: string, host?: string): boolean;
  /** A group of `--batch` begins: hooks that ran on the control machine for the one before run again. */
  newGroup(): void;
  /** Of hooks that are called for what happened here: their failures are kept with the others. */
  ofHooks(plan: Plan): RunRecord;
  /** Of a task that another one executes: its failures count only when the task that executed it fails with them. */
  ofExecuted(plan: Plan): RunRecord;
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
  readonly rolling: boolean;
  started: number;
  finished: number;
  failed: Failed | undefined;
}

/**
 * @param failures where failures are kept
 * @param around the record of the pass around it, for a task that another one executes
 */
export function createRecord(plan: Plan, failures: Failed[], around?: RunRecord): RunRecord {
  const states = plan.sections.flatMap(({ steps, rolling }) =>
    steps.map((step): StepState => ({ step, rolling, started: 0, finished: 0, failed: undefined })),
  );
  const failedHosts = new Set<string>();
  const hookHosts = new Map<string, Set<string>>();
  const hooksOfGroup = new Set<string>();
  const scopesWithWork = new Set(states.map(({ step }) => step.scope));
  const keyOf = (kind: CalledKind, scope: Scope, hook: string): string => `${kind} ${flowScope(plan, scope)?.id ?? ""} ${hook}`;
  const add = (key: string, hosts: readonly string[]): void => {
    const known = hookHosts.get(key) ?? new Set();
    for (const host of hosts) known.add(host);
    hookHosts.set(key, known);
  };
  /** Keys of the `always` hooks whose work a step is. */
  const keysOf = (step: Step): readonly string[] => {
    const inner = plan.scopes[step.scope];
    // What stands around a hook's own work is the hook only if it has no body.
    const isHook = ({ scope, around }: { scope: Scope; around: Scope }): boolean =>
      around.always.includes(scope.task) && (scope === inner || !scopesWithWork.has(scope.id));
    return pathUp(plan, inner).flatMap((link) => (isHook(link) ? [keyOf("always", link.around, link.scope.task)] : []));
  };
  const record: RunRecord = {
    failures,
    all: () => [...(around?.all() ?? []), ...failures.map(({ failure }) => failure)],
    started(step, host) {
      const state = states[step.index];
      if (state !== undefined) state.started += 1;
      for (const key of keysOf(step)) {
        add(key, [host.id]);
        if (host.local && state?.rolling === true) hooksOfGroup.add(key);
      }
    },
    finished(step) {
      const state = states[step.index];
      if (state !== undefined) state.finished += 1;
    },
    failed(step, host, failed) {
      failures.push(...failed);
      failedHosts.add(host.id);
      const state = states[step.index];
      if (state !== undefined) state.failed ??= failed[0];
    },
    ended(step, host) {
      for (const key of keysOf(step)) hookHosts.get(key)?.delete(host.id);
    },
    hasFailed: (host) => (host === undefined ? failedHosts.size > 0 : failedHosts.has(host.id)),
    hasFailedStep: ({ index }) => states[index]?.failed !== undefined,
    openScopes: () => findOpenScopes(plan, states),
    hookCalled: (kind, scope, hook, hosts) => add(keyOf(kind, scope, hook), hosts),
    hookRan(kind, scope, hook, host) {
      const hosts = hookHosts.get(keyOf(kind, scope, hook));
      return hosts !== undefined && (host === undefined || hosts.has(host));
    },
    newGroup() {
      for (const key of hooksOfGroup) hookHosts.delete(key);
      hooksOfGroup.clear();
    },
    ofHooks: (inner) => createRecord(inner, failures, around),
    ofExecuted: (inner) => createRecord(inner, [], record),
  };
  return record;
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

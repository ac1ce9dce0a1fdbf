import type { Plan, Scope, Step } from "../graph/plan.ts";
import type { Item } from "./item.ts";
import type { Failed } from "./ledger.ts";
import { CONTROL_MACHINE } from "./session.ts";

/** How far a pass has come: what its failure hooks go by. */
export interface Progress {
  started(item: Item): void;
  finished(item: Item): void;
  failed(item: Item, failed: Failed): void;
  /** True when something failed; on this machine, when one is given. */
  hasFailed(session?: { readonly id: string }): boolean;
  hasFailedStep(step: number): boolean;
  /** A group of `--batch` begins: what runs on the control machine may run again. */
  newGroup(): void;
  /** Scopes with hooks in which something ran or failed, innermost first. */
  openScopes(): readonly OpenScope[];
  /**
   * True when this hook ran in the flow that the scope belongs to: on this host, or anywhere when none is given. As all
   * tasks, a hook of several scopes runs once.
   */
  ran(kind: "onFailure" | "always", scope: Scope, hook: string, host?: string): boolean;
  /** A hook was run for a failure. */
  noteRun(kind: "onFailure" | "always", scope: Scope, hook: string, hosts: readonly string[]): void;
}

export interface OpenScope {
  readonly scope: Scope;
  /** The first failure inside. */
  readonly failed: Failed | undefined;
  /** Everything in it ran, but perhaps for its own `always` hooks. */
  readonly complete: boolean;
}

export function createProgress(plan: Plan): Progress {
  const steps = plan.sections.flatMap((section) => section.steps);
  const startedOn = steps.map((): number => 0);
  const finishedOn = steps.map((): number => 0);
  const failures = new Map<number, Failed>();
  const failedHosts = new Set<string>();
  const hooksRan = new Map<string, Set<string>>();
  const withBody = new Set(steps.map((step) => step.scope));

  const noteRun: Progress["noteRun"] = (kind, scope, hook, hosts) => {
    const key = keyOf(plan, kind, scope, hook);
    const known = hooksRan.get(key) ?? new Set();
    for (const host of hosts) known.add(host);
    hooksRan.set(key, known);
  };
  return {
    noteRun,
    started({ step, session }) {
      startedOn[step.index] = (startedOn[step.index] ?? 0) + 1;
      for (const { hook, around } of alwaysHooksAbove(plan, step, withBody)) noteRun("always", around, hook, [session.id]);
    },
    finished({ step }) {
      finishedOn[step.index] = (finishedOn[step.index] ?? 0) + 1;
    },
    failed({ step, session }, failed) {
      failedHosts.add(session.id);
      if (!failures.has(step.index)) failures.set(step.index, failed);
    },
    hasFailed: (session) => (session === undefined ? failures.size > 0 : failedHosts.has(session.id)),
    hasFailedStep: (step) => failures.has(step),
    newGroup() {
      for (const [key, hosts] of hooksRan) if (hosts.has(CONTROL_MACHINE)) hooksRan.delete(key);
    },
    openScopes() {
      const holding = holdingScopes(plan, failures, steps);
      const depth = depths(plan);
      const isDone = (step: Step): boolean => (finishedOn[step.index] ?? 0) >= (step.local ? 1 : step.hosts.length);
      const between = ({ first, last }: Scope): readonly Step[] => steps.slice(first, last + 1);
      return plan.scopes
        .filter((scope) => scope.onFailure.length > 0 || scope.always.length > 0)
        .filter((scope) => holding.has(scope.id) || between(scope).some(({ index }) => startedOn[index] !== 0))
        .map((scope) => ({
          scope,
          failed: holding.get(scope.id),
          complete: between(scope).every((step) => isDone(step) || isAlwaysHookOf(plan, scope, step)),
        }))
        .sort((a, b) => (depth[b.scope.id] ?? 0) - (depth[a.scope.id] ?? 0) || b.scope.id - a.scope.id);
    },
    ran(kind, scope, hook, host) {
      const hosts = hooksRan.get(keyOf(plan, kind, scope, hook));
      return hosts !== undefined && (host === undefined || hosts.has(host));
    },
  };
}

/** Each scope that holds a failed step, with the first failure inside. An `always` hook is outside of what it watches over. */
function holdingScopes(plan: Plan, failures: ReadonlyMap<number, Failed>, steps: readonly Step[]): Map<number, Failed> {
  const holding = new Map<number, Failed>();
  for (const [index, failed] of failures) {
    const inner = plan.scopes[steps[index]?.scope ?? -1];
    if (inner === undefined) continue;
    if (!holding.has(inner.id)) holding.set(inner.id, failed);
    for (const { scope, around } of pathUp(plan, inner)) {
      if (!around.always.includes(scope.task) && !holding.has(around.id)) holding.set(around.id, failed);
    }
  }
  return holding;
}

/** The `always` hooks that this step is the work of: its own task, or a task without a body around it. */
function alwaysHooksAbove(plan: Plan, step: Step, withBody: ReadonlySet<number>): { hook: string; around: Scope }[] {
  const inner = plan.scopes[step.scope];
  if (inner === undefined) return [];
  return pathUp(plan, inner)
    .filter(({ scope, around }) => around.always.includes(scope.task) && (scope === inner || !withBody.has(scope.id)))
    .map(({ scope, around }) => ({ hook: scope.task, around }));
}

function isAlwaysHookOf(plan: Plan, watched: Scope, step: Step): boolean {
  const inner = plan.scopes[step.scope];
  if (inner === undefined) return false;
  return pathUp(plan, inner).some(({ scope, around }) => around === watched && watched.always.includes(scope.task));
}

/** Each scope from the inside out, with the one around it. */
function pathUp(plan: Plan, inner: Scope): { scope: Scope; around: Scope }[] {
  const path: { scope: Scope; around: Scope }[] = [];
  for (let scope = inner; scope.parent !== undefined; ) {
    const around = plan.scopes[scope.parent];
    if (around === undefined) break;
    path.push({ scope, around });
    scope = around;
  }
  return path;
}

function depths(plan: Plan): number[] {
  const depth: number[] = [];
  // A scope is opened after the one around it, so the depth of that one is known.
  for (const scope of plan.scopes) depth.push(scope.parent === undefined ? 0 : (depth[scope.parent] ?? 0) + 1);
  return depth;
}

/** The flow is told by the scope of the flow itself: the same flow may run twice. */
function keyOf(plan: Plan, kind: string, scope: Scope, hook: string): string {
  const isFlow = ({ task, flow }: Scope): boolean => task === flow;
  const flow = isFlow(scope) ? scope : pathUp(plan, scope).find(({ around }) => isFlow(around))?.around;
  return `${kind} ${flow?.id ?? ""} ${hook}`;
}

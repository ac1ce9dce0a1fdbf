import type { Plan, Scope, Step } from "../../graph/plan.ts";
import type { Failure } from "../result.ts";
import type { Failed } from "./failure.ts";

export type CalledKind = "onFailure" | "always";

export interface OpenScope {
  readonly scope: Scope;
  /** Entered by one group of `--batch` after another, and left by those before. */
  readonly rolling: boolean;
  /** The first failure inside. */
  readonly failed: Failed | undefined;
  /** Everything in it ran, but perhaps for its own `always` hooks. */
  readonly complete: boolean;
}

/** On how many machines a step began, on which it succeeded, and what failed first. */
interface StepState {
  readonly step: Step;
  readonly rolling: boolean;
  started: number;
  readonly finished: Set<string>;
  failed: Failed | undefined;
}

/** What happened so far on one way through a plan: what its failure hooks go by. */
export class RunRecord {
  /** In the order in which they happened. Those of hooks are kept with those of what they are called for. */
  readonly failures: Failed[];
  readonly #plan: Plan;
  readonly #around: RunRecord | undefined;
  readonly #states: readonly StepState[];
  readonly #failedHosts = new Set<string>();
  /** Where hooks ran, by what they are called for. */
  readonly #hooks = new Map<string, Set<string>>();
  readonly #scopesWithWork: ReadonlySet<number>;
  /** Steps of flows that were ended, by index. */
  readonly #over = new Set<number>();

  /** @param around the record of the pass around it, for a task that another one executes */
  constructor(plan: Plan, failures: Failed[], around?: RunRecord) {
    this.failures = failures;
    this.#plan = plan;
    this.#around = around;
    this.#states = plan.sections.flatMap(({ steps, rolling }) =>
      steps.map((step): StepState => ({ step, rolling, started: 0, finished: new Set(), failed: undefined })),
    );
    this.#scopesWithWork = new Set(this.#states.map(({ step }) => step.scope));
  }

  /** Of hooks that are called for what happened here: their failures are kept with the others. */
  ofHooks(plan: Plan): RunRecord {
    return new RunRecord(plan, this.failures, this.#around);
  }

  /** Of a task that another one executes: its failures count only when the task that executed it fails with them. */
  ofExecuted(plan: Plan): RunRecord {
    return new RunRecord(plan, [], this);
  }

  /** With those of the run around it: what a task sees as `t.failures`. */
  allFailures(): readonly Failure[] {
    return [...(this.#around?.allFailures() ?? []), ...this.failures.map(({ failure }) => failure)];
  }

  /** A step begins: it may be the work of an `always` hook. */
  started(step: Step, host: string): void {
    const state = this.#states[step.index];
    if (state !== undefined) state.started += 1;
    for (const key of this.#hooksOf(step)) this.#add(key, [host]);
  }

  finished({ index }: Step, host: string): void {
    this.#states[index]?.finished.add(host);
  }

  /** Hosts on which something is still to be done, of the rolling part of flows where that is meant. What `always` hooks do is done in any case, by the plan or for a failure. */
  hostsToGo(part: "all" | "rolling" = "all"): ReadonlySet<string> {
    const open = this.#states
      .filter(({ rolling }) => rolling || part === "all")
      .filter((state) => !isDone(state) && !isAlwaysHook(this.#plan, state.step));
    return new Set(open.flatMap(({ step, finished }) => step.hosts.filter((host) => !finished.has(host))));
  }

  /** @param failed one, or those inside of what the task executed */
  failed({ index }: Step, host: string, failed: readonly Failed[]): void {
    this.failures.push(...failed);
    this.#failedHosts.add(host);
    const state = this.#states[index];
    if (state !== undefined) state.failed ??= failed[0];
  }

  /** A step was ended by an interrupt: an `always` hook whose work it was has not run. */
  ended(step: Step, host: string): void {
    for (const key of this.#hooksOf(step)) this.#hooks.get(key)?.delete(host);
  }

  /** True when something failed; on this machine, when one is given. */
  hasFailed(host?: string): boolean {
    return host === undefined ? this.#failedHosts.size > 0 : this.#failedHosts.has(host);
  }

  hasFailedStep({ index }: Step): boolean {
    return this.#states[index]?.failed !== undefined;
  }

  /** A step ends its flow: what comes behind it there has nothing to do, but for `always` hooks of what has begun. @returns false outside of a flow */
  endFlow(step: Step): boolean {
    const inner = this.#plan.scopes[step.scope];
    const flow = inner === undefined ? undefined : flowScope(this.#plan, inner);
    if (inner === undefined || flow === undefined) return false;
    const begun = [inner, ...pathUp(this.#plan, inner).map(({ around }) => around)];
    for (const state of this.#states.slice(step.index + 1, flow.last + 1)) {
      if (begun.some((scope) => isAlwaysHookOf(this.#plan, scope, state.step))) continue;
      this.#over.add(state.step.index);
      for (const host of state.step.local ? ["local"] : state.step.hosts) state.finished.add(host);
    }
    return true;
  }

  /** True of what comes behind the end of a flow. */
  isOver({ index }: Step): boolean {
    return this.#over.has(index);
  }

  /** Nothing has started. */
  get isUnbegun(): boolean {
    return this.#states.every(({ started }) => started === 0);
  }

  /** Scopes of what was asked for, and of flows that would have begun with it, innermost first: of a run that has not begun. */
  askedFor(): readonly Scope[] {
    const begins = ({ depth, first, task, flow }: Scope): boolean => depth === 0 || (first === 0 && task === flow);
    return this.#plan.scopes.filter(begins).sort((a, b) => b.depth - a.depth || b.id - a.id);
  }

  /** Scopes with hooks in which something ran, innermost first. */
  openScopes(): readonly OpenScope[] {
    return this.#plan.scopes
      .filter((scope) => scope.onFailure.length > 0 || scope.always.length > 0)
      .filter(({ first, last }) => this.#states.slice(first, last + 1).some(({ started }) => started > 0))
      .map((scope) => this.#open(scope))
      .sort((a, b) => b.scope.depth - a.scope.depth || b.scope.id - a.scope.id);
  }

  /** An `always` hook is outside of what it watches over. */
  #open(scope: Scope): OpenScope {
    const watched = this.#states
      .slice(scope.first, scope.last + 1)
      .filter(({ step }) => !isAlwaysHookOf(this.#plan, scope, step));
    const { failed } = watched.find((state) => state.failed !== undefined) ?? {};
    const rolling = this.#states[scope.first]?.rolling === true;
    return { scope, rolling, failed, complete: watched.every(isDone) };
  }

  /** A hook is run for a failure. As all tasks, a hook of several scopes of a flow runs once. */
  hookCalled(kind: CalledKind, scope: Scope, hook: string, hosts: readonly string[]): void {
    this.#add(this.#keyOf(kind, scope, hook), hosts);
  }

  /** True when the hook ran in the flow that the scope belongs to: on this host, or anywhere when none is given. */
  hookRan(kind: CalledKind, scope: Scope, hook: string, host?: string): boolean {
    const hosts = this.#hooks.get(this.#keyOf(kind, scope, hook));
    return hosts !== undefined && (host === undefined || hosts.has(host));
  }

  /** A group of `--batch` begins: hooks that ran on the control machine for the one before run again. */
  newGroup(): void {
    const local = this.#states.filter(({ step, rolling, started }) => rolling && step.local && started > 0);
    for (const key of local.flatMap(({ step }) => this.#hooksOf(step))) this.#hooks.delete(key);
  }

  #add(key: string, hosts: readonly string[]): void {
    const known = this.#hooks.get(key) ?? new Set();
    for (const host of hosts) known.add(host);
    this.#hooks.set(key, known);
  }

  #keyOf(kind: CalledKind, scope: Scope, hook: string): string {
    return `${kind} ${flowScope(this.#plan, scope)?.id ?? ""} ${hook}`;
  }

  /** Keys of the `always` hooks whose work a step is. */
  #hooksOf(step: Step): readonly string[] {
    const inner = this.#plan.scopes[step.scope];
    return pathUp(this.#plan, inner).flatMap(({ scope, around }) => {
      // What stands around a hook's own work is the hook only if it has no body.
      const isHook = around.always.includes(scope.task) && (scope === inner || !this.#scopesWithWork.has(scope.id));
      return isHook ? [this.#keyOf("always", around, scope.task)] : [];
    });
  }
}

function isDone({ step, finished }: StepState): boolean {
  return finished.size >= (step.local ? 1 : step.hosts.length);
}

/** Each scope from the inside out, with the one around it. */
function pathUp(plan: Plan, inner: Scope | undefined): readonly { readonly scope: Scope; readonly around: Scope }[] {
  const path: { scope: Scope; around: Scope }[] = [];
  for (let scope = inner; scope?.parent !== undefined; ) {
    const around: Scope | undefined = plan.scopes[scope.parent];
    if (around !== undefined) path.push({ scope, around });
    scope = around;
  }
  return path;
}

/** True for a step that is the work of an `always` hook of this scope: it is outside of what the hook watches over. */
function isAlwaysHookOf(plan: Plan, watched: Scope, step: Step): boolean {
  return pathUp(plan, plan.scopes[step.scope]).some(
    ({ scope, around }) => around === watched && watched.always.includes(scope.task),
  );
}

/** True for a step that is the work of an `always` hook. */
function isAlwaysHook(plan: Plan, step: Step): boolean {
  return pathUp(plan, plan.scopes[step.scope]).some(({ scope, around }) => around.always.includes(scope.task));
}

/** The flow that a scope belongs to, told by the scope of the flow itself: the same flow may run twice. */
function flowScope(plan: Plan, scope: Scope): Scope | undefined {
  const isFlow = ({ task, flow }: Scope): boolean => task === flow;
  return isFlow(scope) ? scope : pathUp(plan, scope).find(({ around }) => isFlow(around))?.around;
}
